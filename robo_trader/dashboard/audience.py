"""Those who watch: each gets the newest frame, nobody gets a queue.

A watcher that falls behind misses frames and never sees an old one late. While nobody watches, nobody is asked for pictures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

WATCHERS_MAX: Final = 32


class Audience:
    """One frame, the newest, and the watchers that wait for it."""

    def __init__(self, watchers_max: int = WATCHERS_MAX) -> None:
        self._watchers_max = watchers_max
        self.watchers = 0
        self._number = 0
        self._frame = b""
        self._closed = False
        self._changed = asyncio.Event()
        self._somebody = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether every seat is taken."""
        return self.watchers >= self._watchers_max

    @property
    def next_number(self) -> int:
        """The number that the next frame will have; they count up from 1."""
        return self._number + 1

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Watch for the length of the block; ask `is_full` first."""
        assert not self.is_full, "more watchers than seats"
        self.watchers += 1
        self._somebody.set()
        try:
            yield
        finally:
            self.watchers -= 1
            if not self.watchers:
                self._somebody.clear()

    async def somebody(self) -> None:
        """Wait until anyone watches."""
        await self._somebody.wait()

    def publish(self, frame: bytes) -> None:
        """Show `frame` to all who watch, instead of the one before."""
        self._number, self._frame = self.next_number, frame
        self._wake()

    async def after(self, number: int) -> tuple[int, bytes] | None:
        """The newest frame and its number, once that is greater than `number`; None when the show is over."""
        while not self._closed and self._number <= number:
            await self._changed.wait()
        return None if self._closed else (self._number, self._frame)

    def close(self) -> None:
        """End the show: everyone who waits gets None."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

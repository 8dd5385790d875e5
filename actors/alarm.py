"""How an actor that Ray restarted comes to work: nobody calls it, so it calls itself, and not only once.

While its constructor runs, Ray holds such an actor to be restarting still, and drops a call to it; sometimes it carries out a call that it told as
dropped. On a loaded machine a root in eight was left behind so, alive and idle, with nobody to notice. So a thread goes on calling until a call was
heard, and of all that were heard only the first counts.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final

CALLS_MAX: Final = 60
CALL_EVERY_SECONDS: Final = 1.0


class Alarm:
    """Rings from the moment that it is made; an actor makes one in its constructor."""

    def __init__(self, ring: Callable[[], object], *, give_up: Callable[[int], object] = os._exit, every_seconds: float = CALL_EVERY_SECONDS) -> None:
        """`ring` calls the actor, from a thread. After `CALLS_MAX` calls that nobody heard `give_up` gets an exit code: Ray starts another."""
        self._ring, self._give_up, self._every_seconds = ring, give_up, every_seconds
        self._heard = threading.Event()
        threading.Thread(target=self._run, name="alarm", daemon=True).start()

    def heard(self) -> bool:
        """A call has arrived: whether it is the first. Asked by one thread only."""
        first = not self._heard.is_set()
        self._heard.set()
        return first

    def _run(self) -> None:
        for _ in range(CALLS_MAX):
            self._ring()
            if self._heard.wait(self._every_seconds):
                return
        self._give_up(1)

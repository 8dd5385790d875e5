"""The connecting end: one connection, kept up by connecting again.

An absent listener is a state to wait in: its process is being restarted, or its successor is on the way to another address (`redirect`). Pauses start
short, because a restart takes a fraction of a second, and are bounded; a refusal is not cured by haste and gets the longest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Final

from robo_trader.edge.backoff import pauses
from robo_trader.edge.channel_address import connect, guarded
from robo_trader.edge.channel_connection import Connection
from robo_trader.edge.channel_contract import HELLO_SECONDS_MAX, Address, Consumer, Hello
from robo_trader.edge.channel_vocabulary import Vocabulary

PAUSE_FIRST_SECONDS: Final = 0.02
PAUSE_SECONDS_MAX: Final = 1.0
STEADY_SECONDS: Final = 1.0
"""A connection that lived this long was a good one: the next pause is short again."""


class Connector:
    """Keeps one connection to a listener while `run` runs. TCP needs the listener's `token`.

    Raises `ConfigurationError` for an address that is none, and for TCP without a token.
    """

    def __init__(
        self,
        address: Address,
        *,
        name: str,
        epoch: int,
        system: str,
        vocabulary: Vocabulary,
        consumer: Consumer,
        chance: Random,
        token: str = "",
    ) -> None:
        self.trouble = ""  # why the last attempt reached nobody; for people
        self._own = Hello(name, epoch, system, token)
        self._vocabulary = vocabulary
        self._consumer = consumer
        self._chance = chance
        self._place = guarded(address, token)
        self._connection: Connection | None = None
        self._newest = ("", 0)  # name and epoch of the listener that was accepted last
        self._hurry = asyncio.Event()

    def redirect(self, address: Address) -> None:
        """Go to `address` at once; a connection to another one is closed. Raises as the constructor does."""
        place = guarded(address, self._own.token)
        if place != self._place:
            self._place = place
            if self._connection:
                self._connection.close(f"redirected to {address}")
        self._hurry.set()

    async def run(self) -> None:
        """Connect, again and again; ends by cancellation, with the connection closed."""
        loop = asyncio.get_running_loop()
        steps = self._steps()
        while True:
            began = loop.time()
            connection = await self._attempt()
            if connection and loop.time() - began >= STEADY_SECONDS:
                steps = self._steps()
            await self._pause(PAUSE_SECONDS_MAX if connection and connection.refused else next(steps))

    async def _attempt(self) -> Connection | None:
        """One connection from its beginning to its end; None if nobody was there."""
        connection = self._connection = Connection(self._own, self._vocabulary, self._consumer, self._admit, lambda *_: None, connects=True)
        try:
            async with asyncio.timeout(HELLO_SECONDS_MAX):
                await connect(self._place, connection)
            self.trouble = ""
            await connection.wait_gone()
        except OSError as absent:
            self.trouble = str(absent) or "no answer"
            return None
        finally:
            self._connection = None
            connection.close("the connector ends")
            await connection.wait_gone()
        return connection

    def _admit(self, _connection: Connection, hello: Hello) -> str | None:
        """Refuse a listener that has been succeeded, and another system's."""
        if self._own.system and hello.system and hello.system != self._own.system:
            return f"the listener is of system '{hello.system}', not '{self._own.system}'"
        name, epoch = self._newest
        if hello.name == name and hello.epoch < epoch:
            return f"epoch {hello.epoch} of '{name}' was succeeded by {epoch}"
        self._newest = hello.name, hello.epoch
        return None

    async def _pause(self, seconds: float) -> None:
        """Wait, or less if somebody knows better."""
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()

    def _steps(self) -> Iterator[float]:
        """Pauses in seconds."""
        return pauses(self._chance, first_seconds=PAUSE_FIRST_SECONDS, pause_seconds_max=PAUSE_SECONDS_MAX)

"""Clients that send anything at all, over TCP, while an honest one is served: nothing they say ends the gateway, or keeps the other waiting."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ib_insync import IB

from robo_trader.simulated_gateway.hours import new_york, regular_hours
from robo_trader.simulated_gateway.server import Server
from robo_trader.simulated_gateway.settings import DEFAULT_DATE, GatewaySettings
from tests.support.gateway_bench import HELLO
from tests.support.hostile_bytes import frames, hostile
from tests.support.real_client import sent

WAIT_SECONDS = 20
EXAMPLES = 150
FRAMES = st.lists(st.builds(hostile, st.integers(0, 200), st.integers(0, 200), st.integers(0, 2**32)), max_size=6)
OLDER = b"API\0\0\0\0\x09v100..151"
STARTED = sent(lambda it: it.startApi(), client_id=99)
BEGINNINGS = st.sampled_from((HELLO, HELLO + STARTED, OLDER + STARTED, b"", b"API\0", b"API\0\0\0\0\x09v157..999"))


class Stand:
    """A gateway on a port, with an honest client of the real library."""

    def __init__(self, directory: Path) -> None:
        self._settings = GatewaySettings(port=0, log_path=directory / "log", seed=7, start=new_york(DEFAULT_DATE, time(10, 0)))
        self._server = Server(self._settings, regular_hours)
        self.honest = IB()
        self.honest.client.MaxRequests = 0
        self.honest.client.setConnectOptions("+PACEAPI")  # it asks more often than fifty times a second
        self.port = 0

    async def open(self, stack: AsyncExitStack) -> None:
        ready = asyncio.get_running_loop().create_future()
        self.serving = asyncio.ensure_future(self._server.run(ready.set_result))
        stack.push_async_callback(self._end)
        self.port = await asyncio.wait_for(ready, WAIT_SECONDS)
        await self.honest.connectAsync("127.0.0.1", self.port, clientId=7, timeout=WAIT_SECONDS)
        stack.callback(self.honest.disconnect)

    async def _end(self) -> None:
        self._server.stop()
        await asyncio.wait_for(self.serving, WAIT_SECONDS)

    async def attack(self, beginning: bytes, pieces: list[bytes], cut: int) -> None:
        """Send it all, in two parts, and look each time whether the honest client is served."""
        data = beginning + b"".join(pieces)
        _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data[: cut % (len(data) + 1)])
        await self._served()
        writer.write(data[cut % (len(data) + 1) :])
        await self._served()
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _served(self) -> None:
        await asyncio.wait_for(self.honest.reqCurrentTimeAsync(), WAIT_SECONDS)
        assert not self.serving.done(), self.serving


def test_whatever_a_client_sends_the_others_are_served(tmp_path: Path) -> None:
    frames()  # the library makes them on a loop of its own
    with asyncio.Runner() as runner:
        stand, stack = Stand(tmp_path), AsyncExitStack()
        runner.run(stand.open(stack))

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(beginning=BEGINNINGS, pieces=FRAMES, cut=st.integers(0, 5_000))
        def attack(beginning: bytes, pieces: list[bytes], cut: int) -> None:
            runner.run(stand.attack(beginning, pieces, cut))

        attack()
        runner.run(stack.aclose())

"""A simulated gateway on a real port, and the real client library connected to it, moving together in lockstep.

Gateway and client share one event loop here, so a test can look at both ends at one instant. Nobody sleeps: a client says that it is at rest after
each piece of input until what the test waits for has happened, and every wait has an end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from ib_insync import IB, Client, Stock

from robo_trader.simulated_gateway.hours import Hours, new_york, regular_hours
from robo_trader.simulated_gateway.scenario import parse
from robo_trader.simulated_gateway.server import Server
from robo_trader.simulated_gateway.settings import DEFAULT_DATE, GatewaySettings
from tests.support.gateway_bench import ProcessClock

WAIT_SECONDS = 20
MID_MORNING = new_york(DEFAULT_DATE, time(10, 0))


class RealClient:
    """An `IB` of the real library, and its line to the control socket where it takes part in lockstep."""

    def __init__(self, client_id: int) -> None:
        self.ib = IB()
        self.client_id = client_id
        self._something = asyncio.Event()
        self._control: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._resting = False
        self.ib.client.MaxRequests = 0
        self.ib.client._tcpDataProcessed = self._processed
        self.errors: list[int] = []
        self.ib.errorEvent += lambda _, code, *__: self.errors.append(code)

    def _processed(self) -> None:
        self.ib.wrapper.tcpDataProcessed()
        self._something.set()
        self.report()

    async def register(self, path: Path) -> None:
        self._control = await asyncio.open_unix_connection(str(path))
        await self.ask_control(op="register", client_id=self.client_id)

    async def ask_control(self, **line: object) -> dict[str, Any]:
        assert self._control is not None
        reader, writer = self._control
        writer.write(json.dumps(line).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await asyncio.wait_for(reader.readline(), WAIT_SECONDS))
        return answer

    def report(self, **changes: object) -> None:
        """Say what has been received and sent, and whether this client rests."""
        if self._control is None or not self.ib.client.isReady():
            return
        stats = self.ib.client.connectionStats()
        facts = {"op": "report", "client_id": self.client_id, "received": stats.numBytesRecv, "sent": stats.numBytesSent, "idle": self._resting}
        self._control[1].write(json.dumps(facts | changes).encode() + b"\n")

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Rest, letting time pass, until `condition()` holds; returns what it returned."""
        self._resting = True
        self.report()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not (found := condition()):
                    self._something.clear()
                    await self._something.wait()
        finally:
            self._resting = False
            self.report()
        return found

    async def stock(self, symbol: str = "SPY") -> Stock:
        (contract,) = await self.ib.qualifyContractsAsync(Stock(symbol, "SMART", "USD"))
        return contract

    async def unregister(self) -> None:
        if self._control is not None:
            await self.ask_control(op="unregister", client_id=self.client_id)
            self.hang_up()

    def hang_up(self) -> None:
        """Leave the control socket without a word."""
        if self._control is not None:
            self._control[1].close()
            self._control = None


class Simulated:
    """A running gateway."""

    def __init__(self, server: Server, port: int, stack: AsyncExitStack) -> None:
        self.server = server
        self.gateway = server.gateway
        self.port = port
        self.log = server.settings.log_path
        self._stack = stack

    async def client(self, client_id: int = 7, *, lockstep: bool = True, version: int = Client.MaxClientVersion) -> RealClient:
        """Connect the real client, in lockstep where it is to hold the clock; `version` is the highest that it says it speaks."""
        client = RealClient(client_id)
        client.ib.client.MaxClientVersion = version
        self._stack.push_async_callback(client.unregister)
        self._stack.callback(client.ib.disconnect)
        if lockstep:
            assert self.server.settings.control_path is not None
            await client.register(self.server.settings.control_path)
        await client.ib.connectAsync("127.0.0.1", self.port, clientId=client_id, timeout=5)
        return client

    async def without(self, client_id: int) -> None:
        """Wait until the gateway has seen a client go."""
        async with asyncio.timeout(WAIT_SECONDS):
            while client_id in self.gateway.clients:  # noqa: ASYNC110 - the gateway is on this loop
                await asyncio.sleep(0)

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare socket to the gateway."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._stack.callback(writer.close)
        return reader, writer


@asynccontextmanager
async def running(settings: GatewaySettings, hours: Hours = regular_hours) -> AsyncIterator[Simulated]:
    """A gateway with `settings`, and other hours than usual where days are to pass quickly, until the end of the block."""
    server = Server(settings, hours)
    ready = asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(server.run(ready.set_result))
    await asyncio.wait({serving, ready}, timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    try:
        async with AsyncExitStack() as stack:
            yield Simulated(server, ready.result(), stack)
    finally:
        server.stop()
        await asyncio.wait_for(serving, WAIT_SECONDS)


@pytest.fixture
async def simulated(tmp_path: Path) -> AsyncIterator[Simulated]:
    """A generated market at 10:00 in lockstep."""
    settings = GatewaySettings(
        port=0, log_path=tmp_path / "exchange.jsonl", seed=7, lockstep=True, control_path=tmp_path / "control", start=MID_MORNING
    )
    async with running(settings) as gateway:
        yield gateway


Day = Callable[..., AbstractAsyncContextManager[Simulated]]
AT_ONCE = {"market_time": "2026-03-02T10:00:01"}


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """A generated market at 10:00 in lockstep, with a scenario."""

    @asynccontextmanager
    async def with_faults(*faults: dict[str, Any]) -> AsyncIterator[Simulated]:
        settings = GatewaySettings(
            port=0,
            log_path=tmp_path / "exchange.jsonl",
            seed=7,
            lockstep=True,
            control_path=tmp_path / "control",
            start=MID_MORNING,
            scenario=parse(json.dumps(fault) for fault in faults),
        )
        async with running(settings) as simulated:
            yield simulated

    return with_faults


def steps(simulated: Simulated, fault: str) -> list[str]:
    simulated.gateway.flush()
    lines = map(json.loads, simulated.log.read_text().splitlines())
    return [line["step"] for line in lines if line["k"] == "fault" and line["fault"] == fault]


def gone(client: RealClient) -> bool:
    return not client.ib.isConnected()


async def eventually(condition: Callable[[], bool]) -> None:
    """Give the loop time until it holds."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():  # noqa: ASYNC110 - both ends are on this loop
            await asyncio.sleep(0.01)


def rest(client: RealClient) -> None:
    """Let time pass from now on, whatever is heard."""
    client._resting = True
    client.report()


def hold_process_time(simulated: Simulated) -> ProcessClock:
    """Give the gateway a process clock that passes when the test says so: nothing here depends on how busy the machine is."""
    clock = ProcessClock()
    clock.ns = simulated.gateway.process_ns()
    simulated.gateway.process_ns = simulated.gateway.ids._process_ns = clock
    return clock


async def reconnected(client: RealClient, port: int) -> None:
    """Log on again, as often as it takes."""
    async with asyncio.timeout(WAIT_SECONDS):
        while gone(client):
            try:
                await client.ib.connectAsync("127.0.0.1", port, clientId=7, timeout=1)
            except (OSError, TimeoutError):
                await asyncio.sleep(0.02)

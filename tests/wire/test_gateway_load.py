"""The gateway under load: ten thousand ticks a second without a loss, clients that do not read, and many at once."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
from ib_insync import IB, MarketOrder, Stock

from robo_trader.simulated_gateway import server
from robo_trader.simulated_gateway.connection import OUTPUT_BYTES_MAX
from robo_trader.simulated_gateway.frames import FrameReader
from robo_trader.simulated_gateway.hours import Hours, new_york
from robo_trader.simulated_gateway.settings import DEFAULT_DATE, GatewaySettings, Manners
from robo_trader.values import NS_PER_SECOND, Symbol
from tests.support.fast_market import ROUND_LOT, FastMarket
from tests.support.real_client import Client, sent
from tests.wire.conftest import MID_MORNING, WAIT_SECONDS, Simulated, running

SYMBOLS = tuple(f"S{number:02d}" for number in range(100))
TICKS_PER_SECOND = 10_000
HELLO = b"API\0\0\0\0\x12v157..176 +PACEAPI"
MIB = 1 << 20
PAGE_BYTES = os.sysconf("SC_PAGESIZE")
_HALF_PAST_NINE = clock(9, 30)


class Reader(asyncio.Protocol):
    """A client that counts: the sizes it was told, by request id, and whether each follows the one before."""

    def __init__(self) -> None:
        self.ticks = 0
        self.latest: dict[bytes, int] = {}
        self.gaps: defaultdict[bytes, int] = defaultdict(int)
        self._frames = FrameReader()

    def data_received(self, data: bytes) -> None:
        for payload in self._frames.feed(data):
            fields = payload.split(b"\0")
            if fields[0] != b"2" or fields[3] != b"0":
                continue
            number = int(fields[4]) // ROUND_LOT
            before = self.latest.get(fields[2])
            self.gaps[fields[2]] += before is not None and number != before + 1
            self.latest[fields[2]] = number
            self.ticks += 1


def memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


async def read_for(market_seconds: int, directory: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Reader, float, int]:
    """A client that watches a hundred symbols for so long; with the seconds it took, and the memory that it took after its first tenth."""

    def market(settings: GatewaySettings, hours: Hours, _opening: object) -> FastMarket:
        names = [Symbol(symbol) for symbol in settings.symbols]
        return FastMarket(names, settings.trading_day, hours=hours, per_second=TICKS_PER_SECOND // len(names))

    monkeypatch.setattr(server, "_market", market)
    start = new_york(DEFAULT_DATE, _HALF_PAST_NINE)
    manners = Manners(tick_interval_ns=NS_PER_SECOND * len(SYMBOLS) // TICKS_PER_SECOND)
    settings = GatewaySettings(port=0, log_path=directory / "log", symbols=SYMBOLS, start=start, speed=1.0, manners=manners)
    async with running(settings) as simulated:
        transport, reader = await asyncio.get_running_loop().create_connection(Reader, "127.0.0.1", simulated.port)
        calls = [_watch(req_id, symbol) for req_id, symbol in enumerate(SYMBOLS, start=1)]
        transport.write(HELLO + sent(lambda it: it.startApi(), *calls, client_id=7))
        await _until(lambda: len(reader.latest) == len(SYMBOLS))
        first, began, since = dict(reader.latest), time.monotonic(), simulated.gateway.now
        await _until(lambda: simulated.gateway.now >= since + market_seconds * NS_PER_SECOND // 10)
        memory = memory_bytes()
        await _until(lambda: simulated.gateway.now >= since + market_seconds * NS_PER_SECOND)
        spent, grown, upto = time.monotonic() - began, memory_bytes() - memory, simulated.gateway.now
        await _until(lambda: min(reader.latest.values()) >= (upto - start) * TICKS_PER_SECOND // len(SYMBOLS) // NS_PER_SECOND)
        assert min(reader.latest[req_id] - first[req_id] for req_id in first) >= market_seconds * TICKS_PER_SECOND // len(SYMBOLS) - 1
        transport.abort()
    return reader, spent, grown


def _watch(req_id: int, symbol: str) -> Callable[[Any], object]:
    return lambda it: it.reqMktData(req_id, Stock(symbol, "SMART", "USD"), "", False, False, [])


async def _until(condition: Callable[[], bool], seconds: float = 300) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - both ends are on this loop
            await asyncio.sleep(0.02)


async def test_ten_thousand_ticks_a_second_are_told_and_none_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, _, _ = await read_for(2, tmp_path, monkeypatch)
    assert reader.ticks >= 2 * TICKS_PER_SECOND
    assert sum(reader.gaps.values()) == 0


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_a_minute_of_it_keeps_its_pace_and_takes_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, spent, grown = await read_for(60, tmp_path, monkeypatch)
    assert reader.ticks >= 60 * TICKS_PER_SECOND
    assert sum(reader.gaps.values()) == 0
    assert spent < 60 * 1.5, f"{spent:.1f} s for a minute"
    assert grown < 32 * MIB, f"{grown / MIB:.1f} MiB more"


def dropped(simulated: Simulated) -> list[dict[str, Any]]:
    simulated.gateway.flush()
    lines = map(json.loads, simulated.log.read_text().splitlines())
    return [line for line in lines if line["k"] == "dropped"]


def questions(mib: float, answer_bytes: int) -> bytes:
    """Requests whose answers are so many bytes in all."""
    return sent(*[history] * int(mib * MIB / answer_bytes), client_id=9)


def history(it: Client) -> None:
    it.reqHistoricalData(5, Stock("SPY", "SMART", "USD"), "", "1800 S", "1 secs", "TRADES", 1, 2, False, [])


async def read_to_the_end(reader: asyncio.StreamReader) -> list[bytes]:
    """Every message up to the end of the positions."""
    frames, heard = FrameReader(), list[bytes]()
    while not any(payload.startswith(b"62\0") for payload in heard[-1:]):
        heard += frames.feed(await asyncio.wait_for(reader.read(MIB), WAIT_SECONDS))
    return heard


async def answer_bytes(simulated: Simulated) -> int:
    reader, writer = await simulated.raw()
    writer.write(HELLO + sent(lambda it: it.startApi(), client_id=8) + questions(1, MIB) + sent(lambda it: it.reqPositions()))
    return sum(4 + len(payload) for payload in await read_to_the_end(reader) if payload.startswith(b"17\0"))


async def test_a_client_that_does_not_read_is_dropped_and_logged_and_another_is_served_meanwhile(simulated: Simulated) -> None:
    honest = await simulated.client(lockstep=False)
    reader, writer = await simulated.raw()
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(HELLO + sent(lambda it: it.startApi(), client_id=9) + questions(24, await answer_bytes(simulated)))
    while 9 in simulated.gateway.clients or not dropped(simulated):
        await asyncio.wait_for(honest.ib.reqCurrentTimeAsync(), WAIT_SECONDS)
        await asyncio.sleep(0.03)  # fewer than fifty times a second
    (line,) = dropped(simulated)
    assert (line["client"], line["waiting_bytes"] > OUTPUT_BYTES_MAX) == (9, True)
    reader._transport.resume_reading()  # type: ignore[attr-defined]
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), WAIT_SECONDS)


async def test_one_that_is_a_little_behind_hears_everything_when_it_reads(simulated: Simulated) -> None:
    size = await answer_bytes(simulated)
    reader, writer = await simulated.raw()
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    asked = questions(7, size)
    writer.write(HELLO + sent(lambda it: it.startApi(), client_id=9) + asked + sent(lambda it: it.reqPositions()))
    await _until(lambda: any(connection.client_id == 9 and connection.account.positions for connection in simulated.gateway.connections.values()))
    reader._transport.resume_reading()  # type: ignore[attr-defined]
    heard = await read_to_the_end(reader)
    assert sum(payload.startswith(b"17\0") for payload in heard) == int(7 * MIB / size)
    assert dropped(simulated) == []


async def test_thirty_two_clients_at_once_each_trade_and_hear_of_their_own_orders(tmp_path: Path) -> None:
    async with running(GatewaySettings(port=0, log_path=tmp_path / "exchange.jsonl", seed=7, start=MID_MORNING)) as simulated:
        clients = [IB() for _ in range(32)]
        try:
            await asyncio.gather(
                *(ib.connectAsync("127.0.0.1", simulated.port, clientId=50 + n, timeout=WAIT_SECONDS) for n, ib in enumerate(clients))
            )
            (spy,) = await clients[0].qualifyContractsAsync(Stock("SPY", "SMART", "USD"))
            trades = [ib.placeOrder(spy, MarketOrder("BUY", 1 + n, tif="DAY")) for n, ib in enumerate(clients)]
            await _until(lambda: all(trade.isDone() and trade.fills for trade in trades), WAIT_SECONDS)
            assert [sum(fill.execution.shares for fill in trade.fills) for trade in trades] == list(range(1, 33))
            assert [[fill.execution.clientId for fill in ib.fills()] for ib in clients] == [
                [50 + n] * len(trade.fills) for n, trade in enumerate(trades)
            ]
            await _until(lambda: all(ib.positions() and ib.positions()[0].position == sum(range(33)) for ib in clients), WAIT_SECONDS)
        finally:
            for ib in clients:
                ib.disconnect()

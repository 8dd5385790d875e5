"""Faults of the connection and of what is told, over TCP, met by the real client library; tests/unit has what is the same without sockets."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from ib_insync import LimitOrder, MarketOrder

from robo_trader.simulated_gateway.verify import verify
from tests.support.gateway_bench import HELLO
from tests.support.real_client import sent
from tests.wire.conftest import AT_ONCE, WAIT_SECONDS, Day, RealClient, Simulated, eventually, gone, hold_process_time, reconnected, rest, steps

LONG = {"wall_seconds": 3600}


async def traded(client: RealClient) -> list[str]:
    """Buy at market, and what the order went through."""
    trade = client.ib.placeOrder(await client.stock(), MarketOrder("BUY", 10, tif="DAY"))
    await client.until(lambda: trade.isDone() and trade.fills and trade.fills[-1].commissionReport.execId)
    return [entry.status for entry in trade.log]


def begin(simulated: Simulated, seconds: float = 3600) -> Any:
    """Let a fault of `LONG` begin."""
    clock = hold_process_time(simulated)
    clock.pass_seconds(seconds)
    simulated.gateway.beat()
    return clock


@pytest.mark.parametrize("piece_bytes", [1, 3, 64])
async def test_a_day_in_pieces_is_the_day_it_was(day: Day, piece_bytes: int) -> None:
    split = {"fault": "split_frames", "when": LONG, "piece_bytes": piece_bytes, "seconds": 3600}
    async with day(split) as simulated:
        client = await simulated.client()
        begin(simulated)
        assert "Filled" in await traded(client)
        await client.until(lambda: client.ib.positions() and client.ib.positions()[0].position == 10)
        assert client.errors == [2104, 2106, 2158]


@pytest.mark.parametrize(("fault", "open_orders"), [("clog", 1), ("stop_reading", 0)])
async def test_what_waited_in_a_clog_or_was_not_read_is_heard_after_it(day: Day, fault: str, open_orders: int) -> None:
    async with day({"fault": fault, "when": LONG, "seconds": 30}) as simulated:
        client = await simulated.client()
        contract = await client.stock()
        clock = begin(simulated)
        trade = client.ib.placeOrder(contract, LimitOrder("BUY", 10, 1.0, tif="DAY"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.ib.reqCurrentTimeAsync(), 0.2)
        assert trade.orderStatus.status == "PendingSubmit"
        assert len(simulated.gateway.exchange.open_orders()) == open_orders, "a clogged gateway has read it, one that does not read has not"
        clock.pass_seconds(30)
        await client.until(lambda: trade.orderStatus.status == "Submitted")


@pytest.mark.parametrize("form", ["unknown", "short"])
async def test_a_frame_that_means_nothing_is_passed_over(day: Day, form: str) -> None:
    async with day({"fault": "garbage", "when": LONG, "form": form}) as simulated:
        client = await simulated.client()
        begin(simulated)
        await client.ib.reqCurrentTimeAsync()
        assert "Filled" in await traded(client)


async def test_after_a_frame_without_an_end_a_client_hears_nothing_and_comes_back(day: Day) -> None:
    async with day({"fault": "garbage", "when": LONG, "form": "oversize"}) as simulated:
        client = await simulated.client()
        begin(simulated)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.ib.reqCurrentTimeAsync(), 0.3)
        client.ib.disconnect()
        await simulated.without(7)
        await reconnected(client, simulated.port)
        await client.ib.reqCurrentTimeAsync()


async def test_a_frame_that_is_broken_off_ends_the_connection(day: Day) -> None:
    async with day({"fault": "garbage", "when": LONG, "form": "truncated"}) as simulated:
        client = await simulated.client()
        begin(simulated)
        await eventually(lambda: gone(client))
        await reconnected(client, simulated.port)


async def test_fifty_one_messages_in_a_second_cut_the_connection_and_the_next_one_is_served(day: Day) -> None:
    async with day({"fault": "pacing", "when": LONG, "seconds": 3600}) as simulated:
        begin(simulated)
        reader, writer = await simulated.raw()
        writer.write(HELLO + sent(lambda it: it.startApi(), *[lambda it: it.reqCurrentTime()] * 50, client_id=9))
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1 << 20), WAIT_SECONDS)
        assert steps(simulated, "pacing") == ["begins", "befalls"]
        client = await simulated.client(lockstep=False)
        await client.ib.reqCurrentTimeAsync()


async def test_another_session_takes_the_market_data_and_gives_it_back(day: Day) -> None:
    async with day({"fault": "competing_session", "when": AT_ONCE, "market_seconds": 30}) as simulated:
        client = await simulated.client()
        ticker = client.ib.reqMktData(await client.stock())
        heard: list[float] = []
        ticker.updateEvent += lambda it: heard.append(it.bid)
        await client.until(lambda: 10197 in client.errors)
        so_far = len(heard)
        await client.until(lambda: steps(simulated, "competing_session") == ["begins", "ends"])
        await client.until(lambda: len(heard) > so_far)
        assert client.errors.count(10197) == 1


async def test_whoever_takes_the_connection_leaves_it_to_who_was_there_before(day: Day) -> None:
    async with day({"fault": "competing_session", "when": AT_ONCE, "takes": "connection", "market_seconds": 30, "seconds": 5}) as simulated:
        clock = hold_process_time(simulated)
        client = await simulated.client()
        rest(client)
        await eventually(lambda: gone(client))
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", simulated.port)
        clock.pass_seconds(5)
        await eventually(lambda: steps(simulated, "competing_session") == ["begins", "ends"])
        await reconnected(client, simulated.port)


@pytest.mark.parametrize(("told", "meant"), [("zero", 0.0), ("absent", -1.0), ("nan", math.nan)])
async def test_the_library_hears_the_quotes_that_cannot_be(day: Day, told: str, meant: float) -> None:
    async with day({"fault": "bad_quotes", "when": AT_ONCE, "told": told, "market_seconds": 3600}) as simulated:
        client = await simulated.client()
        await client.until(lambda: steps(simulated, "bad_quotes") == ["begins"])
        ticker = client.ib.reqMktData(await client.stock())
        await client.until(lambda: ticker.bidSize == ticker.bidSize and str(ticker.bid) == str(meant))
        assert simulated.gateway.exchange.market.quote(simulated.gateway.exchange.market.symbols[0]) is not None


async def test_an_acknowledgement_that_is_lost_and_fills_out_of_order_leave_the_exchange_right(day: Day) -> None:
    faults = {"fault": "drop_callbacks", "when": {"order": 1}, "times": 2}, {"fault": "reorder_callbacks", "when": {"order": 1}, "seed": 3}
    async with day(*faults) as simulated:
        client = await simulated.client()
        client.ib.placeOrder(await client.stock(), MarketOrder("BUY", 10, tif="DAY", orderRef="rt:wire:1:odd"))
        await client.until(lambda: client.ib.positions() and client.ib.positions()[0].position == 10)
        simulated.gateway.flush()
        assert verify(simulated.log.read_text().splitlines()).positions == {"SPY": 10}


async def test_a_port_that_is_closed_while_it_is_being_opened_stays_closed_and_opens_later(simulated: Simulated) -> None:
    door = simulated.gateway.trouble.listening
    for is_open in (False, True, False):
        door(is_open)
    await eventually(lambda: simulated.server._opening is None)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulated.port)
    for is_open in (True, False, True):
        door(is_open)
    await eventually(lambda: simulated.server._opening is None)
    client = await simulated.client(lockstep=False)
    await client.ib.reqCurrentTimeAsync()

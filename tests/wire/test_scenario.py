"""Scripted faults over TCP, met by the real client library; what is the same without sockets is in tests/unit/simulated_gateway/test_trouble.py."""

from __future__ import annotations

import asyncio

import pytest
from ib_insync import IB, ExecutionFilter, LimitOrder, MarketOrder

from robo_trader.simulated_gateway.verify import verify
from robo_trader.values import NS_PER_SECOND
from tests.wire.conftest import AT_ONCE, MID_MORNING, WAIT_SECONDS, Day, eventually, gone, hold_process_time, reconnected, rest, steps


async def log_on(port: int, seconds: float) -> tuple[IB, list[int]]:
    """A client of id 7, connected or not, and the errors it heard."""
    ib, heard = IB(), []
    ib.errorEvent += lambda _, code, *__: heard.append(code)
    try:
        await ib.connectAsync("127.0.0.1", port, clientId=7, timeout=seconds)
    except (OSError, TimeoutError):
        ib.disconnect()
    return ib, heard


async def refused_by_326(port: int) -> bool:
    """Try to log on until the gateway has said that the id is in use."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            ib, heard = await log_on(port, 0.3)
            if ib.isConnected() or 326 in heard:
                return 326 in heard


async def test_a_restart_refuses_connections_then_answers_326_and_then_serves_with_ids_rolled_back(day: Day) -> None:
    fault = {"seconds": 5, "market_seconds": 40, "next_valid_id": "rolled_back", "rolled_back_by": 5, "zombie_seconds": 3}
    async with day({"fault": "restart", "when": AT_ONCE, **fault}) as simulated:
        clock = hold_process_time(simulated)
        client = await simulated.client()
        contract = await client.stock()
        client.ib.client.placeOrder(41, contract, LimitOrder("BUY", 10, 1.0, tif="DAY"))
        rest(client)
        await eventually(lambda: gone(client))
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", simulated.port)
        clock.pass_seconds(5)
        await eventually(lambda: steps(simulated, "restart") == ["begins", "ends"])
        assert simulated.gateway.now == MID_MORNING + 41 * NS_PER_SECOND
        assert await refused_by_326(simulated.port)
        clock.pass_seconds(3)
        await reconnected(client, simulated.port)
        assert client.ib.client._reqIdSeq >= 37
        assert [trade.order.orderId for trade in await client.ib.reqAllOpenOrdersAsync()] == [41]
        await client.ib.reqCurrentTimeAsync()


async def test_a_login_wait_accepts_and_never_completes(day: Day) -> None:
    async with day({"fault": "login_wait", "when": AT_ONCE, "seconds": 30}) as simulated:
        clock = hold_process_time(simulated)
        client = await simulated.client()
        rest(client)
        await eventually(lambda: gone(client))
        waiting, heard = await log_on(simulated.port, 0.3)
        assert (waiting.isConnected(), heard) == (False, [])
        clock.pass_seconds(30)
        await reconnected(client, simulated.port)
        assert steps(simulated, "login_wait") == ["begins", "ends"]


async def test_an_outage_ends_by_market_time_with_the_client_that_stayed(day: Day) -> None:
    fault = {"fault": "outage", "when": AT_ONCE, "market_seconds": 30, "fills": "never"}
    async with day(fault) as simulated:
        client = await simulated.client()
        client.ib.placeOrder(await client.stock(), LimitOrder("BUY", 10, 1.0, tif="DAY"))
        await client.until(lambda: 1102 in client.errors)
        assert client.errors[-2:] == [1100, 1102]
        assert simulated.gateway.now == MID_MORNING + 31 * NS_PER_SECOND
        assert await client.ib.reqExecutionsAsync(ExecutionFilter()) == []


async def test_outages_that_overlap_end_with_the_last_of_them_and_so_do_lost_farms(day: Day) -> None:
    later = {"market_time": "2026-03-02T10:00:11"}
    farms = [{"fault": "farms_down", "when": when, "market_seconds": 80} for when in (AT_ONCE, later)]
    first = {"fault": "outage", "when": AT_ONCE, "market_seconds": 20, "ends_with": 1102}
    alike = [{"fault": "outage", "when": later, "market_seconds": 30, "ends_with": 1101}] * 2
    async with day(first, *alike, *farms) as simulated:
        client = await simulated.client()
        said = len(client.errors)
        await client.until(lambda: {1101, 1102} & set(client.errors))
        assert simulated.gateway.now == MID_MORNING + 41 * NS_PER_SECOND
        await client.until(lambda: 2106 in client.errors[said:])
        assert simulated.gateway.now == MID_MORNING + 91 * NS_PER_SECOND
        assert [code for code in client.errors[said:] if code not in (2103, 2105)] == [1100, 1100, 1100, 1101, 2104, 2106]


async def test_the_market_of_an_outage_goes_on_without_the_client_that_left(day: Day) -> None:
    async with day({"fault": "outage", "when": AT_ONCE, "market_seconds": 600}) as simulated:
        client = await simulated.client()
        client.ib.errorEvent += lambda _, code, *__: client.ib.disconnect() if code == 1100 else None
        rest(client)
        await eventually(lambda: steps(simulated, "outage") == ["begins", "ends"])
        assert simulated.gateway.now == MID_MORNING + 601 * NS_PER_SECOND
        await reconnected(client, simulated.port)


async def test_a_cut_loses_the_acknowledgement_and_not_the_order(day: Day) -> None:
    async with day({"fault": "cut", "when": {"order": 1}}) as simulated:
        client = await simulated.client()
        client.ib.placeOrder(await client.stock(), LimitOrder("BUY", 10, 1.0, tif="DAY", orderRef="rt:wire:1:cut"))
        await eventually(lambda: gone(client))
        await reconnected(client, simulated.port)
        (trade,) = await client.ib.reqAllOpenOrdersAsync()
        assert trade.order.orderRef == "rt:wire:1:cut"


async def test_a_reset_is_a_reset(day: Day) -> None:
    async with day({"fault": "cut", "when": {"wall_seconds": 3600}}) as simulated:
        clock = hold_process_time(simulated)
        reader, _ = await simulated.raw()
        await eventually(lambda: bool(simulated.gateway.connections))
        clock.pass_seconds(3600)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(1), WAIT_SECONDS)


async def test_a_half_open_connection_is_only_silent(day: Day) -> None:
    async with day({"fault": "half_open", "when": {"order": 1}, "zombie_seconds": 3}) as simulated:
        clock = hold_process_time(simulated)
        client = await simulated.client()
        connection = simulated.gateway.clients[7]
        client.ib.placeOrder(await client.stock(), MarketOrder("BUY", 10, tif="DAY"))
        await eventually(lambda: steps(simulated, "half_open") == ["begins"])
        read = connection.counts.read
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.ib.reqCurrentTimeAsync(), 0.3)
        assert not gone(client)
        assert connection.counts.read == read, "what the client said since then lies in its socket"
        assert await refused_by_326(simulated.port)
        client.ib.disconnect()
        clock.pass_seconds(3)
        await reconnected(client, simulated.port)
        assert sum(fill.execution.shares for fill in await client.ib.reqExecutionsAsync(ExecutionFilter())) == 10


async def test_fills_told_twice_are_one_fill_to_the_library_and_to_the_verdict(day: Day) -> None:
    async with day({"fault": "duplicate_callbacks", "when": {"order": 1}, "copies": 3}) as simulated:
        client = await simulated.client()
        told: list[str] = []
        client.ib.client.wrapper.ib.execDetailsEvent += lambda _trade, fill: told.append(fill.execution.execId)
        trade = client.ib.placeOrder(await client.stock(), MarketOrder("BUY", 10, tif="DAY", orderRef="rt:wire:1:twice"))
        await client.until(lambda: trade.isDone() and trade.fills and trade.fills[0].commissionReport.execId)
        assert len(set(told)) == 1
        simulated.gateway.flush()
        assert verify(simulated.log.read_text().splitlines()).fills == 1


async def test_one_order_becomes_two_that_the_library_hears_under_one_id_and_a_cancel_ends_one(day: Day) -> None:
    async with day({"fault": "twin_order", "when": {"order": 1}}) as simulated:
        client = await simulated.client()
        heard: set[tuple[int, int, str]] = set()
        client.ib.openOrderEvent += lambda trade: heard.add((trade.order.permId, trade.order.orderId, trade.order.orderRef))
        trade = client.ib.placeOrder(await client.stock(), LimitOrder("BUY", 10, 1.0, tif="DAY", orderRef="rt:wire:1:twin"))
        await client.until(lambda: len(heard) == 2)
        assert {(order_id, ref) for _, order_id, ref in heard} == {(trade.order.orderId, "rt:wire:1:twin")}
        client.ib.cancelOrder(trade.order)
        await client.until(lambda: 202 in client.errors)
        (left,) = simulated.gateway.exchange.open_orders()
        assert left.perm_id == max(perm_id for perm_id, *_ in heard), "told as cancelled, one of the two works on"
        client.ib.client.cancelOrder(trade.order.orderId)
        await client.until(lambda: client.errors.count(202) == 2)
        assert steps(simulated, "twin_order") == ["befalls"]
        assert verify(simulated.log.read_text().splitlines()).clean


async def test_both_of_two_orders_fill_and_their_executions_tell_them_apart(day: Day) -> None:
    async with day({"fault": "twin_order", "when": {"order": 1}}) as simulated:
        client = await simulated.client()
        client.ib.placeOrder(await client.stock(), MarketOrder("BUY", 10, tif="DAY", orderRef="rt:wire:1:twin"))
        await client.until(lambda: client.ib.positions() and client.ib.positions()[0].position == 20)
        fills = await client.ib.reqExecutionsAsync(ExecutionFilter())
        assert len({fill.execution.permId for fill in fills}) == 2
        assert {(fill.execution.orderRef, fill.execution.shares) for fill in fills} == {("rt:wire:1:twin", 10)}

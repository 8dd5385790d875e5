"""The simulated gateway and the real client library, over TCP."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from ib_insync import IB, LimitOrder, MarketOrder, Order, Stock, StopOrder, Trade

from robo_trader.errors import AlreadyRunning
from robo_trader.simulated_gateway.settings import GatewaySettings
from robo_trader.simulated_gateway.verify import verify
from robo_trader.values import NS_PER_SECOND
from tests.support.gateway_bench import HELLO
from tests.wire.conftest import MID_MORNING, WAIT_SECONDS, RealClient, Simulated, eventually, gone, running


def states(trade: Trade) -> list[str]:
    """The statuses an order went through, repetitions left out."""
    told = [entry.status for entry in trade.log if entry.status]
    return [status for status, before in zip(told, ["", *told], strict=False) if status != before]


def daily(order: Order, **facts: object) -> Order:
    order.tif = "DAY"
    for name, value in facts.items():
        setattr(order, name, value)
    return order


async def bought(client: RealClient, quantity: int = 100) -> Trade:
    trade = client.ib.placeOrder(await client.stock(), daily(MarketOrder("BUY", quantity), orderRef="rt:wire:1:entry"))
    await client.until(lambda: len(client.ib.fills()) and trade.orderStatus.status == "Filled" and trade.fills[-1].commissionReport.execId)
    return trade


async def last_price(client: RealClient) -> float:
    (bar,) = (await client.ib.reqHistoricalDataAsync(await client.stock(), "", "60 S", "1 min", "TRADES", True))[-1:]
    return bar.close


def is_clean(simulated: Simulated) -> bool:
    simulated.gateway.flush()
    report = verify(simulated.log.read_text().splitlines())
    assert report.clean, report.violations
    return True


async def test_a_clean_connection_logs_no_complaint(simulated: Simulated, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = await simulated.client()
    assert client.ib.managedAccounts() == ["DU1000001"]
    assert client.ib.client.serverVersion() == 176
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []
    assert client.errors == [2104, 2106, 2158]
    assert {value.tag: value.value for value in client.ib.accountValues()}["TotalCashValue"] == "1000000.00"
    assert await client.ib.reqCurrentTimeAsync() == datetime.fromtimestamp(MID_MORNING // NS_PER_SECOND, UTC)


async def test_a_client_id_in_use_is_refused_by_326_and_its_owner_stays(simulated: Simulated) -> None:
    owner = await simulated.client(7)
    second, heard = IB(), []
    second.errorEvent += lambda _, code, *__: heard.append(code)
    with pytest.raises((TimeoutError, ConnectionError)):
        await second.connectAsync("127.0.0.1", simulated.port, clientId=7, timeout=1)
    assert heard == [326]
    assert await owner.ib.reqCurrentTimeAsync()


async def test_a_market_order_fills_with_its_commission_and_moves_the_account(simulated: Simulated) -> None:
    client = await simulated.client()
    trade = await bought(client)
    assert states(trade)[-1] == "Filled"
    assert sum(fill.execution.shares for fill in trade.fills) == 100
    assert sum(fill.commissionReport.commission for fill in trade.fills) == pytest.approx(1.0)
    assert trade.fills[0].execution.time.tzinfo is not None
    assert trade.fills[0].execution.time.replace(tzinfo=UTC) >= datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    (position,) = client.ib.positions()
    assert (position.contract.symbol, position.position) == ("SPY", 100)
    cash = await client.until(lambda: next(value.value for value in client.ib.accountValues() if value.tag == "TotalCashValue"))
    assert float(cash) == pytest.approx(1_000_000 - sum(fill.execution.price * fill.execution.shares for fill in trade.fills) - 1)
    assert is_clean(simulated)


async def test_a_limit_order_rests_and_is_cancelled_with_202(simulated: Simulated) -> None:
    client = await simulated.client()
    contract = await client.stock()
    order = daily(LimitOrder("BUY", 100, round(await last_price(client) * 0.9, 2)))
    trade = client.ib.placeOrder(contract, order)
    await client.until(lambda: trade.orderStatus.status == "Submitted")
    client.ib.cancelOrder(order)
    await client.until(lambda: 202 in client.errors)
    assert states(trade)[-1] == "Cancelled"
    assert client.errors[-1] == 202


async def test_a_stop_waits_for_its_trigger_and_one_that_is_passed_fills(simulated: Simulated) -> None:
    client = await simulated.client()
    contract = await client.stock()
    await bought(client)
    price = await last_price(client)
    waiting = client.ib.placeOrder(contract, daily(StopOrder("SELL", 50, round(price * 0.8, 2)), tif="GTC"))
    await client.until(lambda: waiting.orderStatus.status == "PreSubmitted")
    assert waiting.orderStatus.whyHeld == "trigger"
    passed = client.ib.placeOrder(contract, daily(StopOrder("SELL", 50, round(price * 1.02, 2))))
    await client.until(lambda: passed.orderStatus.status == "Filled")


async def test_an_exit_that_joins_the_group_of_its_stop_takes_the_stop_out(simulated: Simulated) -> None:
    client = await simulated.client()
    contract = await client.stock()
    await bought(client)
    group = {"ocaGroup": "slice-1", "ocaType": 2}
    stop = client.ib.placeOrder(contract, daily(StopOrder("SELL", 100, 1.0), tif="GTC", orderRef="rt:wire:1:stop", **group))
    await client.until(lambda: stop.orderStatus.status == "PreSubmitted")
    leave = client.ib.placeOrder(contract, daily(MarketOrder("SELL", 100), orderRef="rt:wire:1:exit", **group))
    await client.until(lambda: leave.orderStatus.status == "Filled" and stop.orderStatus.status == "Cancelled" and 202 in client.errors)
    late = client.ib.placeOrder(contract, daily(MarketOrder("SELL", 100), orderRef="rt:wire:1:late", **group))
    await client.until(lambda: 201 in client.errors)
    assert late.fills == []
    assert await client.until(lambda: not client.ib.positions())
    assert is_clean(simulated)


async def test_a_second_client_sees_all_orders_and_hears_of_none(simulated: Simulated) -> None:
    owner, other = await simulated.client(7), await simulated.client(8, lockstep=False)
    resting = owner.ib.placeOrder(await owner.stock(), daily(LimitOrder("BUY", 100, 1.0), orderRef="mine"))
    await owner.until(lambda: resting.orderStatus.status == "Submitted")
    await other.ib.reqOpenOrdersAsync()
    assert other.ib.openTrades() == []
    (seen,) = await other.ib.reqAllOpenOrdersAsync()
    assert (seen.order.clientId, seen.order.orderRef, seen.order.permId) == (7, "mine", resting.order.permId)
    trade = await bought(owner)
    fills = await other.ib.reqExecutionsAsync()
    assert {fill.execution.execId for fill in fills} == {fill.execution.execId for fill in trade.fills}
    assert other.ib.positions()[0].position == 100


async def test_orders_are_still_there_after_a_reconnection(simulated: Simulated) -> None:
    client = await simulated.client()
    resting = client.ib.placeOrder(await client.stock(), daily(LimitOrder("BUY", 100, 1.0), tif="GTC", orderRef="mine"))
    await client.until(lambda: resting.orderStatus.status == "Submitted")
    await bought(client)
    client.ib.disconnect()
    await simulated.without(7)
    again = await simulated.client(7, lockstep=False)
    assert [trade.order.orderRef for trade in again.ib.openTrades()] == ["mine"]
    assert again.ib.client.getReqId() > resting.order.orderId
    assert sum(fill.execution.shares for fill in again.ib.fills()) == 100


async def test_history_reaches_back_over_days_and_is_aware_of_its_zone(simulated: Simulated) -> None:
    client = await simulated.client()
    bars = await client.ib.reqHistoricalDataAsync(await client.stock(), "", "2 D", "1 min", "TRADES", True)
    assert len(bars) == 390 + 30  # Friday, and Monday from 09:30 on
    assert bars[-1].date.astimezone(UTC) == datetime(2026, 3, 2, 14, 59, tzinfo=UTC)
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)


async def test_five_second_bars_follow_each_other_and_make_up_the_minute_of_history(simulated: Simulated) -> None:
    client = await simulated.client()
    contract = await client.stock()
    bars = client.ib.reqRealTimeBars(contract, 5, "TRADES", True)
    await client.until(lambda: len(bars) == 12)
    assert {after.time - before.time for before, after in pairwise(bars)} == {timedelta(seconds=5)}
    (minute, *_) = (await client.ib.reqHistoricalDataAsync(contract, "", "60 S", "1 min", "TRADES", True))[-2:]
    assert (bars[0].open_, max(bar.high for bar in bars), bars[-1].close) == (minute.open, minute.high, minute.close)
    assert sum(bar.volume for bar in bars) == minute.volume


async def test_ticks_carry_quotes_trades_and_the_time_of_the_last_trade(simulated: Simulated) -> None:
    client = await simulated.client()
    ticker = client.ib.reqMktData(await client.stock())
    await client.until(lambda: ticker.volume > 0 and ticker.marketDataType == 1)
    assert 0 < ticker.bid < ticker.ask
    assert min(ticker.bidSize, ticker.askSize, ticker.lastSize) > 0
    before = ticker.volume
    await client.until(lambda: ticker.volume > before)


@pytest.mark.parametrize("version", range(157, 176))
async def test_a_client_of_an_older_version_trades(simulated: Simulated, version: int, caplog: pytest.LogCaptureFixture) -> None:
    client = await simulated.client(version=version)
    assert client.ib.client.serverVersion() == version
    (details,) = await client.ib.reqContractDetailsAsync(Stock("SPY", "SMART", "USD"))
    assert (details.contract.conId, details.minTick, details.stockType, details.contract.primaryExchange) == (756733, 0.01, "ETF", "ARCA")
    assert details.suggestedSizeIncrement == (100 if version >= 164 else 1 if version == 163 else 0)
    (found,) = [sample for sample in await client.ib.reqMatchingSymbolsAsync("SPY") if sample.contract.symbol == "SPY"]
    assert found.contract.conId == 756733
    trade = await bought(client)
    resting = client.ib.placeOrder(await client.stock(), daily(LimitOrder("BUY", 100, 1.0), orderRef="mine"))
    await client.until(lambda: resting.orderStatus.status == "Submitted")
    assert [again.order.orderRef for again in await client.ib.reqAllOpenOrdersAsync()] == ["mine"]
    client.ib.cancelOrder(resting.order)
    await client.until(lambda: 202 in client.errors)
    assert {fill.execution.execId for fill in await client.ib.reqExecutionsAsync()} == {fill.execution.execId for fill in trade.fills}
    assert sorted(done.orderStatus.status for done in await client.ib.reqCompletedOrdersAsync(apiOnly=False)) == ["Cancelled", "Filled"]
    assert client.errors == [2104, 2106, 2158, 202]
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.WARNING and "202" not in record.getMessage()] == []
    assert is_clean(simulated)


async def test_an_unknown_symbol_is_error_200(simulated: Simulated) -> None:
    client = await simulated.client()
    assert await client.ib.qualifyContractsAsync((await client.stock()).__class__("NOPE", "SMART", "USD")) == []
    assert client.errors[-1] == 200


async def test_garbage_closes_only_its_own_socket(simulated: Simulated) -> None:
    client = await simulated.client()
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"API\0\xff\xff\xff\xff", HELLO + b"\0\0\0\x02\xff\0", bytes(range(256)) * 40):
        reader, writer = await simulated.raw()
        writer.write(garbage)
        async with asyncio.timeout(WAIT_SECONDS):
            try:
                while await reader.read(4096):
                    pass
            except ConnectionResetError:
                pass
    assert await client.ib.reqCurrentTimeAsync()


async def test_a_client_that_is_not_understood_any_more_is_told_so_and_sent_away(simulated: Simulated) -> None:
    client = await simulated.client(lockstep=False)
    client.ib.client.send(71, 2, 7, "")
    client.ib.client.send(49, 1)
    client.ib.client.send(9999)
    await eventually(lambda: gone(client))
    assert client.errors[-2:] == [321, 320]


async def test_a_hello_that_dribbles_in_is_answered(simulated: Simulated) -> None:
    reader, writer = await simulated.raw()
    for byte in HELLO:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    greeting = await asyncio.wait_for(reader.readexactly(4 + 33), WAIT_SECONDS)
    assert greeting[4:] == b"176\x0020260302 10:00:00 US/Eastern\0"


async def test_a_port_in_use_is_one_clear_error(simulated: Simulated, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunning, match=f"port {simulated.port} is in use"):
        async with running(GatewaySettings(port=simulated.port, log_path=tmp_path / "other.jsonl")):
            pass

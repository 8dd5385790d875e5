"""In which sequence the real client library hears of its orders: a row for each case that a broker's captures show, message by message.

The market is written down by hand and the rules repeat nothing, so a sequence is exact.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ib_insync import Order

from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.venue import Venue
from tests.support.exchange_bench import IBM, quote, trade
from tests.wire.trader import (
    CANCELLED,
    COMMISSION,
    FILL,
    WIDE,
    Entry,
    Open,
    Trader,
    bracket,
    buy,
    error,
    filled,
    limit,
    opened,
    opener,
    pair,
    sell,
    status,
)


@pytest.fixture
def trading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """See `opener`."""
    return opener(tmp_path, monkeypatch)


async def test_market_order(trading: Open) -> None:
    async with trading() as trader:
        assert await trader.place(buy()) == [*pair("PreSubmitted"), *FILL]


async def test_partial_fills(trading: Open) -> None:
    events = [
        quote("09:30:30", "100.00", "100.02", 40, 40),
        quote("09:31:01", "100.00", "100.03", 40, 40),
        quote("09:31:02", "100.00", "100.02", 40, 40),
    ]
    async with trading(*events) as trader:
        first = [filled(40), *pair("Submitted", 40), *pair("Submitted", 40), COMMISSION]
        assert await trader.place(buy()) == [*pair("PreSubmitted"), *first]
        assert await trader.until("09:31:01") == [filled(80), *pair("Submitted", 80), *pair("Submitted", 80), COMMISSION]
        assert await trader.until("09:31:02") == [filled(100), *pair("Filled", 100), *pair("Filled", 100), COMMISSION]


async def test_a_state_may_overtake_its_execution(trading: Open) -> None:
    async with trading(rules=Rules(duplicates=False)) as trader:
        overtaken = 0
        for _ in range(20):
            heard = await trader.place(buy(10))
            assert heard[-1] == COMMISSION, "the commission is always last"
            overtaken += heard.index(filled(10)) > heard.index(status("Filled", 10))
        assert 0 < overtaken < 10


async def test_resting_limit(trading: Open) -> None:
    async with trading() as trader:
        assert await trader.place(limit(99.0)) == [*pair("PreSubmitted"), *pair("Submitted")]


@pytest.mark.parametrize(
    "order",
    [
        Order(orderType="STP", auxPrice=99.0),
        Order(orderType="STP LMT", auxPrice=99.0, lmtPrice=98.0),
        Order(orderType="TRAIL", auxPrice=1.0),
        Order(orderType="TRAIL", trailingPercent=1.0, trailStopPrice=99.0),
        Order(orderType="TRAIL LIMIT", auxPrice=1.0, lmtPriceOffset=0.5),
    ],
    ids=["stop", "stop limit", "trail", "trail by percent", "trail limit"],
)
async def test_stop_until_it_is_triggered(trading: Open, order: Order) -> None:
    order.action, order.totalQuantity, order.tif = "SELL", 100, "DAY"
    async with trading(*WIDE, trade("09:31:01", "98.99")) as trader:
        assert await trader.place(order) == pair("PreSubmitted")
        (resting,) = trader.client.ib.openTrades()
        assert resting.orderStatus.whyHeld == "trigger"
        assert await trader.until("09:31:01") == [*pair("Submitted"), *FILL]


async def test_outside_the_session(trading: Open) -> None:
    async with trading(now="09:29:00") as trader:
        order = buy()
        assert await trader.place(order) == [error(399), *pair("PreSubmitted")]
        assert await trader.cancel(order) == [*pair("PendingCancel"), *pair("PendingCancel"), *CANCELLED]


async def test_cancel(trading: Open) -> None:
    async with trading() as trader:
        order = limit(99.0)
        await trader.place(order)
        assert await trader.cancel(order) == CANCELLED
        assert await trader.cancel(order) == [error(10148)]
        order.orderId = 4711
        assert await trader.cancel(order) == [error(10147)]


async def test_a_cancel_that_comes_too_late(trading: Open) -> None:
    async with trading() as trader:
        order = buy()
        await trader.place(order)
        assert await trader.cancel(order) == [error(10148)]


async def test_a_cancel_after_a_global_one(trading: Open) -> None:
    async with trading() as trader:
        order = limit(99.0)
        await trader.place(order)
        assert await trader.after(trader.client.ib.client.reqGlobalCancel) == CANCELLED
        assert await trader.cancel(order) == [error(161)]


async def test_immediate_or_cancel(trading: Open) -> None:
    async with trading() as trader:
        assert await trader.place(limit(99.0, tif="IOC")) == [*pair("PreSubmitted"), *pair("Submitted"), *pair("PendingCancel"), *CANCELLED]
        assert await trader.place(limit(101.0, tif="IOC")) == [*pair("PreSubmitted"), *FILL]


async def test_fill_or_kill(trading: Open) -> None:
    async with trading() as trader:
        dead = [*pair("PreSubmitted"), *pair("Submitted"), *pair("PendingCancel"), *CANCELLED]
        assert await trader.place(buy(20_000, tif="FOK")) == dead
        assert await trader.place(buy(tif="FOK")) == [*pair("PreSubmitted"), *FILL]
    async with trading(rules=Rules(duplicates=False, refuses_fok=True)) as trader:
        assert await trader.place(buy(tif="FOK")) == [error(201), *pair("Inactive")]


@pytest.mark.parametrize(
    ("order", "heard"),
    [
        (buy(500_000), [error(201), *pair("Inactive")]),
        (buy(orderType="bF"), [error(321)]),
        (buy(orderType="MIDPRICE"), [error(387)]),
        (limit(99.005), [error(110)]),
        (buy(tif="GTD"), [error(321)]),
        (buy(orderType="MOC", tif="GTC"), [error(113)]),
        (buy(orderType="STP", auxPrice=101.0, tif="IOC"), [error(111)]),
        (buy(allOrNone=True), [error(321)]),
        (buy(1.5), [error(10243)]),
        (limit(99.0, parentId=4711), [error(135)]),
    ],
)
async def test_reject(trading: Open, order: Order, heard: list[Entry]) -> None:
    async with trading() as trader:
        assert await trader.place(order) == heard
        order.orderId = 0


async def test_unknown_contract(trading: Open) -> None:
    async with trading() as trader:
        contract = await trader.client.stock()
        contract.conId, contract.symbol, contract.localSymbol = 0, "NOPE", ""
        assert await trader.after(lambda: trader.client.ib.placeOrder(contract, buy())) == [error(200)]


async def test_a_duplicate_id(trading: Open) -> None:
    async with trading() as trader:
        order = limit(99.0)
        await trader.place(order)
        stale = limit(98.0)
        stale.orderId = order.orderId - 1
        assert await trader.place(stale) == [error(103)]


async def test_what_is_told_beside_an_order_that_lives(trading: Open) -> None:
    venue = Venue(locate_seconds={IBM: 60})
    async with trading(rules=Rules(duplicates=False, status_may_precede_execution=False, tells_preset=True), venue=venue) as trader:
        assert await trader.place(limit(99.0, tif="")) == [error(10349), *pair("PreSubmitted"), *pair("Submitted")]
        assert await trader.place(buy(outsideRth=True)) == [error(2109), *pair("PreSubmitted"), *FILL]
        assert await trader.place(sell(), symbol="IBM") == [*pair("PreSubmitted"), error(404)]
        assert trader.client.ib.openTrades()[-1].orderStatus.whyHeld == "locate"


async def test_bracket(trading: Open) -> None:
    async with trading(*WIDE, quote("09:31:01", "98.50", "99.00"), quote("09:31:02", "110.00", "110.02")) as trader:
        parent, profit, stop = bracket(trader, 99.0)
        assert await trader.place(parent, profit) == [], "nothing is told before the last member"
        assert await trader.place(stop) == [*pair("PreSubmitted") * 4, *pair("Submitted")]
        held = {trade.order.orderId: trade.orderStatus.whyHeld for trade in trader.client.ib.openTrades()}
        assert held == {parent.orderId: "", profit.orderId: "child", stop.orderId: "child,trigger"}
        group = str(trader.client.ib.openTrades()[0].order.permId)
        assert trader.groups == {parent.orderId: ("", 3, 0)} | dict.fromkeys((profit.orderId, stop.orderId), (group, 3, parent.orderId))
        assert await trader.until("09:31:01") == [*FILL, *pair("PreSubmitted"), *pair("Submitted"), *pair("PreSubmitted")]
        assert await trader.until("09:31:02") == [*FILL, *CANCELLED]
        assert trader.client.ib.positions() == []


async def test_cancelling_a_brackets_parent(trading: Open) -> None:
    async with trading() as trader:
        orders = bracket(trader, 99.0)
        await trader.place(*orders)
        assert await trader.cancel(orders[0]) == CANCELLED * 3


async def test_changing_a_child_after_its_parent_filled(trading: Open) -> None:
    async with trading() as trader:
        _, _, stop = orders = bracket(trader, 101.0)
        await trader.place(*orders)
        stop.auxPrice = 91.0
        assert await trader.change(stop) == [error(135)]
        stop.parentId = 0
        assert await trader.change(stop) == pair("PreSubmitted")


@pytest.mark.parametrize(("oca_type", "told"), [(1, CANCELLED), (2, pair("PreSubmitted")), (3, pair("PreSubmitted"))])
async def test_one_cancels_all(trading: Open, oca_type: int, told: list[Entry]) -> None:
    group = {"ocaGroup": "g", "ocaType": oca_type}
    async with trading(quote("09:30:30", "100.00", "100.02", 40, 40), quote("09:31:01", "100.00", "100.05", 500, 500)) as trader:
        await trader.place(buy(orderType="STP", auxPrice=105.0, **group))
        partly = [filled(40), *pair("Submitted", 40), *pair("Submitted", 40), COMMISSION]
        assert await trader.place(buy(**group)) == [*pair("PreSubmitted"), *partly, *told]
        assert await trader.until("09:31:01") == [*FILL, *([] if oca_type == 1 else CANCELLED)]


async def test_what_if(trading: Open) -> None:
    async with trading() as trader:
        contract = await trader.client.stock()
        trader.heard.clear()
        state = await trader.client.ib.whatIfOrderAsync(contract, buy())
        assert trader.heard == [opened("PreSubmitted")]
        assert (state.initMarginChange, state.maintMarginChange, state.commission) == ("2500.25", "2500.25", 1.0)
        assert await trader.client.ib.reqAllOpenOrdersAsync() == []


async def test_modify(trading: Open) -> None:
    async with trading() as trader:
        order = limit(99.0)
        await trader.place(order)
        order.lmtPrice = 99.5
        assert await trader.place(order) == pair("Submitted")
        assert trader.client.ib.openTrades()[0].orderStatus.status == "Submitted"
        order.lmtPrice = 101.0
        assert await trader.place(order) == [*pair("Submitted"), *FILL]
        assert await trader.after(lambda: trader.client.ib.client.placeOrder(order.orderId, trader.client.ib.trades()[0].contract, order)) == [
            error(104)
        ]


async def test_auctions_and_ends(trading: Open) -> None:
    events = [*WIDE, trade("15:59:59", "100.50")]
    async with trading(*events, now="15:59:00") as trader:
        assert await trader.place(buy(orderType="MOC")) == [*pair("PreSubmitted"), *pair("Submitted")]
        assert await trader.place(limit(99.0)) == [*pair("PreSubmitted"), *pair("Submitted")]
        good_till = limit(99.0, tif="GTD", goodTillDate="20131007 15:59:30 US/Eastern")
        assert await trader.place(good_till) == [*pair("PreSubmitted"), *pair("Submitted")]
        assert await trader.until("15:59:30") == CANCELLED
        assert await trader.until("16:00:00") == [*FILL, *CANCELLED]
        assert [fill.execution.price for fill in trader.client.ib.fills()] == [100.5]


async def test_two_clients(trading: Open) -> None:
    async with trading() as trader:
        other = Trader(await trader.gateway.client(8, lockstep=False), trader.gateway)
        order = limit(99.0)
        await trader.place(order)
        assert other.heard == []
        assert await other.cancel(order) == [error(10147)], "another client's order is not found"
        await trader.after(other.client.ib.client.reqGlobalCancel)
        await other.client.ib.reqCurrentTimeAsync()
        await trader.client.ib.reqCurrentTimeAsync()
        assert trader.heard == CANCELLED, "each owner is told of a global cancel"


async def test_the_master_client_may_cancel_anothers_order(trading: Open) -> None:
    async with trading() as trader:
        master = Trader(await trader.gateway.client(0, lockstep=False), trader.gateway)
        order = limit(99.0)
        await trader.place(order)
        await master.cancel(order)
        await trader.client.ib.reqCurrentTimeAsync()
        assert trader.heard[-2:] == CANCELLED
        assert await master.cancel(order) == [error(10147)]


async def test_reconnection(trading: Open) -> None:
    async with trading() as trader:
        await trader.place(limit(99.0, tif="GTC"), limit(98.0, tif="GTC"))
        trader.client.ib.disconnect()
        await trader.gateway.without(7)
        again = await trader.gateway.client(7, lockstep=False)
        assert [one.order.lmtPrice for one in again.ib.openTrades()] == [99.0, 98.0]
        assert {one.orderStatus.status for one in again.ib.openTrades()} == {"Submitted"}

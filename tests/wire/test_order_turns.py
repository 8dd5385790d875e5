"""Orders whose life takes a turn, over TCP: what is told, and that the gateway lives on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from ib_insync import Order
from ib_insync.order import TimeCondition

from robo_trader.market.calendar import session_on
from robo_trader.simulated_gateway.model import OrderReport
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.venue import Venue
from tests.support.exchange_bench import SPY, quote, trade
from tests.wire.trader import CANCELLED, COMMISSION, FILL, WIDE, Entry, Open, Trader, bracket, buy, error, filled, limit, opened, opener, pair, sell

RESTS = [*pair("PreSubmitted"), *pair("Submitted")]
HELD = [error(399), *pair("PreSubmitted")]
REFUSED = [error(201), *pair("Inactive")]


@pytest.fixture
def trading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """See `opener`."""
    return opener(tmp_path, monkeypatch)


def family(trader: Trader, parent: Order, *children: Order) -> list[Order]:
    """An order with its children, under ids of the client's."""
    for order in (parent, *children):
        order.orderId = trader.client.ib.client.getReqId()
    for child in children:
        child.parentId = parent.orderId
    return [parent, *children]


def left(trader: Trader) -> list[OrderReport]:
    """The orders that are still open, as the exchange has them."""
    return trader.gateway.gateway.exchange.open_orders()


@pytest.mark.parametrize(
    ("order", "heard"),
    [
        (limit(99.0, tif="GTD", goodTillDate="20991231"), RESTS),
        (limit(99.0, tif="GTD", goodTillDate="99991231"), RESTS),
        (limit(99.0, goodTillDate="20991231"), RESTS),
        (limit(99.0, tif="GTD", goodTillDate="19850101"), REFUSED),
        (limit(99.0, tif="GTD", goodTillDate="20991231", whatIf=True), [opened("PreSubmitted")]),
    ],
)
async def test_an_order_may_be_good_till_a_date_that_no_calendar_reaches(trading: Open, order: Order, heard: list[Entry]) -> None:
    async with trading(hours=session_on) as trader:
        assert await trader.place(order) == heard
        assert await trader.place(limit(98.0)) == RESTS
        order.orderId = 0


@pytest.mark.parametrize("far", ["20991231-12:00:00", "99991231 23:59:59"])
async def test_an_order_that_is_good_after_a_time_begins_then_however_far_that_is(trading: Open, far: str) -> None:
    async with trading(hours=session_on) as trader:
        assert await trader.place(limit(99.0, goodAfterTime="20131007-13:32:00")) == pair("PreSubmitted")
        assert await trader.place(limit(98.0, goodAfterTime=far, outsideRth=True)) == pair("PreSubmitted")
        assert await trader.until("09:31:59") == []
        assert await trader.until("09:32:00") == RESTS
        assert [report.status for report in left(trader)] == ["Submitted", "PreSubmitted"]


async def test_of_two_orders_for_the_opening_in_one_group_one_fills(trading: Open) -> None:
    group = {"ocaGroup": "g", "ocaType": 1, "tif": "OPG"}
    async with trading(trade("09:30:01", "100.00", 5_000), now="09:29:00") as trader:
        assert await trader.place(buy(**group), buy(**group)) == HELD * 2
        assert await trader.until("09:30:01") == [*pair("Submitted") * 2, *FILL, *CANCELLED]
        assert [held.position for held in trader.client.ib.positions()] == [100]


async def test_a_child_whose_conditions_end_it_at_once_may_take_its_parent_along(trading: Open) -> None:
    async with trading() as trader:
        ends = TimeCondition(isMore=True, time="20131007-13:30:00")
        child = sell(orderType="LMT", lmtPrice=110.0, conditions=[ends], conditionsCancelOrder=True, autoCancelParent=True)
        orders = family(trader, limit(99.0, transmit=False), child)
        assert await trader.place(*orders) == [*pair("PreSubmitted") * 2, *CANCELLED * 2]
        assert await trader.place(limit(98.0)) == RESTS


async def test_a_child_that_comes_after_its_siblings_are_done_is_refused(trading: Open) -> None:
    rules = Rules(duplicates=False, status_may_precede_execution=False, children_at_first_fill=True)
    async with trading(quote("09:30:30", "100.00", "100.02", 60, 60), rules=rules) as trader:
        parent, first, late = family(trader, buy(), sell(50), sell(50))
        await trader.place(parent)
        assert filled(50) in await trader.place(first)
        assert await trader.place(late) == REFUSED
        assert [report.ticket.order_id for report in left(trader)] == [parent.orderId]


async def test_a_trailing_child_sets_out_from_the_market_in_which_its_parent_filled(trading: Open) -> None:
    async with trading(*WIDE, trade("09:31:01", "98.60")) as trader:
        await trader.place(*family(trader, limit(99.0, transmit=False), sell(orderType="TRAIL", auxPrice=1.0)))
        assert await trader.until("09:31:01") == [*FILL, *pair("PreSubmitted")]
        assert [report.stop_now for report in left(trader)] == [Decimal("97.60")]


async def test_what_protects_a_bracket_is_no_short_sale(trading: Open) -> None:
    async with trading(*WIDE, quote("09:31:01", "98.50", "99.00"), venue=Venue(shares_to_borrow={SPY: 0})) as trader:
        assert await trader.place(*bracket(trader, 99.0)) == [*pair("PreSubmitted") * 4, *pair("Submitted")]
        assert await trader.until("09:31:01") == [*FILL, *pair("PreSubmitted"), *pair("Submitted"), *pair("PreSubmitted")]
        assert await trader.place(sell(1)) == REFUSED


async def test_a_change_opens_and_closes_the_hours_for_an_order(trading: Open) -> None:
    evening = (quote("16:01:00", "100.00", "100.02"), quote("16:04:00", "98.90", "98.95"))
    async with trading(*evening, now="16:02:00") as trader:
        to_market, to_the_day = limit(98.0, tif="GTC", outsideRth=True), limit(99.0, tif="GTC", outsideRth=True)
        assert await trader.place(to_market, to_the_day) == RESTS * 2
        to_market.orderType, to_the_day.outsideRth = "MKT", False
        assert await trader.place(to_market, to_the_day) == HELD * 2
        assert await trader.until("16:04:00") == []
        to_the_day.outsideRth = True
        assert await trader.place(to_the_day) == [*pair("PreSubmitted"), *FILL]
        assert {report.status for report in left(trader)} == {"PreSubmitted"}


async def test_a_change_does_not_give_a_child_back_what_its_sibling_has_filled(trading: Open) -> None:
    async with trading(*WIDE, quote("09:31:01", "110.00", "110.02", 50, 50)) as trader:
        _, _, stop = orders = bracket(trader, 101.0)
        await trader.place(*orders)
        assert await trader.until("09:31:01") == [filled(50), *pair("Submitted", 50) * 2, COMMISSION, *pair("PreSubmitted")]
        stop.totalQuantity, stop.parentId = 100, 0
        assert await trader.change(stop) == pair("PreSubmitted")
        assert [(report.filled, report.remaining) for report in left(trader)] == [(50, 50), (0, 50)]


async def test_the_children_of_a_refused_parent_are_refused_too(trading: Open) -> None:
    async with trading() as trader:
        assert await trader.place(*bracket(trader, 101.0, 500_000)) == REFUSED * 3


async def test_a_change_that_the_scenario_refuses_leaves_the_order_as_it_was(trading: Open) -> None:
    async with trading(faults=[{"fault": "reject_order", "when": {"order": 2}, "moment": "after_ack"}]) as trader:
        order = limit(99.0)
        await trader.place(order)
        order.lmtPrice = 99.5
        assert await trader.change(order) == [error(201)]
        assert [(report.status, report.ticket.limit_price) for report in left(trader)] == [("Submitted", Decimal("99.0"))]
        assert await trader.change(order) == pair("Submitted")

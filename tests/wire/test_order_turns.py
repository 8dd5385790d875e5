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


async def test_of_two_orders_for_the_opening_in_one_group_one_fills(trading: Open) -> None:
    group = {"ocaGroup": "g", "ocaType": 1, "tif": "OPG"}
    async with trading(trade("09:30:01", "100.00", 5_000), now="09:29:00") as trader:
        assert await trader.place(buy(**group), buy(**group)) == HELD * 2
        assert await trader.until("09:30:01") == [*pair("Submitted") * 2, *FILL, *CANCELLED]
        assert [held.position for held in trader.client.ib.positions()] == [100]

"""Where a limit order stands in the queue at its price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.display import Shown
from robo_trader.simulated_gateway.queueing import keeps_place, look, reached, shares_shown
from tests.support.exchange_bench import SELL, ticket

BIDS = Shown(((Decimal("10.00"), 300), (Decimal("9.99"), 500)), [300, 500])


def buying(limit: str) -> BookOrder:
    return BookOrder(ticket(1, limit=limit), 1, 1, phase=Phase.WORKING)


@pytest.mark.parametrize(("limit", "shown"), [("10.01", 0), ("10.00", 300), ("9.99", 500), ("9.98", None)])
def test_an_order_queues_behind_what_is_displayed_at_its_price(limit: str, shown: int | None) -> None:
    assert shares_shown(buying(limit), BIDS) == shown


def test_a_sell_order_looks_at_the_asks() -> None:
    asks = Shown(((Decimal("10.02"), 70),), [70])
    order = BookOrder(ticket(1, SELL, limit="10.01"), 1, 1, phase=Phase.WORKING)
    assert shares_shown(order, asks) == 0
    assert shares_shown(BookOrder(ticket(1), 1, 1), asks) is None


def test_who_comes_later_stands_behind_and_who_leaves_makes_room() -> None:
    order = buying("10.00")
    look(order, BIDS)
    look(order, Shown(((Decimal("10.00"), 900),), [900]))
    assert order.ahead == 300
    look(order, Shown(((Decimal("10.00"), 120),), [120]))
    assert order.ahead == 120
    look(order, Shown(((Decimal("10.05"), 10),), [10]))
    assert order.ahead == 120, "nobody sees the price now"


def test_prints_reach_an_order_once_the_queue_is_through() -> None:
    order = buying("10.00")
    assert reached(order, 1000) == 0, "nobody knows the queue"
    look(order, BIDS)
    assert [reached(order, 200), reached(order, 200), reached(order, 50)] == [0, 100, 50]


@pytest.mark.parametrize(
    ("change", "keeps"),
    [({}, True), ({"quantity": 50}, True), ({"tif": "GTC"}, True), ({"quantity": 101}, False), ({"limit": "9.99"}, False), ({"kind": "MKT"}, False)],
)
def test_a_change_keeps_the_place_at_the_same_price_for_no_more_shares(change: dict[str, Any], keeps: bool) -> None:
    assert keeps_place(ticket(1, limit="10.00"), ticket(1, **({"limit": "10.00"} | change))) is keeps

"""Trailing stops, dates and parents as the real client's decoder understands what is told of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from ib_insync.util import UNSET_DOUBLE

from robo_trader.simulated_gateway.model import Margins, OrderReport, Ticket
from robo_trader.simulated_gateway.replies_orders import completed_order, exec_details_end, open_order, order_status
from tests.support.exchange_bench import BUY, SELL, ticket
from tests.support.real_client import understood

TRAIL = ticket(5, SELL, kind="TRAIL", trail_amount=Decimal("0.50"), stop_price=Decimal("9.00"))
TRAIL_LIMIT = replace(TRAIL, order_type="TRAIL LIMIT", limit_offset=Decimal("0.10"))


def report(some: Ticket, **changes: object) -> OrderReport:
    return replace(OrderReport(some, 1_000_001, "PreSubmitted", 0, 100, Decimal(0), Decimal(0), ""), **changes)  # type: ignore[arg-type]


def test_a_trailing_stop_tells_its_distance_and_where_it_stands() -> None:
    _, _, order, _ = understood("openOrder", open_order(report(TRAIL, stop_now=Decimal("9.75")), 1))
    assert (order.orderType, order.auxPrice, order.trailStopPrice, order.trailingPercent) == ("TRAIL", 0.5, 9.75, UNSET_DOUBLE)
    _, order, _ = understood("completedOrder", completed_order(report(TRAIL), 1, "", ""))
    assert order.trailStopPrice == 9.0


def test_a_percentage_and_an_offset_are_told_as_they_came() -> None:
    some = replace(TRAIL, order_type="TRAIL LIMIT", trail_amount=None, trail_percent=Decimal("1.5"), limit_offset=Decimal("0.1"))
    _, _, order, _ = understood("openOrder", open_order(report(some), 1))
    assert (order.auxPrice, order.trailingPercent, order.lmtPriceOffset) == (0.0, 1.5, 0.1)


@pytest.mark.parametrize(
    ("some", "stop_now", "limit_now", "told"),
    [
        (TRAIL_LIMIT, None, None, 8.9),
        (TRAIL_LIMIT, "9.75", None, 9.65),
        (replace(TRAIL_LIMIT, side=BUY), "9.75", None, 9.85),
        (TRAIL_LIMIT, "9.75", "9.60", 9.6),
        (replace(TRAIL_LIMIT, stop_price=None), None, None, 0.0),
        (TRAIL, "9.75", None, 0.0),
    ],
)
def test_the_limit_of_a_trailing_limit_is_told_where_its_stop_puts_it(some: Ticket, stop_now: str | None, limit_now: str | None, told: float) -> None:
    now, limit = (None if price is None else Decimal(price) for price in (stop_now, limit_now))
    _, _, order, _ = understood("openOrder", open_order(report(some, stop_now=now, limit_now=limit), 1))
    assert order.lmtPrice == told


def test_a_stop_limit_tells_both_prices_and_a_date_its_clients_words() -> None:
    some = ticket(5, SELL, limit="9.90", stop="9.95", kind="STP LMT", tif="GTD", good_till_text="20260302 15:00:00")
    _, _, order, _ = understood("openOrder", open_order(report(some), 1))
    assert (order.lmtPrice, order.auxPrice, order.tif, order.goodTillDate) == (9.9, 9.95, "GTD", "20260302 15:00:00")


def test_a_time_before_which_nothing_is_done_is_told_in_its_clients_words() -> None:
    some = ticket(5, limit="9.90", good_after_text="20300101-01:01:01")
    assert understood("openOrder", open_order(report(some), 1))[2].goodAfterTime == "20300101-01:01:01"


@pytest.mark.parametrize("parent", [0, 4])
def test_order_and_status_name_the_parent(parent: int) -> None:
    child = report(replace(TRAIL, parent_id=parent), why_held="child,trigger")
    assert understood("openOrder", open_order(child, 1))[2].parentId == parent
    assert understood("orderStatus", order_status(child))[6] == parent


def test_the_end_of_executions_names_its_request() -> None:
    assert exec_details_end(9) == ("55", "1", "9")


@pytest.mark.parametrize(
    ("some", "bound"),
    [
        (ticket(5, SELL), UNSET_DOUBLE),
        (ticket(5, SELL, kind="STP", stop="9.95"), UNSET_DOUBLE),
        (ticket(5, SELL, limit="9.90"), 1.25),
        (ticket(5, SELL, limit="9.90", stop="9.95", kind="STP LMT"), 1.25),
    ],
)
def test_a_what_if_tells_the_commission_and_of_a_limit_its_bounds_too(some: Ticket, bound: float) -> None:
    margins = Margins(Decimal(0), Decimal(1), Decimal(0), Decimal(1), Decimal(5), Decimal("-1.25"), Decimal("1.25"))
    _, _, _, state = understood("openOrder", open_order(report(some), 1, margins=margins))
    assert (state.commission, state.minCommission, state.maxCommission, state.commissionCurrency) == (1.25, bound, bound, "USD")

"""Where a trailing stop stands."""

from __future__ import annotations

from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.book_order import BookOrder
from robo_trader.simulated_gateway.trailing import begin, follow, limit_at_trigger
from tests.support.exchange_bench import BUY, SELL, ticket


def trailing(**words: object) -> BookOrder:
    return BookOrder(ticket(1, **({"kind": "TRAIL", "trail_amount": Decimal("0.50")} | words)), 1, 1)  # type: ignore[arg-type]


def after(order: BookOrder, *lasts: str) -> Decimal | None:
    for last in lasts:
        follow(order, Decimal(last))
    return order.stop_now


def test_a_sell_stop_rises_with_the_market_and_never_falls() -> None:
    assert after(trailing(side=SELL), "10.00", "10.30", "10.10") == Decimal("9.80")


def test_a_buy_stop_falls_with_the_market_and_never_rises() -> None:
    assert after(trailing(side=BUY), "10.00", "9.70", "9.90") == Decimal("10.20")


def test_a_percentage_is_of_the_last_price_and_ends_on_a_tick() -> None:
    assert after(trailing(side=SELL, trail_amount=None, trail_percent=Decimal("1.5")), "10.01") == Decimal("9.86")


@pytest.mark.parametrize(("begins", "stands"), [("9.70", "9.70"), ("9.00", "9.50")])
def test_a_stop_begins_where_its_client_says_unless_the_market_is_further(begins: str, stands: str) -> None:
    order = trailing(side=SELL, stop_price=Decimal(begins))
    begin(order, Decimal("10.00"))
    assert order.stop_now == Decimal(stands)


def test_without_a_price_there_is_no_stop_yet_and_nothing_touches_it() -> None:
    order = trailing(side=SELL)
    begin(order, None)
    assert order.stop_now is None
    assert not order.touched_by(Decimal("0.01"))


@pytest.mark.parametrize(("side", "limit"), [(SELL, "9.40"), (BUY, "10.60")])
def test_a_trailing_limit_lies_its_offset_beyond_the_stop(side: object, limit: str) -> None:
    order = trailing(side=side, kind="TRAIL LIMIT", limit_offset=Decimal("0.10"))
    assert limit_at_trigger(order) is None
    follow(order, Decimal("10.00"))
    assert limit_at_trigger(order) == Decimal(limit)
    plain = trailing(side=side)
    follow(plain, Decimal("10.00"))
    assert limit_at_trigger(plain) is None

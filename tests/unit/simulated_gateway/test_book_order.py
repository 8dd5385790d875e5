"""An order's life, its rank, and its word."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from robo_trader.errors import ImpossibleStep
from robo_trader.simulated_gateway.book_order import ENDS, LIVE, NEXT, STATUS, BookOrder, Phase
from robo_trader.values import Instant
from tests.support.exchange_bench import BUY, SELL, ticket

NOW = Instant(1)


def order(*, phase: Phase = Phase.WORKING, priority: int = 1, **words: object) -> BookOrder:
    return BookOrder(ticket(1, **words), 1_000_001, priority, phase=phase)  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after"), list(product(Phase, Phase)))
def test_every_step_is_in_the_table_or_raises(before: Phase, after: Phase) -> None:
    some = order(phase=before)
    if after in NEXT[before]:
        some.move(after, NOW)
        assert some.phase is after
        assert (some.completed_at == NOW) == (after not in LIVE)
    else:
        with pytest.raises(ImpossibleStep):
            some.move(after, NOW)


def test_an_ended_order_never_lives_again() -> None:
    assert all(not NEXT[phase] for phase in ENDS)
    assert set(Phase) - ENDS - LIVE == {Phase.KEPT}
    assert set(STATUS) == set(NEXT) == set(Phase)


def test_market_orders_come_first_then_the_most_generous_limit_then_the_elder() -> None:
    market = order(priority=9)
    generous, elder, younger = order(limit="10.05", priority=8), order(limit="10.01", priority=2), order(limit="10.01", priority=3)
    assert sorted([younger, elder, generous, market], key=lambda some: some.rank) == [market, generous, elder, younger]
    low, high = order(side=SELL, limit="10.00", priority=2), order(side=SELL, limit="10.05", priority=1)
    assert sorted([high, low], key=lambda some: some.rank) == [low, high]


@pytest.mark.parametrize(
    ("side", "last", "touches"), [(BUY, "9.99", False), (BUY, "10.00", True), (BUY, "10.01", True), (SELL, "10.01", False), (SELL, "10.00", True)]
)
def test_a_stop_is_touched_at_its_price_and_beyond(side: object, last: str, touches: bool) -> None:
    assert order(side=side, stop="10.00").touched_by(Decimal(last)) is touches


def test_a_limit_is_reached_at_its_price_or_better() -> None:
    assert order(limit="10.00").reached_by(Decimal("10.00"))
    assert not order(limit="10.00").reached_by(Decimal("10.01"))
    assert not order(side=SELL, limit="10.00").reached_by(Decimal("9.99"))
    assert order().reached_by(Decimal(999))


def test_fills_add_up_and_never_exceed_the_quantity() -> None:
    some = order()
    some.book(40, Decimal("10.00"))
    some.book(60, Decimal("10.10"))
    assert (some.filled, some.remaining, some.average_price) == (100, 0, Decimal("10.06"))
    with pytest.raises(AssertionError):
        some.book(1, Decimal("10.00"))


def test_a_reduction_leaves_something_to_fill() -> None:
    some = order()
    some.book(40, Decimal("10.00"))
    some.resize(41)
    assert some.report().ticket.quantity == 41
    with pytest.raises(AssertionError):
        some.resize(40)


def test_a_stop_is_held_for_its_trigger_until_it_is_triggered() -> None:
    stop = order(stop="10.00", phase=Phase.WAITING)
    assert (stop.report().status, stop.report().why_held) == ("PreSubmitted", "trigger")
    stop.triggered = True
    stop.move(Phase.WORKING, NOW)
    assert (stop.report().status, stop.report().why_held) == ("Submitted", "")

"""When an order ends by time alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from robo_trader.simulated_gateway.expiry import end_of, has_expired, is_early
from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulated_gateway.session_clock import SessionClock
from tests.support.exchange_bench import DAY, at, ticket

NOON = at("12:00:00")
TILL_NOON = ticket(1, limit="10.00", tif="GTD", good_till=NOON, good_till_text="x")
EVENING = ticket(1, limit="10.00", outside_rth=True)


def test_a_date_is_its_own_end_and_the_close_is_none() -> None:
    clock = SessionClock(regular_hours, at("10:00:00"))
    assert end_of(TILL_NOON, clock) == NOON
    for tif in ("DAY", "GTC"):
        assert end_of(ticket(1, limit="10.00", tif=tif), clock) is None
    assert end_of(ticket(1, limit="10.00", tif="GTC", outside_rth=True), clock) is None


@pytest.mark.parametrize(("wall", "days"), [("10:00:00", 0), ("19:59:59", 0), ("20:00:00", 1)])
def test_an_order_for_the_day_outside_hours_too_ends_at_eight_in_the_evening(wall: str, days: int) -> None:
    assert end_of(EVENING, SessionClock(regular_hours, at(wall))) == at("20:00:00", DAY + timedelta(days=days))


def test_an_end_that_a_change_has_moved_or_taken_away_is_none() -> None:
    assert has_expired(TILL_NOON, NOON)
    assert not has_expired(TILL_NOON, at("11:59:59"))
    assert has_expired(EVENING, NOON), "it is asked at the instant that was noted"
    assert not has_expired(ticket(1, limit="10.00"), NOON)


def test_an_order_that_is_yet_to_begin_has_no_evening_and_from_its_time_on_has_that_of_its_day() -> None:
    order = ticket(1, limit="10.00", outside_rth=True, good_after=NOON, good_after_text="x")
    before = SessionClock(regular_hours, at("11:59:59"))
    assert (is_early(order, before.now), end_of(order, before), has_expired(order, before.now)) == (True, None, False)
    then = SessionClock(regular_hours, NOON)
    assert (is_early(order, NOON), end_of(order, then), has_expired(order, NOON)) == (False, at("20:00:00"), True)

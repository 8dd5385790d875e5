"""When an order ends by time alone."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from robo_trader.simulated_gateway.conditions import Condition
from robo_trader.simulated_gateway.dispatch_times import instant_of
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.expiry import end_of, has_expired, is_early
from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulated_gateway.session_clock import SessionClock
from robo_trader.values import Instant
from tests.support.exchange_bench import DAY, SELL, at, exchange, later, quote, ticket, told

NOON = at("12:00:00")
EVER = Instant(0)  # it may have begun long ago
TILL_NOON = ticket(1, limit="10.00", tif="GTD", good_till=NOON, good_till_text="x")
EVENING = ticket(1, limit="10.00", outside_rth=True)


def test_a_date_is_its_own_end_and_the_close_is_none() -> None:
    clock = SessionClock(regular_hours, at("10:00:00"))
    assert end_of(TILL_NOON, clock, EVER) == NOON
    for tif in ("DAY", "GTC"):
        assert end_of(ticket(1, limit="10.00", tif=tif), clock, EVER) is None
    assert end_of(ticket(1, limit="10.00", tif="GTC", outside_rth=True), clock, EVER) is None


@pytest.mark.parametrize(("wall", "days"), [("10:00:00", 0), ("19:59:59", 0), ("20:00:00", 1)])
def test_an_order_for_the_day_outside_hours_too_ends_at_eight_in_the_evening(wall: str, days: int) -> None:
    assert end_of(EVENING, SessionClock(regular_hours, at(wall)), EVER) == at("20:00:00", DAY + timedelta(days=days))


def test_an_end_that_a_change_has_moved_or_taken_away_is_none() -> None:
    assert has_expired(TILL_NOON, NOON, EVER)
    assert not has_expired(TILL_NOON, at("11:59:59"), EVER)
    assert has_expired(EVENING, NOON, EVER), "it is asked at the instant that was noted"
    assert not has_expired(ticket(1, limit="10.00"), NOON, EVER)


def test_an_order_that_is_yet_to_begin_has_no_evening_and_from_its_time_on_has_that_of_its_day() -> None:
    order = ticket(1, limit="10.00", outside_rth=True, good_after=NOON, good_after_text="x")
    before = SessionClock(regular_hours, at("11:59:59"))
    assert (is_early(order, before.now), end_of(order, before, NOON), has_expired(order, before.now, NOON)) == (True, None, False)
    then = SessionClock(regular_hours, NOON)
    assert (is_early(order, NOON), end_of(order, then, NOON), has_expired(order, NOON, NOON)) == (False, at("20:00:00"), True)


# Over the days


MONDAY, TUESDAY = DAY, DAY + timedelta(days=1)
TEN = {"good_after": at("10:00:00", TUESDAY), "good_after_text": "x"}
UNMET = (Condition(4, "a", is_more=True, percent=1),)


def two_days() -> Exchange:
    """A market whose last quote stands for good."""
    return exchange(quote("12:00:01", "10.00", "10.02"), now="12:00:00")


def restarted(it: Exchange) -> Exchange:
    again = two_days()
    again.restore(json.loads(json.dumps(it.state())))
    return again


def open_ids(it: Exchange) -> list[int]:
    return [report.ticket.order_id for report in it.open_orders()]


def family(it: Exchange, *, outside_rth: bool = False, kept: bool = False, **parent: Any) -> None:
    """An entry that is good after ten on Tuesday, its exit, and what is to follow that."""
    more = {"outside_rth": outside_rth}
    it.submit(ticket(1, transmit=False, **more, **TEN, **({"limit": "9000.00"} | parent)))
    it.submit(ticket(2, SELL, limit="9000.00", parent_id=1, transmit=False, **more))
    it.submit(ticket(3, limit="1.00", parent_id=2, transmit=not kept, **more))


@pytest.mark.parametrize(("outside_rth", "end"), [(False, "16:00:00"), (True, "20:00:00")])
def test_children_for_the_day_outlive_with_their_parent_the_days_before_its_time_and_end_with_that_of_its_day(outside_rth: bool, end: str) -> None:
    it = two_days()
    family(it, outside_rth=outside_rth)
    it.advance(at("21:00:00", MONDAY))
    it = restarted(it)
    assert told(it.advance(at("09:15:00", TUESDAY))) == []
    assert open_ids(it) == [1, 2, 3]
    it.advance(at("10:00:30", TUESDAY))
    assert [(report.ticket.order_id, report.why_held) for report in it.open_orders()] == [(2, ""), (3, "child")]
    it.advance(later(at(end, TUESDAY), -1))
    assert open_ids(it) == [2, 3]
    it.advance(at(end, TUESDAY))
    assert open_ids(it) == []


@pytest.mark.parametrize("outside_rth", [False, True])
def test_children_for_the_day_end_with_the_day_of_a_parent_that_waits_on(outside_rth: bool) -> None:
    it = two_days()
    family(it, outside_rth=outside_rth, tif="GTC", conditions=UNMET)
    it.advance(at("12:00:00", TUESDAY))
    assert open_ids(it) == [1, 2, 3]
    it.advance(at("20:00:00", TUESDAY))
    assert open_ids(it) == [1]


def test_what_was_not_transmitted_is_kept_until_the_day_of_its_family() -> None:
    it = two_days()
    family(it, kept=True)
    it.advance(at("16:00:00", MONDAY))
    assert [it.ticket(7, order_id) is not None for order_id in (1, 2, 3)] == [True] * 3
    it.submit(ticket(3, limit="1.00", parent_id=2))
    assert open_ids(it) == [1, 2, 3]


@pytest.mark.parametrize(("outside_rth", "end"), [(False, "16:00:00"), (True, "20:00:00")])
def test_a_day_order_that_still_waits_when_its_time_has_come_ends_with_its_day(outside_rth: bool, end: str) -> None:
    it = two_days()
    it.submit(ticket(1, limit="1.00", outside_rth=outside_rth, conditions=UNMET, **TEN))
    it.advance(later(at(end, TUESDAY), -1))
    assert open_ids(it) == [1]
    it.advance(at(end, TUESDAY))
    assert open_ids(it) == []


def test_a_day_order_that_is_good_after_the_close_is_for_the_next_day() -> None:
    it = two_days()
    it.submit(ticket(1, limit="1.00", good_after=at("16:00:00", MONDAY), good_after_text="x"))
    it.advance(at("15:59:59", TUESDAY))
    assert open_ids(it) == [1]
    it.advance(at("16:00:00", TUESDAY))
    assert open_ids(it) == []


def test_an_order_may_be_good_after_the_last_instant_that_can_be_written() -> None:
    it = two_days()
    it.submit(ticket(1, limit="1.00", outside_rth=True, good_after=instant_of("99991231 23:59:59"), good_after_text="x"))
    it.advance(at("20:00:00", TUESDAY))
    assert open_ids(restarted(it)) == [1]

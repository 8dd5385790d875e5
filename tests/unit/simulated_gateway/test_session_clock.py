"""The clock knows the session it stands in or before."""

from __future__ import annotations

from datetime import date

from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulated_gateway.session_clock import NEVER, SessionClock
from robo_trader.values import NS_PER_SECOND
from tests.support.exchange_bench import at


def test_the_next_bound_is_the_open_and_then_the_close() -> None:
    clock = SessionClock(regular_hours, at("09:29:00"))
    assert (clock.open, clock.next_bound) == (False, at("09:30:00"))
    clock.now = at("09:30:00")
    assert (clock.open, clock.next_bound) == (True, at("16:00:00"))


def test_after_a_session_it_stands_before_the_next() -> None:
    clock = SessionClock(regular_hours, at("15:59:59"))
    clock.now = at("16:00:00")
    clock.pass_session()
    assert not clock.open
    assert clock.next_bound > at("16:00:00")
    assert clock.is_today(at("00:00:01"))
    assert not clock.is_today(clock.next_bound)


def test_without_a_session_nothing_is_bound_to_come() -> None:
    clock = SessionClock(lambda _day: None, at("10:00:00"))
    assert (clock.open, clock.next_bound) == (False, NEVER)
    clock.set(at("11:00:00"))
    assert clock.now == at("11:00:00")


def test_a_date_ends_at_new_yorks_midnight_also_when_its_clocks_change() -> None:
    clock = SessionClock(regular_hours, at("15:00:00", date(2013, 11, 2)))
    assert clock.midnight == at("00:00:00", date(2013, 11, 3))
    clock.now = clock.midnight
    clock.pass_midnight()
    assert clock.midnight == at("00:00:00", date(2013, 11, 4)) == clock.now + 25 * 3600 * NS_PER_SECOND

"""New York's wall time as instants, over the change of the clocks too."""

from __future__ import annotations

from datetime import date, time

import pytest

from robo_trader.market import calendar
from robo_trader.simulated_gateway.hours import Hours, extended_hours, new_york, new_york_date, regular_hours, session_after, sessions_before
from robo_trader.values import NS_PER_SECOND, Instant


def test_a_session_is_half_past_nine_to_four_in_new_york() -> None:
    session = regular_hours(date(2013, 10, 7))
    assert session is not None
    assert session.open == 1_381_152_600 * NS_PER_SECOND
    assert session.close - session.open == 6.5 * 3600 * NS_PER_SECOND


@pytest.mark.parametrize(("day", "utc_hour"), [(date(2013, 3, 8), 14), (date(2013, 3, 11), 13), (date(2013, 11, 1), 13), (date(2013, 11, 4), 14)])
def test_the_open_moves_in_utc_when_the_clocks_change(day: date, utc_hour: int) -> None:
    session = regular_hours(day)
    assert session is not None
    assert session.open // NS_PER_SECOND % 86_400 == utc_hour * 3600 + 1800


def test_weekends_have_no_session() -> None:
    assert regular_hours(date(2013, 10, 5)) is None
    assert regular_hours(date(2013, 10, 6)) is None


def test_after_the_close_of_friday_comes_monday_s_session() -> None:
    friday = regular_hours(date(2013, 10, 4))
    assert friday is not None
    assert session_after(regular_hours, Instant(friday.close - 1)) == friday
    assert session_after(regular_hours, friday.close) == regular_hours(date(2013, 10, 7))
    assert session_after(lambda _: None, friday.close) is None


def test_sessions_before_a_day_are_told_latest_first() -> None:
    assert sessions_before(regular_hours, date(2013, 10, 8), 3) == [date(2013, 10, 7), date(2013, 10, 4), date(2013, 10, 3)]


def test_an_evening_in_new_york_is_still_that_date() -> None:
    late = new_york(date(2013, 10, 7), time(23, 59))
    assert new_york_date(late) == date(2013, 10, 7)
    assert extended_hours(date(2013, 10, 7)).close < late


def test_the_exchange_calendar_can_be_the_hours() -> None:
    hours: Hours = calendar.session_on
    early = hours(date(2013, 11, 29))
    assert early is not None
    assert early.close == new_york(date(2013, 11, 29), time(13, 0))

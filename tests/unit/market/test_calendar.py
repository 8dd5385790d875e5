"""Sessions of US stocks: regular days, early closes, holidays, the clock change, and the calendar's own ends."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.errors import DataError
from robo_trader.market.calendar import FIRST_DAY, LAST_DAY, Session, is_open, next_open, session_at, session_on, sessions_between
from robo_trader.values import NS_PER_SECOND, Instant

NEW_YORK = ZoneInfo("America/New_York")


def new_york(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()) * NS_PER_SECOND)


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        ("2013-10-07", "09:30", "16:00"),
        ("2013-11-29", "09:30", "13:00"),  # the day after Thanksgiving
        ("2013-12-24", "09:30", "13:00"),
        ("2014-03-10", "09:30", "16:00"),  # first day after the clock change: an hour earlier in UTC
        ("1998-01-02", "09:30", "16:00"),
    ],
)
def test_a_session_opens_and_closes_by_new_york_time(day: str, opens: str, closes: str) -> None:
    assert session_on(date.fromisoformat(day)) == Session(new_york(f"{day} {opens}"), new_york(f"{day} {closes}"))


@pytest.mark.parametrize("day", ["2013-10-05", "2013-10-06", "2013-11-28", "2012-10-29", "2001-09-12"])
def test_weekends_holidays_and_closed_days_have_no_session(day: str) -> None:
    assert session_on(date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    ("instant", "open_"),
    [
        ("2013-10-07 09:29:59", False),
        ("2013-10-07 09:30:00", True),
        ("2013-10-07 15:59:59", True),
        ("2013-10-07 16:00:00", False),
        ("2013-11-29 13:00:00", False),
        ("2013-10-06 12:00:00", False),
    ],
)
def test_the_opening_is_inside_and_the_close_is_outside(instant: str, open_: bool) -> None:
    assert is_open(new_york(instant)) is open_


def test_the_next_opening_is_this_one_when_it_is_now_and_steps_over_the_weekend() -> None:
    assert next_open(new_york("2013-10-07 09:30:00")) == new_york("2013-10-07 09:30:00")
    assert next_open(Instant(new_york("2013-10-04 09:30:00") + 1)) == new_york("2013-10-07 09:30:00")


def test_sessions_between_two_days_include_both_and_come_in_order() -> None:
    sessions = sessions_between(date(2013, 11, 27), date(2013, 11, 29))
    assert [session.open for session in sessions] == [new_york("2013-11-27 09:30"), new_york("2013-11-29 09:30")]


@given(st.datetimes(datetime(1998, 1, 3), datetime(2035, 12, 27)))  # noqa: DTZ001 - made UTC below
def test_at_any_instant_exactly_one_answer_holds(moment: datetime) -> None:
    instant = Instant(int(moment.replace(tzinfo=UTC).timestamp()) * NS_PER_SECOND)
    session = session_at(instant)
    following = next_open(instant)
    assert following >= instant
    assert is_open(following)
    if session is not None:
        assert session.holds(instant)
        assert following in {session.open, next_open(session.close)}


@pytest.mark.parametrize("day", [date(1997, 12, 31), date(2036, 1, 1)])
def test_a_day_the_calendar_does_not_reach_is_an_error_with_its_span(day: date) -> None:
    with pytest.raises(DataError, match=f"from {FIRST_DAY} to {LAST_DAY}"):
        session_on(day)


def test_instants_outside_the_calendar_are_errors_too() -> None:
    with pytest.raises(DataError):
        is_open(new_york("1997-06-02 12:00:00"))
    with pytest.raises(DataError, match="ends"):
        next_open(new_york("2035-12-31 16:00:00"))

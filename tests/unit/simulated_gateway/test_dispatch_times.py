"""Instants and durations in clients' words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ib_insync.util import formatIBDatetime

from robo_trader.simulated_gateway.dispatch_times import EARLIEST, duration_fault, history_start, instant_of
from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.values import NS_PER_SECOND
from tests.support.exchange_bench import at

MONDAY = date(2013, 10, 7)
FRIDAY = date(2013, 10, 4)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_the_real_clients_way_of_writing_an_instant_is_understood(moment: datetime) -> None:
    assert instant_of(formatIBDatetime(moment)) == int(moment.replace(microsecond=0).timestamp()) * NS_PER_SECOND


@pytest.mark.parametrize(
    "text",
    ["20131007 09:31:00 US/Eastern", "20131007 13:31:00 UTC", "20131007-13:31:00", "20131007 09:31:00", "20131007  09:31:00", " 20131007 09:31:00 "],
)
def test_every_way_of_writing_an_instant_is_the_same_instant(text: str) -> None:
    assert instant_of(text) == at("09:31:00", MONDAY)


@pytest.mark.parametrize(
    "text", ["", "today", "20131307 09:31:00", "20131007 09:31", "20131007 09:31:00 Mars/Olympus", "20131007 09:31:00 ../etc", "00010101 00:00:00"]
)
def test_what_is_no_instant_is_none(text: str) -> None:
    assert instant_of(text) is None


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(text: str) -> None:
    instant_of(text)
    history_start(at("09:31:00"), text, rth=True, sessions=regular_hours)


def started(duration: str, wall: str = "09:40:00", *, rth: bool = True) -> int | None:
    return history_start(at(wall, MONDAY), duration, rth=rth, sessions=regular_hours)


def test_a_day_is_a_session_begun() -> None:
    assert started("1 D") == at("09:30:00", MONDAY)
    assert started("1 D", "09:29:00") == at("09:30:00", FRIDAY)
    assert started("2 D") == at("09:30:00", FRIDAY)
    assert started("1 D", rth=False) == at("04:00:00", MONDAY)


def test_seconds_are_seconds_of_trading() -> None:
    assert started("600 S") == at("09:30:00", MONDAY)
    assert started("900 S") == at("15:55:00", FRIDAY)
    assert started("600 S", rth=False) == at("09:30:00", MONDAY)


def test_days_are_sessions_however_many() -> None:
    assert started("365 D") == at("09:30:00", MONDAY - timedelta(days=364 // 5 * 7 + 6))  # 72 weeks and four sessions more, a weekend among them


def test_weeks_months_and_years_are_of_the_calendar() -> None:
    assert started("1 W") == at("09:40:00", date(2013, 9, 30))
    assert started("1 M") == at("09:40:00", date(2013, 9, 7))
    assert started("1 Y") == at("09:40:00", date(2012, 10, 7))


@pytest.mark.parametrize(
    ("duration", "words"), [("1 Q", "Invalid duration"), ("0 D", "Invalid duration"), ("86401 S", "made in days"), ("366 D", "made in years")]
)
def test_a_duration_that_the_broker_does_not_take_is_said_why(duration: str, words: str) -> None:
    assert words in (duration_fault(duration) or "")


@pytest.mark.parametrize("duration", ["86400 S", "365 D", "52 W", "12 M", "30 Y"])
def test_what_the_broker_takes_has_no_fault(duration: str) -> None:
    assert duration_fault(duration) is None
    assert started(duration) is not None


@pytest.mark.parametrize("duration", ["", "D", "1", "0 D", "-1 D", "1 Q", "1.5 D", "1D", "99999999 S", "² D", "9" * 5000 + " D"])
def test_other_durations_are_not_served(duration: str) -> None:
    assert started(duration) is None


@pytest.mark.parametrize("duration", ["60 S", "400 D", "86400 W"])
def test_no_history_reaches_further_back_than_the_calendar(duration: str) -> None:
    for end in ("19800101-00:00:00", "19990104 00:00:00", "20000101 00:00:00"):
        instant = instant_of(end)
        assert instant is not None
        assert history_start(instant, duration, rth=True, sessions=regular_hours) is None
    start = started(duration)
    assert start is not None and start >= EARLIEST

"""Bars beyond those that a market cuts by itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.dispatch_times import windows
from robo_trader.simulated_gateway.history import BAR_SIZES, LEGAL_SIZES, MONTH, WEEK, bars_of, middle, too_many
from robo_trader.simulated_gateway.hours import new_york_date, regular_hours
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import QuoteChange
from robo_trader.values import NS_PER_SECOND, Instant
from tests.support.exchange_bench import DAY, SPY, at, later, quote

QUOTES = (quote("09:30:01", "10.00", "10.10"), quote("09:30:02", "10.04", "10.10"), quote("09:30:07", "10.02", "10.20"))
OPEN = at("09:30:00")


def market(*events: QuoteChange, now: str = "09:30:12") -> ScriptedMarket:
    found = ScriptedMarket((SPY,), DAY, events)
    found.events_until(at(now))
    return found


def prices(what: str, seconds: int = 5, end: str = "09:30:12") -> list[tuple[Decimal, ...]]:
    bars = bars_of(market(*QUOTES), SPY, OPEN, at(end), seconds, rth=True, what=what)
    assert all((bar.volume, bar.trades, bar.average) == (-1, -1, -1) for bar in bars)
    return [(bar.open, bar.high, bar.low, bar.close) for bar in bars]


def test_one_side_is_told_as_it_went_and_stands_while_nothing_changes() -> None:
    assert prices("BID") == [
        (Decimal("10.00"), Decimal("10.04"), Decimal("10.00"), Decimal("10.04")),
        (Decimal("10.04"), Decimal("10.04"), Decimal("10.02"), Decimal("10.02")),
        (Decimal("10.02"),) * 4,
    ]
    assert prices("MIDPOINT")[0] == (Decimal("10.05"), Decimal("10.07"), Decimal("10.05"), Decimal("10.07"))


def test_both_sides_are_averages_over_time_and_the_outermost_prices() -> None:
    first = prices("BID_ASK")[0]  # four seconds: one at 10.00, three at 10.04
    assert first == (Decimal("10.0300"), Decimal("10.10"), Decimal("10.00"), Decimal("10.1000"))
    second = prices("BID_ASK")[1]  # two seconds at 10.04 and 10.10, three at 10.02 and 10.20
    assert second == (Decimal("10.0280"), Decimal("10.20"), Decimal("10.02"), Decimal("10.1600"))


def test_a_side_that_is_missing_makes_no_bar() -> None:
    gone = QuoteChange(SPY, None, Decimal("10.10"), 0, 100, at("09:30:01"))
    assert bars_of(market(gone), SPY, OPEN, at("09:30:05"), 5, rth=True, what="BID") == []
    assert bars_of(market(gone), SPY, OPEN, at("09:30:05"), 5, rth=True, what="BID_ASK") == []
    assert middle(gone) is None
    assert bars_of(market(), SPY, OPEN, at("09:30:05"), 5, rth=True, what="ASK") == []


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 600), st.integers(0, 300))
def test_bars_of_quotes_see_nothing_of_the_future(now: int, start: int) -> None:
    generated = GeneratedMarket((SPY,), 5, date(2026, 3, 2))
    opened = generated.session(date(2026, 3, 2)).open  # type: ignore[union-attr]
    generated.events_until(later(opened, now))
    seen = bars_of(generated, SPY, later(opened, start), later(opened, now), 5, rth=True, what="MIDPOINT")
    generated.events_until(later(opened, 900))
    whole = bars_of(generated, SPY, later(opened, start), later(opened, now), 5, rth=True, what="MIDPOINT")
    assert [bar for bar in seen if bar.end <= opened + now * NS_PER_SECOND] == [bar for bar in whole if bar.end <= opened + now * NS_PER_SECOND]


def test_quotes_of_the_days_before_a_generated_market_lie_around_its_prints() -> None:
    generated = GeneratedMarket((SPY,), 5, date(2026, 3, 2))
    start, end = at("10:00:00", date(2026, 2, 27)), at("10:05:00", date(2026, 2, 27))
    trades, middles = (bars_of(generated, SPY, start, end, 60, rth=True, what=what) for what in ("TRADES", "MIDPOINT"))
    assert [bar.close for bar in trades] == [bar.close for bar in middles]


def test_a_week_ends_on_its_last_day_and_a_month_is_the_calendars() -> None:
    generated = GeneratedMarket((SPY,), 5, date(2026, 3, 2))
    end = generated.start
    start = Instant(end - 30 * 86_400 * NS_PER_SECOND)
    days = bars_of(generated, SPY, start, end, 86_400, rth=True, what="TRADES")
    weeks = bars_of(generated, SPY, start, end, WEEK, rth=True, what="TRADES")
    months = bars_of(generated, SPY, start, end, MONTH, rth=True, what="TRADES")
    assert [sum(bar.volume for bar in bars) for bars in (weeks, months)] == [
        sum(bar.volume for bar in bars_of(generated, SPY, at("00:00:00", first), end, 86_400, rth=True, what="TRADES"))
        for first in (date(2026, 1, 26), date(2026, 1, 1))
    ]
    assert (months[-1].close, months[-1].high) == (days[-1].close, max(bar.high for bar in days if bar.start >= at("00:00:00", date(2026, 2, 1))))
    assert [new_york_date(bar.start).day for bar in weeks] == [30, 6, 13, 20, 27]


@pytest.mark.parametrize("name", ["1 secs", "5 secs", "1 min", "30 mins", "1 hour", "8 hours", "1 day", "1W", "1 week", "1M", "1 month"])
def test_the_brokers_bar_sizes_are_known(name: str) -> None:
    assert BAR_SIZES[name] > 0


def test_the_legal_sizes_are_told_as_the_broker_tells_them() -> None:
    assert LEGAL_SIZES.startswith("1 secs, 5 secs, 10 secs, 15 secs, 30 secs, 1 min, 2 mins, 3 mins, 5 mins,")
    assert LEGAL_SIZES.endswith("1 hour, 2 hours, 3 hours, 4 hours, 8 hours, 1 day, 1W, 1M")


def asked_too_much(seconds: int, *, days: int = 0, hours: int = 0, end: Instant = OPEN, rth: bool = False) -> bool:
    return too_many(windows(end, rth=rth, sessions=regular_hours), Instant(end - (days * 24 + hours) * 3600 * NS_PER_SECOND), seconds)


def test_a_year_of_minutes_is_not_given_and_a_month_is() -> None:
    assert asked_too_much(60, days=365)
    assert not asked_too_much(60, days=30)
    assert not asked_too_much(86_400, days=365)


@pytest.mark.parametrize("rth", [True, False])
def test_bars_of_all_five_years_count(rth: bool) -> None:
    assert asked_too_much(180, days=5 * 365, rth=rth)
    assert not asked_too_much(3600, days=5 * 365, rth=rth)


def test_only_hours_of_trading_count() -> None:
    sunday = at("20:00:00", date(2013, 10, 6))
    assert [asked_too_much(1, days=2, hours=hours, end=sunday) for hours in (1, 13, 14)] == [False, False, True]

"""The generated market: one future per seed, however it is advanced, with sessions before it."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.hours import SessionHours, new_york, new_york_date
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.model import MarketHappening
from robo_trader.values import Instant, Symbol
from tests.support.exchange_bench import DAY, IBM, SPY, at, later


def advanced(steps: list[float], until: float = 120) -> list[MarketHappening]:
    market = GeneratedMarket((SPY, IBM), 7, DAY)
    told, now, end = [], market.start, later(market.start, until)
    for step in steps:
        now = min(end, later(now, step))
        told += market.events_until(now)
    return told + market.events_until(end)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.001, 70), max_size=200))
def test_how_time_is_cut_changes_nothing(steps: list[float]) -> None:
    assert advanced(steps) == advanced([])


def test_events_come_in_one_total_order() -> None:
    told = advanced([])
    assert told
    keys = [(event.at, (SPY, IBM).index(event.symbol)) for event in told]
    assert keys == sorted(keys)


def test_a_symbol_is_the_same_in_any_company() -> None:
    alone = GeneratedMarket((SPY,), 7, DAY)
    assert alone.events_until(later(alone.start, 120)) == [event for event in advanced([]) if event.symbol == SPY]


def test_there_is_a_quote_and_a_trade_within_the_first_second() -> None:
    market = GeneratedMarket((Symbol("ACME"),), 1, DAY)
    market.events_until(later(market.start, 1))
    assert market.quote(Symbol("ACME")) is not None
    assert market.last_trade(Symbol("ACME")) is not None


def test_activity_is_highest_at_the_bounds_of_the_session() -> None:
    market = GeneratedMarket((SPY,), 1, DAY)
    market.events_until(at("09:30:00"))
    first = len(market.events_until(at("09:40:00")))
    market.events_until(at("12:40:00"))
    noon = len(market.events_until(at("12:50:00")))
    assert first > 1.5 * noon > 0


def test_two_days_of_minutes_before_the_day_are_known_and_end_at_its_first_price() -> None:
    market = GeneratedMarket((SPY,), 1, DAY)
    market.events_until(at("09:31:00"))
    bars = market.bars(SPY, at("09:30:00", date(2013, 10, 3)), at("16:00:00", date(2013, 10, 4)), 60, True)
    assert len(bars) == 780
    assert all(bar.trades == 4 and bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    opening = GeneratedMarket((SPY,), 1, DAY)
    quote = next(iter(opening.events_until(later(opening.start, 1))))
    assert abs(bars[-1].close - quote.bid) < 1  # type: ignore[union-attr, operator]
    assert bars == market.bars(SPY, at("09:30:00", date(2013, 10, 3)), at("16:00:00", date(2013, 10, 4)), 60, True)


def test_history_is_the_same_whether_asked_at_once_or_day_by_day() -> None:
    at_once, by_day = GeneratedMarket((SPY,), 1, DAY), GeneratedMarket((SPY,), 1, DAY)
    by_day.bars(SPY, at("09:30:00", date(2013, 10, 4)), at("16:00:00", date(2013, 10, 4)), 60, True)
    span = at("09:30:00", date(2013, 10, 1)), at("16:00:00", date(2013, 10, 4))
    assert by_day.bars(SPY, *span, 60, True) == at_once.bars(SPY, *span, 60, True)


def half_hours(day: date) -> SessionHours | None:
    """Sessions of thirty minutes, so that years pass quickly."""
    return None if day.weekday() > 4 else SessionHours(new_york(day, time(9, 30)), new_york(day, time(10, 0)))


def days_since(market: GeneratedMarket, day: date) -> list[TradeBar]:
    return market.bars(SPY, new_york(day, time(0)), market.start, 86_400, True)


def test_days_of_five_years_before_are_known_and_each_begins_where_the_one_before_it_ended() -> None:
    market = GeneratedMarket((SPY,), 1, DAY, hours=half_hours)
    bars = days_since(market, date(2000, 1, 3))
    assert [new_york_date(bars[place].start) for place in (0, -1)] == [date(2008, 10, 8), date(2013, 10, 4)]
    assert {new_york_date(bar.start).weekday() for bar in bars} == {0, 1, 2, 3, 4}
    assert [bar.trades for bar in bars[-31:]] == [12, *[120] * 30]
    assert all(before.close == after.open for before, after in pairwise(bars))
    assert all(0 < bar.low < bar.high < 4 * bar.low for bar in bars)


def test_years_are_the_same_whether_asked_at_once_or_in_parts() -> None:
    at_once, in_parts = (GeneratedMarket((SPY,), 1, DAY, hours=half_hours) for _ in range(2))
    for day in (date(2013, 9, 30), date(2013, 8, 26), date(2013, 8, 22), date(2012, 10, 1)):
        days_since(in_parts, day)
    assert days_since(in_parts, date(2012, 1, 3)) == days_since(at_once, date(2012, 1, 3))


def test_quotes_of_before_begin_with_the_one_that_was_in_force() -> None:
    market = GeneratedMarket((SPY,), 1, DAY, hours=half_hours)
    quotes = market.quotes(SPY, at("09:45:00", date(2012, 10, 1)), at("10:00:00", date(2012, 10, 1)))
    assert [one.at < at("09:45:00", date(2012, 10, 1)) for one in quotes] == [True] + [False] * (len(quotes) - 1)
    assert len(quotes) > 1


def test_a_restored_market_continues_with_the_next_event() -> None:
    market, twin = GeneratedMarket((SPY,), 1, DAY), GeneratedMarket((SPY,), 1, DAY)
    middle, end = later(market.start, 300.4), later(market.start, 600)
    market.events_until(middle)
    twin.restore(market.state())
    assert twin.events_until(end) == market.events_until(end)
    assert twin.bars(SPY, market.start, end, 5, False) == market.bars(SPY, market.start, end, 5, False)


def test_the_state_of_another_seed_is_refused() -> None:
    with pytest.raises(DataError, match="another state directory"):
        GeneratedMarket((SPY,), 1, DAY).restore(GeneratedMarket((SPY,), 2, DAY).state())


# Several days: DAY is a Monday.

WEDNESDAY, THURSDAY, FRIDAY = date(2013, 10, 2), date(2013, 10, 3), date(2013, 10, 4)


def short_hours(day: date) -> SessionHours | None:
    """Sessions of two minutes, so that days pass quickly."""
    return None if day.weekday() > 4 else SessionHours(new_york(day, time(9, 30)), new_york(day, time(9, 32)))


def two_days(splits: dict[tuple[date, Symbol], tuple[int, int]] | None = None) -> GeneratedMarket:
    return GeneratedMarket((SPY, IBM), 7, FRIDAY, hours=short_hours, days=2, splits=splits or {})


def test_between_days_the_market_sleeps_and_wakes_fifteen_minutes_before_the_next_open() -> None:
    market = two_days()
    closed = Instant(new_york(FRIDAY, time(9, 37)))
    assert market.awake(closed) == closed
    assert market.awake(later(closed, 1)) == new_york(DAY, time(9, 15))
    assert market.awake(new_york(DAY, time(9, 15))) == new_york(DAY, time(9, 15))
    assert market.end == new_york(DAY, time(9, 37))


@settings(max_examples=5, deadline=None)
@given(st.lists(st.floats(1, 700), max_size=6))
def test_however_a_night_is_cut_the_days_are_the_same(steps: list[float]) -> None:
    whole, cut = two_days(), two_days()
    told, now = [], cut.start
    for step in steps:
        now = min(cut.end, cut.awake(later(now, step)))
        told += cut.events_until(now)
    assert told + cut.events_until(cut.end) == whole.events_until(whole.end)


def test_the_first_of_several_days_is_that_day_alone() -> None:
    alone = GeneratedMarket((SPY, IBM), 7, FRIDAY, hours=short_hours)
    assert alone.events_until(alone.end) == two_days().events_until(alone.end)


def test_after_a_split_prices_are_on_the_new_footing_and_so_is_history() -> None:
    market = two_days({(DAY, SPY): (2, 1)})
    market.events_until(new_york(FRIDAY, time(9, 37)))
    friday = market.bars(SPY, new_york(FRIDAY, time(9, 30)), new_york(FRIDAY, time(9, 32)), 60, rth=True)
    thursday = market.bars(SPY, new_york(THURSDAY, time(9, 30)), new_york(THURSDAY, time(9, 32)), 60, rth=True)
    wednesday = new_york(WEDNESDAY, time(9, 30)), new_york(WEDNESDAY, time(9, 32))
    closed = market.last_trade(SPY)
    market.events_until(Instant(new_york(DAY, time(0)) - 1))
    assert market.last_trade(SPY) == closed
    market.events_until(new_york(DAY, time(0)))
    restated = market.last_trade(SPY)
    assert closed is not None
    assert restated is not None
    assert (abs(restated.price * 2 - closed.price) <= Decimal("0.01"), restated.size) == (True, closed.size * 2)
    market.events_until(market.end)
    monday = market.bars(SPY, new_york(DAY, time(9, 30)), new_york(DAY, time(9, 32)), 60, rth=True)
    assert abs(monday[0].open * 2 / friday[-1].close - 1) < Decimal("0.03")
    for before, bars in ((FRIDAY, friday), (THURSDAY, thursday)):
        restated = market.bars(SPY, new_york(before, time(9, 30)), new_york(before, time(9, 32)), 60, rth=True)
        assert all(abs(new.close * 2 - old.close) <= Decimal("0.01") for new, old in zip(restated, bars, strict=True))
    asked_late = market.bars(SPY, *wednesday, 60, rth=True)
    assert abs(asked_late[-1].close * 2 / thursday[0].open - 1) < Decimal("0.01")


def test_a_market_that_is_restored_in_the_night_of_a_split_is_on_the_new_footing() -> None:
    market, again = two_days({(DAY, SPY): (2, 1)}), two_days({(DAY, SPY): (2, 1)})
    market.events_until(new_york(FRIDAY, time(9, 37)))
    market.events_until(new_york(DAY, time(9, 15)))
    again.restore(market.state())
    assert (again.last_trade(SPY), again.quote(SPY)) == (market.last_trade(SPY), None)
    assert again.quotes(SPY, new_york(FRIDAY, time(9, 30)), new_york(DAY, time(9, 15))) == []


def test_a_market_of_several_days_goes_on_where_it_was_saved_and_knows_itself() -> None:
    market, again = two_days(), two_days()
    market.events_until(new_york(DAY, time(9, 20)))
    again.restore(market.state())
    assert again.events_until(again.end) == market.events_until(market.end)
    with pytest.raises(DataError, match="saved state"):
        GeneratedMarket((SPY, IBM), 7, FRIDAY, hours=short_hours).restore(market.state())

"""The generated market: one future per seed, however it is advanced, with sessions before it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.model import MarketHappening
from robo_trader.values import Symbol
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

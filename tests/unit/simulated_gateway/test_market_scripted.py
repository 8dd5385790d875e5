"""A day written down by hand: the cursor, the order of ties, and what cannot be seen yet."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from tests.support.exchange_bench import DAY, IBM, SPY, at, later, quote, trade

EVENTS = [
    trade("09:30:02", "10.01"),
    trade("09:30:01", "20.00", symbol=IBM),
    quote("09:30:01", "10.00", "10.02"),
    trade("09:30:01", "10.02"),
]


def market() -> Market:
    return ScriptedMarket((SPY, IBM), DAY, EVENTS)


def test_events_come_by_instant_then_by_symbol_then_as_given() -> None:
    told = market().events_until(at("16:00:00"))
    assert told == [EVENTS[2], EVENTS[3], EVENTS[1], EVENTS[0]]


def test_each_event_is_told_once_and_an_instant_before_the_cursor_tells_nothing() -> None:
    scripted = market()
    assert len(scripted.events_until(at("09:30:01"))) == 3
    assert scripted.events_until(at("09:00:00")) == []
    assert scripted.events_until(at("09:30:02")) == [EVENTS[0]]


def test_nothing_after_the_cursor_can_be_seen() -> None:
    scripted = market()
    assert scripted.quote(SPY) is None
    assert scripted.last_trade(SPY) is None
    scripted.events_until(at("09:30:01"))
    assert scripted.quote(SPY) == EVENTS[2]
    assert scripted.last_trade(SPY) == EVENTS[3]
    (bar,) = scripted.bars(SPY, at("09:30:00"), at("09:31:00"), 60, True)
    assert str(bar.close) == "10.02"


@settings(deadline=None)
@given(st.lists(st.floats(0.1, 5000), max_size=20))
def test_how_time_is_cut_changes_nothing(steps: list[float]) -> None:
    scripted, told, now = market(), [], at("09:29:59")
    for step in steps:
        now = later(now, step)
        told += scripted.events_until(now)
    assert told + scripted.events_until(scripted.end) == market().events_until(market().end)


def test_what_comes_after_the_end_is_dropped_and_what_came_before_the_start_is_history() -> None:
    scripted = ScriptedMarket((SPY,), DAY, [trade("03:00:00", "9.99"), trade("16:06:00", "10.50")])
    assert scripted.events_until(at("20:00:00")) == []
    (bar,) = scripted.bars(SPY, at("09:30:00"), at("09:30:05"), 5, True)
    assert (str(bar.close), bar.volume) == ("9.99", 0)


def test_a_day_without_a_session_is_refused() -> None:
    with pytest.raises(DataError, match="2013-10-06 is not a trading day"):
        ScriptedMarket((SPY,), date(2013, 10, 6), [])

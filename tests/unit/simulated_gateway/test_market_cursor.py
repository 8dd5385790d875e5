"""The cursor's state: it returns to the same place in the same market, and refuses another."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from robo_trader.errors import DataError
from robo_trader.simulated_gateway import market_cursor
from robo_trader.simulated_gateway.hours import SessionHours, regular_hours
from robo_trader.simulated_gateway.market_cursor import MarketCursor, trading_day
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from tests.support.exchange_bench import DAY, IBM, SPY, at, quote, trade

PRINTS = [trade("09:30:01", "10.00"), trade("09:30:02", "10.01"), trade("09:30:03", "10.02")]


def test_a_restored_cursor_continues_with_the_next_event() -> None:
    market = ScriptedMarket((SPY,), DAY, PRINTS)
    market.events_until(at("09:30:02"))
    twin = ScriptedMarket((SPY,), DAY, PRINTS)
    twin.restore(json.loads(json.dumps(market.state())))
    assert twin.last_trade(SPY) == PRINTS[1]
    assert twin.events_until(at("16:00:00")) == PRINTS[2:]


def test_the_state_of_another_market_is_refused() -> None:
    state = ScriptedMarket((SPY, IBM), DAY, PRINTS).state()
    with pytest.raises(DataError, match="use the same market"):
        ScriptedMarket((SPY,), DAY, PRINTS).restore(state)


def test_hours_are_asked_once_a_date() -> None:
    asked: list[date] = []

    def hours(day: date) -> SessionHours | None:
        asked.append(day)
        return regular_hours(day)

    market = ScriptedMarket((SPY,), DAY, PRINTS, hours=hours)
    asked.clear()
    for _ in range(3):
        market.session(date(2013, 10, 8))
    assert asked == [date(2013, 10, 8)]


def test_an_unknown_symbol_has_no_bars() -> None:
    assert ScriptedMarket((SPY,), DAY, PRINTS).bars(IBM, at("09:30:00"), at("16:00:00"), 60, True) == []


def test_a_cursor_alone_is_no_market() -> None:
    with pytest.raises(TypeError, match="events_until"):
        MarketCursor((SPY,), DAY, regular_hours)  # type: ignore[abstract]  # which is what is tried


def test_a_day_without_a_session_is_named() -> None:
    with pytest.raises(DataError, match="2013-10-05"):
        trading_day(date(2013, 10, 5), regular_hours)


def test_prints_and_quotes_end_with_the_cursor_and_begin_with_what_was_in_force() -> None:
    events = [quote(f"09:30:0{second}", f"10.0{second}", "10.20") for second in range(5)]
    market = ScriptedMarket((SPY,), DAY, [*events, trade("09:30:02", "10.10"), trade("09:30:04", "10.11")])
    market.events_until(at("09:30:03"))
    assert [one.at for one in market.quotes(SPY, at("09:30:02"), at("10:00:00"))] == [at("09:30:01"), at("09:30:02"), at("09:30:03")]
    assert [one.at for one in market.quotes(SPY, at("09:30:00"), at("09:30:02"))] == [at("09:30:00"), at("09:30:01")]
    assert [one.price for one in market.prints(SPY, at("09:30:00"), at("10:00:00"))] == [Decimal("10.10")]
    assert market.quotes(IBM, at("09:30:00"), at("10:00:00")) == market.prints(IBM, at("09:30:00"), at("10:00:00")) == []


def test_the_quotes_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market_cursor, "QUOTES_KEPT_MAX", 3)
    monkeypatch.setattr(market_cursor, "QUOTES_KEPT_MIN", 2)
    market = ScriptedMarket((SPY,), DAY, [quote(f"09:30:0{second}", "10.00", "10.20") for second in range(9)])
    market.events_until(at("10:00:00"))
    told = [one.at for one in market.quotes(SPY, at("09:30:00"), at("10:00:00"))]
    assert told[-3:] == [at("09:30:06"), at("09:30:07"), at("09:30:08")]
    assert len(told) <= 6


def test_a_date_that_the_calendar_does_not_reach_has_no_session() -> None:
    def hours(day: date) -> SessionHours | None:
        if day.year > 2035:
            raise DataError("the calendar ends", "choose a day inside")
        return regular_hours(day)

    assert ScriptedMarket((SPY,), DAY, PRINTS, hours=hours).session(date(2099, 12, 31)) is None

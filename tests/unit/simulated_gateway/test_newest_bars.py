"""The newest bars are those that a history would have now."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest

from robo_trader.simulated_gateway.history import MONTH, WEEK, bars_of
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.newest_bars import History, NewestBars
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from tests.support.exchange_bench import DAY, SPY, at, later, trade

FRIDAY, MONDAY = date(2026, 2, 27), date(2026, 3, 2)
HISTORIES = [
    History(SPY, seconds, rth, what) for seconds, rth, what in product((5, 60, SECONDS_PER_DAY, WEEK, MONTH), (True, False), ("TRADES", "BID_ASK"))
]


@pytest.mark.parametrize("day", [FRIDAY, MONDAY])
def test_turn_by_turn_they_are_the_last_of_a_history_made_anew(day: date) -> None:
    market, newest = GeneratedMarket((SPY,), 3, day), NewestBars()
    market.prints(SPY, at("00:00:00", day - timedelta(days=70)), market.start)  # a history is told before it is kept up to date
    for wall in ("09:25:05", "09:31:00", "09:31:05"):
        now = at(wall, day)
        market.events_until(now)
        told = newest.turn(market, now, HISTORIES)
        for history in HISTORIES:
            begin = later(now, -history.seconds * (1 if history.seconds < SECONDS_PER_DAY else 2))
            bars = bars_of(market, SPY, begin, now, history.seconds, rth=history.rth, what=history.what)
            if bars and (told.get(history) or history.seconds != SECONDS_PER_DAY):  # a day that is over was told before
                assert told[history] == bars[-1], (wall, history)


def test_after_midnight_the_week_has_the_day_before_and_what_was_asked_for_no_more_is_forgotten() -> None:
    prints = [trade("09:30:01", "10.00"), trade("15:59:59", "11.00")]
    market, newest, week = ScriptedMarket((SPY,), DAY, prints), NewestBars(), History(SPY, WEEK, rth=True, what="TRADES")
    tuesday = DAY + timedelta(days=1)
    market.events_until(at("12:00:00"))
    assert newest.turn(market, at("12:00:00"), [week, week])[week].close == 10
    market.events_until(at("00:00:00", tuesday))
    for wall in ("00:00:00", "09:00:00"):
        bar = newest.turn(market, at(wall, tuesday), [week])[week]
        assert (bar.start, bar.close, bar.volume) == (at("09:30:00"), 11, 200)
    assert newest.turn(market, at("09:00:00", tuesday), []) == {}

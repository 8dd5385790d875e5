"""Ten years of sessions before a generated market's own, the same however they are asked for."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from itertools import pairwise
from random import Random

from robo_trader.simulated_gateway.generated_walk import past_closes, past_session
from robo_trader.simulated_gateway.hours import SessionHours, new_york
from robo_trader.simulated_gateway.market_generated import PAST_SESSIONS_MAX, GeneratedMarket
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from robo_trader.values import Instant, Symbol
from tests.support.exchange_bench import DAY, SPY, at, later

SPRING, SUMMER = date(2005, 4, 6), date(2013, 7, 1)


def generated(**changes: object) -> GeneratedMarket:
    market = GeneratedMarket((SPY,), 1, DAY, **changes)  # type: ignore[arg-type]
    market.events_until(at("09:31:00"))
    return market


def day_of(day: date) -> tuple[Instant, Instant]:
    return new_york(day, time(0, 0)), new_york(day, time(23, 59))


def test_a_year_of_days_has_a_bar_for_each_session_and_no_jump_where_the_kept_ones_begin() -> None:
    bars = generated().bars(SPY, new_york(date(2012, 10, 8), time(0, 0)), at("09:30:00"), SECONDS_PER_DAY, rth=True)
    assert len(bars) == 260
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high and bar.volume for bar in bars)
    assert all(abs(after.open / before.close - 1) < Decimal("0.12") for before, after in pairwise(bars))
    assert abs(bars[-PAST_SESSIONS_MAX - 1].close - bars[-PAST_SESSIONS_MAX].open) <= Decimal("0.01")


def test_a_day_of_long_ago_is_the_same_whatever_was_asked_for_before() -> None:
    asked, fresh = generated(), generated()
    asked.bars(SPY, *day_of(SUMMER), SECONDS_PER_DAY, rth=True)
    asked.prints(SPY, new_york(date(2013, 6, 20), time(0, 0)), new_york(date(2013, 7, 9), time(0, 0)))
    assert asked.bars(SPY, *day_of(SUMMER), 60, rth=True) == fresh.bars(SPY, *day_of(SUMMER), 60, rth=True)
    assert asked.bars(SPY, *day_of(SUMMER), SECONDS_PER_DAY, rth=True) == fresh.bars(SPY, *day_of(SUMMER), SECONDS_PER_DAY, rth=True)


def test_bars_and_prints_of_long_ago_agree() -> None:
    market = generated()
    (day,) = market.bars(SPY, *day_of(SPRING), SECONDS_PER_DAY, rth=True)
    minutes = market.bars(SPY, *day_of(SPRING), 60, rth=True)
    prints = market.prints(SPY, *day_of(SPRING))
    assert len(minutes) == 390
    assert (minutes[0].open, minutes[-1].close, max(bar.high for bar in minutes), min(bar.low for bar in minutes)) == (
        day.open, day.close, day.high, day.low
    )  # fmt: skip
    assert sum(bar.volume for bar in minutes) == day.volume == sum(told.size for told in prints)
    assert market.prints(SPY, prints[3].at, prints[9].at) == prints[3:9]
    assert [quote.bid for quote in market.quotes(SPY, *day_of(SPRING))] == [told.price - Decimal("0.01") for told in prints]


def test_bars_before_the_open_of_long_ago_stand_at_the_first_price() -> None:
    early = generated().bars(SPY, *day_of(SPRING), 1800, rth=False)
    assert len(early) == 32
    assert {(bar.open, bar.volume) for bar in early[:11]} == {(early[11].open, 0)}


def test_a_stretch_over_the_border_has_every_session_once() -> None:
    market = generated()
    start = new_york(date(2013, 8, 1), time(0, 0))
    bars = market.bars(SPY, start, at("09:00:00"), 3600, rth=True)
    days = market.bars(SPY, start, at("09:30:00"), SECONDS_PER_DAY, rth=True)
    assert len(bars) == 7 * len(days) == 7 * 47
    assert bars == sorted(bars, key=lambda bar: bar.start)


def test_nothing_is_known_of_before_the_beginning() -> None:
    market = generated()
    begins = market.begins()
    assert begins == new_york(date(2003, 12, 29), time(0, 0))
    assert market.bars(SPY, new_york(date(2001, 1, 1), time(0, 0)), begins, SECONDS_PER_DAY, rth=True) == []
    (first, *_) = market.bars(SPY, new_york(date(2001, 1, 1), time(0, 0)), later(begins, 3 * SECONDS_PER_DAY), SECONDS_PER_DAY, rth=True)
    assert first.start == new_york(date(2003, 12, 29), time(9, 30))
    assert market.bars(Symbol("NOPE"), begins, at("09:30:00"), SECONDS_PER_DAY, rth=True) == []


def test_a_split_restates_long_ago_too() -> None:
    friday = date(2013, 10, 4)
    short = {"hours": lambda day: None if day.weekday() > 4 else SessionHours(new_york(day, time(9, 30)), new_york(day, time(9, 32))), "days": 2}
    market = GeneratedMarket((SPY,), 1, friday, splits={(DAY, SPY): (2, 1)}, **short)  # type: ignore[arg-type]
    market.events_until(new_york(friday, time(9, 33)))
    (before,) = market.bars(SPY, *day_of(SUMMER), SECONDS_PER_DAY, rth=True)
    market.events_until(market.end)
    (after,) = market.bars(SPY, *day_of(SUMMER), SECONDS_PER_DAY, rth=True)
    assert abs(after.close * 2 - before.close) <= Decimal("0.01")
    assert after.volume == before.volume * 2


def test_closes_end_at_the_last_and_coarse_sessions_trade_as_much_and_move_as_far() -> None:
    closes = past_closes(Random(1), 500, 20_000_000)
    assert (len(closes), closes[-1]) == (500, 20_000_000)
    assert min(closes) > 0
    fine, coarse = (past_session(Random(1), Instant(0), 390, 20_000_000, every=every) for every in (1, 5))
    assert (len(fine), len(coarse)) == (1560, 312)
    assert coarse[-1][0] < 390 * 60 * 10**9
    assert 0.8 < sum(size for _, _, size in coarse) / sum(size for _, _, size in fine) < 1.25

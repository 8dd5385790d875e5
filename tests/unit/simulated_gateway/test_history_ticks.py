"""Ticks of the past, forward and back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.history_ticks import TICKS_MAX, first_from, last_before, middles_in, quotes_in, traded_at
from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import QuoteChange, TradePrint
from robo_trader.values import Instant
from tests.support.exchange_bench import DAY, SPY, at, later, quote

FRIDAY, MONDAY = date(2013, 10, 4), DAY
INSTANTS = [at("15:59:58", FRIDAY), at("15:59:59", FRIDAY), at("04:00:00", MONDAY), at("09:30:00", MONDAY), at("09:30:01", MONDAY)]


def fetch(start: Instant, end: Instant) -> list[Instant]:
    return [instant for instant in INSTANTS if start <= instant < end]


def back(end: Instant, count: int, *, rth: bool = False) -> list[Instant]:
    return last_before(fetch, end, count, rth=rth, sessions=regular_hours)


def forward(start: Instant, count: int, *, rth: bool = False, now: str = "10:00:00") -> list[Instant]:
    return first_from(fetch, Instant, start, at(now, MONDAY), count, rth=rth, sessions=regular_hours)


def test_ticks_before_an_instant_reach_over_the_weekend() -> None:
    assert back(at("09:30:01", MONDAY), 3) == INSTANTS[1:4]
    assert back(at("09:30:01", MONDAY), 3, rth=True) == [INSTANTS[0], INSTANTS[1], INSTANTS[3]]


def test_a_thousand_ticks_are_found_in_the_past_that_has_twelve_a_session() -> None:
    generated = GeneratedMarket((SPY,), 3, date(2026, 3, 2))
    generated.events_until(generated.start)
    prints = lambda start, end: generated.prints(SPY, start, end)  # noqa: E731
    found = last_before(prints, at("09:30:00", date(2024, 3, 1)), TICKS_MAX, rth=True, sessions=regular_hours)
    assert len(found) == TICKS_MAX


def test_ticks_from_an_instant_end_with_the_present() -> None:
    assert forward(at("15:59:59", FRIDAY), 3) == INSTANTS[1:4]
    assert forward(at("15:59:59", FRIDAY), 9, now="09:30:00") == INSTANTS[1:4]
    assert forward(at("15:59:59", FRIDAY), 9, rth=True) == [INSTANTS[1], *INSTANTS[3:]]
    assert forward(at("10:00:01", MONDAY), 9) == []


def test_ticks_from_an_instant_on_are_all_of_the_second_in_which_their_number_is_reached() -> None:
    crowd = [at(wall, MONDAY) for wall in ("09:30:00", "09:30:00.25", "09:30:00.999", "09:30:01", "09:30:01.5", "09:30:02")]

    def some(count: int) -> list[Instant]:
        fetch = lambda start, end: [one for one in crowd if start <= one < end]  # noqa: E731
        return first_from(fetch, Instant, crowd[0], at("10:00:00", MONDAY), count, rth=True, sessions=regular_hours)

    assert [len(some(count)) for count in range(1, 8)] == [3, 3, 3, 5, 5, 6, 6]


def test_ticks_are_looked_for_years_ahead() -> None:
    assert forward(at("12:00:00", date(2009, 10, 7)), 1) == INSTANTS[:1]


@given(st.sampled_from(INSTANTS), st.integers(1, 6))
def test_forward_from_the_first_of_those_before_gives_them_again(end: Instant, count: int) -> None:
    before = back(later(end, 1), count)
    assert forward(before[0], len(before)) == before


def market(*events: QuoteChange | TradePrint) -> ScriptedMarket:
    found = ScriptedMarket((SPY,), DAY, events)
    found.events_until(at("12:00:00"))
    return found


QUOTES = (
    quote("09:30:01", "10.00", "10.10"),
    quote("09:30:02", "10.00", "10.10", 900),
    quote("09:30:03", "10.00", "10.10", 900),
    quote("09:30:04", "10.01", "10.09"),
    quote("09:30:05", "10.02", "10.10"),
)


def test_a_quote_that_changes_nothing_is_no_tick() -> None:
    found = market(*QUOTES)
    assert [one.at for one in quotes_in(found, SPY, sizes=True)(at("09:30:00"), at("09:31:00"))] == [QUOTES[place].at for place in (0, 1, 3, 4)]
    assert [one.at for one in quotes_in(found, SPY, sizes=False)(at("09:30:00"), at("09:31:00"))] == [QUOTES[place].at for place in (0, 3, 4)]
    assert middles_in(found, SPY)(at("09:30:00"), at("09:31:00")) == [(QUOTES[0].at, Decimal("10.05")), (QUOTES[4].at, Decimal("10.06"))]


def test_what_stood_before_the_start_is_no_tick_but_what_it_is_compared_with() -> None:
    found = market(*QUOTES)
    assert [one.at for one in quotes_in(found, SPY, sizes=True)(at("09:30:03"), at("09:31:00"))] == [QUOTES[3].at, QUOTES[4].at]


def test_shares_are_counted_by_price_in_trading_hours() -> None:
    told = [("09:29:59", "10", 5), ("09:30:01", "11", 6), ("09:30:02", "11", 7)]
    prints = [TradePrint(SPY, Decimal(price), size, at(wall)) for wall, price, size in told]
    found = market(*prints)
    assert traded_at(found, SPY, at("04:00:00"), at("10:00:00"), rth=False) == [(Decimal(10), 5), (Decimal(11), 13)]
    assert traded_at(found, SPY, at("04:00:00"), at("10:00:00"), rth=True) == [(Decimal(11), 13)]

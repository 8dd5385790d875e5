"""Quotes come out as they went in, the latest of them, and in order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.model import QuoteChange
from robo_trader.simulated_gateway.quote_tape import QuoteTape
from robo_trader.values import Instant
from tests.support.exchange_bench import SPY, at, later, quote

PRICES = st.none() | st.decimals("0.000001", "100000", places=6)
OPEN = at("09:30:00")


@given(PRICES, PRICES, st.integers(0, 10**9))
def test_a_quote_comes_out_as_it_went_in_without_its_depth(bid: Decimal | None, ask: Decimal | None, size: int) -> None:
    tape = QuoteTape(SPY, 10)
    told = QuoteChange(SPY, bid, ask, size, size, OPEN, ((Decimal(1), 1),))
    tape.append(told)
    assert tape.between(OPEN, later(OPEN, 1)) == [replace(told, bid_depth=())]


@given(st.lists(st.integers(0, 20), max_size=30).map(sorted), st.integers(-1, 21), st.integers(-1, 21))
def test_a_stretch_has_its_own_quotes_and_the_one_in_force(seconds: list[int], start: int, end: int) -> None:
    tape = QuoteTape(SPY, 100)
    quotes = [replace(quote("09:30:00", "10.00", "10.02"), at=later(OPEN, second), bid_size=number) for number, second in enumerate(seconds)]
    for one in quotes:
        tape.append(one)
    since, until = later(OPEN, start), later(OPEN, end)
    before = [one for one in quotes if one.at < min(since, until)][-1:] if since <= until else []
    inside = [one for one in quotes if since <= one.at < until]
    if since <= until:
        assert tape.between(since, until) == before + inside
    else:
        assert all(one.at < since for one in tape.between(since, until))


def test_the_latest_are_kept_and_the_oldest_forgotten() -> None:
    tape = QuoteTape(SPY, 3)
    for second in range(10):
        tape.append(replace(quote("09:30:00", "10.00", "10.02"), at=later(OPEN, second)))
        assert len(tape) <= 6
    assert [one.at for one in tape.between(Instant(0), later(OPEN, 10))][-3:] == [later(OPEN, second) for second in (7, 8, 9)]
    tape.clear()
    assert len(tape) == 0
    assert tape.between(Instant(0), later(OPEN, 10)) == []

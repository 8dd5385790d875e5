"""Ticks in any order, folded into whole quotes."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge.ib_quotes import QuoteBoard
from robo_trader.values import Instrument, Quote, Symbol

SPY = Instrument(Symbol("SPY"), 756733, Decimal("0.01"))
BID, ASK, BID_SIZE, ASK_SIZE = 1, 2, 0, 3


def board():
    quotes = QuoteBoard()
    quotes.track(7, SPY)
    return quotes


def test_a_quote_is_whole_when_both_sides_were_told():
    quotes = board()
    quotes.price_size(7, BID, 167.43, 300, 10)
    assert quotes.take() == ()
    quotes.price_size(7, ASK, 167.44, 500, 11)
    assert quotes.take() == (Quote(SPY.symbol, 16743, 16744, 300, 500, 11),)


def test_many_ticks_between_two_takes_are_one_quote_the_newest():
    quotes = board()
    for step in range(50):
        quotes.price_size(7, BID, 100 + step / 100, 100, step)
        quotes.price_size(7, ASK, 100.02 + step / 100, 200, step)
    assert quotes.take() == (Quote(SPY.symbol, 10049, 10051, 100, 200, 49),)
    assert quotes.take() == ()


def test_a_repeated_price_is_told_again_since_it_proves_that_the_quote_stands():
    quotes = board()
    quotes.price_size(7, BID, 1.0, 100, 1)
    quotes.price_size(7, ASK, 1.01, 100, 1)
    quotes.take()
    quotes.price_size(7, BID, 1.0, 100, 2)
    assert [quote.at for quote in quotes.take()] == [2]


@pytest.mark.parametrize("absent", [-1.0, 0.0, math.nan, math.inf])
def test_a_side_that_goes_away_takes_the_quote_with_it(absent):
    quotes = board()
    quotes.price_size(7, BID, 1.0, 100, 1)
    quotes.price_size(7, ASK, 1.01, 100, 1)
    quotes.take()
    quotes.price_size(7, BID, absent, 0, 2)
    quotes.size(7, ASK_SIZE, 900, 3)
    assert quotes.take() == ()


def test_a_size_alone_changes_only_the_size():
    quotes = board()
    quotes.price_size(7, BID, 1.0, 100, 1)
    quotes.price_size(7, ASK, 1.01, 100, 1)
    quotes.size(7, BID_SIZE, 250.5, 2)
    quotes.size(7, ASK_SIZE, 50, 2)
    (quote,) = quotes.take()
    assert (quote.bid, quote.ask, quote.bid_size, quote.ask_size) == (100, 101, 250, 50)


@given(st.integers().filter(lambda tick: tick not in {1, 2}), st.integers())
def test_other_ticks_delayed_ones_above_all_and_unknown_requests_are_no_quotes(tick_type, request_id):
    quotes = board()
    quotes.price_size(7, BID, 1.0, 100, 1)
    quotes.price_size(7, ASK, 1.01, 100, 1)
    quotes.take()
    quotes.price_size(7, tick_type, 50.0, 1, 2)
    quotes.price_size(request_id if request_id != 7 else 8, BID, 50.0, 1, 2)
    assert quotes.take() == ()

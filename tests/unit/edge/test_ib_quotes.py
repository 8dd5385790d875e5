"""Ticks in any order, folded into whole quotes."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge.ib_quotes import QuoteBoard
from robo_trader.market.quality import Fault
from robo_trader.values import Instrument, Quote, Symbol

SPY = Instrument(Symbol("SPY"), 756733, Decimal("0.01"))
BID, ASK, BID_SIZE, ASK_SIZE = 1, 2, 0, 3


def board(kept_out=None):
    """A board that tracks SPY; (fault, market time) of what it keeps out goes to `kept_out`."""
    quotes = QuoteBoard(lambda _, fault, at: None if kept_out is None else kept_out.append((fault, at)))
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


def standing(kept_out):
    """A board whose quote of 1.00 to 1.01 was taken at 1."""
    quotes = board(kept_out)
    quotes.price_size(7, BID, 1.0, 100, 1)
    quotes.price_size(7, ASK, 1.01, 100, 1)
    quotes.take()
    return quotes


def test_a_quote_that_a_faulty_one_followed_before_the_take_is_still_told():
    kept_out = []
    quotes = standing(kept_out)
    quotes.price_size(7, BID, 1.0, 200, 2)
    quotes.price_size(7, ASK, 2.02, 100, 3)
    assert [(quote.bid_size, quote.at) for quote in quotes.take()] == [(200, 2)]
    assert kept_out == [(Fault.JUMP, 3)]


def test_a_market_that_moves_through_its_own_spread_is_no_fault():
    kept_out = []
    quotes = standing(kept_out)
    quotes.price_size(7, BID, 1.05, 100, 2)
    assert quotes.take() == ()
    quotes.size(7, BID_SIZE, 100, 2)
    quotes.price_size(7, ASK, 1.06, 100, 2)
    quotes.settle()
    assert [(quote.bid, quote.ask) for quote in quotes.take()] == [(105, 106)]
    assert kept_out == []


@pytest.mark.parametrize(
    "after",
    [lambda quotes: quotes.settle(), lambda quotes: quotes.price_size(7, BID, 1.0, 100, 3), lambda quotes: quotes.price_size(7, BID, -1, 0, 3)],
)
def test_a_crossed_quote_that_the_other_side_does_not_put_right_is_a_fault_and_is_said_once(after):
    kept_out = []
    quotes = standing(kept_out)
    quotes.price_size(7, BID, 1.05, 100, 2)
    quotes.size(7, ASK_SIZE, 300, 2)
    after(quotes)
    quotes.settle()
    assert kept_out == [(Fault.CROSSED, 2)]


def test_each_subscription_is_judged_by_its_own_prices():
    kept_out = []
    quotes = standing(kept_out)
    quotes.track(8, Instrument(Symbol("IBM"), 8314, Decimal("0.01")))
    quotes.price_size(8, BID, 180.0, 100, 2)
    quotes.price_size(8, ASK, 180.1, 100, 2)
    quotes.track(7, SPY)
    quotes.price_size(7, BID, 180.0, 100, 2)
    quotes.price_size(7, ASK, 180.1, 0, 2)
    assert [quote.symbol for quote in quotes.take()] == ["IBM"]
    assert kept_out == [(Fault.ZERO_SIZE, 2)]

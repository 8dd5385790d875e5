"""Ticks and bars as they come, in the order in which the wire told them, and only the sound ones."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.desk.news import AccountSeen, QuoteSeen
from robo_trader.edge.ib_market_callbacks import MarketCallbacks, Outlets
from robo_trader.edge.market_clock import MarketClock
from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_SECOND, Instrument, Symbol

SPY = Instrument(Symbol("SPY"), 756733, Decimal("0.01"))
START = 1381152600


def session():
    """Callbacks of a session subscribed to SPY, and the list of what came out of it."""
    heard = []
    outlets = Outlets(
        heard.append, heard.append, None, None, None, lambda: heard.append("processed"), lambda *facts: heard.append(("quarantined", *facts))
    )
    callbacks = MarketCallbacks(MarketClock(), outlets)
    callbacks.quotes.track(1, SPY)
    callbacks.bar_instruments[2] = SPY
    return callbacks, heard


def bar(callbacks, start=START, close=1.0):
    callbacks.realtimeBar(2, start, 1.0, 1.0, 1.0, close, 100.0, 1.0, 3)


def quote(callbacks, bid):
    callbacks.priceSizeTick(1, 1, bid, 100.0)
    callbacks.priceSizeTick(1, 2, bid + 0.01, 100.0)


def test_a_bar_moves_the_clock_to_its_end_and_is_handed_on_in_ticks():
    callbacks, heard = session()
    bar(callbacks)
    assert heard == [Bar(SPY.symbol, START * NS_PER_SECOND, 5, 100, 100, 100, 100, 100)]
    assert callbacks._clock.now == (START + 5) * NS_PER_SECOND


def test_a_bar_nobody_subscribed_to_is_dropped():
    callbacks, heard = session()
    callbacks.realtimeBar(3, START, 1.0, 1.0, 1.0, 1.0, 100.0, 1.0, 3)
    assert heard == []


def test_a_quote_that_came_before_a_bar_is_told_before_it_however_the_packet_was_cut():
    callbacks, heard = session()
    quote(callbacks, 1.0)
    bar(callbacks)
    assert [type(thing) for thing in heard] == [QuoteSeen, Bar]


def test_quotes_of_one_packet_are_told_once_and_then_the_packet_is_done():
    callbacks, heard = session()
    for bid in (1.0, 1.01, 1.02):
        quote(callbacks, bid)
    callbacks.tcpDataProcessed()
    first, last = heard
    assert first.quote.bid == 102
    assert last == "processed"


def test_a_quote_bears_the_market_time_of_its_last_piece():
    callbacks, heard = session()
    callbacks.tickString(1, 45, str(START))
    quote(callbacks, 1.0)
    callbacks.tickString(1, 45, str(START + 9))
    callbacks.tcpDataProcessed()
    assert heard[0].quote.at == START * NS_PER_SECOND


def test_the_last_trade_moves_the_clock_to_the_millisecond():
    callbacks, _ = session()
    callbacks.tickString(1, 48, f"167.43;1;{START}534;67854;167.4;true")
    assert callbacks._clock.now == START * NS_PER_SECOND + 534_000_000
    callbacks.tickString(1, 48, "167.43;1;;67854;167.4;true")
    callbacks.tickString(1, 84, "ARCA")
    assert callbacks._clock.now == START * NS_PER_SECOND + 534_000_000


def test_account_rows_are_told_once_a_packet():
    callbacks, heard = session()
    callbacks.figures.update("NetLiquidation", "7", "USD")
    callbacks.figures.update("NetLiquidation", "8", "USD")
    callbacks.tcpDataProcessed()
    callbacks.tcpDataProcessed()
    assert heard == [AccountSeen(None, Decimal(8), None), "processed", "processed"]


def test_a_bar_that_contradicts_itself_goes_nowhere_but_its_time_is_believed():
    callbacks, heard = session()
    callbacks.realtimeBar(2, START, 1.0, 0.9, 1.1, 1.0, 100.0, 1.0, 3)
    assert heard == [("quarantined", "SPY", "bar: low is above high", (START + 5) * NS_PER_SECOND)]
    assert callbacks._clock.now == (START + 5) * NS_PER_SECOND


def test_a_bad_print_costs_its_own_bar_and_a_real_jump_one_bar():
    callbacks, heard = session()
    for step, price in enumerate([1.0, 0.5, 1.0, 2.0, 2.0]):
        callbacks.realtimeBar(2, START + 5 * step, price, price, price, price, 100.0, 1.0, 3)
    assert [thing.close if isinstance(thing, Bar) else thing[0] for thing in heard] == [100, "quarantined", 100, "quarantined", 200]


def last_trade(callbacks):
    callbacks.tickString(1, 45, str(START))


def news(callbacks):
    callbacks._tell(AccountSeen(None, Decimal(8), None))


@pytest.mark.parametrize("proof", [bar, last_trade, news])
def test_a_quote_that_still_is_crossed_when_something_else_is_told_is_quarantined(proof):
    callbacks, heard = session()
    quote(callbacks, 1.0)
    callbacks.priceSizeTick(1, 1, 1.02, 100.0)
    callbacks.tcpDataProcessed()
    assert [type(thing) for thing in heard] == [QuoteSeen, str]
    proof(callbacks)
    assert heard[2] == ("quarantined", "SPY", "quote: bid is above ask", 0)


@given(st.lists(st.sampled_from(["quote", "bad quote", "crossed", "bar", "clock", "packet"]), max_size=30), st.lists(st.integers(0, 30)))
def test_what_is_known_at_each_bar_depends_on_the_wire_and_not_on_the_packets(script, cuts):
    def known_at_bars(packets):
        callbacks, heard = session()
        for step, act in enumerate(script):
            if act in ("quote", "bad quote"):
                quote(callbacks, 1 + step / 100 if act == "quote" else 9.0)
            elif act == "crossed":
                callbacks.priceSizeTick(1, 2, 0.9, 100.0)
            elif act == "bar":
                bar(callbacks, START + 5 * step)
            elif act == "clock":
                callbacks.tickString(1, 45, str(START + 5 * step))
            if step in packets:
                callbacks.tcpDataProcessed()
        known, last = [], None
        for thing in heard:
            if isinstance(thing, QuoteSeen):
                last = thing
            elif isinstance(thing, Bar):
                known.append((thing, last))
        return known, [thing for thing in heard if isinstance(thing, tuple)]

    assert known_at_bars(()) == known_at_bars(cuts)

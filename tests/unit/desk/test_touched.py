"""Behaviour of `touched`, said in sentences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.news import (
    BrokerStatus,
    Connected,
    Disconnected,
    InstrumentKnown,
    NotSent,
    PositionSeen,
    QuoteSeen,
    Signal,
    StatusSeen,
    Sweep,
    TimePassed,
)
from robo_trader.desk.settings import UNANSWERED_ORDERS_MAX, BookSettings
from robo_trader.desk.touched import touched_by
from robo_trader.desk.turn import Turn
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Instrument, Quote, Symbol, Ticks
from tests.support.desk_bench import CLIENT, SPY, Bench, settings

IBM = Symbol("IBM")
OTHER = BookId("moving_average_cross", IBM)


def turn_of(bench: Bench) -> Turn:
    return Turn(bench.desk.state, bench.desk._watch, bench.settings, bench.now())


def test_news_of_an_order_touches_its_symbol_however_the_order_is_named():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    turn = turn_of(bench)
    assert touched_by(turn, StatusSeen(entry.order_id, CLIENT, 0, BrokerStatus.SUBMITTED, 0, 100)) == SPY
    assert touched_by(turn, NotSent(entry.intent, "no")) == SPY
    assert touched_by(turn, PositionSeen(IBM, 5)) == IBM


@pytest.mark.parametrize(
    "piece",
    [TimePassed(), Disconnected("gone"), Sweep(1, 1, (), (), (), (), ()), StatusSeen(999, 8, 0, BrokerStatus.FILLED, 1, 0)],
    ids=lambda piece: type(piece).__name__,
)
def test_what_names_no_symbol_of_ours_touches_all(piece):
    assert touched_by(turn_of(Bench().connect()), piece) is None


def two_books() -> Bench:
    made = settings()
    bench = Bench(replace(made, books={**made.books, OTHER: BookSettings(100, Decimal(1))})).connect()
    bench.feed(InstrumentKnown(Instrument(IBM, 8314, Decimal("0.01"))))
    bench.sweeps += 1
    bench.feed(Sweep(bench.sweeps, bench.process, (), (), (), (), (PositionSeen(SPY, 0), PositionSeen(IBM, 0))))
    return bench


def signal_in_ibm(bench: Bench) -> None:
    """A signal that no quote prices yet, so that it is refused."""
    bench.feed(Signal(OTHER, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert not bench.sent


def test_a_book_is_settled_after_news_of_its_symbol_and_not_after_another_s():
    bench = two_books()
    signal_in_ibm(bench)
    bench.desk._watch.quotes[IBM] = Quote(IBM, Ticks(9_000), Ticks(9_001), 500, 500, bench.market)
    bench.feed(PositionSeen(SPY, 0))
    assert not bench.sent
    bench.feed(QuoteSeen(bench.desk._watch.quotes[IBM]))
    assert bench.last().symbol == IBM


def test_the_clock_settles_every_book():
    bench = two_books()
    signal_in_ibm(bench)
    bench.desk._watch.quotes[IBM] = Quote(IBM, Ticks(9_000), Ticks(9_001), 500, 500, bench.market)
    bench.feed(TimePassed())
    assert bench.last().symbol == IBM


def test_while_an_entry_is_held_back_the_answer_of_any_order_touches_all():
    bench = two_books()
    bench.signal(1)
    status = StatusSeen(bench.last().order_id, CLIENT, 0, BrokerStatus.SUBMITTED, 0, 100)
    assert touched_by(turn_of(bench), status) == SPY
    bench.desk._watch.held_back.add(OTHER)
    assert touched_by(turn_of(bench), status) is None


def test_what_names_a_symbol_touches_that_one_even_while_an_entry_is_held_back():
    bench = Bench().connect()
    bench.desk._watch.held_back.add(OTHER)
    turn = turn_of(bench)
    end = bench.market
    assert touched_by(turn, QuoteSeen(Quote(SPY, Ticks(1), Ticks(2), 5, 5, end))) == SPY
    assert touched_by(turn, Signal(OTHER, 1, end, end)) == IBM
    assert touched_by(turn, PositionSeen(IBM, 5)) == IBM


def test_an_answer_touches_all_only_when_so_few_are_unanswered_that_another_may_go():
    symbols = [Symbol(f"S{number}") for number in range(UNANSWERED_ORDERS_MAX)]
    books = {BookId("moving_average_cross", symbol): BookSettings(100, Decimal(1)) for symbol in symbols}
    bench = Bench(settings(books=books))
    bench.feed(*(InstrumentKnown(Instrument(symbol, number + 1, Decimal("0.01"))) for number, symbol in enumerate(symbols)), Connected("DU1", 1))
    bench.feed(Sweep(1, bench.process, (), (), (), (), tuple(PositionSeen(symbol, 0) for symbol in symbols)))
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    for book in books:
        bench.feed(QuoteSeen(Quote(book.symbol, Ticks(9_000), Ticks(9_001), 500, 500, bench.market)))
        bench.feed(Signal(book, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    bench.desk._watch.held_back.add(OTHER)
    status = StatusSeen(bench.last().order_id, CLIENT, 0, BrokerStatus.SUBMITTED, 0, 100)
    assert touched_by(turn_of(bench), status) == symbols[-1]
    bench.acknowledge(bench.sent[0])
    bench.desk._watch.held_back.add(OTHER)
    assert touched_by(turn_of(bench), status) is None

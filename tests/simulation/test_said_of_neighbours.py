"""Of books that share a symbol: whose orders meet, what counts once, whose cancel is told, line by line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.budget import DRIFT, NET_BELOW_BOOKS
from robo_trader.desk.news import (
    BrokerError,
    BrokerStatus,
    HaltSeen,
    InstrumentKnown,
    QuoteSeen,
    ResumeSeen,
    Signal,
    StatusSeen,
    TimePassed,
)
from robo_trader.desk.settings import (
    ACK_UNKNOWN_NS,
    OWN_ENTRY_WAIT_NS,
    BookSettings,
    Execution,
)
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Instrument, Quote, Side, Symbol, Ticks
from tests.support.desk_bench import BOOK, CLIENT, SPY, Bench, settings
from tests.support.transcripts import alarms, entering, holding, told

OTHER = BookId("opening_range_breakout", SPY)


def wants(bench: Bench, stance: int) -> None:
    """The other book's signal, on a bar that ends now."""
    bench.feed(Signal(OTHER, stance, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))


def sharing(execution: Execution = Execution.MARKET, **limits: object) -> Bench:
    one = BookSettings(100, Decimal(1), execution)
    made = settings(books={BOOK: one, OTHER: replace(one, quantity=50)})
    return Bench(replace(made, limits=replace(made.limits, **limits))).connect()  # type: ignore[arg-type]


def test_two_limits_that_do_not_meet_rest_beside_each_other():
    bench = sharing(Execution.LIMIT)
    bench.signal(1)
    bench.acknowledge(bench.last())
    told(bench)
    wants(bench, -1)
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, -1, -50, @1861",
        "Intended #2, opening_range_breakout/SPY, enter, @1861, '', 0, 2, rt:test:1:#2, SELL, 50, LMT, 16792, '', @1861, @1861, @1861",
        "send #2, 2, rt:test:1:#2, SPY, SELL, 50, LMT, 16792, DAY, '', True, opening_range_breakout/SPY/@1861, 50, 0",
    ]


def test_two_limits_that_meet_do_not():
    bench = sharing(Execution.MARKETABLE_LIMIT)
    bench.signal(1)
    bench.acknowledge(bench.last())
    told(bench)
    wants(bench, -1)
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, -1, -50, @1861",
        "Refused opening_range_breakout/SPY, C16, would trade with an own order: #1 against none, @1861, False",
    ]


def test_a_stop_and_the_exit_of_its_group_count_once_in_what_could_be_sold():
    bench = sharing(max_position=100)
    bench.enter()
    bench.signal(0)
    bench.acknowledge(bench.last())
    told(bench)
    wants(bench, -1)
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, -1, -50, @1921",
        "Intended #4, opening_range_breakout/SPY, enter, @1921, '', 0, 4, rt:test:1:#4, SELL, 50, MKT, None, '', @1921, @1921, @1921",
        "send #4, 4, rt:test:1:#4, SPY, SELL, 50, MKT, None, DAY, '', True, opening_range_breakout/SPY/@1921, 50, 0",
    ]


def test_an_exit_waits_for_a_neighbour_s_resting_entry_that_is_being_cancelled():
    bench = sharing(Execution.LIMIT)
    wants(bench, 1)
    bench.acknowledge(bench.last())
    bench.fill(bench.last())
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(1)
    bench.acknowledge(bench.last(OrderType.LIMIT))
    told(bench)
    bench.feed(HaltSeen(Halt("h", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "by hand", None, "me")))
    assert told(bench) == [
        "HaltRecorded h",
        "CancelAsked #3, halt HALT_FLATTEN",
        "cancel #3, 3",
    ]
    bench.process += OWN_ENTRY_WAIT_NS
    bench.feed(TimePassed())
    assert told(bench) == [
        "Intended #4, opening_range_breakout/SPY, flatten, h, #1-0, 0, 4, rt:test:1:#4, SELL, 50, MKT, None, #1-0.0, @1801, @1801, @1861",
        "send #4, 4, rt:test:1:#4, SPY, SELL, 50, MKT, None, DAY, #1-0.0, False, '', 0, 0",
    ]


def test_no_exit_goes_before_the_cancel_of_an_entry_that_it_could_meet_whichever_book_comes_first():
    bench = sharing(Execution.LIMIT)
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.fill(bench.last())
    bench.acknowledge(bench.last(OrderType.STOP))
    wants(bench, 1)
    bench.acknowledge(bench.last(OrderType.LIMIT))
    told(bench)
    bench.feed(HaltSeen(Halt("h", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "by hand", None, "me")))
    assert told(bench) == [
        "HaltRecorded h",
        "CancelAsked #3, halt HALT_FLATTEN",
        "cancel #3, 3",
    ]


def test_a_cancel_that_may_still_be_explained_keeps_no_other_from_being_told():
    bench = entering()
    for shares in (60, 40):
        bench.fill(bench.sent[0], shares)
        bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(0)
    _entry, _first, second, leave, other = bench.sent
    told(bench)
    bench.status(leave, BrokerStatus.CANCELLED)
    assert told(bench) == [
        "Ended #4, cancelled, Cancelled",
    ]
    bench.feed(BrokerError(other.order_id, 201, "margin"))
    told(bench)
    bench.status(second, BrokerStatus.CANCELLED)
    assert alarms(bench) == [
        "page warning cancelled/cross: protect of cross was cancelled, and not by us: Cancelled",
    ]
    bench.wait(1)
    assert alarms(bench) == [
        "page warning cancelled/cross: exit of cross was cancelled, and not by us: Cancelled",
    ]


def test_a_stop_out_is_forgotten_only_by_a_bar_that_ends_after_it():
    bench = holding()
    bench.market = Instant(bench.market + 30 * NS_PER_SECOND)
    bench.fill(bench.last())
    told(bench)
    bench.feed(Signal(BOOK, 0, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert told(bench) == [
        "Decided cross, 0, 0, @1891",
    ]
    bench.market = Instant(bench.market + 1)
    bench.feed(Signal(BOOK, 0, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert [line.split(" ", 1)[0] for line in told(bench)] == ["Rearmed"]


def test_two_books_of_which_one_lost_its_shares_are_shown_each_for_itself():
    bench = sharing()
    bench.enter()
    wants(bench, 1)
    bench.fill(bench.last())
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.feed(bench.foreign(Side.SELL, 30))
    assert [(view.book, view.position, view.covered) for view in bench.desk.snapshot().books] == [(BOOK, 100, 100), (OTHER, 50, 50)]
    assert bench.cancelled == [bench.sent[3].intent], "the younger one lacks what is missing"
    bench.status(bench.sent[3], BrokerStatus.CANCELLED)
    assert [(sent.order_type, sent.quantity) for sent in bench.sent[4:]] == [(OrderType.STOP, 20)]


@pytest.mark.parametrize(
    "halt",
    [
        Halt("m", HaltLevel.NO_NEW, HaltScope.SYMBOL, "SPY", "by hand", None, "me"),
        Halt("m", HaltLevel.NO_NEW, HaltScope.SYMBOL, "QQQ", DRIFT, None, "desk"),
        Halt("m", HaltLevel.NO_NEW, HaltScope.ALL, "", NET_BELOW_BOOKS, None, "me"),
    ],
)
def test_a_first_difference_is_believed_at_once_only_where_a_halt_of_this_symbol_remembers_it(halt: Halt):
    bench = holding()
    bench.feed(HaltSeen(halt))
    bench.sweep(position=0, completed=(bench.open_order(bench.last(), BrokerStatus.CANCELLED),))
    told(bench)
    bench.wait(1)
    assert [line.split(" ", 1)[0] for line in told(bench)] == ["Intended", "send"]


def test_an_exit_that_nobody_answers_keeps_the_exit_of_no_other_slice_from_going_again():
    bench = entering()
    for shares in (60, 40):
        bench.fill(bench.sent[0], shares)
        bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(0)
    bench.feed(BrokerError(bench.last().order_id, 201, "margin"))
    bench.wait(1)
    bench.wait(29)
    told(bench)
    bench.feed(BrokerError(bench.last().order_id, 201, "margin"))
    bench.wait(5)
    assert told(bench) == [
        "page warning rejected/cross: exit of cross rejected: 201 margin",
        "Ended #6, rejected, 201 margin",
        "Intended #7, cross, exit, @1921, #1-1, 2, 7, rt:test:1:#7, SELL, 40, MKT, None, #1-1.0, @1921, @1921, @1921",
        "send #7, 7, rt:test:1:#7, SPY, SELL, 40, MKT, None, DAY, #1-1.0, False, '', 0, 0",
    ]


def test_each_symbol_s_cover_is_told_for_itself():
    first = BookId("moving_average_cross", Symbol("AAA"))
    made = settings()
    bench = Bench(replace(made, books={first: made.books[BOOK], BOOK: made.books[BOOK]})).connect()
    bench.feed(InstrumentKnown(Instrument(first.symbol, 1, Decimal("0.01"))))
    bench.sweep()
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    bench.quote()
    bench.feed(QuoteSeen(Quote(first.symbol, Ticks(9_000), Ticks(9_001), 500, 500, bench.market)))
    for book in (first, BOOK):
        bench.feed(Signal(book, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
        bench.feed(replace(bench.execution(bench.last(), 100), symbol=book.symbol))
    bench.wait(2)
    assert [line[:20] for line in alarms(bench)] == ["page critical bare/A", "page critical bare/S"]
    stop = bench.last(OrderType.STOP)
    bench.feed(StatusSeen(stop.order_id, CLIENT, 1000 + stop.order_id, BrokerStatus.PRE_SUBMITTED, 0, 100, "trigger"), TimePassed())
    assert alarms(bench) == [
        "page info bare/SPY: every share of SPY has a stop again",
    ]


def test_a_declared_difference_bounds_stops_though_a_person_lifted_its_halts():
    bench = holding()
    alive = (bench.open_order(bench.last(), BrokerStatus.PRE_SUBMITTED),)
    for _ in range(2):
        bench.sweep(position=60, open_orders=alive)
    bench.quote(17_000, 17_002)
    bench.status(bench.last(), BrokerStatus.CANCELLED)
    told(bench)
    bench.feed(*(ResumeSeen(raised.halt.id) for raised in bench.halts))
    assert told(bench)[:2] == ["HaltLifted desk-1-SPY, @1861", "HaltLifted desk-2-SPY, @1861"]
    assert [(sent.order_type, sent.quantity) for sent in bench.sent[2:]] == [(OrderType.STOP, 60)]
    bench.feed(BrokerError(bench.last().order_id, 201, "margin"))
    bench.wait(1)
    assert [(sent.order_type, sent.quantity) for sent in bench.sent[2:]] == [(OrderType.STOP, 60), (OrderType.STOP, 60)]


def test_a_flatten_joins_an_exit_that_has_been_unknown_for_more_than_thirty_seconds():
    bench = holding()
    alive = (bench.open_order(bench.last(), BrokerStatus.PRE_SUBMITTED),)
    bench.signal(0)
    for _ in range(2):
        bench.sweep(position=160, open_orders=alive)
    bench.wait(30)
    bench.feed(HaltSeen(Halt("h", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "by hand", None, "me")))
    bench.process += ACK_UNKNOWN_NS
    bench.feed(TimePassed())
    assert len(bench.sent) == 3
    bench.process += 1
    bench.feed(TimePassed())
    assert len(bench.sent) == 4


def test_while_the_exit_of_a_later_slice_works_an_earlier_one_sells_only_what_the_net_has_beside_it():
    bench = entering()
    for shares in (60, 40):
        bench.fill(bench.sent[0], shares)
        bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(0)
    first, second = bench.sent[3:]
    bench.acknowledge(second)
    bench.feed(BrokerError(first.order_id, 201, "margin"))
    bench.feed(bench.foreign(Side.SELL, 40))
    bench.wait(1)
    assert [(sent.order_type, sent.quantity) for sent in bench.sent[5:]] == [(OrderType.MARKET, 20)]

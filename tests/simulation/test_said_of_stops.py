"""Of stops that wait, are doubled or are withheld, and of exits that wait: to the last nanosecond, line by line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from robo_trader.desk.news import (
    AccountSeen,
    BrokerError,
    BrokerStatus,
    Signal,
    TimePassed,
)
from robo_trader.desk.settings import (
    ACK_QUERY_NS,
    ACK_UNKNOWN_NS,
    OWN_ENTRY_WAIT_NS,
    BookSettings,
    Execution,
)
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Money, Side
from tests.support.desk_bench import BOOK, SPY, Bench, settings
from tests.support.transcripts import entering, holding, refused, told


def test_a_stop_that_would_fire_under_drift_is_withheld_and_told_once():
    bench = holding()
    stop = bench.last()
    bench.sweep(position=120, completed=(bench.open_order(stop, BrokerStatus.CANCELLED),))
    bench.quote(16_625, 16_626)
    bench.wait(1)
    assert told(bench) == [
        "Ended #2, cancelled, completed: Cancelled",
        "look: SPY: broker 120, ours 100",
        "page warning cancelled/cross: protect of cross was cancelled, and not by us: completed: Cancelled",
    ]
    bench.sweep(position=120)
    bench.wait(1)
    bench.wait(1)
    assert told(bench) == [
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, drift, None, desk, SPY: the broker holds 120, executions explain 100 own + 0 "
            "external, the ledger counts 100. If no late execution explains it, no trade puts it right: `robo-trader down`, close "
            "the position by hand, and begin a new system with `robo-trader run --system NAME`"
        ),
        "HaltRecorded desk-1-SPY",
        (
            "page critical drift/SPY: SPY: the broker holds 120, executions explain 100 own + 0 external, the ledger counts 100. If "
            "no late execution explains it, no trade puts it right: `robo-trader down`, close the position by hand, and begin a new "
            "system with `robo-trader run --system NAME`"
        ),
        "DriftSeen SPY, 120, 100, 0",
        (
            "page critical stop-withheld/SPY: no stop at 166.25 for 100 shares of cross: the broker holds another number, and no "
            "quote of today says that it would rest"
        ),
        "page critical bare/SPY: 100 shares of SPY have had no acknowledged stop for 2 s; no new entries in it",
    ]
    bench.quote(16_626, 16_627)
    bench.wait(1)
    assert told(bench) == [
        "Intended #3, cross, protect, #1-0, #1-0, 1, 3, rt:test:1:#3, SELL, 100, STP, 16625, #1-0.1, @1861, @1861, @1861",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 100, STP, 16625, GTC, #1-0.1, False, '', 0, 0",
    ]


def test_a_short_one_s_stop_is_withheld_until_the_ask_is_below_it():
    bench = holding(-1)
    stop = bench.last()
    bench.sweep(position=-120, completed=(bench.open_order(stop, BrokerStatus.CANCELLED),))
    bench.sweep(position=-120)
    told(bench)
    bench.quote(16_958, 16_959)
    bench.wait(1)
    assert told(bench) == [
        (
            "page critical stop-withheld/SPY: no stop at 169.59 for 100 shares of cross: the broker holds another number, and no "
            "quote of today says that it would rest"
        ),
    ]
    bench.quote(16_957, 16_958)
    bench.wait(1)
    assert told(bench) == [
        "Intended #3, cross, protect, #1-0, #1-0, 1, 3, rt:test:1:#3, BUY, 100, STP, 16959, #1-0.1, @1861, @1861, @1861",
        "send #3, 3, rt:test:1:#3, SPY, BUY, 100, STP, 16959, GTC, #1-0.1, False, '', 0, 0",
        "page critical bare/SPY: 100 shares of SPY have had no acknowledged stop for 2 s; no new entries in it",
    ]


def test_an_unknown_stop_is_trusted_for_five_seconds_to_the_last():
    bench = Bench().connect()
    bench.signal(1)
    bench.fill(bench.last())
    bench.wait(30)
    told(bench)
    bench.wait(5)
    assert told(bench) == []
    bench.process += 1
    bench.feed(TimePassed())
    assert told(bench) == [
        "Intended #3, cross, protect, #1-0, #1-0, 1, 3, rt:test:1:#3, SELL, 100, STP, 16625, #1-0.0, @1861, @1861, @1861",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 100, STP, 16625, GTC, #1-0.0, False, '', 0, 0",
    ]


def test_an_exit_waits_for_the_cancel_of_an_own_resting_entry_to_the_last_of_two_seconds():
    bench = entering(settings(books={BOOK: BookSettings(100, Decimal(1), Execution.LIMIT)}))
    bench.fill(bench.last(), 40)
    bench.acknowledge(bench.last(OrderType.STOP))
    told(bench)
    bench.signal(0)
    assert told(bench) == [
        "Decided cross, 0, 0, @1921",
        "CancelAsked #1, the target turned",
        "cancel #1, 1",
    ]
    bench.process += OWN_ENTRY_WAIT_NS - 1
    bench.feed(TimePassed())
    assert told(bench) == []
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + 1
    bench.process += 1
    bench.feed(TimePassed())
    assert told(bench) == [
        "Intended #3, cross, exit, @1921, #1-0, 0, 3, rt:test:1:#3, SELL, 40, MKT, None, #1-0.0, @1921, @1921, @1921",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 40, MKT, None, DAY, #1-0.0, False, '', 0, 0",
    ]


def test_the_stop_of_each_slice_takes_its_part_of_a_net_that_is_too_small_the_eldest_first():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    for shares in (30, 30, 40):
        bench.fill(entry, shares)
        bench.acknowledge(bench.last(OrderType.STOP))
    told(bench)
    bench.feed(bench.foreign(Side.SELL, 50))
    assert [line for line in told(bench) if line.startswith("Cancel")] == [
        "CancelAsked #3, the broker's net no longer covers it",
        "CancelAsked #4, the broker's net no longer covers it",
    ]
    for stop in bench.sent[2:4]:
        bench.status(stop, BrokerStatus.CANCELLED)
    assert [(sent.order_type, sent.quantity) for sent in bench.sent[4:]] == [(OrderType.STOP, 20)]
    bench.signal(0)
    assert [(sent.order_type, sent.quantity) for sent in bench.sent[5:]] == [(OrderType.MARKET, 30), (OrderType.MARKET, 20)]


def test_a_marketable_limit_is_never_below_one_tick():
    for ticks, price in ((16_789, 1), (16_790, 1), (16_788, 2)):
        made = settings(books={BOOK: BookSettings(100, Decimal(1), Execution.MARKETABLE_LIMIT, limit_ticks=ticks)})
        bench = Bench(replace(made, limits=replace(made.limits, collar_percent=Decimal(100)))).connect()
        bench.signal(-1)
        assert bench.last().price == price


def test_what_waits_is_the_next_instant_at_which_time_alone_changes_something():
    bench = Bench().connect()
    assert bench.desk.next_timer_ns(bench.now()) is None
    bench.signal(1)
    placed = bench.process
    assert bench.desk.next_timer_ns(bench.now()) == placed + ACK_QUERY_NS
    bench.acknowledge(bench.last())
    assert bench.desk.next_timer_ns(bench.now()) is None
    bench.process += NS_PER_SECOND
    bench.fill(bench.last())
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + 2 * NS_PER_SECOND, "no stop is acknowledged yet"
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(0)
    bench.fill(bench.last())
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + NS_PER_SECOND, "its group has a second to end the stop"
    bench.process += NS_PER_SECOND
    assert bench.desk.next_timer_ns(bench.now()) is None, "not the instant itself"
    bench.feed(TimePassed())
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + 2 * NS_PER_SECOND
    bench.process += 2 * NS_PER_SECOND
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + 3 * NS_PER_SECOND


def test_an_entry_that_lowers_the_symbol_s_position_passes_every_control_all_the_same():
    other = BookId("opening_range_breakout", SPY)
    bench = Bench(settings(books={BOOK: BookSettings(100, Decimal(1)), other: BookSettings(50, Decimal(1))})).connect()
    bench.enter()
    bench.feed(BrokerError(bench.last().order_id, 201, "margin"))
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    told(bench)
    bench.feed(Signal(other, -1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert refused(bench) == [
        "C03, stale quote: 60.000 s against 5 s, False",
    ]
    assert len(bench.sent) == 2


def test_a_limit_has_no_price_while_there_is_no_quote_and_is_refused_for_that():
    bench = Bench(settings(books={BOOK: BookSettings(100, Decimal(1), Execution.LIMIT)})).connect()
    bench.desk._watch.quotes.clear()
    told(bench)
    bench.feed(Signal(BOOK, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert refused(bench) == [
        "C03, no quote: none against 5 s, False",
    ]


def test_replacements_are_counted_from_their_own_bar():
    bench = entering(settings(books={BOOK: BookSettings(100, Decimal(1), Execution.LIMIT)}))
    bench.status(bench.last(), BrokerStatus.CANCELLED)
    bench.signal(1)
    bench.acknowledge(bench.last())
    told(bench)
    bench.market = Instant(bench.market + 10 * NS_PER_SECOND)
    bench.quote(16_795, 16_797)
    assert told(bench) == [
        "CancelAsked #2, the market left it 5 ticks behind: to be replaced",
        "cancel #2, 2",
    ]


def test_an_exit_that_came_back_and_is_not_wanted_any_more_is_waited_for_by_nobody():
    bench = holding()
    bench.signal(0)
    bench.feed(BrokerError(bench.last().order_id, 201, "margin"))
    assert bench.desk.busy and bench.desk.next_timer_ns(bench.now()) == bench.process + NS_PER_SECOND
    bench.signal(1)
    assert not bench.desk.busy and bench.desk.next_timer_ns(bench.now()) is None


def test_account_figures_settle_nothing():
    bench = Bench().connect()
    bench.signal(1)
    bench.process += ACK_UNKNOWN_NS
    told(bench)
    bench.feed(AccountSeen(Money(1), Money(2), None))
    assert told(bench) == []
    bench.feed(TimePassed())
    assert told(bench) == [
        "WentUnknown #1",
        "look: #1 is unknown",
    ]

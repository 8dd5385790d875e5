"""Of an entry that does not go: the control, the words, the value and its limit, and whether the no stands for the decision, line by line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.news import (
    BrokerStatus,
    Connected,
    Disconnected,
    DrainAsked,
    HaltSeen,
    InstrumentKnown,
    PositionSeen,
    QuoteSeen,
    Signal,
    Sweep,
)
from robo_trader.desk.settings import (
    BookSettings,
    Execution,
)
from robo_trader.market.announced import SplitAnnounced
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Instrument, Quote, Symbol, Ticks
from tests.support.desk_bench import BOOK, SPY, Bench, settings
from tests.support.nights import MIDNIGHT, NEXT_OPEN, over_night
from tests.support.nights import bench as nights_bench
from tests.support.transcripts import entering, holding, refused, told

SPLIT = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 2, 1, None)
OTHER = BookId("opening_range_breakout", SPY)


def holding_sixty(*announced: SplitAnnounced, acknowledged: bool = True) -> Bench:
    """Sixty shares of a hundred that were wanted, the rest cancelled, and nothing told yet."""
    bench = nights_bench(*announced)
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.fill(entry, 60)
    if acknowledged:
        bench.acknowledge(bench.last(OrderType.STOP))
    bench.status(entry, BrokerStatus.CANCELLED, 60)
    told(bench)
    return bench


def bounded(**changes: object) -> Bench:
    made = settings()
    return Bench(replace(made, limits=replace(made.limits, **changes))).connect()  # type: ignore[arg-type]


def test_a_halt_and_a_drain_refuse_by_name():
    bench = Bench().connect()
    bench.feed(HaltSeen(Halt("h", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "by hand", None, "me")))
    bench.signal(1)
    bench.feed(DrainAsked())
    bench.signal(1)
    assert refused(bench) == [
        "C17, halted: REDUCE_ONLY against none, False",
        "C17, draining:  against , False",
    ]


def test_shares_without_a_stop_refuse_an_addition_with_their_number():
    bench = Bench(settings(books={BOOK: BookSettings(100, Decimal(1)), OTHER: BookSettings(50, Decimal(1))})).connect()
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.fill(bench.last(), 100)
    bench.wait(2)
    told(bench)
    bench.feed(Signal(OTHER, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, 1, 50, @1861",
        "Refused opening_range_breakout/SPY, I29, shares without an acknowledged stop: 100 against 0, @1861, False",
    ]


def test_a_split_that_is_due_refuses_until_a_look_has_judged_it():
    bench = holding_sixty(SPLIT)
    over_night(bench)
    bench.sweep(position=60, open_orders=(bench.open_order(bench.last(), BrokerStatus.PRE_SUBMITTED),))
    bench.market = Instant(NEXT_OPEN + NS_PER_SECOND)
    told(bench)
    bench.signal(1)
    assert told(bench) == [
        "look: SPY split 2013-10-08 is due",
        "Refused cross, C21, a split is due, and no sweep has judged it yet: SPY split 2013-10-08 against , @86461, False",
    ]


def test_an_outcome_that_nobody_knows_refuses_by_the_order_s_name():
    bench = holding_sixty(acknowledged=False)
    bench.wait(31)
    told(bench)
    bench.signal(1)
    assert told(bench) == [
        "Refused cross, C24, an order's outcome is unknown: #2 against none, @1921, False",
    ]


def test_what_is_left_of_a_decision_is_bought_on_a_later_bar_and_no_more():
    bench = holding_sixty()
    bench.signal(1)
    assert told(bench) == [
        "Intended #3, cross, enter, @1861, '', 1, 3, rt:test:1:#3, BUY, 40, MKT, None, '', @1861, @1921, @1921",
        "send #3, 3, rt:test:1:#3, SPY, BUY, 40, MKT, None, DAY, '', True, cross/@1861, 100, 60",
    ]
    bench.fill(bench.last())
    bench.signal(1)
    assert refused(bench) == []


def test_a_backfilled_bar_and_one_that_is_no_newer_refuse():
    bench = Bench().connect()
    bench.signal(1, backfilled=True)
    assert refused(bench) == [
        "3e, the bar was rebuilt from history:  against , False",
    ]
    bench.signal(1)
    entry = bench.last()
    bench.status(entry, BrokerStatus.CANCELLED)
    told(bench)
    bench.feed(Disconnected("cut"), Connected("DU1", 1))
    bench.sweep()
    assert refused(bench) == [
        "3e, needs a newer bar: @1921 against @1921, False",
    ]


def test_an_order_shaped_no_of_the_gate_stands_for_its_decision():
    bench = bounded(max_quantity=99)
    bench.signal(1)
    assert refused(bench) == [
        "C01, quantity too large: 100 against 99, True",
    ]
    bench.signal(1)
    assert refused(bench) == [
        "C01, latched for this decision: quantity too large: 100 against 99:  against , True",
    ]


def test_a_decision_that_is_spent_refuses_with_its_size():
    bench = holding()
    bench.desk.state.book(BOOK).slices.clear()  # whatever the bug
    bench.status(bench.last(OrderType.STOP), BrokerStatus.CANCELLED)
    bench.signal(1)
    assert refused(bench) == [
        "3f, this bar's entry was already sent:  against , False",
        "C40, the decision's orders have come to its size: 100 against 100, False",
    ]


def test_the_entries_of_a_day_are_counted_from_its_midnight():
    bench = bounded(entries_per_day_max=1)
    bench.enter()
    bench.signal(-1)
    bench.fill(bench.last())
    bench.wait(2)
    bench.status(bench.sent[1], BrokerStatus.CANCELLED)
    assert refused(bench) == [
        "C12, entries today: 1 against 1, False",
    ]


def test_without_contract_details_or_a_quote_nothing_goes():
    bench = Bench()
    bench.feed(Connected("DU1", 1))
    bench.sweep()
    bench.market = Instant(bench.market + NS_PER_SECOND)
    bench.signal(1)
    assert refused(bench) == [
        "C14, no contract details yet:  against , False",
    ]
    bench.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))))
    assert len(bench.sent) == 1
    bench = Bench().connect()
    end = bench.market
    bench.desk._watch.quotes.clear()
    bench.feed(Signal(BOOK, 1, end, Instant(end + 65 * NS_PER_SECOND)))
    assert refused(bench) == [
        "C03, no quote: none against 5 s, False",
    ]


@pytest.mark.parametrize(
    ("changes", "bid", "ask"),
    [
        ({"max_notional": Decimal(16_790)}, 16_790, 16_792),
        ({"max_position": 99}, 16_790, 16_792),
        ({}, 10_000, 16_792),
    ],
)
def test_the_gate_sees_the_quote_and_the_limits(changes: dict[str, object], bid: int, ask: int):
    bench = bounded(**changes)
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    bench.quote(bid, ask)
    end = bench.market
    bench.feed(Signal(BOOK, 1, end, Instant(end + 65 * NS_PER_SECOND)))
    assert bench.sent == [] and len(refused(bench)) == 1


def test_a_resting_order_of_the_other_side_refuses_an_entry_that_could_meet_it():
    made = settings(books={BOOK: BookSettings(100, Decimal(1), Execution.LIMIT), OTHER: BookSettings(50, Decimal(1))})
    bench = entering(made)
    bench.feed(Signal(OTHER, -1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, -1, -50, @1861",
        "Refused opening_range_breakout/SPY, C16, would trade with an own order: #1 against none, @1861, False",
    ]


def test_an_entry_beside_a_dormant_stop_of_the_other_side_goes_and_beside_a_triggered_one_does_not():
    made = settings(books={BOOK: BookSettings(100, Decimal(1)), OTHER: BookSettings(50, Decimal(1))})
    bench = Bench(made).connect()
    bench.enter()
    told(bench)
    bench.feed(Signal(OTHER, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, 1, 50, @1861",
        "Intended #3, opening_range_breakout/SPY, enter, @1861, '', 0, 3, rt:test:1:#3, BUY, 50, MKT, None, '', @1861, @1861, @1861",
        "send #3, 3, rt:test:1:#3, SPY, BUY, 50, MKT, None, DAY, '', True, opening_range_breakout/SPY/@1861, 50, 0",
    ]
    bench = Bench(made).connect()
    stop = bench.enter()
    bench.status(stop, BrokerStatus.SUBMITTED)
    told(bench)
    bench.feed(Signal(OTHER, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, 1, 50, @1861",
        "Refused opening_range_breakout/SPY, C16, would trade with an own order: #2 against none, @1861, False",
    ]


def test_the_position_limit_counts_what_other_books_may_still_buy():
    made = settings(books={BOOK: BookSettings(100, Decimal(1)), OTHER: BookSettings(50, Decimal(1))})
    made = replace(made, limits=replace(made.limits, max_position=149))
    bench = entering(made)
    bench.feed(Signal(OTHER, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, 1, 50, @1861",
        "Refused opening_range_breakout/SPY, C05, position could grow too large: 150 against 149, @1861, True",
    ]
    bench.fill(bench.sent[0])
    told(bench)
    bench.market = Instant(bench.market + NS_PER_SECOND)
    bench.quote()
    bench.feed(Signal(OTHER, -1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert told(bench) == [
        "Decided opening_range_breakout/SPY, -1, -50, @1862",
        "Intended #3, opening_range_breakout/SPY, enter, @1862, '', 0, 3, rt:test:1:#3, SELL, 50, MKT, None, '', @1862, @1862, @1862",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 50, MKT, None, DAY, '', True, opening_range_breakout/SPY/@1862, 50, 0",
    ]


def test_in_a_burst_an_entry_is_held_back_with_the_number_that_waits():
    symbols = [Symbol(f"S{number}") for number in range(5)]
    books = {BookId("moving_average_cross", symbol): BookSettings(100, Decimal(1)) for symbol in symbols}
    bench = Bench(settings(books=books))
    bench.feed(*(InstrumentKnown(Instrument(symbol, number + 1, Decimal("0.01"))) for number, symbol in enumerate(symbols)), Connected("DU1", 1))
    bench.feed(Sweep(1, bench.process, (), (), (), (), tuple(PositionSeen(symbol, 0) for symbol in symbols)))
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    told(bench)
    for symbol in symbols:
        bench.feed(QuoteSeen(Quote(symbol, Ticks(9_000), Ticks(9_001), 500, 500, bench.market)))
        bench.feed(Signal(BookId("moving_average_cross", symbol), 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    assert refused(bench) == [
        "C08, orders before it are not answered yet: 4 against 3, False",
    ]


def test_the_same_no_is_recorded_once_a_bar():
    bench = bounded(max_quantity=99)
    bench.signal(1)
    bench.quote()
    bench.quote()
    assert refused(bench) == [
        "C01, quantity too large: 100 against 99, True",
    ]
    bench.signal(1)
    bench.quote()
    assert refused(bench) == [
        "C01, latched for this decision: quantity too large: 100 against 99:  against , True",
    ]

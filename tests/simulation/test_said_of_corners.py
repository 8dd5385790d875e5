"""Of what happens seldom: two slices, one share, an earlier life's order, an execution without a number, a third number, line by line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from robo_trader.desk.news import (
    BrokerError,
    BrokerStatus,
    Connected,
    DrainAsked,
    HaltSeen,
    OrderSeen,
    Signal,
    TimePassed,
)
from robo_trader.desk.settings import (
    OWN_ENTRY_WAIT_NS,
    BookSettings,
    Execution,
)
from robo_trader.market.announced import SplitAnnounced
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Side
from tests.support.desk_bench import BOOK, SPY, Bench, settings
from tests.support.nights import MIDNIGHT, NEXT_OPEN
from tests.support.transcripts import entering, holding, told

SPLIT = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 2, 1, None)
SECOND = SplitAnnounced("SPY split again", SPY, MIDNIGHT, NEXT_OPEN, 3, 1, None)
FLATTEN = HaltSeen(Halt("h", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "by hand", None, "me"))
LIMIT = settings(books={BOOK: BookSettings(100, Decimal(1), Execution.LIMIT)})


def in_two_slices() -> Bench:
    """Sixty shares and forty, each with its stop, and nothing told yet."""
    bench = entering()
    entry = bench.last()
    for shares in (60, 40):
        bench.fill(entry, shares)
        bench.acknowledge(bench.last(OrderType.STOP))
    told(bench)
    return bench


def stop_of(bench: Bench) -> OrderSeen:
    return bench.open_order(bench.last(OrderType.STOP), BrokerStatus.PRE_SUBMITTED)


def test_an_exit_that_follows_one_with_claimed_fills_takes_only_what_is_left():
    bench = holding()
    bench.signal(0)
    bench.status(bench.last(), BrokerStatus.CANCELLED, 60, 0)
    told(bench)
    bench.wait(1)
    assert told(bench) == [
        "page warning cancelled/cross: exit of cross was cancelled, and not by us: Cancelled",
        "Intended #4, cross, exit, @1921, #1-0, 1, 4, rt:test:1:#4, SELL, 40, MKT, None, #1-0.0, @1921, @1921, @1921",
        "send #4, 4, rt:test:1:#4, SPY, SELL, 40, MKT, None, DAY, #1-0.0, False, '', 0, 0",
    ]


def test_each_slice_is_covered_and_exited_by_its_own_orders_alone():
    bench = in_two_slices()
    bench.signal(0)
    first, leave = bench.sent[1], bench.sent[3]
    assert [sent.quantity for sent in bench.sent[3:]] == [60, 40]
    told(bench)
    bench.feed(BrokerError(leave.order_id, 201, "margin"))
    bench.status(first, BrokerStatus.CANCELLED)
    bench.wait(1)
    assert told(bench) == [
        "page warning rejected/cross: exit of cross rejected: 201 margin",
        "Ended #4, rejected, 201 margin",
        "Ended #2, cancelled, Cancelled",
        "page warning cancelled/cross: protect of cross was cancelled, and not by us: Cancelled",
        "Intended #6, cross, protect, #1-0, #1-0, 1, 6, rt:test:1:#6, SELL, 60, STP, 16625, #1-0.1, @1921, @1921, @1921",
        "send #6, 6, rt:test:1:#6, SPY, SELL, 60, STP, 16625, GTC, #1-0.1, False, '', 0, 0",
        "Intended #7, cross, exit, @1921, #1-0, 1, 7, rt:test:1:#7, SELL, 60, MKT, None, #1-0.1, @1921, @1921, @1921",
        "send #7, 7, rt:test:1:#7, SPY, SELL, 60, MKT, None, DAY, #1-0.1, False, '', 0, 0",
    ]


def test_an_exit_covers_shares_whose_stop_is_gone_and_the_picture_shows_it():
    bench = holding()
    bench.signal(0)
    bench.acknowledge(bench.last())
    told(bench)
    bench.status(bench.sent[1], BrokerStatus.CANCELLED)
    (view,) = bench.desk.snapshot().books
    assert (view.covered, view.proven, view.stops) == (100, 100, ())
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + NS_PER_SECOND
    bench.wait(1)
    assert told(bench) == [
        "Ended #2, cancelled, Cancelled",
        "page warning cancelled/cross: protect of cross was cancelled, and not by us: Cancelled",
    ]


def test_a_stop_that_nobody_acknowledged_is_taken_away_too_where_the_net_is_too_small():
    bench = entering()
    bench.fill(bench.last())
    told(bench)
    bench.feed(bench.foreign(Side.SELL, 50))
    assert told(bench)[-2:] == ["CancelAsked #2, the broker's net no longer covers it", "cancel #2, 2"]


def test_a_short_position_whose_net_is_too_small_is_bounded_in_the_same_way():
    bench = holding(-1)
    bench.feed(bench.foreign(Side.BUY, 40))
    assert told(bench) == [
        "ExternalFill f2.01, SPY, BUY, 40, 167.90, @1861, ''",
        "page warning external/SPY: external BUY 40 SPY at 167.90: shown, not healed",
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, net-below-books, None, desk, SPY: books hold -100, the broker's net is -60; stops "
            "and exits are bounded by it. Trade the difference back by hand, then lift this halt with `robo-trader resume`"
        ),
        "HaltRecorded desk-1-SPY",
        (
            "page critical net-below-books/SPY: SPY: books hold -100, the broker's net is -60; stops and exits are bounded by it. "
            "Trade the difference back by hand, then lift this halt with `robo-trader resume`"
        ),
        "CancelAsked #2, the broker's net no longer covers it",
        "cancel #2, 2",
    ]
    bench.signal(0)
    assert [(sent.side, sent.quantity) for sent in bench.sent[2:]] == [(Side.BUY, 60)]


def test_an_exit_is_bounded_by_the_smallest_of_three_numbers():
    bench = holding()
    bench.feed(bench.foreign(Side.SELL, 40))
    bench.sweep(position=80, open_orders=(stop_of(bench),))
    bench.signal(0)
    assert [(sent.order_type, sent.quantity) for sent in bench.sent[2:]] == [(OrderType.MARKET, 60)]


def test_no_position_at_all_is_what_a_late_answer_looks_like_and_the_stop_goes():
    bench = holding()
    bench.sweep(position=0, completed=(bench.open_order(bench.last(), BrokerStatus.CANCELLED),))
    bench.quote(16_000, 16_001)
    told(bench)
    bench.wait(1)
    assert told(bench) == [
        "Intended #3, cross, protect, #1-0, #1-0, 1, 3, rt:test:1:#3, SELL, 100, STP, 16625, #1-0.1, @1861, @1861, @1861",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 100, STP, 16625, GTC, #1-0.1, False, '', 0, 0",
    ]


def test_a_stop_that_is_held_for_another_reason_or_for_none_is_triggered_only_when_it_is_submitted():
    bench = entering()
    assert bench.desk._watch.triggered == set()
    bench.fill(bench.last())
    stop = bench.last(OrderType.STOP)
    bench.status(stop, BrokerStatus.PRE_SUBMITTED)
    bench.status(stop, BrokerStatus.SUBMITTED, why_held="trigger")
    assert bench.desk._watch.triggered == set()
    bench.status(stop, BrokerStatus.SUBMITTED)
    assert bench.desk._watch.triggered == {stop.intent}


def test_an_execution_without_a_perm_id_acknowledges_an_order_that_nobody_has_seen():
    bench = Bench().connect()
    bench.signal(1)
    told(bench)
    bench.feed(replace(bench.execution(bench.last(), 40), perm_id=0))
    assert told(bench) == [
        "Acknowledged #1, 0",
        "Fill e1.01, #1, cross, BUY, 40, 167.92, @1861, #1-0, 0",
        "Intended #2, cross, protect, #1-0, #1-0, 0, 2, rt:test:1:#2, SELL, 40, STP, 16625, #1-0.0, @1861, @1861, @1861",
        "send #2, 2, rt:test:1:#2, SPY, SELL, 40, STP, 16625, GTC, #1-0.0, False, '', 0, 0",
    ]
    bench.feed(replace(bench.execution(bench.last(OrderType.MARKET), 10), perm_id=0))
    assert told(bench) == [
        "Fill e2.01, #1, cross, BUY, 10, 167.92, @1861, #1-1, 0",
        "Intended #3, cross, protect, #1-1, #1-1, 0, 3, rt:test:1:#3, SELL, 10, STP, 16625, #1-1.0, @1861, @1861, @1861",
        "send #3, 3, rt:test:1:#3, SPY, SELL, 10, STP, 16625, GTC, #1-1.0, False, '', 0, 0",
    ]


def test_a_further_execution_of_an_order_that_is_being_cancelled_acknowledges_nothing_anew():
    bench = entering()
    bench.feed(DrainAsked())
    told(bench)
    bench.fill(bench.last(), 40)
    assert [line for line in told(bench) if line.startswith("Ack")] == []


def test_an_open_order_without_any_number_of_ours_is_known_by_its_perm_id():
    bench = holding()
    bench.wait(1)
    bench.sweep(position=100, open_orders=(replace(stop_of(bench), order_ref="", order_id=0, client_id=0),), light=True)
    assert told(bench) == []


def test_a_completed_twin_waits_for_its_own_executions_and_for_no_other_s():
    bench = entering()
    entry = bench.last()
    bench.feed(replace(bench.open_order(entry), perm_id=2002))
    bench.fill(entry, 100)
    told(bench)
    done = bench.open_order(entry, BrokerStatus.FILLED, 100)
    bench.sweep(position=100, open_orders=(stop_of(bench),), completed=(done,))
    assert told(bench) == [
        "Acknowledged #2, 1002",
        "TwinEnded #1, 1001, filled: completed: Filled",
    ]
    bench.sweep(position=100, open_orders=(stop_of(bench),), completed=(replace(done, perm_id=2002),))
    assert told(bench) == []
    assert bench.desk._watch.claimed == {entry.intent: 200}


def test_a_resting_entry_of_an_earlier_life_is_left_alone_while_no_quote_has_come():
    bench = entering(LIMIT)
    life = bench.reborn()
    life.feed(Signal(BOOK, 1, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    life.feed(Connected("DU1", 2))
    life.sweep(open_orders=(bench.open_order(bench.last()),))
    assert life.cancelled == []


def test_a_quote_says_nothing_to_a_resting_entry_of_a_book_that_nobody_keeps_any_more():
    bench = entering(LIMIT)
    life = Bench(settings(epoch=2, books={BookId("opening_range_breakout", SPY): BookSettings(50, Decimal(1))}), bench.journal)
    life.market = Instant(bench.market + 60 * NS_PER_SECOND)
    life.quote(17_000, 17_002)
    assert (life.sent, life.cancelled) == ([], [])


def test_each_unknown_stop_has_its_own_five_seconds():
    bench = entering()
    bench.fill(bench.last())
    bench.wait(30)
    bench.acknowledge(bench.last())
    bench.signal(0)
    bench.fill(bench.last())
    bench.status(bench.sent[1], BrokerStatus.CANCELLED)
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.fill(bench.last())
    bench.wait(30)
    sent = len(bench.sent)
    bench.wait(5)
    assert len(bench.sent) == sent
    bench.wait(0.1)
    assert [(each.order_type, each.quantity) for each in bench.sent[sent:]] == [(OrderType.STOP, 100)]


def test_a_third_flatten_joins_no_group_however_long_two_are_unknown():
    bench = holding()
    alive = (stop_of(bench),)
    bench.signal(0)
    for _ in range(2):
        bench.sweep(position=160, open_orders=alive)
    bench.wait(31)
    bench.feed(FLATTEN)
    bench.wait(31)
    assert len(bench.sent) == 4
    for _ in range(5):
        bench.wait(31)
    assert len(bench.sent) == 4


def test_one_share_is_not_exited_past_a_resting_entry_either():
    bench = entering(LIMIT)
    bench.fill(bench.last(), 1)
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(0)
    bench.process += OWN_ENTRY_WAIT_NS - 1
    bench.feed(TimePassed())
    assert len(bench.sent) == 2
    bench.process += 1
    bench.feed(TimePassed())
    assert len(bench.sent) == 3


def test_of_two_corrections_the_later_one_counts_whichever_is_heard_last():
    bench = Bench()
    trade = bench.foreign(Side.BUY, 30)
    bench.connect(position=30)
    told(bench)
    later, earlier = replace(trade, exec_id="f1.03", quantity=60), replace(trade, exec_id="f1.02", quantity=50)
    bench.executions[:] = [trade, later, earlier, trade]
    bench.sweep(position=60)
    bench.sweep(position=60)
    assert told(bench) == [
        "look: SPY: broker 60, ours 30",
        "ExternalFill f1.03, SPY, BUY, 30, 167.90, @1800, ''",
        "page warning external/SPY: a trade of before the first start was corrected: BUY 30 SPY at 167.90, shown, not healed",
    ]

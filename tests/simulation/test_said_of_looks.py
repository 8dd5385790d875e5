"""Of a look at the broker: what it proves, what it asks for next, and what is told of a difference, line by line."""

from __future__ import annotations

from robo_trader.desk.news import (
    BrokerStatus,
    DrainAsked,
    OrderSeen,
    Sweep,
)
from robo_trader.desk.snapshot import Drift
from robo_trader.market.announced import SplitAnnounced
from robo_trader.orders.order import OrderType, Stage
from robo_trader.values import Side
from tests.support.desk_bench import BOOK, SPY, Bench
from tests.support.nights import MIDNIGHT, NEXT_OPEN
from tests.support.transcripts import alarms, entering, holding, looks, told

SPLIT = SplitAnnounced("SPY split 2013-10-08", SPY, MIDNIGHT, NEXT_OPEN, 2, 1, None)


def listed(bench: Bench) -> tuple[OrderSeen, ...]:
    """Every live order as an open one."""
    live = bench.desk.state.book(BOOK).live
    kinds = {OrderType.STOP: BrokerStatus.PRE_SUBMITTED}
    return tuple(bench.open_order(sent, kinds.get(sent.order_type, BrokerStatus.SUBMITTED)) for sent in bench.sent if sent.intent in live)


def test_a_difference_is_asked_about_and_one_that_stays_is_drift_with_all_counts():
    bench = holding()
    bench.sweep(position=60, open_orders=listed(bench))
    assert told(bench) == [
        "look: SPY: broker 60, ours 100",
    ]
    bench.sweep(position=60, open_orders=listed(bench))
    assert told(bench) == [
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, drift, None, desk, SPY: the broker holds 60, executions explain 100 own + 0 "
            "external, the ledger counts 100. If no late execution explains it, no trade puts it right: `robo-trader down`, close "
            "the position by hand, and begin a new system with `robo-trader run --system NAME`"
        ),
        "HaltRecorded desk-1-SPY",
        (
            "page critical drift/SPY: SPY: the broker holds 60, executions explain 100 own + 0 external, the ledger counts 100. If "
            "no late execution explains it, no trade puts it right: `robo-trader down`, close the position by hand, and begin a new "
            "system with `robo-trader run --system NAME`"
        ),
        "DriftSeen SPY, 60, 100, 0",
        (
            "halt desk-2-SPY, NO_NEW, symbol, SPY, net-below-books, None, desk, SPY: books hold 100, the broker's net is 60; stops "
            "and exits are bounded by it. If no late execution explains it, no trade puts it right: `robo-trader down`, close the "
            "position by hand, and begin a new system with `robo-trader run --system NAME`"
        ),
        "HaltRecorded desk-2-SPY",
        (
            "page critical net-below-books/SPY: SPY: books hold 100, the broker's net is 60; stops and exits are bounded by it. If "
            "no late execution explains it, no trade puts it right: `robo-trader down`, close the position by hand, and begin a new "
            "system with `robo-trader run --system NAME`"
        ),
        "CancelAsked #2, the broker's net no longer covers it",
        "cancel #2, 2",
    ]
    bench.sweep(position=60, open_orders=listed(bench))
    assert told(bench) == []
    bench.sweep(position=100, open_orders=listed(bench))
    assert told(bench) == []
    assert bench.desk._watch.drift_by == {} and bench.desk.reconciled(SPY)


def test_a_light_look_that_shows_what_is_on_record_asks_for_nothing():
    bench = holding()
    bench.sweep(position=100, open_orders=listed(bench), light=True)
    assert told(bench) == []


def test_a_light_look_without_an_order_of_ours_asks_for_a_whole_one():
    bench = holding()
    bench.wait(1)
    bench.sweep(position=100, light=True)
    assert told(bench) == [
        "look: #2 is not among the open orders",
    ]
    bench.sweep(position=100, open_orders=None, light=True)
    assert told(bench) == []


def test_a_light_look_that_was_asked_before_an_order_left_says_nothing_of_it():
    bench = holding()
    bench.sweep(position=100, light=True)
    assert told(bench) == []


def test_an_order_that_nobody_answered_yet_is_not_missed_by_a_light_look():
    bench = Bench().connect()
    bench.signal(1)
    told(bench)
    bench.wait(1)
    bench.sweep(light=True)
    assert told(bench) == []


def test_a_light_look_with_another_position_asks_for_a_whole_one_and_an_absent_symbol_is_flat():
    bench = holding()
    bench.sweep(position=60, open_orders=listed(bench), light=True)
    assert told(bench) == [
        "look: SPY: broker 60, ours 100",
    ]
    bench.sweeps += 1
    bench.feed(Sweep(bench.sweeps, bench.process, listed(bench), None, None, (), (), light=True))
    assert told(bench) == [
        "look: SPY: broker 0, ours 100",
    ]
    assert bench.desk.snapshot().drifts == (Drift(SPY, 100, 0, 100),)
    bench.sweep(position=None, open_orders=listed(bench), light=True)
    assert told(bench) == []


def test_a_declared_difference_is_asked_about_by_a_light_look_only_when_it_changes():
    bench = holding()
    for _ in range(2):
        bench.sweep(position=60, open_orders=listed(bench))
    told(bench)
    bench.sweep(position=60, open_orders=listed(bench), light=True)
    assert looks(bench) == []
    bench.sweep(position=70, open_orders=listed(bench), light=True)
    assert looks(bench) == [
        "look: SPY: broker 70, ours 100",
    ]
    bench.sweep(position=100, open_orders=listed(bench), light=True)
    assert looks(bench) == []
    assert bench.desk._watch.drift_by == {}


def test_a_light_look_has_claims_and_looks_in_part_followed_by_a_whole_one():
    bench = holding()
    bench.signal(0)
    bench.status(bench.last(), BrokerStatus.SUBMITTED, 40)
    told(bench)
    bench.sweep(position=100, open_orders=listed(bench), light=True)
    assert told(bench) == [
        "look: executions are claimed and have not come",
    ]
    bench = holding()
    bench.sweep(position=100, open_orders=listed(bench), completed=None)
    bench.sweep(position=100, open_orders=listed(bench), light=True)
    assert told(bench) == [
        "look: the last look at everything was not answered in full",
    ]


def test_looks_in_part_for_a_minute_take_reconciliation_away_once():
    bench = holding()
    bench.sweep(position=100, open_orders=listed(bench), completed=None)
    bench.wait(59.9)
    bench.sweep(position=100, open_orders=listed(bench), completed=None)
    assert told(bench) == [] and bench.desk.reconciled(SPY)
    bench.wait(0.1)
    bench.sweep(position=None, open_orders=listed(bench))
    bench.sweep(position=100, open_orders=listed(bench), completed=None)
    assert told(bench) == [
        "page critical partial-looks: no look at the broker was answered in full for 60 s: no entry goes until one is",
    ]
    assert not bench.desk.reconciled(SPY)
    bench.sweep(position=100, open_orders=listed(bench))
    assert bench.desk.reconciled(SPY)


def test_a_light_look_that_shows_an_order_begins_its_absence_anew():
    bench = entering()
    entry = bench.last()
    for shown in ((), (bench.open_order(entry),), (), ()):
        bench.wait(10)
        bench.sweep(open_orders=shown, light=bool(shown))
    told(bench)
    assert bench.desk.state.orders.by_intent[entry.intent].stage is Stage.UNKNOWN
    bench = entering()
    for shown in ((), (bench.open_order(entry),), ()):
        bench.wait(10)
        bench.sweep(open_orders=shown, light=bool(shown))
    assert bench.desk.state.orders.by_intent[entry.intent].stage is Stage.WORKING


def test_under_a_declared_difference_the_market_waits_for_what_this_life_asked_alone():
    bench = holding()
    alive = listed(bench)
    for _ in range(2):
        bench.sweep(position=160, open_orders=alive)
    assert not bench.desk.busy
    bench.signal(0)
    assert bench.desk.busy
    bench.wait(31)
    assert not bench.desk.busy and bench.desk.snapshot().unknown == 1


def test_a_short_one_s_drift_is_bounded_from_its_own_side():
    bench = holding(-1)
    for _ in range(2):
        bench.sweep(position=-60, open_orders=listed(bench))
    assert alarms(bench) == [
        (
            "halt desk-1-SPY, NO_NEW, symbol, SPY, drift, None, desk, SPY: the broker holds -60, executions explain -100 own + 0 "
            "external, the ledger counts -100. If no late execution explains it, no trade puts it right: `robo-trader down`, close "
            "the position by hand, and begin a new system with `robo-trader run --system NAME`"
        ),
        (
            "page critical drift/SPY: SPY: the broker holds -60, executions explain -100 own + 0 external, the ledger counts -100. "
            "If no late execution explains it, no trade puts it right: `robo-trader down`, close the position by hand, and begin a "
            "new system with `robo-trader run --system NAME`"
        ),
        (
            "halt desk-2-SPY, NO_NEW, symbol, SPY, net-below-books, None, desk, SPY: books hold -100, the broker's net is -60; stops "
            "and exits are bounded by it. If no late execution explains it, no trade puts it right: `robo-trader down`, close the "
            "position by hand, and begin a new system with `robo-trader run --system NAME`"
        ),
        (
            "page critical net-below-books/SPY: SPY: books hold -100, the broker's net is -60; stops and exits are bounded by it. If "
            "no late execution explains it, no trade puts it right: `robo-trader down`, close the position by hand, and begin a new "
            "system with `robo-trader run --system NAME`"
        ),
    ]
    assert bench.cancelled == [bench.sent[1].intent]
    bench.signal(0)
    assert [(sent.side, sent.quantity) for sent in bench.sent[2:]] == [(Side.BUY, 60)]


def test_a_look_in_part_tells_the_positions_that_it_has():
    bench = holding()
    bench.sweep(position=60, open_orders=listed(bench), completed=None)
    assert bench.desk.snapshot().drifts == (Drift(SPY, 100, 60, 100),)
    assert told(bench) == []


def test_a_symbol_with_an_order_that_is_unknown_is_not_reconciled_though_positions_agree():
    bench = entering()
    bench.feed(DrainAsked())
    bench.wait(30)
    bench.sweep(open_orders=())
    assert bench.desk.snapshot().unknown == 1 and not bench.desk.reconciled(SPY)

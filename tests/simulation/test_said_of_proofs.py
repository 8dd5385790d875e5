"""Of what a look proves: an order's absence or end, a commission, a claim that nothing bears out, a correction, line by line."""

from __future__ import annotations

from dataclasses import replace

from robo_trader.desk.news import (
    BrokerStatus,
    CommissionSeen,
    OrderSeen,
    PositionSeen,
    Sweep,
)
from robo_trader.desk.settings import (
    SWEEPS_APART_NS,
)
from robo_trader.orders.order import OrderType
from robo_trader.values import NS_PER_SECOND, Money, Side, Symbol
from tests.support.desk_bench import BOOK, SPY, Bench
from tests.support.transcripts import alarms, entering, holding, told


def listed(bench: Bench) -> tuple[OrderSeen, ...]:
    """Every live order as an open one."""
    live = bench.desk.state.book(BOOK).live
    kinds = {OrderType.STOP: BrokerStatus.PRE_SUBMITTED}
    return tuple(bench.open_order(sent, kinds.get(sent.order_type, BrokerStatus.SUBMITTED)) for sent in bench.sent if sent.intent in live)


def test_an_order_that_is_in_no_list_is_unknown_first_and_over_ten_seconds_later():
    bench = entering()
    bench.wait(10)
    bench.sweep()
    assert told(bench) == []
    bench.wait(9.9)
    bench.sweep()
    assert told(bench) == []
    bench.wait(0.1)
    bench.sweep()
    assert told(bench) == [
        "WentUnknown #1",
        "page warning vanished/#1: order of cross vanished from the broker's lists",
    ]
    bench.wait(10)
    bench.sweep()
    bench.wait(9.9)
    bench.sweep()
    assert told(bench) == []
    bench.wait(0.1)
    bench.sweep()
    assert told(bench) == [
        "Ended #1, cancelled, gone from open orders, completed orders and executions in two sweeps",
        "Refused cross, 3f, this bar's entry was already sent:  against , @1861, False",
    ]


def test_an_order_of_an_earlier_life_without_a_trace_was_never_sent():
    bench = Bench().connect()
    bench.signal(1)
    life = bench.reborn().connect()
    told(life)
    life.wait(9.9)
    life.sweep()
    assert told(life) == []
    life.wait(0.1)
    life.sweep()
    assert told(life) == [
        "Ended #1, never_sent, no trace in two sweeps",
    ]


def test_an_order_of_this_life_has_thirty_seconds_to_be_seen():
    bench = Bench().connect()
    bench.signal(1)
    bench.process += 29 * NS_PER_SECOND
    bench.sweep()
    bench.process += NS_PER_SECOND
    told(bench)
    bench.sweep()
    assert told(bench) == [
        "WentUnknown #1",
        "look: #1 is unknown",
    ]
    bench.process += 10 * NS_PER_SECOND - 1
    bench.sweep()
    assert told(bench) == []
    bench.process += 1
    bench.sweep()
    assert told(bench) == [
        "Ended #1, never_sent, no trace in two sweeps",
        "Refused cross, 3f, this bar's entry was already sent:  against , @1861, False",
    ]


def test_a_completed_order_is_told_by_its_status_and_waits_for_its_executions():
    bench = entering()
    entry = bench.last()
    bench.sweep(completed=(bench.open_order(entry, BrokerStatus.FILLED, 100),))
    assert told(bench) == []
    bench.execution(entry, 100)
    bench.sweep(position=100, completed=(bench.open_order(entry, BrokerStatus.FILLED, 100),))
    assert told(bench) == [
        "Fill e1.01, #1, cross, BUY, 100, 167.92, @1861, #1-0, 1001",
        "Intended #2, cross, protect, #1-0, #1-0, 0, 2, rt:test:1:#2, SELL, 100, STP, 16625, #1-0.0, @1861, @1861, @1861",
        "send #2, 2, rt:test:1:#2, SPY, SELL, 100, STP, 16625, GTC, #1-0.0, False, '', 0, 0",
    ]


def test_a_completed_order_that_is_shrunk_and_filled_ends_in_the_broker_s_word():
    bench = entering()
    entry = bench.last()
    bench.fill(entry, 40)
    told(bench)
    bench.sweep(position=40, open_orders=listed(bench)[1:], completed=(bench.open_order(entry, BrokerStatus.FILLED, 40),))
    assert told(bench) == [
        "Acknowledged #2, 1002",
        "Ended #1, filled, completed: Filled",
        "Refused cross, 3f, this bar's entry was already sent:  against , @1861, False",
    ]
    bench.sweep(position=40, open_orders=listed(bench), completed=(bench.open_order(entry, BrokerStatus.CANCELLED, 40),))
    assert told(bench) == []


def test_a_completed_order_that_nobody_acknowledged_is_known_first_and_then_over():
    bench = Bench().connect()
    bench.signal(1)
    told(bench)
    seen = bench.open_order(bench.last(), BrokerStatus.CANCELLED)
    bench.sweep(completed=(replace(seen, order_id=0, client_id=0),))
    assert told(bench) == [
        "Acknowledged #1, 1001",
        "Ended #1, cancelled, completed: Cancelled",
        "Refused cross, 3f, this bar's entry was already sent:  against , @1861, False",
    ]


def test_commissions_of_a_look_are_charged_once_with_what_the_broker_realised():
    bench = holding()
    bench.sweeps += 1
    charged = (CommissionSeen("e1.01", Money("1.05"), Money("-1.05")), CommissionSeen("e0.01", Money("1.00"), None))
    for _ in range(2):
        bench.feed(Sweep(bench.sweeps, bench.process, listed(bench), (), tuple(bench.executions), charged, (PositionSeen(SPY, 100),)))
    assert told(bench) == [
        "CommissionCharged e1.01, 1.05, -1.05",
        "CommissionCharged e0.01, 1.00, None",
    ]
    bench.feed(replace(charged[0], commission=Money("1.06")))
    assert told(bench) == [
        "CommissionCharged e1.01, 1.06, -1.05",
    ]


def test_a_commission_of_what_the_baseline_holds_is_not_ours():
    bench = Bench()
    bench.foreign(Side.BUY, 30)
    bench.connect(position=30)
    told(bench)
    bench.feed(CommissionSeen("f1.01", Money("1.05"), None))
    bench.feed(CommissionSeen("f1.02", Money("1.05"), None))
    assert told(bench) == []


def test_a_claim_that_two_looks_do_not_bear_out_is_given_up_in_these_words():
    bench = holding()
    bench.signal(0)
    bench.status(bench.last(), BrokerStatus.SUBMITTED, 40)
    told(bench)
    bench.sweep(position=100, open_orders=listed(bench))
    bench.process += SWEEPS_APART_NS - 1
    bench.sweep(position=100, open_orders=listed(bench))
    assert alarms(bench) == []
    assert not bench.desk.reconciled(SPY)
    bench.process += 1
    bench.sweep(position=100, open_orders=listed(bench))
    assert alarms(bench) == [
        (
            "page warning claim-disproven/cross: the broker called 40 shares of #3 filled, and neither executions nor positions know "
            "of them: taken for a bust"
        ),
    ]
    assert bench.desk.reconciled(SPY)
    bench.status(bench.last(), BrokerStatus.SUBMITTED, 40)
    assert bench.desk._watch.claimed == {}
    bench.status(bench.last(), BrokerStatus.SUBMITTED, 41)
    assert bench.desk._watch.claimed == {bench.last().intent: 41}


def test_a_correction_of_what_the_baseline_holds_is_booked_in_these_words():
    bench = Bench()
    bench.foreign(Side.BUY, 30)
    bench.connect(position=30)
    told(bench)
    bench.executions[0] = replace(bench.executions[0], exec_id="f1.02", quantity=50)
    bench.sweep(position=50)
    assert told(bench) == [
        "look: SPY: broker 50, ours 30",
    ]
    bench.sweep(position=50)
    assert told(bench) == [
        "ExternalFill f1.02, SPY, BUY, 20, 167.90, @1800, ''",
        "page warning external/SPY: a trade of before the first start was corrected: BUY 20 SPY at 167.90, shown, not healed",
    ]
    bench.executions[0] = replace(bench.executions[0], exec_id="f1.03", quantity=0)
    bench.sweep(position=0)
    bench.sweep(position=0)
    assert told(bench) == [
        "look: SPY: broker 0, ours 50",
        "ExternalFill f1.03, SPY, SELL, 30, 167.90, @1800, ''",
        "page warning external/SPY: a trade of before the first start was corrected: SELL 30 SPY at 167.90, shown, not healed",
    ]


def test_a_pushed_position_is_told_with_both_numbers():
    bench = holding()
    bench.feed(PositionSeen(SPY, 60))
    assert told(bench) == [
        "look: SPY: broker 60, ours 100",
    ]
    bench.feed(PositionSeen(SPY, 100))
    assert told(bench) == []


def test_an_execution_that_may_explain_a_difference_asks_for_a_look():
    bench = holding()
    bench.sweep(position=60, open_orders=listed(bench))
    told(bench)
    stop = bench.last(OrderType.STOP)
    bench.fill(stop, 40)
    assert told(bench) == [
        "Fill e2.01, #2, cross, SELL, 40, 167.92, @1861, #1-0, 1002",
        "look: e2.01 may explain a difference",
    ]


def test_shares_without_an_acknowledged_stop_are_told_and_their_cover_is_too():
    bench = Bench().connect()
    bench.signal(1)
    bench.fill(bench.last())
    told(bench)
    bench.wait(1.9)
    assert told(bench) == []
    bench.wait(0.1)
    bench.wait(0.1)
    assert told(bench) == [
        "page critical bare/SPY: 100 shares of SPY have had no acknowledged stop for 2 s; no new entries in it",
    ]
    bench.acknowledge(bench.last(OrderType.STOP))
    assert told(bench) == [
        "Acknowledged #2, 1002",
        "page info bare/SPY: every share of SPY has a stop again",
    ]


def test_a_claimed_order_of_another_currency_is_refused_in_these_words():
    bench = Bench().connect()
    told(bench)
    bench.feed(*[replace(bench.foreign(Side.BUY, 10), symbol=Symbol("SAP:STK:EUR:14121"), exec_id="q.01")] * 2)
    assert told(bench) == [
        "page critical currency/SAP:STK:EUR:14121: BUY 10 SAP:STK:EUR:14121 is in EUR: the books are kept in USD only, it is not counted",
    ]

"""Behaviour of `reading`, said in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robo_trader.desk.effects import AskSweep, Place, Severity
from robo_trader.desk.news import (
    BrokerError,
    BrokerStatus,
    CommissionSeen,
    Connected,
    HaltSeen,
    PositionSeen,
    ResumeSeen,
    StatusSeen,
    Sweep,
)
from robo_trader.desk.reading import CANCEL_REFUSED, HARMLESS, REJECTED
from robo_trader.orders.order import OrderType
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import Money, Side, Symbol
from tests.support.desk_bench import CLIENT, SPY, Bench, settings

HALT_CANCEL = Halt("h1", HaltLevel.HALT_CANCEL, HaltScope.ALL, "", "manual", None, "me")


@pytest.mark.parametrize("code", sorted(HARMLESS | {2104, 2148}))
def test_a_harmless_notice_leaves_the_order_alive(code: int):
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(BrokerError(entry.order_id, code, "notice"))
    assert bench.desk.state.orders.by_intent[entry.intent].stage == "working"


@pytest.mark.parametrize("code", sorted(REJECTED))
def test_a_rejection_ends_the_order(code: int):
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.feed(BrokerError(entry.order_id, code, "no"))
    assert bench.desk.state.orders.by_intent[entry.intent].stage == "rejected"


@pytest.mark.parametrize("code", sorted(CANCEL_REFUSED))
def test_a_refused_cancel_says_nothing_of_the_order(code: int):
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.signal(-1)
    bench.feed(BrokerError(entry.order_id, code, "cannot"))
    assert bench.desk.state.orders.by_intent[entry.intent].stage in {"working", "leaving"}


@pytest.mark.parametrize("code", sorted(CANCEL_REFUSED))
def test_a_refused_cancel_is_asked_about_only_while_the_order_lives(code: int):
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.signal(-1)
    assert [AskSweep] == [type(e) for e in bench.feed(BrokerError(entry.order_id, code, "cannot")) if isinstance(e, AskSweep)]
    bench.status(entry, BrokerStatus.CANCELLED)
    assert not [e for e in bench.feed(BrokerError(entry.order_id, code, "cannot")) if isinstance(e, AskSweep)]


def test_an_unknown_error_is_asked_about_and_changes_nothing():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(BrokerError(entry.order_id, 99_999, "surprise"))
    assert bench.desk.state.orders.by_intent[entry.intent].stage == "working"
    assert bench.alerts[-1].key == "error/99999"


def test_a_status_that_runs_ahead_of_its_executions_is_a_claim_and_not_a_fill():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.status(entry, BrokerStatus.FILLED, filled=100, remaining=0)
    assert bench.position == 0 and bench.desk.busy
    bench.fill(entry)
    assert bench.position == 100
    assert bench.desk.state.orders.by_intent[entry.intent].stage == "filled"


def test_an_order_id_of_another_client_is_not_ours():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.feed(StatusSeen(entry.order_id, CLIENT + 1, 77, BrokerStatus.CANCELLED, 0, 100))
    assert bench.desk.state.orders.by_intent[entry.intent].live


def test_a_fill_after_the_cancel_still_moves_the_position():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.status(entry, BrokerStatus.CANCELLED)
    bench.fill(entry, 30)
    assert bench.position == 30
    assert bench.last().side is Side.SELL, "and is protected"


def test_a_correction_replaces_the_execution_it_corrects():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.feed(bench.execution(entry, 100, exec_id="a.b.01"))
    bench.feed(bench.execution(entry, 90, exec_id="a.b.02"))
    bench.feed(bench.execution(entry, 100, exec_id="a.b.01"))
    assert bench.position == 90
    assert bench.desk.state.net(SPY) == 90


def test_a_commission_heard_twice_is_charged_once():
    bench = Bench().connect()
    bench.signal(1)
    bench.fill(bench.last())
    for _ in range(3):
        bench.feed(CommissionSeen("e1.01", Money("1.00"), None))
    assert bench.desk.snapshot().commissions == Money("1.00")


def test_a_cancel_that_died_with_the_process_that_asked_for_it_leaves_a_working_order():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(-1)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.feed(HaltSeen(HALT_CANCEL))
    again = Bench(settings(epoch=2), bench.journal)
    again.market, again.executions = bench.market, bench.executions
    order = again.desk.state.orders.by_intent[leave.intent]
    assert order.stage == "leaving"
    again.feed(ResumeSeen("h1"))
    again.feed(Connected("DU1", 1))
    again.sweep(position=100, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED), bench.open_order(leave)))
    assert order.stage == "working"
    assert not again.desk.busy and again.cancelled == []


def test_a_cancel_of_this_life_is_not_given_up_for_an_open_order_that_was_listed_before_it():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.signal(-1)
    bench.feed(bench.open_order(entry))
    assert bench.desk.state.orders.by_intent[entry.intent].stage == "leaving"


def test_a_corrected_execution_of_an_old_stop_out_is_no_new_stop_out():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.feed(bench.execution(stop, 100, "166.24", "s.1.01"))
    bench.signal(-1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.fill(entry)
    sent = len(bench.sent)
    bench.feed(bench.execution(stop, 100, "166.25", "s.1.02"))
    assert bench.position == -100
    assert len(bench.sent) == sent, "the short stays"


def twin_of(bench: Bench, entry: Place) -> int:
    """The broker made a second order of the same intent; its permId."""
    bench.acknowledge(entry)
    second = 9000 + entry.order_id
    bench.feed(StatusSeen(entry.order_id, CLIENT, second, BrokerStatus.SUBMITTED, 0, entry.quantity))
    return second


def test_an_intent_that_works_twice_counts_twice_alarms_and_is_cancelled_only_when_both_are():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    second = twin_of(bench, entry)
    order = bench.desk.state.orders.by_intent[entry.intent]
    assert order.remaining == 200 and bench.desk.snapshot().books[0].working == 200
    assert [a.key for a in bench.alerts if a.severity == "critical"] == [f"two-perm-ids/{entry.intent}"]
    assert bench.cancelled == [entry.intent], "twice the target may not come"
    bench.status(entry, BrokerStatus.CANCELLED)
    assert order.live and order.remaining == 100
    bench.status(entry, BrokerStatus.CANCELLED)
    assert order.live, "heard twice, it is still the first of the two"
    bench.feed(StatusSeen(entry.order_id, CLIENT, second, BrokerStatus.CANCELLED, 0, 100))
    assert order.stage == "cancelled" and bench.position == 0


def test_a_second_order_that_fills_after_the_first_is_held_and_protected():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    second = twin_of(bench, entry)
    bench.status(entry, BrokerStatus.CANCELLED)
    filled = replace(bench.execution(entry, 100), perm_id=second)
    bench.executions[-1] = filled
    bench.feed(filled)
    assert bench.position == 100 and bench.last(OrderType.STOP).quantity == 100
    assert bench.desk.state.orders.by_intent[entry.intent].stage == "filled"


def test_a_completed_order_of_a_second_perm_id_ends_no_order_that_works_under_the_first():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    torn = replace(bench.open_order(entry, BrokerStatus.CANCELLED, filled=0), perm_id=9009)
    bench.sweep(open_orders=(bench.open_order(entry),), completed=(torn,))
    order = bench.desk.state.orders.by_intent[entry.intent]
    assert order.stage == "working" and order.remaining == 100


def test_a_rejection_that_does_not_say_which_of_two_orders_it_means_is_asked_about():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    twin_of(bench, entry)
    effects = bench.feed(BrokerError(entry.order_id, 201, "Order rejected - reason: test"))
    assert [AskSweep] == [type(e) for e in effects if isinstance(e, AskSweep)]
    assert bench.desk.state.orders.by_intent[entry.intent].remaining == 200


def test_a_bust_of_an_entry_takes_shares_cash_and_the_stop_away():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(bench.execution(entry, 100, exec_id="a.b.01"))
    stop = bench.last(OrderType.STOP)
    bench.acknowledge(stop)
    assert bench.desk.snapshot().cash_change == Money("-16792.00")
    bench.feed(bench.execution(entry, 0, exec_id="a.b.02"))
    assert bench.position == 0 and bench.desk.snapshot().cash_change == 0
    bench.wait(1.1)
    assert bench.cancelled == [stop.intent], "a stop without shares could open a position"


def test_after_the_bust_of_an_exit_the_shares_are_protected_and_exited_again():
    bench = Bench().connect()
    stop = bench.enter(1)
    bench.signal(0)
    leave = bench.last()
    bench.acknowledge(leave)
    bench.feed(bench.execution(leave, 100, exec_id="x.b.01"))
    bench.status(stop, BrokerStatus.CANCELLED)
    sent = len(bench.sent)
    bench.feed(bench.execution(leave, 0, exec_id="x.b.02"))
    assert bench.position == 100
    again = bench.sent[sent:]
    assert [(p.order_type, p.side, p.quantity) for p in again] == [(OrderType.STOP, Side.SELL, 100), (OrderType.MARKET, Side.SELL, 100)]
    assert {p.oca_group for p in again} != {stop.oca_group} and len({p.oca_group for p in again}) == 1
    bench.feed(bench.execution(leave, 0, exec_id="x.b.02"))
    assert len(bench.sent) == sent + 2


def test_a_trade_in_another_currency_is_refused_once_by_name_and_is_neither_money_nor_drift():
    bench = Bench().connect()
    sap = Symbol("SAP:STK:EUR:14121")
    bought = replace(bench.foreign(Side.BUY, 10), symbol=sap)
    bench.executions.clear()
    for _ in range(3):
        bench.wait(10)
        bench.feed(Sweep(100 + bench.process, bench.process, (), (), (bought,), (), (PositionSeen(sap, 10),)))
    (alert,) = (alert for alert in bench.alerts if alert.severity is Severity.CRITICAL)
    assert "BUY 10 SAP:STK:EUR:14121 is in EUR: the books are kept in USD only" in alert.text
    assert (bench.desk.snapshot().cash_change, bench.halts) == (0, [])


def test_a_second_order_whose_first_sign_is_a_fill_is_known_as_one():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(replace(bench.execution(entry, 100), perm_id=9009))
    order = bench.desk.state.orders.by_intent[entry.intent]
    assert order.live and order.remaining == 100, "the first one may still fill"
    assert any(a.key == f"two-perm-ids/{entry.intent}" for a in bench.alerts)

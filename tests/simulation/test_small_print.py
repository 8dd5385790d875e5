"""What the desk does at the edges of its rules: the very second, the last share, the words that a person reads. Mutation testing asked for these."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robo_trader.desk.effects import AskSweep
from robo_trader.desk.events import DriftSeen, Refused
from robo_trader.desk.news import BrokerError, BrokerStatus, CancelNotSent, DrainAsked, HaltSeen, OrderSeen, PositionSeen, StatusSeen
from robo_trader.desk.settings import ACK_QUERY_NS, ACK_UNKNOWN_NS
from robo_trader.orders.events import CancelFailed, Ended, Intended
from robo_trader.orders.order import OrderType, Outcome, Stage
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, Instant, Side
from tests.support.desk_bench import BOOK, CLIENT, SPY, Bench, settings


def asked(effects: list[object]) -> list[str]:
    return [e.reason for e in effects if isinstance(e, AskSweep)]


def refusals(bench: Bench) -> list[tuple[str, str]]:
    return [(e.control, e.detail) for e in bench.journal if isinstance(e, Refused)]


def test_a_pushed_position_is_asked_about_once_something_is_known_to_compare_it_with():
    bench = Bench()
    assert asked(bench.feed(PositionSeen(SPY, 5))) == [], "nothing was looked at yet"
    bench = Bench().connect()
    assert asked(bench.feed(PositionSeen(SPY, 0))) == []
    assert asked(bench.feed(PositionSeen(SPY, 5))) == ["SPY: broker 5, ours 0"]


@pytest.mark.parametrize(("silent_ns", "reasons", "stage"), [(ACK_QUERY_NS - 1, 0, Stage.INTENDED), (ACK_QUERY_NS, 1, Stage.INTENDED)])
def test_an_order_is_asked_about_at_the_fifth_second_of_silence(silent_ns: int, reasons: int, stage: Stage):
    bench = Bench().connect()
    bench.signal(1)
    intent = bench.last().intent
    assert bench.desk.next_timer_ns(bench.now()) == bench.process + ACK_QUERY_NS
    effects = bench.wait(silent_ns / NS_PER_SECOND)
    assert asked(effects) == [f"no answer for {intent}"] * reasons
    assert bench.desk.state.orders.by_intent[intent].stage is stage
    assert asked(bench.wait(1)) == [f"no answer for {intent}"] * (1 - reasons), "and asked about once"


def test_an_order_is_unknown_at_the_thirtieth_second_and_not_before():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.desk.state.orders.by_intent[bench.last().intent]
    placed = bench.process
    bench.wait(6)
    assert bench.desk.next_timer_ns(bench.now()) == placed + ACK_UNKNOWN_NS
    bench.wait(23)
    assert order.stage is Stage.INTENDED
    assert asked(bench.wait(1)) == [f"{order.intended.intent} is unknown"]
    assert order.stage is Stage.UNKNOWN


def test_what_no_sweep_shows_ends_in_these_words():
    bench = Bench().connect()
    bench.signal(1)
    intent = bench.last().intent
    bench.wait(30)
    bench.sweep()
    bench.process += 10 * NS_PER_SECOND
    bench.sweep()
    assert Ended(intent, Outcome.NEVER_SENT, "no trace in two sweeps") in bench.journal


def test_an_order_that_worked_and_is_in_no_list_any_more_ends_after_four_looks():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.last()
    bench.acknowledge(order)
    for _ in range(4):
        bench.process += 10 * NS_PER_SECOND
        bench.sweep()
    ends = [e for e in bench.journal if isinstance(e, Ended)]
    assert ends == [Ended(order.intent, Outcome.CANCELLED, "gone from open orders, completed orders and executions in two sweeps")]


def test_a_completed_order_that_nobody_acknowledged_was_the_broker_s_all_the_same():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.last()
    bench.sweep(completed=(OrderSeen(SPY, order.side, 100, "MKT", BrokerStatus.CANCELLED, 0, 0, 1001, order.order_ref, "", 0),))
    held = bench.desk.state.orders.by_intent[order.intent]
    assert held.stage is Stage.CANCELLED and held.perm_ids == {1001}
    assert held.outcome_detail == "completed: Cancelled"


def test_a_status_of_another_session_is_known_by_its_perm_id_and_one_without_by_nothing():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.last()
    bench.acknowledge(order)
    bench.feed(StatusSeen(0, 0, 0, BrokerStatus.CANCELLED, 0, 100))
    held = bench.desk.state.orders.by_intent[order.intent]
    assert held.stage is Stage.WORKING
    bench.feed(StatusSeen(0, 0, 1000 + order.order_id, BrokerStatus.CANCELLED, 0, 100))
    assert held.stage is Stage.CANCELLED


def test_an_open_order_without_a_reference_is_ours_by_client_and_order_id():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.last()
    bench.feed(OrderSeen(SPY, order.side, 100, "MKT", BrokerStatus.SUBMITTED, order.order_id, CLIENT, 77, "", ""))
    assert bench.desk.state.orders.by_intent[order.intent].perm_ids == {77}
    bench.feed(OrderSeen(SPY, order.side, 100, "MKT", BrokerStatus.SUBMITTED, order.order_id, CLIENT + 1, 78, "", ""))
    assert bench.desk.state.orders.by_intent[order.intent].perm_ids == {77}, "another client's order of the same number"


def test_a_filled_status_ahead_of_its_execution_acknowledges_and_ends_with_it():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.last()
    bench.status(order, BrokerStatus.FILLED, 100)
    held = bench.desk.state.orders.by_intent[order.intent]
    assert held.perm_ids == {1000 + order.order_id} and held.stage is Stage.WORKING
    bench.fill(order)
    assert held.stage is Stage.FILLED and held.outcome_detail == ""


def test_drift_is_on_record_with_the_numbers_of_both_sides():
    bench = Bench().connect()
    for _ in range(2):
        bench.process += 11 * NS_PER_SECOND
        bench.sweep(position=7)
    assert [e for e in bench.journal if isinstance(e, DriftSeen)] == [DriftSeen(SPY, 7, 0, 0)]
    (halt,) = bench.halts
    assert (halt.halt.id, halt.halt.reason, halt.halt.by) == ("desk-1-SPY", "drift", "desk")


def test_a_rejected_exit_is_told_but_for_one_whose_stop_was_faster():
    bench = Bench().connect()
    bench.enter()
    bench.signal(0)
    bench.feed(BrokerError(bench.last().order_id, 201, "Order rejected - reason:OCA group is already filled"))
    assert [a.key for a in bench.alerts] == []
    bench = Bench().connect()
    bench.enter()
    bench.signal(0)
    bench.feed(BrokerError(bench.last().order_id, 201, "Order rejected - reason:margin"))
    assert [a.key for a in bench.alerts] == [f"rejected/{BOOK}"]


def test_an_intent_held_as_never_sent_that_the_broker_has_is_told_by_its_name():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.last()
    bench.wait(30)
    bench.sweep()
    bench.process += 10 * NS_PER_SECOND
    bench.sweep()
    bench.acknowledge(order)
    assert f"revived/{order.intent}" in [a.key for a in bench.alerts]


def test_each_no_of_the_desk_has_its_words():
    bench = Bench().connect()
    bench.feed(HaltSeen(Halt("h", HaltLevel.NO_NEW, HaltScope.ALL, "", "test", None, "me")))
    bench.signal(1)
    assert refusals(bench) == [("C17", "halted: NO_NEW against none")]


def test_a_bar_s_entry_is_sent_once_and_the_second_try_is_refused_in_these_words():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.last()
    bench.acknowledge(order)
    bench.status(order, BrokerStatus.CANCELLED)
    assert refusals(bench) == [("3f", "this bar's entry was already sent:  against ")]


def test_a_symbol_that_is_not_reconciled_is_refused_with_both_numbers():
    bench = Bench().connect()
    bench.process += 11 * NS_PER_SECOND
    bench.sweep(position=3)
    bench.signal(1)
    assert refusals(bench) == [("C21", "not reconciled: 3 against 0")]


def test_a_position_of_one_share_is_exited_too():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    bench.fill(entry, 1)
    bench.status(entry, BrokerStatus.CANCELLED, 1)
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.signal(0)
    exit_ = bench.last(OrderType.MARKET)
    assert (exit_.side, exit_.quantity, exit_.entry) == (Side.SELL, 1, False)


def test_two_slices_are_covered_each_by_its_own_stop_and_counted_so():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    bench.fill(entry, 60)
    bench.acknowledge(bench.last(OrderType.STOP))
    bench.fill(entry, 40)
    second = bench.last(OrderType.STOP)
    assert second.quantity == 40
    assert bench.desk.snapshot().books[0].covered == 100
    bench.feed(BrokerError(second.order_id, 201, "Order rejected - reason:margin"))
    assert bench.desk.snapshot().books[0].covered == 60, "the stop of one slice covers no other"


def test_a_flatten_halt_of_another_symbol_is_no_cause_of_ours():
    bench = Bench().connect()
    bench.enter()
    bench.feed(HaltSeen(Halt("other", HaltLevel.HALT_FLATTEN, HaltScope.SYMBOL, "QQQ", "test", None, "me")))
    bench.signal(0)
    (cause,) = [e.cause for e in bench.journal if isinstance(e, Intended) and e.purpose == "exit"]
    assert cause == str(bench.desk.state.decisions[BOOK].bar_end)


def test_an_intent_that_no_signal_caused_says_so():
    bench = Bench().connect()
    bench.enter()
    life = Bench(events=bench.journal)
    life.executions = bench.executions
    life.connect(100)
    life.feed(HaltSeen(Halt("flat", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "test", None, "me")))
    (flatten,) = [e for e in life.journal if isinstance(e, Intended) and e.purpose == "flatten"]
    assert (flatten.cause, flatten.signal_bar_end) == ("flat", Instant(0))


def test_a_cancel_that_could_not_leave_is_on_record_with_its_reason_and_asked_again():
    bench = Bench().connect()
    bench.signal(1)
    order = bench.last()
    bench.acknowledge(order)
    bench.feed(DrainAsked())
    assert bench.cancelled == [order.intent]
    bench.feed(CancelNotSent(order.intent, "the socket still holds unsent bytes"))
    assert CancelFailed(order.intent, "the socket still holds unsent bytes") in bench.journal
    assert bench.cancelled == [order.intent, order.intent]


def test_a_sweep_is_where_the_broker_s_positions_are_known_from():
    bench = Bench().connect()
    bench.sweep(position=None)
    bench.process += 11 * NS_PER_SECOND
    bench.sweep(position=3)
    assert bench.desk._watch.broker_positions == {SPY: 3}


def test_the_bound_of_entries_a_day_refuses_in_these_words():
    made = settings()
    bench = Bench(replace(made, limits=replace(made.limits, entries_per_day_max=1))).connect()
    bench.signal(1)
    bench.acknowledge(bench.last())
    bench.status(bench.last(), BrokerStatus.CANCELLED)
    bench.signal(1)
    assert refusals(bench)[-1] == ("C12", "entries today: 1 against 1")


def test_an_exit_after_a_stop_that_sold_in_part_takes_the_other_slice_whole():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    bench.fill(entry, 60)
    first = bench.last(OrderType.STOP)
    bench.acknowledge(first)
    bench.fill(entry, 40)
    second = bench.last(OrderType.STOP)
    bench.acknowledge(second)
    bench.status(first, BrokerStatus.SUBMITTED, 10)
    bench.fill(first, 10)
    exits = [p for p in bench.sent if p.order_type is OrderType.MARKET and not p.entry]
    assert [(p.quantity, p.oca_group) for p in exits] == [(40, second.oca_group)], "the rest of the first stop is on its way out already"

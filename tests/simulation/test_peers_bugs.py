"""What other systems got wrong with orders and positions, one test a row (B01 to B14 of the list of peers' bugs): here it does not happen."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from robo_trader.desk.effects import AskSweep, Place
from robo_trader.desk.events import Refused
from robo_trader.desk.news import BrokerStatus, Connected, Disconnected, HaltSeen, PositionSeen, StatusSeen
from robo_trader.orders.events import ExternalFill, Fill
from robo_trader.orders.order import OrderType, Purpose
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, Instant, Side
from tests.support.desk_bench import BOOK, CLIENT, SPY, Bench

FLATTEN = Halt("f", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "manual", None, "me")


def holding() -> tuple[Bench, Place]:
    """A position of 100 with its stop."""
    bench = Bench().connect()
    return bench, bench.enter(1)


def restarted(bench: Bench, stop: Place, *, executions: bool = True) -> Bench:
    """The next process, connected, and shown the broker as it is; without `executions` the broker has forgotten them (a night is over)."""
    again = bench.reborn()
    if not executions:
        again.executions = []
    again.feed(Connected("DU1", 1))
    for _ in range(2):
        again.wait(11)
        again.sweep(position=100, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    return again


def fills(bench: Bench) -> int:
    return sum(isinstance(e, Fill | ExternalFill) for e in bench.journal)


def test_b01_five_restarts_with_an_open_position_make_no_order_and_no_fill():
    bench, stop = holding()
    orders, filled = len(bench.desk.state.orders.by_intent), fills(bench)
    for _ in range(5):
        bench = restarted(bench, stop)
        assert bench.sent == [] and bench.position == 100
    assert (len(bench.desk.state.orders.by_intent), fills(bench)) == (orders, filled)


@pytest.mark.parametrize(("client", "reference"), [(99, ""), (CLIENT, "rt:other:1:0123456789abcdef"), (CLIENT, "by hand")])
def test_b02_an_execution_with_our_order_number_from_another_session_is_not_our_fill(client: int, reference: str):
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    theirs = replace(bench.execution(entry, 100), client_id=client, order_ref=reference, perm_id=777)
    bench.feed(theirs)
    assert bench.position == 0 and bench.desk.state.external(SPY) == 100
    assert bench.desk.state.orders.by_intent[entry.intent].filled == 0


def test_b03_two_permids_of_one_intent_both_count_and_it_is_cancelled_only_when_both_are():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.feed(StatusSeen(entry.order_id, CLIENT, 9009, BrokerStatus.SUBMITTED, 0, 100))
    order = bench.desk.state.orders.by_intent[entry.intent]
    assert order.perm_ids == {1000 + entry.order_id, 9009} and order.remaining == 200
    assert any(a.severity == "critical" and a.key == f"two-perm-ids/{entry.intent}" for a in bench.alerts)
    bench.feed(Disconnected("1100"))
    bench.feed(Connected("DU1", 1))
    first = bench.open_order(entry, BrokerStatus.CANCELLED, filled=0)
    bench.sweep(open_orders=(replace(bench.open_order(entry), perm_id=9009),), completed=(first,))
    assert order.live and order.remaining == 100
    bench.sweep(completed=(first, replace(first, perm_id=9009)))
    assert order.stage == "cancelled"


@pytest.mark.parametrize("client", [CLIENT, 0])
def test_b04_an_execution_before_its_open_order_and_by_a_wrong_client_id_is_ours_once(client: int):
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    seen = replace(bench.execution(entry, 100), client_id=client, order_id=0)
    bench.executions[-1] = seen
    bench.feed(seen)
    bench.feed(bench.open_order(entry))
    bench.feed(seen)
    assert bench.position == 100 and bench.desk.state.external(SPY) == 0
    assert bench.desk.state.orders.by_intent[entry.intent].stage == "filled"


def test_b05_a_presubmitted_stop_of_the_session_before_can_still_be_cancelled():
    bench, stop = holding()
    again = restarted(bench, stop)
    again.foreign(Side.SELL, 100)
    again.sweep(position=0, open_orders=(again.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert again.cancelled == [stop.intent]
    again.status(stop, BrokerStatus.CANCELLED)
    assert not again.desk.state.orders.by_intent[stop.intent].live


def test_b06_a_resting_order_is_kept_though_the_broker_shows_no_fill_that_explains_the_position():
    bench, stop = holding()
    again = restarted(bench, stop, executions=False)
    assert again.desk.state.orders.by_intent[stop.intent].live and again.desk.reconciled(SPY)
    again.feed(HaltSeen(FLATTEN))
    assert (again.last().oca_group, again.last().quantity, again.last().side) == (stop.oca_group, 100, Side.SELL)


def test_b07_a_warm_restart_closes_no_position_by_a_fill_that_never_was():
    bench, stop = holding()
    again = restarted(bench, stop)
    assert again.position == 100 and fills(again) == 1
    assert next(e for e in again.journal if isinstance(e, Fill)).side is Side.BUY


def test_b08_all_executions_replayed_three_times_count_once():
    bench, stop = holding()
    bench.fill(stop, 30, price="166.24")
    cash = bench.desk.snapshot().cash_change
    for _ in range(3):
        bench.feed(*bench.executions)
        bench.sweep(position=70, open_orders=(bench.open_order(stop),))
    assert bench.position == 70 and fills(bench) == 2 and bench.desk.snapshot().cash_change == cash


def test_b09_a_position_that_never_agrees_is_given_up_with_an_alert_and_not_asked_about_for_ever():
    bench, stop = holding()
    asked = [
        any(isinstance(e, AskSweep) for e in bench.sweep(position=50, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),)))
        for _ in range(6)
    ]
    assert asked == [True, False, False, False, False, False]
    assert [a.key for a in bench.alerts if a.severity == "critical"].count("drift/SPY") == 1
    bench.status(stop, BrokerStatus.CANCELLED)
    bench.acknowledge(bench.last(OrderType.STOP))
    assert bench.last().quantity == 50, "a stop never sells what the broker may not hold"
    assert not bench.desk.busy and bench.desk.state.net(SPY) == 100


def test_b10_a_position_of_a_month_ago_is_older_than_any_history_and_still_ours():
    bench, stop = holding()
    bench.market = Instant(bench.market + 30 * 24 * 3600 * NS_PER_SECOND)
    again = restarted(bench, stop, executions=False)
    assert again.position == 100 and again.desk.state.external(SPY) == 0
    assert again.desk.reconciled(SPY) and again.halts == [] and again.sent == []


def test_b11_an_intents_name_is_a_pure_function_of_why_it_exists():
    first, second = holding(), holding()
    assert [p.intent for p in first[0].sent] == [p.intent for p in second[0].sent]
    entry = first[0].sent[0]
    said = "\x1f".join((BOOK.strategy, BOOK.symbol, str(first[0].market), Purpose.ENTER, "", "0"))
    assert entry.intent == hashlib.sha256(said.encode()).hexdigest()[:16]


def test_b12_a_position_question_without_an_answer_is_not_flat():
    bench, stop = holding()
    for _ in range(4):
        bench.wait(11)
        bench.sweep(position=None, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert bench.position == 100 and bench.halts == [] and bench.cancelled == []
    assert bench.last() == stop


def test_b13_an_order_that_filled_between_two_looks_is_not_cancelled():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    for _ in range(3):
        bench.wait(11)
        bench.sweep(position=100, executions=())  # not open, not completed, its execution not told yet
    order = bench.desk.state.orders.by_intent[entry.intent]
    assert order.live and order.remaining == 100
    bench.fill(entry)
    assert order.stage == "filled" and bench.last(OrderType.STOP).quantity == 100


def test_b14_a_position_that_differs_stops_its_symbol_and_is_not_only_noted():
    bench, stop = holding()
    for _ in range(2):
        bench.sweep(position=140, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert [(h.halt.level, h.halt.target, h.halt.reason) for h in bench.halts] == [(HaltLevel.NO_NEW, SPY, "drift")]
    bench.feed(PositionSeen(SPY, 140))
    bench.signal(-1)
    assert not any(p.entry for p in bench.sent[2:])
    assert all(e.control in {"C17", "C21"} for e in bench.journal if isinstance(e, Refused))

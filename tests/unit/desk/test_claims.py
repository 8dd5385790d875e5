"""Behaviour of `claims`, said in sentences."""

from __future__ import annotations

from robo_trader.desk.claims import missing
from robo_trader.desk.effects import Place
from robo_trader.desk.news import BrokerStatus, Disconnected
from robo_trader.orders.order import OrderType
from tests.support.desk_bench import SPY, Bench


def claimed() -> tuple[Bench, Place]:
    """An entry that the broker calls cancelled with 60 shares filled, of which no execution was heard."""
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.status(entry, BrokerStatus.CANCELLED, filled=60, remaining=0)
    return bench, entry


def open_claim(bench: Bench, entry: Place) -> int:
    return missing(bench.desk._turn(bench.now()), bench.desk.state.orders.by_intent[entry.intent])


def told(bench: Bench) -> int:
    return sum(a.key.startswith("claim-disproven/") for a in bench.alerts)


def test_a_claim_stands_until_its_executions_come():
    bench, entry = claimed()
    assert open_claim(bench, entry) == 60 and bench.desk.busy
    bench.fill(entry, 20)
    assert open_claim(bench, entry) == 40
    bench.fill(entry, 40)
    assert open_claim(bench, entry) == 0 and bench.position == 60


def test_a_claim_that_two_sweeps_do_not_bear_out_is_given_up_and_told_once():
    bench, entry = claimed()
    completed = (bench.open_order(entry, BrokerStatus.CANCELLED, filled=60),)
    bench.sweep(completed=completed)
    bench.wait(9)
    bench.sweep(completed=completed)
    assert open_claim(bench, entry) == 60
    bench.wait(1)
    bench.sweep(completed=completed)
    assert open_claim(bench, entry) == 0 and told(bench) == 1
    for _ in range(3):
        bench.wait(11)
        bench.sweep(completed=completed)
    assert told(bench) == 1 and bench.desk.reconciled(SPY) and not bench.desk.busy


def test_while_positions_differ_a_claim_is_believed():
    bench, entry = claimed()
    bench.sweep(position=0)
    for _ in range(4):
        bench.wait(11)
        bench.sweep(position=60)
    assert open_claim(bench, entry) == 60
    bench.wait(11)
    bench.sweep(position=0)
    assert open_claim(bench, entry) == 60, "one sweep is not two"


def test_a_larger_claim_is_a_new_one():
    bench, entry = claimed()
    bench.sweep()
    bench.wait(11)
    bench.status(entry, BrokerStatus.CANCELLED, filled=70, remaining=0)
    bench.sweep()
    assert open_claim(bench, entry) == 70


def test_an_execution_that_comes_after_all_still_counts():
    bench, entry = claimed()
    for _ in range(3):
        bench.wait(11)
        bench.sweep()
    bench.fill(entry, 60)
    assert bench.position == 60 and bench.last(OrderType.STOP).quantity == 60


def test_a_new_connection_begins_anew():
    bench, entry = claimed()
    bench.feed(Disconnected("test"))
    assert open_claim(bench, entry) == 0


def test_a_bust_that_was_heard_before_its_trade_ends_the_order():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.status(entry, BrokerStatus.FILLED, filled=100, remaining=0)
    bench.feed(bench.execution(entry, 0, exec_id="a.1.02"))
    completed = (bench.open_order(entry, BrokerStatus.FILLED, filled=100),)
    for _ in range(3):
        bench.wait(11)
        bench.sweep(completed=completed)
    assert not bench.desk.state.orders.by_intent[entry.intent].live and bench.position == 0 and not bench.desk.busy

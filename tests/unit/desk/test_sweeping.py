"""Behaviour of `sweeping`, said in sentences."""

from __future__ import annotations

from robo_trader.desk.news import BrokerStatus
from robo_trader.values import Side
from tests.support.desk_bench import SPY, Bench, settings


def test_a_question_without_an_answer_is_not_an_empty_answer():
    bench = Bench().connect()
    bench.signal(1)
    again = Bench(settings(epoch=2), bench.journal)
    again.market = bench.market
    again.connect()
    order = next(iter(again.desk.state.orders.by_intent.values()))
    for _ in range(4):
        again.wait(20)
        again.sweep(open_orders=None)
    assert order.stage == "intended"


def test_a_completed_order_is_proof_of_its_end():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.sweep(completed=(bench.open_order(entry, BrokerStatus.CANCELLED, filled=0),))
    assert bench.desk.state.orders.by_intent[entry.intent].stage == "cancelled"


def test_a_fill_that_only_the_sweep_shows_is_applied_once():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.execution(entry, 100)
    bench.sweep(position=100)
    bench.sweep(position=100)
    assert bench.position == 100
    assert bench.desk.snapshot().fills == 1


def test_an_acknowledged_order_that_vanishes_is_unknown_first_and_over_later():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    order = bench.desk.state.orders.by_intent[entry.intent]
    stages = []
    for _ in range(6):
        bench.wait(11)
        bench.sweep()
        stages.append(str(order.stage))
    assert stages[0] == "working" and "unknown" in stages and stages[-1] == "cancelled"


def test_drift_needs_two_sweeps_and_overwrites_nothing():
    bench = Bench().connect()
    bench.sweep(position=50)
    assert bench.halts == []
    bench.sweep(position=50)
    assert [h.halt.reason for h in bench.halts] == ["drift"]
    assert bench.desk.state.net(SPY) == 0


def test_what_the_account_held_before_us_is_external_and_never_ours():
    bench = Bench()
    old = bench.foreign(Side.BUY, 70)
    bench.connect(position=70)
    assert bench.desk.state.external(SPY) == 70
    bench.feed(old)
    bench.sweep(position=70)
    assert bench.desk.state.external(SPY) == 70 and bench.position == 0 and bench.halts == []

"""What a light sweep, of open orders and positions, does in the desk: it finds a reason to look at everything, or none."""

from __future__ import annotations

import pytest

from robo_trader.desk.effects import AskSweep
from robo_trader.desk.news import BrokerStatus, OrderSeen
from robo_trader.orders.order import OrderType
from tests.support.desk_bench import SPY, Bench


def held() -> tuple[Bench, OrderSeen]:
    """A desk that holds 100 shares under a working stop, reconciled; the stop as the broker lists it."""
    bench = Bench().connect()
    stop = bench.enter()
    seen = bench.open_order(stop, BrokerStatus.PRE_SUBMITTED)
    bench.wait(1)
    bench.sweep(position=100, open_orders=(seen,))
    bench.wait(10)
    return bench, seen


def test_a_light_sweep_that_shows_what_is_on_record_asks_and_records_nothing():
    bench, stop = held()
    rows = len(bench.journal)
    assert not bench.sweep(position=100, open_orders=(stop,), light=True)
    assert len(bench.journal) == rows
    assert bench.desk.reconciled_symbols == (SPY,)


@pytest.mark.parametrize(("position", "listed"), [(60, True), (0, True), (100, False), (-100, True)])
def test_a_light_sweep_that_differs_has_everything_looked_at_and_decides_nothing(position, listed):
    bench, stop = held()
    rows = len(bench.journal)
    effects = bench.sweep(position=position, open_orders=(stop,) if listed else (), light=True)
    assert any(isinstance(effect, AskSweep) for effect in effects)
    assert len(bench.journal) == rows


def test_light_sweeps_never_end_an_order_or_declare_drift_however_many_they_are():
    bench, _ = held()
    for _ in range(20):
        bench.wait(11)
        bench.sweep(position=40, open_orders=(), light=True)
    assert not bench.desk.state.halts
    assert [str(order.stage) for order in bench.desk.state.orders.by_intent.values()] == ["filled", "working"]


def test_a_light_sweep_without_answers_says_nothing():
    bench, _ = held()
    assert not bench.sweep(position=None, open_orders=None, light=True)


def test_an_order_that_a_light_sweep_shows_was_not_absent_in_a_row():
    bench, stop = held()
    bench.sweep(position=100, open_orders=())
    bench.wait(11)
    bench.sweep(position=100, open_orders=(stop,), light=True)
    bench.wait(1)
    bench.sweep(position=100, open_orders=())
    assert str(bench.desk.state.orders.by_intent[bench.last(OrderType.STOP).intent].stage) == "working"


def test_an_order_placed_after_the_question_is_not_missed():
    bench = Bench().connect()
    bench.signal(1)
    bench.acknowledge(bench.last())
    assert not bench.sweep(open_orders=(), light=True)


def test_an_unknown_order_that_a_light_sweep_does_not_show_has_everything_looked_at_whether_or_not_it_was_ever_acknowledged():
    bench, stop = held()
    bench.signal(-1)
    bench.wait(31)
    exits = [order for order in bench.desk.state.orders.by_intent.values() if str(order.stage) == "unknown"]
    assert exits and not exits[0].perm_ids
    bench.wait(10)
    effects = bench.sweep(position=100, open_orders=(stop,), light=True)
    assert any(isinstance(effect, AskSweep) for effect in effects)


def test_a_claim_has_everything_looked_at():
    bench, stop = held()
    bench.status(bench.last(OrderType.STOP), BrokerStatus.SUBMITTED, filled=40)
    effects = bench.sweep(position=100, open_orders=(stop,), light=True)
    assert any(isinstance(effect, AskSweep) for effect in effects)


def test_a_declared_drift_is_a_standing_state_that_light_sweeps_do_not_ask_about_again():
    bench, stop = held()
    for _ in range(3):
        bench.wait(11)
        bench.sweep(position=60, open_orders=(stop,))
    assert not any(isinstance(effect, AskSweep) for effect in bench.sweep(position=60, open_orders=(stop,), light=True))
    assert any(isinstance(effect, AskSweep) for effect in bench.sweep(position=30, open_orders=(stop,), light=True)), "but about a new number"

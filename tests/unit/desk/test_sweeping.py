"""Behaviour of `sweeping`, said in sentences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.effects import AskSweep, Effect
from robo_trader.desk.news import BrokerStatus, Connected, Disconnected, InstrumentKnown, PositionSeen, Sweep
from robo_trader.values import Instrument, Money, Side, Symbol
from tests.support.desk_bench import BOOK, SPY, Bench, settings


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


def differing_sweep(bench: Bench, *positions: PositionSeen) -> list[Effect]:
    bench.sweeps += 1
    return bench.feed(Sweep(bench.sweeps, bench.process, (), (), tuple(bench.executions), (), positions))


def test_a_drift_in_a_symbol_that_no_book_trades_is_told_and_never_holds_the_market():
    bench = Bench().connect()
    for _ in range(3):
        differing_sweep(bench, PositionSeen(Symbol("QQQ"), 7))
        assert not bench.desk.busy
    assert [(h.halt.target, h.halt.reason) for h in bench.halts] == [("QQQ", "drift")]


def test_a_drift_of_ours_holds_the_market_until_it_is_declared_and_asks_for_no_sweep_after_that():
    bench = Bench().connect()
    effects = bench.sweep(position=50)
    assert bench.desk.busy and any(isinstance(e, AskSweep) for e in effects)
    effects = bench.sweep(position=50)
    assert bench.halts and not bench.desk.busy
    assert not any(isinstance(e, AskSweep) for e in effects), "the regular sweeps go on looking"
    bench.sweep(position=0)
    assert not bench.desk.busy


def test_a_declared_drift_that_every_answer_repeats_does_not_make_one_look_ask_for_the_next():
    bench = Bench().connect()
    for _ in range(2):
        bench.wait(10)
        bench.sweep(position=30)
    assert [h.halt.reason for h in bench.halts] == ["drift"]
    assert [effect for effect in bench.feed(PositionSeen(SPY, 30)) if isinstance(effect, AskSweep)] == []


def test_an_unknown_order_whose_positions_drift_cannot_be_decided_and_does_not_hold_the_market():
    bench = Bench().connect()
    bench.signal(1)
    bench.wait(31)
    assert bench.desk.busy
    bench.sweep(position=50)
    assert bench.desk.busy
    bench.sweep(position=50)
    assert next(iter(bench.desk.state.book(BOOK).live.values())).stage == "unknown"
    assert not bench.desk.busy


def test_a_symbol_whose_claimed_fills_nobody_showed_us_is_not_reconciled():
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    bench.status(entry, BrokerStatus.CANCELLED, filled=60, remaining=0)
    bench.sweep(position=0)  # asked before the fill
    bench.signal(1)
    assert bench.sent == [entry], "60 of its shares may be ours already"
    bench.fill(entry, 60)
    bench.sweep(position=60, open_orders=(bench.open_order(bench.last(), BrokerStatus.PRE_SUBMITTED),))
    bench.signal(1)
    assert [p.quantity for p in bench.sent if p.entry] == [100, 40]


def test_a_claim_that_a_new_connections_executions_do_not_bear_out_is_dropped():
    bench = Bench().connect()
    bench.signal(1)
    bench.status(bench.last(), BrokerStatus.CANCELLED, filled=60, remaining=0)
    assert bench.desk.busy
    bench.feed(Disconnected("test"))
    bench.connect()
    assert not bench.desk.busy and bench.desk.reconciled(SPY)


def never_answered() -> Bench:
    """A new life, whose journal holds an intent that nobody has seen."""
    bench = Bench().connect()
    bench.signal(1)
    again = Bench(settings(epoch=2), bench.journal)
    again.market = bench.market
    again.connect()
    return again


def test_an_absence_counts_only_from_the_first_sweep_whose_positions_agree():
    bench = never_answered()
    order = next(iter(bench.desk.state.orders.by_intent.values()))
    bench.wait(9)
    bench.sweep(position=100)  # it may have been bought
    bench.wait(2)
    bench.sweep(position=0)
    assert order.stage == "intended", "only one sweep says that nothing happened"
    bench.wait(11)
    bench.sweep(position=0)
    assert order.stage == "never_sent"


@pytest.mark.parametrize("trace", [BrokerStatus.SUBMITTED, BrokerStatus.INACTIVE])
def test_a_trace_between_two_absences_begins_the_count_anew(trace: BrokerStatus):
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last()
    bench.acknowledge(entry)
    order = bench.desk.state.orders.by_intent[entry.intent]
    bench.wait(1)
    bench.sweep()
    bench.wait(5)
    bench.sweep(open_orders=(bench.open_order(entry, trace),))
    bench.wait(6)
    bench.sweep()
    assert order.stage == "working"


def test_a_drift_is_told_with_all_three_counts():
    bench = Bench().connect()
    bench.enter(1)
    for _ in range(2):
        bench.sweep(position=60)
    text = next(a.text for a in bench.alerts if a.key == "drift/SPY")
    assert "broker holds 60" in text and "100 own + 0 external" in text and "ledger counts 100" in text


def test_a_ledger_that_counts_otherwise_than_the_books_is_drift_though_the_broker_agrees_with_the_books():
    bench = Bench().connect()
    bench.enter(1)
    bench.desk.state.ledger.apply_fill("lost.01", BOOK, SPY, Side.BUY, 7, Money(1))
    for _ in range(2):
        bench.sweep(position=100)
    assert [h.halt.reason for h in bench.halts] == ["drift"]


def test_a_correction_of_a_trade_that_the_baseline_holds_is_held_by_it_too():
    """Found by a seeded world: the corrected trade was counted once in the baseline and once more as an external fill."""
    bench = Bench()
    before_us = bench.foreign(Side.BUY, 40)
    bench.connect(position=40)
    assert bench.desk.state.external(SPY) == 40
    bench.feed(replace(before_us, exec_id=before_us.exec_id.replace(".01", ".02"), price=Money(150)))
    bench.sweep(position=40)
    assert bench.desk.state.external(SPY) == 40 and not bench.halts


def test_a_trade_that_is_told_before_the_baseline_is_in_the_baseline_alone():
    """Found by a seeded world: the first sweep had no positions, so its executions were external, and then the baseline held them once more."""
    bench = Bench()
    bench.foreign(Side.BUY, 40)
    bench.feed(InstrumentKnown(Instrument(SPY, 756733, Decimal("0.01"))), Connected("DU1", 1))
    bench.sweep(position=None)
    bench.sweep(position=40)
    bench.sweep(position=40)
    assert bench.desk.state.external(SPY) == 40 and bench.desk.reconciled(SPY)


def test_looks_that_are_never_answered_in_full_end_in_no_entries_and_a_page() -> None:
    bench = Bench().connect()
    bench.sweep(completed=None)
    bench.wait(59)
    bench.sweep(completed=None)
    assert bench.desk.reconciled(SPY)
    bench.wait(2)
    bench.sweep(completed=None)
    assert not bench.desk.reconciled(SPY)
    assert [alert.key for alert in bench.alerts] == ["partial-looks"]
    bench.sweep()
    assert bench.desk.reconciled(SPY)

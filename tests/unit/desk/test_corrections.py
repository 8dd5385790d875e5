"""Corrections of trades that the baseline holds: the broker's position says whether they are in it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.news import BrokerStatus, ExecutionSeen
from robo_trader.edge.codec import decode, encode
from robo_trader.orders.events import ExternalFill
from robo_trader.values import Side
from tests.support.desk_bench import SPY, Bench
from tests.support.transcripts import holding


def corrected(it: Bench, trade: ExecutionSeen, version: int, quantity: int) -> None:
    seen = replace(trade, exec_id=trade.exec_id.replace(".01", f".0{version}"), quantity=quantity)
    it.executions.append(seen)
    it.feed(seen)


def with_a_trade_of_before(shares: int = 50) -> tuple[Bench, ExecutionSeen]:
    it = Bench()
    trade = it.foreign(Side.BUY, shares)
    return it.connect(position=shares), trade


def sweeps(it: Bench, position: int) -> None:
    for _ in range(3):
        it.wait(11)
        it.sweep(position=position)


@pytest.mark.parametrize("left", [0, 20, 80])
def test_a_correction_that_the_positions_show_is_booked_as_external_and_is_no_drift(left: int):
    it, trade = with_a_trade_of_before()
    corrected(it, trade, 2, left)
    sweeps(it, left)
    assert (it.desk.state.external(SPY), it.desk.state.ledger_net(SPY), it.halts) == (left, left, [])
    assert it.desk.reconciled(SPY)
    assert [alert.key for alert in it.alerts] == ["external/SPY"]


def test_a_correction_that_the_baselines_positions_had_already_changes_nothing():
    it = Bench()
    trade = it.foreign(Side.BUY, 50)
    it.connect(position=0)
    corrected(it, trade, 2, 0)
    sweeps(it, 0)
    assert (it.desk.state.external(SPY), it.halts, it.alerts) == (0, [], [])


def test_a_difference_that_the_correction_does_not_explain_is_drift():
    it, trade = with_a_trade_of_before()
    corrected(it, trade, 2, 0)
    sweeps(it, 30)
    assert (it.desk.state.external(SPY), [raised.halt.reason for raised in it.halts]) == (50, ["drift"])


def test_one_correction_follows_another_and_a_desk_that_is_resumed_knows_both():
    it, trade = with_a_trade_of_before()
    corrected(it, trade, 2, 20)
    sweeps(it, 20)
    corrected(it, trade, 3, 30)
    sweeps(it, 30)
    fills = [event for event in it.journal if isinstance(event, ExternalFill)]
    assert [(fill.exec_id[-2:], fill.side, fill.quantity) for fill in fills] == [("02", Side.SELL, 30), ("03", Side.SELL, 20)]
    again = Bench(it.settings, [decode(*encode(event)) for event in it.journal])
    again.executions = it.executions
    again.connect(position=30)
    sweeps(again, 30)
    assert (again.desk.state.external(SPY), again.halts) == (30, [])
    assert [event for event in again.journal if isinstance(event, ExternalFill)] == fills


def test_corrections_of_two_trades_are_booked_together():
    it = Bench()
    trades = it.foreign(Side.BUY, 50), it.foreign(Side.SELL, 20)
    it.connect(position=30)
    for trade in trades:
        corrected(it, trade, 2, 0)
    sweeps(it, 0)
    assert (it.desk.state.external(SPY), it.halts) == (0, [])


def test_a_correction_of_the_price_alone_moves_no_shares():
    it, trade = with_a_trade_of_before()
    it.feed(replace(trade, exec_id=trade.exec_id.replace(".01", ".02"), price=Decimal(150)))
    sweeps(it, 50)
    assert (it.desk.state.external(SPY), it.halts, it.alerts) == (50, [], [])


def test_a_journal_that_does_not_tell_what_a_trade_moved_leaves_its_correction_alone():
    it, trade = with_a_trade_of_before()
    events = [replace(event, shares=()) if hasattr(event, "positions") else event for event in it.journal]
    old = Bench(it.settings, events)
    old.connect(position=50)
    corrected(old, trade, 2, 0)
    sweeps(old, 50)
    assert (old.desk.state.external(SPY), old.halts, old.alerts) == (50, [], [])


def test_the_status_of_an_order_with_a_bust_proves_no_resize():
    """Found by seed 12324: the status counted a fill on its way and not the busted one, and the exit was held as done too early."""
    it = holding()
    it.signal(0)
    leave = it.last()
    fill = it.execution(leave, 60)
    it.feed(fill)
    it.feed(replace(fill, exec_id=fill.exec_id.replace(".01", ".02"), quantity=0))
    it.status(leave, BrokerStatus.SUBMITTED, 60, 10)
    order = it.desk.state.orders.by_intent[leave.intent]
    assert (order.traded, order.filled, order.total) == (60, 0, 100)

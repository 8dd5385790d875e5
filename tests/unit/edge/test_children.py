"""Behaviour of `children`, said in sentences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.desk.effects import Place
from robo_trader.edge import children as module
from robo_trader.edge.children import Children
from robo_trader.orders.evidence import BrokerStatus, ExecutionSeen, OrderSeen, StatusSeen, Sweep
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.values import Instant, Side, Symbol

SPY = Symbol("SPY")
CLIENT = 7
SENT = 1_000


def child(number: int, quantity: int = 100, parent: str = "s/SPY/1", size: int = 100, used: int = 0) -> Place:
    return Place(
        *(f"i{number}", number, f"rt:s:1:i{number}", SPY, Side.BUY, quantity, OrderType.LIMIT, None, TimeInForce.DAY, ""),
        entry=True,
        parent=parent,
        parent_quantity=size,
        parent_used=used,
    )


def status(number: int, status: BrokerStatus, filled: int = 0, client: int = CLIENT) -> StatusSeen:
    return StatusSeen(number, client, 1000 + number, status, filled, 100 - filled)


def execution(number: int, quantity: int, exec_id: str = "e.01") -> ExecutionSeen:
    return ExecutionSeen(exec_id, SPY, Side.BUY, quantity, Decimal(1), Instant(0), number, CLIENT, 1000 + number, f"rt:s:1:i{number}")


def listed(number: int, state: BrokerStatus, filled: int | None = None) -> OrderSeen:
    return OrderSeen(SPY, Side.BUY, 100, "LMT", state, 0, CLIENT, 1000 + number, f"rt:s:1:i{number}", "", filled)


def sweep(
    open_orders: tuple[OrderSeen, ...] | None = (),
    completed: tuple[OrderSeen, ...] = (),
    executions: tuple[ExecutionSeen, ...] | None = (),
    asked: int = SENT + 1,
) -> Sweep:
    return Sweep(1, asked, open_orders, completed, executions, (), ())


def room(count: Children) -> int:
    """The largest child that may still go."""
    return max(quantity for quantity in range(101) if not quantity or count.refusal(child(99, quantity)) is None)


def one_child() -> Children:
    count = Children()
    count.sent(child(1), SENT)
    return count


def test_a_child_counts_in_full_until_the_broker_ended_it_and_then_with_what_it_filled():
    count = one_child()
    assert room(count) == 0
    count.heard(status(1, BrokerStatus.SUBMITTED, 30), CLIENT)
    assert room(count) == 0
    count.heard(status(1, BrokerStatus.CANCELLED, 30), CLIENT)
    assert room(count) == 70


def test_executions_count_whatever_the_status_said_once_each_and_corrected():
    count = one_child()
    count.heard(execution(1, 50), CLIENT)
    count.heard(execution(1, 50), CLIENT)
    count.heard(status(1, BrokerStatus.CANCELLED, 30), CLIENT)
    assert room(count) == 50
    count.heard(execution(1, 45, "e.02"), CLIENT)
    assert room(count) == 55


def test_another_clients_order_of_the_same_number_ends_nothing():
    count = one_child()
    count.heard(status(1, BrokerStatus.CANCELLED, client=8), CLIENT)
    assert room(count) == 0


@pytest.mark.parametrize("state", [BrokerStatus.INACTIVE, BrokerStatus.PENDING_CANCEL, BrokerStatus.PRE_SUBMITTED])
def test_a_state_that_an_order_can_come_back_from_ends_nothing(state: BrokerStatus):
    count = one_child()
    count.heard(status(1, state), CLIENT)
    assert room(count) == 0


def test_a_sweep_tells_ends_and_executions_that_nobody_heard():
    count = one_child()
    count.heard(sweep(completed=(listed(1, BrokerStatus.CANCELLED, 20),), executions=(execution(1, 20),)), CLIENT)
    assert room(count) == 80


def test_the_desk_alone_ends_nothing():
    count = one_child()
    count.settled("i1")
    assert room(count) == 0


@pytest.mark.parametrize(
    "look",
    [
        sweep(asked=SENT),  # asked before it was written
        sweep(open_orders=None),  # no answer is not an empty answer
        sweep(executions=None),
        sweep(open_orders=(listed(1, BrokerStatus.SUBMITTED),)),
    ],
)
def test_a_look_that_proves_nothing_ends_nothing(look: Sweep):
    count = one_child()
    count.heard(look, CLIENT)
    count.settled("i1")
    count.heard(look, CLIENT)
    assert room(count) == 0


@pytest.mark.parametrize("settled_first", [True, False])
def test_the_desk_and_a_look_of_later_end_it_together(settled_first: bool):
    count = one_child()
    if settled_first:
        count.settled("i1")
    count.heard(sweep(executions=(execution(1, 20),)), CLIENT)
    if not settled_first:
        assert room(count) == 0
        count.settled("i1")
    assert room(count) == 80


def test_one_that_is_heard_alive_afterwards_counts_again():
    count = one_child()
    count.heard(sweep(), CLIENT)
    count.settled("i1")
    assert room(count) == 100
    count.heard(status(1, BrokerStatus.SUBMITTED), CLIENT)
    assert room(count) == 0


def test_what_an_earlier_process_sent_is_what_the_command_says_of_it():
    count = Children()
    assert count.refusal(child(2, 70, used=30)) is None
    assert count.refusal(child(2, 71, used=30)) == "the orders of s/SPY/1 would come to 101 of 100 shares"


def test_a_decision_does_not_grow():
    count = one_child()
    assert count.refusal(child(2, 50, size=150)) is not None


def test_decisions_are_counted_apart_and_an_entry_without_one_is_its_own():
    count = one_child()
    assert count.refusal(child(2, parent="s/SPY/2")) is None
    assert count.refusal(replace(child(3), parent="", parent_quantity=0)) is None
    assert count.refusal(child(4, 1, parent="s/SPY/3", size=0)) is not None


def test_the_oldest_decisions_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PARENTS_REMEMBERED_MAX", 2)
    count = Children()
    for number in range(1, 5):
        count.sent(child(number, parent=f"p{number}"), SENT)
    assert [count.refusal(child(9, parent=f"p{number}")) is None for number in range(1, 5)] == [True, True, False, False]
    count.heard(status(1, BrokerStatus.CANCELLED), CLIENT)
    count.settled("i1")

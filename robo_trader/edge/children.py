"""The orders of one decision, counted where they leave (C40): whatever the process that decides does, they never come to more than the decision.

A decision has a size, said with its first order and never raised. A child counts in full from the moment it is written, and with what it filled once
the broker's own word, heard here, has ended it. The desk's word ends nothing by itself: a look at the broker's open orders that was asked after the
child was written must not show it either. What a process before this one sent is not remembered here: of that each command says what the journal
tells, and the larger count holds.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from robo_trader.desk.effects import Place
from robo_trader.desk.news import News
from robo_trader.orders.evidence import BrokerStatus, ExecutionSeen, OrderSeen, StatusSeen, Sweep
from robo_trader.orders.standing import execution_base

PARENTS_REMEMBERED_MAX: Final = 4_096
_OVER: Final = frozenset({BrokerStatus.FILLED, BrokerStatus.CANCELLED, BrokerStatus.API_CANCELLED})


@dataclass(slots=True)
class _Child:
    """One order: its size, when it was written (process time), and what was said of it. An `over` one counts with what it filled.

    `settled` is the desk's word that it has ended, `unseen` the broker's that it is not open; neither is enough without the other.
    """

    quantity: int
    sent_ns: int
    said_filled: int = 0
    executions: dict[str, int] = field(default_factory=dict)
    ended: bool = False
    settled: bool = False
    unseen: bool = False

    @property
    def over(self) -> bool:
        return self.ended or (self.settled and self.unseen)

    @property
    def counts(self) -> int:
        filled = max(self.said_filled, sum(self.executions.values()))
        return filled if self.over else max(self.quantity, filled)


@dataclass(slots=True)
class _Parent:
    size: int
    children: dict[str, _Child] = field(default_factory=dict)


class Children:
    """The count of one gateway process; `sent`, `heard` and `settled` feed it. Shares throughout."""

    def __init__(self) -> None:
        self._parents: OrderedDict[str, _Parent] = OrderedDict()
        self._by_intent: dict[str, _Child] = {}
        self._intent_of: dict[int, str] = {}  # by our order id

    def refusal(self, command: Place) -> str | None:
        """Why this entry would be one too many; an entry that names no decision is its own."""
        name, size = _parent_of(command)
        parent = self._parents.get(name)
        if parent is not None:
            size = min(size, parent.size)
        used = max(command.parent_used, sum(child.counts for child in parent.children.values()) if parent else 0)
        if used + command.quantity <= size:
            return None
        return f"the orders of {name} would come to {used + command.quantity} of {size} shares"

    def sent(self, command: Place, now_ns: int) -> None:
        """An entry is being written at `now_ns` (process time)."""
        name, size = _parent_of(command)
        child = _Child(command.quantity, now_ns)
        self._parents.setdefault(name, _Parent(size)).children[command.intent] = child
        self._parents.move_to_end(name)
        self._by_intent[command.intent] = child
        self._intent_of[command.order_id] = command.intent
        if len(self._parents) > PARENTS_REMEMBERED_MAX:
            _, forgotten = self._parents.popitem(last=False)
            for intent in forgotten.children:
                self._by_intent.pop(intent, None)
            self._intent_of = {number: intent for number, intent in self._intent_of.items() if intent in self._by_intent}

    def heard(self, news: News, client_id: int) -> None:
        """Whatever the broker says; `client_id` is ours."""
        match news:
            case StatusSeen() if news.client_id == client_id:
                self._state(self._intent_of.get(news.order_id, ""), news.status, news.filled)
            case OrderSeen():
                self._state(_intent_in(news.order_ref), news.status, news.filled or 0)
            case ExecutionSeen():
                self._count(news)
            case Sweep():
                for execution in news.executions or ():
                    self._count(execution)
                for order in news.completed or ():
                    self._state(_intent_in(order.order_ref), order.status, order.filled or 0)
                self._look(news)
            case _:
                pass

    def settled(self, intent: str) -> None:
        """The desk knows how this intent ended; believed once the broker, asked after it was written, does not show it as open."""
        child = self._by_intent.get(intent)
        if child is not None:
            child.settled = True

    def over(self, intent: str) -> bool:
        """Whether this order has ended for certain, or is not known here."""
        child = self._by_intent.get(intent)
        return child is None or child.over

    def _look(self, sweep: Sweep) -> None:
        """What a whole answer does not show, of all that was written before the question."""
        if sweep.open_orders is None or sweep.executions is None:
            return
        shown = {_intent_in(order.order_ref) for order in sweep.open_orders}
        for intent, child in self._by_intent.items():
            if not child.over and child.sent_ns < sweep.asked_process_ns:
                child.unseen = intent not in shown

    def _state(self, intent: str, status: BrokerStatus, filled: int) -> None:
        child = self._by_intent.get(intent)
        if child is not None:
            child.said_filled = max(child.said_filled, filled)
            child.ended |= status in _OVER
            child.unseen &= status in _OVER  # one that is heard to live is there, whoever thought otherwise

    def _count(self, execution: ExecutionSeen) -> None:
        child = self._by_intent.get(_intent_in(execution.order_ref))
        if child is not None:
            child.executions[execution_base(execution.exec_id)] = execution.quantity


def _parent_of(command: Place) -> tuple[str, int]:
    return (command.parent, command.parent_quantity) if command.parent else (command.intent, command.quantity)


def _intent_in(reference: str) -> str:
    return reference.rpartition(":")[2]

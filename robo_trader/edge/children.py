"""The orders of one decision, counted where they leave (C40): whatever the process that decides does, they never come to more than the decision.

A decision has a size, said with its first order and never raised. A child counts in full from the moment it is written, and with what it filled once
the broker's own word, heard here, has ended it. The desk's word alone ends only a child that nobody heard of, or that the newest look at the broker's
open orders does not show. What a process before this one sent is not remembered here: of that each command says what the journal tells, and the
larger count holds.
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
    """One order: its size, and what the broker said of it. An `over` one counts with what it filled."""

    quantity: int
    said_filled: int = 0
    executions: dict[str, int] = field(default_factory=dict)
    heard: bool = False
    over: bool = False

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
        self._open: frozenset[str] | None = None  # intents that the newest sweep showed as open

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

    def sent(self, command: Place) -> None:
        """An entry is being written."""
        name, size = _parent_of(command)
        child = _Child(command.quantity)
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
                self._open = None if news.open_orders is None else frozenset(_intent_in(order.order_ref) for order in news.open_orders)
            case _:
                pass

    def settled(self, intent: str) -> None:
        """The desk knows how this intent ended; believed where nothing that was heard here says otherwise."""
        child = self._by_intent.get(intent)
        if child is not None and (not child.heard or (self._open is not None and intent not in self._open)):
            child.over = True

    def _state(self, intent: str, status: BrokerStatus, filled: int) -> None:
        child = self._by_intent.get(intent)
        if child is not None:
            child.heard = True
            child.said_filled = max(child.said_filled, filled)
            child.over |= status in _OVER

    def _count(self, execution: ExecutionSeen) -> None:
        child = self._by_intent.get(_intent_in(execution.order_ref))
        if child is not None:
            child.heard = True
            child.executions[execution_base(execution.exec_id)] = execution.quantity


def _parent_of(command: Place) -> tuple[str, int]:
    return (command.parent, command.parent_quantity) if command.parent else (command.intent, command.quantity)


def _intent_in(reference: str) -> str:
    return reference.rpartition(":")[2]

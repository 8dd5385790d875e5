"""The orders of the day and those that still live, found by name, by symbol or by OCA group.

Live orders are kept apart by symbol, since each market event asks for those of one symbol; terminal ones stay for the day's reports and so
that a second order cannot take a first one's name. On later days it cannot either, because a client's ids only grow.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter
from typing import Any

from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.saved import loaded, saved
from robo_trader.values import Symbol

FIRST_PERM_ID = 1_100_000_001  # as long as the broker's, and within 32 bits


class Book:
    """Orders in the order of their acceptance, and the ids that were given."""

    def __init__(self) -> None:
        """Empty at first."""
        self._orders: dict[tuple[int, int], BookOrder] = {}
        self._live: dict[Symbol, list[BookOrder]] = {}
        self._attached: dict[tuple[int, int], list[BookOrder]] = {}
        self._highest_ids: dict[int, int] = {}
        self._next_perm_id = FIRST_PERM_ID
        self._next_priority = 1

    def next_perm_id(self) -> int:
        """A permanent id that was never given before."""
        self._next_perm_id += 1
        return self._next_perm_id - 1

    def next_priority(self) -> int:
        """The place in time behind all others."""
        self._next_priority += 1
        return self._next_priority - 1

    def next_order_id(self, client_id: int) -> int:
        """One more than the highest order id this client id ever used."""
        return self._highest_ids.get(client_id, 0) + 1

    def add(self, order: BookOrder) -> None:
        """Take in an order under a new name."""
        client_id, order_id = order.key
        assert order.key not in self._orders, "an order's name is used once"
        self._orders[order.key] = order
        self._highest_ids[client_id] = max(order_id, self._highest_ids.get(client_id, 0))
        if order.ticket.parent_id:
            self._attached.setdefault((client_id, order.ticket.parent_id), []).append(order)
        if order.live:
            self._live.setdefault(order.ticket.symbol, []).append(order)

    def find(self, client_id: int, order_id: int) -> BookOrder | None:
        """The order of that name, live or not."""
        return self._orders.get((client_id, order_id))

    def named(self, client_id: int, order_id: int) -> BookOrder | None:
        """The order that a client means by a name: where a twin has the same name the one that lives, the first before its twin.

        A twin is kept under a negative id, which is no client's name of anything.
        """
        if order_id <= 0:
            return None
        first, twin = self.find(client_id, order_id), self.find(client_id, -order_id)
        if twin is None or (first is not None and (first.live or not twin.live)):
            return first
        return twin

    def live(self, symbol: Symbol | None = None) -> list[BookOrder]:
        """Live orders, oldest first; of one symbol, or all. A copy: steps taken meanwhile do not disturb it."""
        if symbol is None:
            found = chain.from_iterable(self.live(symbol) for symbol in tuple(self._live))
            return sorted(found, key=attrgetter("perm_id"))
        kept = [order for order in self._live.get(symbol, ()) if order.live]
        self._live[symbol] = kept
        return list(kept)

    def has_live(self, symbol: Symbol) -> bool:
        """Whether a market event in this symbol may concern any order."""
        return bool(self._live.get(symbol))

    def in_phase(self, symbol: Symbol, phase: Phase) -> list[BookOrder]:
        """Orders of a symbol in one phase, oldest first."""
        return [order for order in self.live(symbol) if order.phase is phase]

    def wake(self, order: BookOrder) -> None:
        """An order that was kept is live from now on."""
        assert order.live, "it was transmitted"
        insort(self._live.setdefault(order.ticket.symbol, []), order, key=attrgetter("perm_id"))

    def kept(self) -> list[BookOrder]:
        """Orders that were not transmitted, oldest first."""
        return [order for order in self._orders.values() if order.phase is Phase.KEPT]

    def parent(self, order: BookOrder) -> BookOrder | None:
        """The order that this one is attached to; None if it stands alone."""
        return self.find(order.ticket.client_id, order.ticket.parent_id) if order.ticket.parent_id else None

    def children(self, parent: BookOrder) -> list[BookOrder]:
        """The orders attached to a parent that may still trade, or were kept, oldest first."""
        return [order for order in self._attached.get(parent.key, ()) if order.live or order.phase is Phase.KEPT]

    def siblings(self, order: BookOrder) -> list[BookOrder]:
        """The other live members of an order's OCA group, oldest first."""
        group = order.ticket.oca_group
        return [other for other in self.live() if other is not order and other.ticket.oca_group == group] if group else []

    def others(self, order: BookOrder) -> list[BookOrder]:
        """The other live orders of an order's symbol, oldest first."""
        return [other for other in self.live(order.ticket.symbol) if other is not order]

    def completed(self) -> Iterator[BookOrder]:
        """Terminal orders by the instant of their completion."""
        ended = [order for order in self._orders.values() if order.completed_at is not None]
        return iter(sorted(ended, key=_completion))

    def forget_ended(self) -> None:
        """Drop what has ended, but for the parents of what has not."""
        self._attached = {key: kept for key, orders in self._attached.items() if (kept := [order for order in orders if order.completed_at is None])}
        named = self._orders.items()
        self._orders = {key: order for key, order in named if order.completed_at is None or key in self._attached}

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, JSON-able."""
        return {
            "orders": [saved(order) for order in self._orders.values()],
            "highest_ids": sorted(self._highest_ids.items()),
            "next_perm_id": self._next_perm_id,
            "next_priority": self._next_priority,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the orders and ids of a `state()`."""
        self._orders, self._live, self._attached = {}, {}, {}
        for order in _orders(state["orders"]):
            self.add(order)
        self._highest_ids = dict(state["highest_ids"])
        self._next_perm_id = state["next_perm_id"]
        self._next_priority = state["next_priority"]


def _completion(order: BookOrder) -> int:
    assert order.completed_at is not None, "asked of terminal orders only"
    return order.completed_at


def _orders(records: Iterable[Any]) -> Iterator[BookOrder]:
    return (loaded(record, BookOrder) for record in records)

"""The orders of a trading day as the log tells them: what works, what filled, and what could still fill.

An order is as live as its last record says, but a match counts at once, before the records that follow from it: it takes its shares out of its own
order, and in an OCA group out of its siblings, because the exchange guarantees that much for each type. So the state is right after every line, not
only after every batch of lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from robo_trader.simulated_gateway.verify_records import Match, OrderState, intent_of, is_ours

_LIVE: Final = frozenset({"ApiPending", "PendingSubmit", "PendingCancel", "PreSubmitted", "Submitted"})
_REFUSED: Final = "Inactive"
_CANCEL_WITH_BLOCK: Final = 1


@dataclass(slots=True)
class Order:
    """One order, folded from its records and matches; shares."""

    last: OrderState
    total_largest: int
    matched: int = 0
    was_live: bool = False

    @property
    def ours(self) -> bool:
        """Whether this system sent it."""
        return is_ours(self.last.ref)

    @property
    def accepted(self) -> bool:
        """Whether the exchange took it; one that was refused never worked."""
        return self.was_live or self.matched > 0 or self.last.status != _REFUSED

    @property
    def protective(self) -> bool:
        """Whether it is a stop: the only kind of order that this system never uses to open."""
        return self.last.order_type == "STP"


@dataclass(slots=True)
class Group:
    """One OCA group: its members' permanent ids, and the shares matched in it."""

    members: set[int] = field(default_factory=set)
    matched: int = 0


class Orders:
    """All orders of the log, by permanent id."""

    def __init__(self) -> None:
        """No orders yet."""
        self.by_perm_id: dict[int, Order] = {}
        self.groups: defaultdict[str, Group] = defaultdict(Group)
        self.unannounced: defaultdict[int, int] = defaultdict(int)
        self._live: defaultdict[str, set[int]] = defaultdict(set)
        self._latest: dict[str, int] = {}

    def told(self, state: OrderState) -> None:
        """Take in what the exchange says of an order."""
        order = self.by_perm_id.get(state.perm_id)
        if order is None:
            order = self.by_perm_id[state.perm_id] = Order(state, state.total, self.unannounced.pop(state.perm_id, 0))
            self._latest[state.ref] = max(state.perm_id, self._latest.get(state.ref, 0))
        order.last = state
        order.total_largest = max(order.total_largest, state.total)
        if state.group:
            self.groups[state.group].members.add(state.perm_id)
        if state.status in _LIVE:
            order.was_live = True
            self._live[state.symbol].add(state.perm_id)
        else:
            self._live[state.symbol].discard(state.perm_id)

    def matched(self, match: Match) -> None:
        """Take in a match."""
        order = self.by_perm_id.get(match.perm_id)
        if order is None:
            self.unannounced[match.perm_id] += match.quantity  # a fast fill may be told before its order
            return
        order.matched += match.quantity
        if order.last.group:
            self.groups[order.last.group].matched += match.quantity

    def shares_of(self, ref: str) -> int:
        """Shares that the latest order of a reference ever was for, a twin's where there is one; 0 while none was told."""
        return self.by_perm_id[self._latest[ref]].total_largest if ref in self._latest else 0

    def live(self, symbol: str) -> Iterator[tuple[Order, int]]:
        """The orders of a symbol that can still fill, and by how much."""
        for perm_id in self._live[symbol]:
            order = self.by_perm_id[perm_id]
            quantity = self._can_fill(order)
            if quantity > 0:
                yield order, quantity

    def _can_fill(self, order: Order) -> int:
        own = min(order.last.remaining, order.last.total - order.matched)
        if not order.last.group:
            return own
        group = self.groups[order.last.group]
        if order.last.group_type == _CANCEL_WITH_BLOCK and group.matched > order.matched:
            return 0
        return min(own, self._largest_in(group) - group.matched)

    def _largest_in(self, group: Group) -> int:
        return max(self.by_perm_id[member].total_largest for member in group.members)

    def per_intent(self) -> dict[str, int]:
        """How many orders the exchange took for each of our intents; refused ones do not count."""
        taken: defaultdict[str, int] = defaultdict(int)
        for order in self.by_perm_id.values():
            if order.ours:
                taken[intent_of(order.last.ref)] += order.accepted
        return dict(taken)

    def violations(self) -> list[str]:
        """Orders and groups that filled beyond what was asked, and matches that contradict the records."""
        return [*self._overfilled(), *self._overfilled_groups(), *self._contradicted()]

    def _overfilled(self) -> Iterator[str]:
        for perm_id, order in self.by_perm_id.items():
            if order.matched > order.total_largest:
                yield f"overfill: order {perm_id} filled {order.matched} of {order.total_largest} shares"

    def _overfilled_groups(self) -> Iterator[str]:
        for name, group in self.groups.items():
            if group.matched > self._largest_in(group):
                yield f"overfill: OCA group {name} filled {group.matched} shares, its largest member is {self._largest_in(group)}"

    def _contradicted(self) -> Iterator[str]:
        for perm_id, order in self.by_perm_id.items():
            filled = order.last.total - order.last.remaining
            if order.last.status != _REFUSED and filled != order.matched and filled >= 0:
                yield f"order {perm_id}: its record says {filled} shares filled, its matches say {order.matched}"
        for perm_id, shares in self.unannounced.items():
            yield f"order {perm_id}: {shares} shares matched, and no record of it"


def counted_once(orders: Iterable[tuple[Order, int]]) -> int:
    """Shares that a set of same-side orders can fill together: an OCA group counts by its largest member."""
    single = 0
    groups: dict[str, int] = {}
    for order, quantity in orders:
        if order.last.group:
            groups[order.last.group] = max(groups.get(order.last.group, 0), quantity)
        else:
            single += quantity
    return single + sum(groups.values())

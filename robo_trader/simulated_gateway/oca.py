"""One-cancels-all groups: what a fill of one member does to the others.

A group is a name. Type 1: at the first fill of a member, even a partial one, the others are cancelled and the group is over. Types 2 and 3:
each fill takes its shares off the others' quantity; what has nothing left is cancelled. When a member has filled completely, the others are
cancelled and the group is over. Nothing may join a group that is over. All this happens inside the fill, before anything else can fill
("block"), so a group never fills more than its largest member asked for; who joins late may fill what is left of that and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from robo_trader.simulated_gateway.book_order import BookOrder
from robo_trader.simulated_gateway.saved import loaded, saved

CANCEL_WITH_BLOCK: Final = 1


@dataclass(frozen=True, slots=True)
class Drop:
    """Cancel this member."""

    member: BookOrder


@dataclass(frozen=True, slots=True)
class Shrink:
    """Set this member's total quantity."""

    member: BookOrder
    quantity: int


def after_fill(filler: BookOrder, quantity: int, siblings: list[BookOrder]) -> list[Drop | Shrink]:
    """What a fill of `quantity` shares of `filler` does to the other live members."""
    if closes_group(filler):
        return [Drop(member) for member in siblings]
    shrunk = ((member, member.ticket.quantity - quantity) for member in siblings)
    return [Shrink(member, left) if left > member.filled else Drop(member) for member, left in shrunk]


def closes_group(filler: BookOrder) -> bool:
    """Whether nothing may join the group any more after a fill of this member."""
    return not filler.remaining or filler.ticket.oca_type == CANCEL_WITH_BLOCK


@dataclass(slots=True)
class Group:
    """Shares of its largest member, shares filled by all members, and whether nothing may join any more."""

    largest: int = 0
    filled: int = 0
    over: bool = False


class Groups:
    """Every group that was ever named."""

    def __init__(self) -> None:
        """None at first."""
        self._groups: dict[str, Group] = {}

    def room(self, name: str, quantity: int) -> int:
        """Shares that a new member of `quantity` may fill: no more than the largest member leaves; 0 if it may not join."""
        group = self._groups.get(name, Group())
        return 0 if group.over else min(quantity, max(group.largest, quantity) - group.filled)

    def join(self, name: str, quantity: int) -> int:
        """Take in a member that asked for `quantity`; returns the shares it may fill."""
        room = self.room(name, quantity)
        assert room > 0, "who finds no room does not join"
        group = self._groups.setdefault(name, Group())
        group.largest = max(group.largest, quantity)
        return room

    def most(self, member: BookOrder, quantity: int) -> int:
        """The total quantity that a member may be changed to: what others have filled of the group is not asked for again."""
        group = self._groups[member.ticket.oca_group]
        of_others = group.filled - member.filled
        return min(quantity, group.largest - of_others) if of_others else quantity

    def grow(self, name: str, quantity: int) -> None:
        """A member is changed to `quantity`: the group may fill so much."""
        group = self._groups[name]
        group.largest = max(group.largest, quantity)

    def book(self, filler: BookOrder, quantity: int) -> None:
        """Count a fill of `quantity` shares of a member."""
        group = self._groups[filler.ticket.oca_group]
        group.filled += quantity
        group.over = group.over or closes_group(filler)

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, JSON-able."""
        return {name: saved(group) for name, group in self._groups.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the groups of a `state()`."""
        self._groups = {name: loaded(group, Group) for name, group in state.items()}

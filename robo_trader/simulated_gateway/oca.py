"""One-cancels-all groups: what a fill of one member does to the others.

A group is a name. Type 1: at the first fill of a member, even a partial one, the others are cancelled. Types 2 and 3: each fill takes its
shares off the others' quantity; what has nothing left is cancelled. When a member has filled completely, the others are cancelled and the
group is over: nothing may join it any more. All this happens inside the fill, before anything else can fill ("block"), so a group never
fills more than its largest member asked for; who joins late may fill what is left of that and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.simulated_gateway.book_order import BookOrder

CANCEL_WITH_BLOCK: Final = 1
REDUCE_TYPES: Final = (2, 3)


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

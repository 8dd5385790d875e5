"""How far a position can still go: the smallest and the largest it may be once every working order has filled or not.

Each order may fill whole, in part or not at all, in any order among them, so the extremes are reached when all buys fill and no sell does, and the
other way round. Orders of one OCA group (type 2: a fill of one reduces the others by as much) share one quantity per side, that of the largest
member: however their fills interleave, together they never do more. A group with members on both sides is taken at its worst on each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from robo_trader.values import Side, Symbol


@dataclass(frozen=True, slots=True)
class Working:
    """An order that may still fill: working, in flight or UNKNOWN. `remaining` in shares; an empty `oca_group` means that it stands alone."""

    intent: str
    symbol: Symbol
    side: Side
    remaining: int
    oca_group: str = ""
    protective: bool = False
    entry: bool = False


def outcomes(position: int, orders: Sequence[Working]) -> tuple[int, int]:
    """(smallest, largest) position over all outcomes of `orders`, all of one symbol; signed shares."""
    return position - _most(orders, Side.SELL), position + _most(orders, Side.BUY)


def largest_exposure(position: int, orders: Sequence[Working]) -> int:
    """The largest |position| over all outcomes, in shares."""
    smallest, largest = outcomes(position, orders)
    return max(abs(smallest), abs(largest))


def _most(orders: Iterable[Working], side: Side) -> int:
    """The most that may fill on one side."""
    alone = 0
    of_group: dict[str, int] = {}
    for order in orders:
        assert order.remaining >= 0, "nothing less than nothing remains"
        if order.side is not side:
            continue
        if order.oca_group:
            of_group[order.oca_group] = max(of_group.get(order.oca_group, 0), order.remaining)
        else:
            alone += order.remaining
    return alone + sum(of_group.values())

"""How far a position can still go: the smallest and the largest it may be once every working order has filled or not.

Each order may fill whole, in part or not at all, in any order among them, so the extremes are reached when all buys fill and no sell does, and the
other way round. Orders of one OCA group (type 2: a fill of one reduces the others by as much) share one quantity per side, that of the largest
member: however their fills interleave, together they never do more. A group with members on both sides is taken at its worst on each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from robo_trader.values import Side, Symbol, Ticks


@dataclass(frozen=True, slots=True)
class Working:
    """An order that may still fill: working, in flight or UNKNOWN. `remaining` in shares; an empty `oca_group` means that it stands alone.

    `price` is its limit in ticks, None for one that takes any price; `dormant` is a stop that has not triggered and meets nobody yet.
    """

    intent: str
    symbol: Symbol
    side: Side
    remaining: int
    oca_group: str = ""
    protective: bool = False
    entry: bool = False
    price: Ticks | None = None
    dormant: bool = False

    def meets(self, other: Working) -> bool:
        """Whether the two could trade with each other: of one symbol, opposite sides, prices that cross, and no OCA group that keeps them apart."""
        if self.symbol != other.symbol or self.side is other.side or self.dormant or other.dormant or not (self.remaining and other.remaining):
            return False
        if self.oca_group and self.oca_group == other.oca_group:
            return False
        buy, sell = (self, other) if self.side is Side.BUY else (other, self)
        return buy.price is None or sell.price is None or buy.price >= sell.price


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

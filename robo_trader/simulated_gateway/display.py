"""The shares that a quote displays in one symbol, less what orders have taken of them.

What is taken stays taken: a side is refilled only by a quote that changes that side, or restates it a second or more after its last refill.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.model import QuoteChange
from robo_trader.values import NS_PER_SECOND, Instant, Side

RESTATED_AFTER: Final = NS_PER_SECOND
NEVER: Final = Instant(0)
Level = tuple[Decimal, int]


@dataclass(slots=True)
class Shown:
    """One side: the levels as published, nearest first, and the shares left of them."""

    levels: tuple[Level, ...] = ()
    left: list[int] = field(default_factory=list)
    refilled_at: Instant = NEVER

    def publish(self, levels: tuple[Level, ...], at: Instant) -> None:
        """Take a quote's word on this side."""
        if levels != self.levels or at - self.refilled_at >= RESTATED_AFTER:
            self.levels, self.left, self.refilled_at = levels, [size for _, size in levels], at

    @property
    def best(self) -> Decimal | None:
        """The published best price, whether or not anything is left of it."""
        return self.levels[0][0] if self.levels else None

    def next_level(self) -> int | None:
        """Index of the nearest level with shares left."""
        return next((index for index, left in enumerate(self.left) if left), None)


@dataclass(slots=True)
class Display:
    """Both sides of one symbol."""

    bid: Shown = field(default_factory=Shown)
    ask: Shown = field(default_factory=Shown)

    def publish(self, quote: QuoteChange) -> None:
        """Take in a quote."""
        self.bid.publish(_levels(quote.bid, quote.bid_size, quote.bid_depth), quote.at)
        self.ask.publish(_levels(quote.ask, quote.ask_size, quote.ask_depth), quote.at)

    def facing(self, side: Side) -> Shown:
        """What an order of that side trades with."""
        return self.ask if side is Side.BUY else self.bid

    def behind(self, side: Side) -> Shown:
        """The side that an order of that side queues on."""
        return self.bid if side is Side.BUY else self.ask


def _levels(price: Decimal | None, size: int, depth: tuple[Level, ...]) -> tuple[Level, ...]:
    return () if price is None else ((price, size), *depth)

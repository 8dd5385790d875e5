"""The words everything else is said in: symbols, instants, prices, quantities, money.

Think of this module as the units of the system. A price that an exchange may print is a whole number of ticks; money is a `Decimal`; an
instant is a whole number of nanoseconds since the epoch in UTC. Floats never enter: the edge converts once (`ticks_of`, `money_of`) and
past it every value is right. Market time and process time are two clocks (`Now`), and nothing here reads either.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType

Symbol = NewType("Symbol", str)
"""Ticker of a US stock or ETF, upper case, e.g. `SPY`."""

Instant = NewType("Instant", int)
"""Nanoseconds since 1970-01-01 UTC."""

Ticks = NewType("Ticks", int)
"""A price as a number of minimum price increments of its instrument."""

Money = Decimal
"""US dollars, exact."""

NS_PER_SECOND: Final = 1_000_000_000
NS_PER_MINUTE: Final = 60 * NS_PER_SECOND


class Side(StrEnum):
    """Direction of an order or a fill."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for BUY, -1 for SELL."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        """The side that undoes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


def side_of(quantity: int) -> Side:
    """The side that moves a flat position to the sign of `quantity` (not zero)."""
    assert quantity != 0, "a side needs a direction"
    return Side.BUY if quantity > 0 else Side.SELL


@dataclass(frozen=True, slots=True, order=True)
class BookId:
    """One sub-book: the position, orders and target of one strategy in one symbol (DESIGN 3a)."""

    strategy: str
    symbol: Symbol

    def __str__(self) -> str:
        """`strategy/SYMBOL`, as the operator sees it."""
        return f"{self.strategy}/{self.symbol}"


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the desk must know of a contract before it may trade it; from the broker's contract details."""

    symbol: Symbol
    con_id: int
    tick_size: Decimal
    currency: str = "USD"
    primary_exchange: str = ""

    def money(self, price: Ticks) -> Money:
        """Dollars per share of a price in ticks."""
        return self.tick_size * price


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask, both present and positive; `at` is market time on arrival; sizes in shares."""

    symbol: Symbol
    bid: Ticks
    ask: Ticks
    bid_size: int
    ask_size: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Now:
    """The two clocks (DESIGN 6), read once by the shell for each piece of news.

    `market` is in nanoseconds UTC and moves with the market's messages; `process` is CLOCK_BOOTTIME in nanoseconds.
    """

    market: Instant
    process: int


def ticks_of(price: Decimal, tick_size: Decimal) -> Ticks:
    """The nearest tick to `price` (dollars); a print between two ticks (a midpoint cross) goes to the even one."""
    return Ticks(int((price / tick_size).to_integral_value()))


def money_of(number: float | str) -> Money:
    """Dollars from the broker's text or double: the shortest decimal that reads back the same."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)

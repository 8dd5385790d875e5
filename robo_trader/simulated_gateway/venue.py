"""How the simulated exchange differs from the plain one: latency, queues, halts, shares to borrow, commissions.

    latency_ns          an order and a cancel reach the exchange that much later
    queue               a limit order that rests has the shares displayed at its price in front of it; prints at its price fill it in turn
    orders_meet         orders of the account's clients fill each other where their prices cross
    margin_check        an order that the account cannot carry is refused (201)
    commissions         "fixed" or "tiered"
    shares_to_borrow    by symbol: shares that can be sold short; 0 refuses (201), a symbol that is not named has any number
    locate_seconds      by symbol: an order that sells short is held (404) for so long while shares are located
    halts               stretches of time in which a symbol does not trade

Each is off by default but the margin check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from robo_trader.errors import ConfigurationError
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

FIXED: Final = "fixed"
TIERED: Final = "tiered"
LATENCY_NS_MAX: Final = 60 * NS_PER_SECOND
LOCATE_SECONDS_MAX: Final = 86_400


@dataclass(frozen=True, slots=True)
class Halt:
    """`symbol` does not trade from `begin` until before `end`."""

    symbol: Symbol
    begin: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Venue:
    """The exchange's settings; see the module's head. ConfigurationError for what cannot be."""

    latency_ns: int = 0
    queue: bool = False
    orders_meet: bool = False
    margin_check: bool = True
    commissions: str = FIXED
    shares_to_borrow: Mapping[Symbol, int] = field(default_factory=dict)
    locate_seconds: Mapping[Symbol, int] = field(default_factory=dict)
    halts: tuple[Halt, ...] = ()

    def __post_init__(self) -> None:
        """Check every setting by itself."""
        _check(0 <= self.latency_ns <= LATENCY_NS_MAX, f"latency_ns {self.latency_ns}", f"0 to {LATENCY_NS_MAX}")
        _check(self.commissions in (FIXED, TIERED), f"commissions {self.commissions!r}", f"{FIXED} or {TIERED}")
        for symbol, shares in self.shares_to_borrow.items():
            _check(shares >= 0, f"shares_to_borrow of {symbol}: {shares}", "a number of shares, 0 for none")
        for symbol, seconds in self.locate_seconds.items():
            _check(0 < seconds <= LOCATE_SECONDS_MAX, f"locate_seconds of {symbol}: {seconds}", f"1 to {LOCATE_SECONDS_MAX}")
        for halt in self.halts:
            _check(halt.begin < halt.end, f"a halt of {halt.symbol} that ends at {halt.end}", "an end after its begin")

    def halted(self, symbol: Symbol, at: Instant) -> bool:
        """Whether a symbol does not trade at an instant."""
        return any(halt.symbol == symbol and halt.begin <= at < halt.end for halt in self.halts)


def _check(acceptable: bool, what: str, remedy: str) -> None:
    if not acceptable:
        raise ConfigurationError(f"{what} is not acceptable", f"give {remedy}")


PLAIN_VENUE: Final = Venue()

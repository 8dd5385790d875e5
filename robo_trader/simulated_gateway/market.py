"""What the exchange trades against: a market that happens by itself, replayed or generated.

A market is a cursor over a fixed future. `events_until` moves the cursor and hands out what happened, in one total order: by instant, at the
same instant by the symbol's place in `symbols`, and of one symbol in the order in which the market stated it. How the future was cut into
calls never changes it. Nothing that lies after the cursor can be seen: not by `quote`, not by `bars`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from robo_trader.simulated_gateway.hours import Session
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.values import NS_PER_SECOND, Instant, Symbol


@dataclass(frozen=True, slots=True)
class TradeBar:
    """Trades of one stretch of time: dollars, shares, the number of prints, and the volume-weighted average price.

    A stretch without a print has all prices at the last one before it, `volume` and `trades` 0.
    """

    symbol: Symbol
    start: Instant
    seconds: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    trades: int
    average: Decimal

    @property
    def end(self) -> Instant:
        """First instant after the bar."""
        return Instant(self.start + self.seconds * NS_PER_SECOND)


class Market(Protocol):
    """A source of quotes and trades with a cursor; see the module's head for its order."""

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The symbols that trade here, in the order that breaks ties."""

    @property
    def start(self) -> Instant:
        """Where the cursor stands in a new market: before the first event."""

    @property
    def end(self) -> Instant:
        """Nothing happens after this instant."""

    def session(self, day: date) -> Session | None:
        """Regular hours of a New York date; None on a day without trading, and on one that no calendar reaches."""

    def awake(self, at: Instant) -> Instant:
        """`at`, or if the market sleeps at that instant, the first at which it does not."""

    def events_until(self, to: Instant) -> list[MarketHappening]:
        """Everything after the cursor up to and including `to`; moves the cursor there. A `to` before the cursor gives nothing."""

    def quote(self, symbol: Symbol) -> QuoteChange | None:
        """The quote in force at the cursor; None before the first, or for a symbol that does not trade here."""

    def last_trade(self, symbol: Symbol) -> TradePrint | None:
        """The latest print at the cursor; None before the first."""

    def bars(self, symbol: Symbol, start: Instant, end: Instant, seconds: int, rth: bool) -> list[TradeBar]:
        """Bars that begin in [start, end), on whole multiples of `seconds` (86400: one bar a session, from its open).

        `rth` keeps to regular hours. A bar still being made is returned as far as it has come; a stretch without a print is a bar
        too, once any print is known.
        """

    def prints(self, symbol: Symbol, start: Instant, end: Instant) -> list[TradePrint]:
        """The prints in [start, end) that lie behind the cursor, in order."""

    def quotes(self, symbol: Symbol, start: Instant, end: Instant) -> list[QuoteChange]:
        """The quotes in [start, end) that lie behind the cursor, in order, after the one that was in force at `start` if it is still known."""

    def follows(self, state: dict[str, Any]) -> bool:
        """Whether the market of a saved `state()` was over before this one begins."""

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, JSON-able."""

    def restore(self, state: dict[str, Any]) -> None:
        """Move to the cursor of a `state()` of the same market; DataError for another market's state."""

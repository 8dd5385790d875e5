"""A market of many symbols that tick evenly and often; each tick of a symbol is told by its number, so that one that was lost can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from robo_trader.simulated_gateway.hours import Hours, extended_hours
from robo_trader.simulated_gateway.market_cursor import MarketCursor
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

BID, ASK = Decimal("100.00"), Decimal("100.02")
ROUND_LOT = 100


class FastMarket(MarketCursor):
    """Every symbol's bid size changes so many times a second from 09:30 on: to 100, 200, 300 and so on."""

    kind = "fast"

    def __init__(self, symbols: Sequence[Symbol], day: date, *, hours: Hours, per_second: int) -> None:
        super().__init__(symbols, day, hours)
        self._period_ns = NS_PER_SECOND // per_second
        self._opened = self.start
        self.start = self.cursor = extended_hours(day).open
        self._next = 1

    def events_until(self, to: Instant) -> list[MarketHappening]:
        told: list[MarketHappening] = []
        while (at := Instant(self._opened + self._next * self._period_ns)) <= to:
            told.extend(QuoteChange(symbol, BID, ASK, ROUND_LOT * self._next, ROUND_LOT, at) for symbol in self.symbols)
            self._next += 1
        self._see(told[-len(self.symbols) :], to)
        return told

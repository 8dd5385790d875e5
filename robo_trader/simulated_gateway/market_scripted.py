"""A market whose whole day is a list of events: what a recording turns into, and what a test writes down by hand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

from robo_trader.simulated_gateway.hours import Hours, extended_hours, regular_hours
from robo_trader.simulated_gateway.market_cursor import MarketCursor
from robo_trader.simulated_gateway.model import MarketHappening, TradePrint
from robo_trader.values import Instant, Symbol


class ScriptedMarket(MarketCursor):
    """A `Market` over the given events, from 04:00 New York to 5 minutes after the close; earlier prints are history, later ones are dropped."""

    kind = "scripted"

    def __init__(self, symbols: Sequence[Symbol], day: date, events: Iterable[MarketHappening], *, hours: Hours = regular_hours) -> None:
        """Events in any order; at one instant those of an earlier symbol come first, then they stay as given. DataError: no session."""
        super().__init__(symbols, day, hours)
        self.start = self.cursor = extended_hours(day).open
        places = {symbol: place for place, symbol in enumerate(self.symbols)}
        told = sorted((event for event in events if event.at <= self.end), key=lambda event: (event.at, places[event.symbol]))
        for event in told:
            if isinstance(event, TradePrint):
                self._tapes[event.symbol].append(event.at, event.price, event.size)
        self._events = [event for event in told if event.at > self.start]
        self._instants = [event.at for event in self._events]
        self._next = 0

    def events_until(self, to: Instant) -> list[MarketHappening]:
        """Events after the cursor up to and including `to`; moves the cursor there."""
        upto = bisect_right(self._instants, to, self._next)
        told = self._events[self._next : upto]
        self._next = upto
        self._see(told, to)
        return told

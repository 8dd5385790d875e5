"""A market that never happened: made from a seed, finite in size, the same on every machine.

Each symbol walks by itself (`generated_walk`), from 15 minutes before the open until 5 minutes after the close; activity is U-shaped over the
session. Whole seconds are made at a time, so how the clock is advanced changes nothing. Earlier sessions are made when bars of them are
asked for, backwards from the first price of the day, with four prints a minute: enough for bars of a minute and above.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any, Final

from robo_trader.simulated_gateway.generated_walk import ALWAYS, Walk, first_price, past_session
from robo_trader.simulated_gateway.hours import Hours, Session, regular_hours, sessions_before
from robo_trader.simulated_gateway.market_cursor import MarketCursor
from robo_trader.simulated_gateway.model import MarketHappening, TradePrint
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Symbol

BEFORE_OPEN: Final = 15 * NS_PER_MINUTE
PAST_SESSIONS_MAX: Final = 30
ACTIVITY_CLOSED: Final = 40
ACTIVITY_MIDDAY: Final = 350
ACTIVITY_AT_BOUNDS: Final = 1000


class GeneratedMarket(MarketCursor):
    """A `Market` made from `seed` for one date."""

    kind = "generated"

    def __init__(self, symbols: Sequence[Symbol], seed: int, day: date, *, hours: Hours = regular_hours) -> None:
        """DataError if `day` has no session."""
        super().__init__(symbols, day, hours)
        self._seed = seed
        self._today = self._bounds(day)
        self.start = self.cursor = Instant(self._today.open - BEFORE_OPEN)
        self._walks = [Walk(symbol, self._chance(symbol, "walk", day)) for symbol in self.symbols]
        self._next_second = self.start
        self._made: list[MarketHappening] = []
        self._past = dict.fromkeys(self.symbols, 0)
        self._past_days: list[date] | None = None
        self._first = {symbol: first_price(symbol) for symbol in self.symbols}

    def _bounds(self, day: date) -> Session:
        session = self.session(day)
        assert session is not None, "asked of trading days only"
        return session

    def _chance(self, symbol: Symbol, purpose: str, day: date) -> Random:
        return Random(f"{self._seed}:{symbol}:{purpose}:{day}")  # noqa: S311 - a market, not secrets

    def events_until(self, to: Instant) -> list[MarketHappening]:
        """Makes the seconds up to `to`, and hands out what lies after the cursor up to and including `to`."""
        while self._next_second < min(to, self.end):
            self._make_second()
        due = next((index for index, event in enumerate(self._made) if event.at > to), len(self._made))
        told, self._made = self._made[:due], self._made[due:]
        self._see(told, to)
        return told

    def _make_second(self) -> None:
        start, activity = self._next_second, self._activity(self._next_second)
        made = [event for walk in self._walks for event in walk.second(start, activity)]
        made.sort(key=_instant)  # stable: ties stay in the order of `symbols`
        for event in made:
            if isinstance(event, TradePrint):
                self._tapes[event.symbol].append(event.at, event.price, event.size)
        self._made += made
        self._next_second = Instant(start + NS_PER_SECOND)

    def _activity(self, at: Instant) -> int:
        """Of 1024: certain in the first second, low outside regular hours, else a U from open to close."""
        session = self._today
        if at == self.start:
            return ALWAYS
        if not session.open <= at < session.close:
            return ACTIVITY_CLOSED
        per_mille = 2000 * (at - session.open) // (session.close - session.open) - 1000
        return ACTIVITY_MIDDAY + (ACTIVITY_AT_BOUNDS - ACTIVITY_MIDDAY) * per_mille * per_mille // 1_000_000

    def _reach_back(self, symbol: Symbol, start: Instant) -> None:
        if start >= self.start:
            return
        if self._past_days is None:
            self._past_days = sessions_before(self.session, self.day, PAST_SESSIONS_MAX)
        for day in self._past_days[self._past[symbol] :]:
            session = self._bounds(day)
            if session.close <= start:
                break
            minutes = (session.close - session.open) // NS_PER_MINUTE
            prints = past_session(self._chance(symbol, "past", day), session.open, minutes, self._first[symbol])
            self._tapes[symbol].prepend(prints)
            self._first[symbol] = int(prints[0][1] * 100_000)
            self._past[symbol] += 1

    def _identity(self) -> dict[str, Any]:
        return {**super()._identity(), "seed": self._seed}


def _instant(event: MarketHappening) -> Instant:
    return event.at

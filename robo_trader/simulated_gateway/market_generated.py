"""A market that never happened: made from a seed, finite in size, the same on every machine.

Each symbol walks by itself (`generated_walk`), from 15 minutes before the open until 5 minutes after the close; activity is U-shaped over the
session. Whole seconds are made at a time, so how the clock is advanced changes nothing. Earlier sessions are made when bars of them are
asked for, backwards from the first price of the day: thirty with four prints a minute, enough for bars of a minute and above, and before them those
of five years, with twelve prints each, enough for bars of a day.

A market of several days sleeps between them: nothing happens from five minutes after one close until 15 minutes before the next open, and the price
opens a little away from where it closed. From the midnight of a split on, everything printed before is restated, as a broker's history is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import chain, pairwise
from math import ceil
from random import Random
from typing import Any, Final

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.generated_walk import ALWAYS, Walk, first_price, past_session
from robo_trader.simulated_gateway.hours import Hours, Session, new_york, regular_hours, sessions_before
from robo_trader.simulated_gateway.market_cursor import AFTER_CLOSE, MarketCursor
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.simulated_gateway.tape import split_price
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Symbol

BEFORE_OPEN: Final = 15 * NS_PER_MINUTE
PAST_SESSIONS_MAX: Final = 30
EARLIER_DAYS_MAX: Final = 5 * 365
EARLIER_PARTS: Final = 3
ACTIVITY_CLOSED: Final = 40
ACTIVITY_MIDDAY: Final = 350
ACTIVITY_AT_BOUNDS: Final = 1000
CLOSED_DAYS_MAX: Final = 10
_CENT: Final = Decimal("0.01")
NO_PRICES: Final[Mapping[str, int]] = {}
NO_SPLITS: Final[Mapping[tuple[date, Symbol], tuple[int, int]]] = {}


class GeneratedMarket(MarketCursor):
    """A `Market` made from `seed` for one date."""

    kind = "generated"

    def __init__(
        self,
        symbols: Sequence[Symbol],
        seed: int,
        day: date,
        *,
        hours: Hours = regular_hours,
        days: int = 1,
        splits: Mapping[tuple[date, Symbol], tuple[int, int]] = NO_SPLITS,
        opening: Mapping[str, int] = NO_PRICES,
    ) -> None:
        """`days` sessions from `day` on, with (new, old) shares for each split.

        `opening`: prices in thousandths of a tick, of `day`'s footing, where a market went before. DataError: a session cannot be found.
        """
        super().__init__(symbols, day, hours)
        self._seed = seed
        self._splits = splits
        self._days = self._sessions_from(day, days)
        self.start = self.cursor = Instant(self._days[0][1].open - BEFORE_OPEN)
        self.end = Instant(self._days[-1][1].close + AFTER_CLOSE)
        self._place = 0  # which of the days is being made
        self._midnights = [new_york(date, time(0, 0)) for date, _ in self._days]
        self._footing = 0  # on which of the days' footing everything is
        self._opening = dict(opening)
        self._walks = [Walk(symbol, self._chance(symbol, "walk", day), opening.get(symbol)) for symbol in self.symbols]
        self._next_second = self.start
        self._made: list[MarketHappening] = []
        self._past = dict.fromkeys(self.symbols, 0)
        self._past_days: list[date] | None = None
        self._first = {symbol: opening.get(symbol, first_price(symbol)) for symbol in self.symbols}
        self._scale = dict.fromkeys(self.symbols, (1, 1))

    def _sessions_from(self, day: date, count: int) -> list[tuple[date, Session]]:
        found = [(day, self._bounds(day))]
        while len(found) < count:
            for ahead in range(1, CLOSED_DAYS_MAX + 1):
                later = found[-1][0] + timedelta(days=ahead)
                session = self.session(later)
                if session is not None:
                    found.append((later, session))
                    break
            else:
                raise DataError(f"no session follows {found[-1][0]}", "ask for fewer days")
        return found

    def _bounds(self, day: date) -> Session:
        session = self.session(day)
        assert session is not None, "asked of trading days only"
        return session

    def _chance(self, symbol: Symbol, purpose: str, day: date) -> Random:
        return Random(f"{self._seed}:{symbol}:{purpose}:{day}")  # noqa: S311 - a market, not secrets

    def awake(self, at: Instant) -> Instant:
        """`at`, or the next day's start if the market sleeps then."""
        for (_, before), (_, after) in pairwise(self._days):
            if before.close + AFTER_CLOSE < at < after.open - BEFORE_OPEN:
                return Instant(after.open - BEFORE_OPEN)
        return at

    def events_until(self, to: Instant) -> list[MarketHappening]:
        """Makes the seconds up to `to`, and hands out what lies after the cursor up to and including `to`."""
        told: list[MarketHappening] = []
        while self._footing + 1 < len(self._days) and to >= self._midnights[self._footing + 1]:
            told += self._hand_out(self._midnights[self._footing + 1])
            self._footing += 1
            self._restate(self._days[self._footing][0])
        return told + self._hand_out(to)

    def _hand_out(self, to: Instant) -> list[MarketHappening]:
        """What lies after the cursor up to `to`, which no later midnight precedes."""
        if self._place < self._footing and to >= self._days[self._footing][1].open - BEFORE_OPEN:
            self._sleep()
        self._make_seconds(to)
        due = next((index for index, event in enumerate(self._made) if event.at > to), len(self._made))
        told, self._made = self._made[:due], self._made[due:]
        self._see(told, to)
        return told

    def _make_seconds(self, to: Instant) -> None:
        while self._next_second < min(to, self._today.close + AFTER_CLOSE):
            self._make_second()

    @property
    def _today(self) -> Session:
        return self._days[self._place][1]

    def _sleep(self) -> None:
        """On to the next day, whose midnight is past."""
        self._place += 1
        for walk in self._walks:
            new, old = self._splits.get((self._days[self._place][0], walk.symbol), (1, 1))
            walk.sleep(new, old)
        self._next_second = Instant(self._today.open - BEFORE_OPEN)

    def _restate(self, day: date) -> None:
        """What was printed so far, on the footing that the splits of a day give; quotes of before are of no use any more."""
        for symbol in self.symbols:
            new, old = self._splits.get((day, symbol), (1, 1))
            if new == old:
                continue
            self._tapes[symbol].rescale(new, old)
            self._scale[symbol] = (self._scale[symbol][0] * new, self._scale[symbol][1] * old)
            self._quotes.pop(symbol, None)
            self._quoted[symbol].clear()
            last = self._last.get(symbol)
            if last is not None:
                self._last[symbol] = replace(last, price=split_price(last.price, new, old), size=last.size * new // old)

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
        if at == session.open - BEFORE_OPEN:
            return ALWAYS
        if not session.open <= at < session.close:
            return ACTIVITY_CLOSED
        per_mille = 2000 * (at - session.open) // (session.close - session.open) - 1000
        return ACTIVITY_MIDDAY + (ACTIVITY_AT_BOUNDS - ACTIVITY_MIDDAY) * per_mille * per_mille // 1_000_000

    def _reach_back(self, symbol: Symbol, start: Instant) -> None:
        if start >= self.start:
            return
        if self._past_days is None:
            self._past_days = sessions_before(self.session, self.day, EARLIER_DAYS_MAX, days_max=EARLIER_DAYS_MAX)
        made: list[list[tuple[Instant, Decimal, int]]] = []
        for day in self._past_days[self._past[symbol] :]:
            session = self._bounds(day)
            if session.close <= start:
                break
            minutes = (session.close - session.open) // NS_PER_MINUTE
            each = 1 if self._past[symbol] < PAST_SESSIONS_MAX else ceil(minutes / EARLIER_PARTS)
            prints = past_session(self._chance(symbol, "past", day), session.open, minutes, self._first[symbol], each=each)
            made.append(prints)
            self._first[symbol] = int(prints[0][1] * 100_000)
            self._past[symbol] += 1
        new, old = self._scale[symbol]
        earlier = chain.from_iterable(reversed(made))
        restated = ((at, split_price(price, new, old), size * new // old) for at, price, size in earlier)
        self._tapes[symbol].prepend(earlier if new == old else restated)

    def quotes(self, symbol: Symbol, start: Instant, end: Instant) -> list[QuoteChange]:
        """As kept; of the days before the market a cent around each print, for no quotes were made of them."""
        if symbol not in self._tapes or start >= self.start:
            return super().quotes(symbol, start, end)
        self._reach_back(symbol, start)
        tape, over = self._tapes[symbol], min(end, self.start)
        earlier = [*tape.before(start), *tape.between(start, over)]
        made = [QuoteChange(symbol, price - _CENT, price + _CENT, size, size, at) for at, price, size in earlier]
        return made + super().quotes(symbol, start, end)

    def _closing_prices(self) -> dict[str, int]:
        return {walk.symbol: walk.middle for walk in self._walks}

    def _identity(self) -> dict[str, Any]:
        here = {**super()._identity(), "seed": self._seed}
        if self._opening:
            here["opening"] = self._opening
        if len(self._days) == 1:
            return here
        splits = [[day.isoformat(), symbol, *terms] for (day, symbol), terms in sorted(self._splits.items())]
        return {**here, "days": len(self._days), "splits": splits}


def _instant(event: MarketHappening) -> Instant:
    return event.at

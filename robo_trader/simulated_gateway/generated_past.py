"""Sessions long before a generated market's own: ten years of them, made when somebody asks.

What every one closed at follows from one walk over the days, so that a day of years ago costs no more than one of last month; what traded within it
is walked backwards from its close, and over a night the price jumps. Nothing of that is kept but daily bars, which are asked for by the year.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from robo_trader.simulated_gateway.generated_walk import past_closes, past_session
from robo_trader.simulated_gateway.hours import Session, new_york, new_york_date
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY, Tape, spans, split_price
from robo_trader.values import NS_PER_MINUTE, Instant, Symbol

SESSIONS: Final = 2520
COARSE: Final = 5  # minutes with four prints
DAYS_MAX: Final = 3700
Print = tuple[Instant, Decimal, int]
Scale = tuple[int, int]
Chances = Callable[[str, date], Random]
"""By purpose and day."""


class LongAgo:
    """One symbol in those sessions. `scale` is always the (new, old) shares on whose footing the answer is to be."""

    def __init__(self, symbol: Symbol, days: Sequence[date], bounds: Callable[[date], Session], chances: Chances, last: int) -> None:
        """`days` go forward, and the last of them closed at `last` thousandths of a tick."""
        self.end = new_york(days[-1] + timedelta(days=1), time())
        """The first instant after these sessions."""
        self._symbol, self._days, self._bounds, self._chances = symbol, days, bounds, chances
        self._closes = past_closes(chances("closes", days[-1]), len(days), last)
        self._daily: dict[tuple[int, bool, Scale], list[TradeBar]] = {}

    def prints(self, start: Instant, end: Instant, scale: Scale) -> Iterator[Print]:
        """Those in [start, end), in order."""
        for place in self._places(start, end):
            yield from (told for told in self._traded(place, scale) if start <= told[0] < end)

    def bars(self, start: Instant, end: Instant, seconds: int, *, rth: bool, scale: Scale) -> Iterator[TradeBar]:
        """Those that begin in [start, end); see `Market.bars`."""
        for place in self._places(start, end):
            midnight, next_midnight = (new_york(self._days[place] + timedelta(days=ahead), time()) for ahead in (0, 1))
            if seconds < SECONDS_PER_DAY:
                yield from self._cut(place, (midnight, max(start, midnight), min(end, next_midnight)), seconds, rth=rth, scale=scale)
                continue
            named = (place, rth, scale)
            if named not in self._daily:
                self._daily[named] = self._cut(place, (midnight, midnight, next_midnight), seconds, rth=rth, scale=scale)
            yield from (bar for bar in self._daily[named] if start <= bar.start < end)

    def _places(self, start: Instant, end: Instant) -> range:
        """Of the days that [start, end) touches."""
        return range(bisect_left(self._days, new_york_date(start)), bisect_right(self._days, new_york_date(min(end, self.end))))

    def _traded(self, place: int, scale: Scale) -> list[Print]:
        day = self._days[place]
        session, (new, old) = self._bounds(day), scale
        minutes = (session.close - session.open) // NS_PER_MINUTE
        every = 1 if minutes % COARSE else COARSE
        prints = past_session(self._chances("past", day), session.open, minutes, self._closes[place], every=every)
        return prints if new == old else [(at, split_price(price, new, old), size * new // old) for at, price, size in prints]

    def _cut(self, place: int, cut: tuple[Instant, Instant, Instant], seconds: int, *, rth: bool, scale: Scale) -> list[TradeBar]:
        """The bars of a day that begin in the stretch behind its midnight; before the first trade they are flat at the first price."""
        midnight, begin, end = cut
        tape, traded = Tape(self._symbol), self._traded(place, scale)
        tape.append(midnight, traded[0][1], 0)
        for told in traded:
            tape.append(*told)
        return tape.bars(spans(begin, end, seconds, rth=rth, hours=self._hours_of(place)), seconds, end)

    def _hours_of(self, place: int) -> Callable[[date], Session | None]:
        return lambda day: self._bounds(day) if day == self._days[place] else None

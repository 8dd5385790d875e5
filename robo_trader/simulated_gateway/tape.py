"""The tape: every print of one symbol in time order, and the bars that follow from it.

Five-second bars, one-minute history and daily bars are all cut from the same prints, so they agree with each other and with what the tape
told live. A bar is never cut from anything after the cursor.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.hours import Hours, Session, extended_hours, new_york_date
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

SECONDS_PER_DAY: Final = 86_400
AVERAGE_STEP: Final = Decimal("0.0001")
_CENT: Final = Decimal("0.01")

Window = Callable[[date], Session | None]


class Tape:
    """Prints as three columns; `append` must go forward in time."""

    def __init__(self, symbol: Symbol) -> None:
        """Empty at first."""
        self.symbol = symbol
        self._at: list[Instant] = []
        self._price: list[Decimal] = []
        self._size: list[int] = []

    def __len__(self) -> int:
        return len(self._at)

    def append(self, at: Instant, price: Decimal, size: int) -> None:
        """One print after all others."""
        self._at.append(at)
        self._price.append(price)
        self._size.append(size)

    def prepend(self, prints: Iterable[tuple[Instant, Decimal, int]]) -> None:
        """Earlier prints, in time order, all before the first one held."""
        earlier = list(prints)
        self._at[:0] = [at for at, _, _ in earlier]
        self._price[:0] = [price for _, price, _ in earlier]
        self._size[:0] = [size for _, _, size in earlier]

    def between(self, start: Instant, end: Instant) -> list[tuple[Instant, Decimal, int]]:
        """The prints in [start, end), in order."""
        first, last = bisect_left(self._at, start), bisect_left(self._at, end)
        return list(zip(self._at[first:last], self._price[first:last], self._size[first:last], strict=True))

    def before(self, start: Instant) -> list[tuple[Instant, Decimal, int]]:
        """The last print before `start`, if there is one."""
        last = bisect_left(self._at, start) - 1
        return [] if last < 0 else [(self._at[last], self._price[last], self._size[last])]

    def rescale(self, new: int, old: int) -> None:
        """Restate every print so far as if there had always been `new` shares for each `old`, as history is told after a split."""
        self._price = [split_price(price, new, old) for price in self._price]
        self._size = [size * new // old for size in self._size]

    def bar(self, start: Instant, end: Instant, seconds: int) -> TradeBar | None:
        """Prints in [start, end) as a bar; a flat one at the last print before it; None while no print is known."""
        first, last = bisect_left(self._at, start), bisect_left(self._at, end)
        if first == last:
            if not first:
                return None
            price = self._price[first - 1]
            return TradeBar(self.symbol, start, seconds, price, price, price, price, 0, 0, price)
        prices, sizes = self._price[first:last], self._size[first:last]
        volume = sum(sizes)
        value = sum((price * size for price, size in zip(prices, sizes, strict=True)), Decimal(0))
        average = (value / volume).quantize(AVERAGE_STEP) if volume else prices[-1]
        return TradeBar(self.symbol, start, seconds, prices[0], max(prices), min(prices), prices[-1], volume, last - first, average)

    def bars(self, spans: Iterable[tuple[Instant, Instant]], seconds: int, cursor: Instant) -> list[TradeBar]:
        """The bars of `spans` that have begun at `cursor`, none with a print after it."""
        seen = Instant(cursor + 1)
        cut = (self.bar(start, min(end, seen), seconds) for start, end in spans if start <= cursor)
        return [bar for bar in cut if bar is not None]


def split_price(price: Decimal, new: int, old: int) -> Decimal:
    """A price after a split, to the cent."""
    return (price * old / new).quantize(_CENT)


def spans(start: Instant, end: Instant, seconds: int, *, rth: bool, hours: Hours) -> Iterator[tuple[Instant, Instant]]:
    """Begin and end of each bar that begins in [start, end), on multiples of `seconds`, cut to trading hours.

    The first of a session begins with the session, wherever that lies on the grid; from a day upwards there is one bar a session.
    """
    day, last = new_york_date(start), new_york_date(end)
    while day <= last:
        session = hours(day)
        if session is not None:
            window: Session = session if rth else extended_hours(day)
            yield from _within(window, start, end, seconds)
        day += timedelta(days=1)


def _within(window: Session, start: Instant, end: Instant, seconds: int) -> Iterator[tuple[Instant, Instant]]:
    if seconds >= SECONDS_PER_DAY:
        if start <= window.open < end:
            yield window.open, window.close
        return
    step = seconds * NS_PER_SECOND
    edge = max(start, window.open) // step * step
    while edge < min(end, window.close):
        begin = Instant(max(edge, window.open))
        edge += step
        if begin >= start:
            yield begin, Instant(min(edge, window.close))

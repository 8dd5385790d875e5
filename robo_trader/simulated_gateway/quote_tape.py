"""The best quotes of one symbol, as they went by: five columns of whole numbers, because a day of them as objects would fill a gateway's memory.

Only the latest are kept. Prices are millionths of a dollar here and come out as they went in; what lies behind the best is forgotten.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.model import QuoteChange
from robo_trader.values import Instant, Symbol

PLACES: Final = 6
ABSENT: Final = -1


class QuoteTape:
    """Quotes in order; at least the latest `kept` of them, and at most twice as many."""

    def __init__(self, symbol: Symbol, kept: int) -> None:
        """Empty at first."""
        self._symbol = symbol
        self._kept = kept
        self._at = array("q")
        self._columns = tuple(array("q") for _ in range(4))

    def __len__(self) -> int:
        return len(self._at)

    def append(self, quote: QuoteChange) -> None:
        """One quote after all others."""
        self._at.append(quote.at)
        for column, number in zip(self._columns, (_whole(quote.bid), _whole(quote.ask), quote.bid_size, quote.ask_size), strict=True):
            column.append(number)
        if len(self._at) > 2 * self._kept:
            for kept in (self._at, *self._columns):
                del kept[: self._kept]

    def clear(self) -> None:
        """Forget everything."""
        for column in (self._at, *self._columns):
            del column[:]

    def between(self, start: Instant, end: Instant) -> list[QuoteChange]:
        """The quotes in [start, end), after the one that was in force at `start` if it is still known."""
        first, last = max(0, bisect_left(self._at, start) - 1), bisect_left(self._at, end)
        rows = zip(self._at[first:last], *(column[first:last] for column in self._columns), strict=True)
        return [QuoteChange(self._symbol, _dollars(bid), _dollars(ask), bid_size, ask_size, Instant(at)) for at, bid, ask, bid_size, ask_size in rows]


def _whole(price: Decimal | None) -> int:
    return ABSENT if price is None else int(price.scaleb(PLACES))


def _dollars(whole: int) -> Decimal | None:
    return None if whole == ABSENT else Decimal(whole).scaleb(-PLACES)

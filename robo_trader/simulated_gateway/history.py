"""History in the broker's words: bar sizes, what bars are made of, and bars beyond those that a market cuts by itself.

Trades make TRADES and ADJUSTED_LAST (history here is always restated after a split). Quotes make BID, ASK and MIDPOINT, each with the prices that
side went through, and BID_ASK, which is the broker's own thing: its open is the average bid and its close the average ask, over time, its low the
lowest bid and its high the highest ask. A bar made of quotes has no volume, which is told as -1. Weeks and months are made of days.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import time, timedelta
from decimal import Decimal
from itertools import groupby, takewhile
from typing import Final

from robo_trader.simulated_gateway.hours import new_york, new_york_date
from robo_trader.simulated_gateway.market import Market, TradeBar
from robo_trader.simulated_gateway.model import QuoteChange
from robo_trader.simulated_gateway.tape import AVERAGE_STEP, SECONDS_PER_DAY, spans
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

WEEK: Final = 7 * SECONDS_PER_DAY
MONTH: Final = 30 * SECONDS_PER_DAY
_NAMES: Final = {
    **{f"{n} secs": n for n in (1, 5, 10, 15, 30)},
    "1 min": 60,
    **{f"{n} mins": 60 * n for n in (2, 3, 5, 10, 15, 20, 30)},
    "1 hour": 3600,
    **{f"{n} hours": 3600 * n for n in (2, 3, 4, 8)},
    "1 day": SECONDS_PER_DAY,
    "1W": WEEK,
    "1M": MONTH,
}
BAR_SIZES: Final = {**_NAMES, "1 sec": 1, "1 week": WEEK, "1 month": MONTH}
"""Every name of a bar size, in seconds."""
LEGAL_SIZES: Final = ", ".join(_NAMES)
BARS_MAX: Final = 50_000
OF_TRADES: Final = frozenset({"TRADES", "ADJUSTED_LAST"})
OF_QUOTES: Final = frozenset({"BID", "ASK", "MIDPOINT", "BID_ASK"})
NOTHING: Final = -1

Side = Callable[[QuoteChange], Decimal | None]
Prices = tuple[Decimal, Decimal, Decimal, Decimal]


def middle(quote: QuoteChange) -> Decimal | None:
    """Half way between bid and ask; None while one is missing."""
    return None if quote.bid is None or quote.ask is None else (quote.bid + quote.ask) / 2


_SIDES: Final[dict[str, Side]] = {"BID": lambda quote: quote.bid, "ASK": lambda quote: quote.ask, "MIDPOINT": middle}


def bars_of(market: Market, symbol: Symbol, start: Instant, end: Instant, seconds: int, *, rth: bool, what: str) -> list[TradeBar]:
    """The bars that begin in [start, end), weeks and months all that have a part of it; the last may still be in the making."""
    if seconds > SECONDS_PER_DAY:
        days = bars_of(market, symbol, period_begin(start, seconds), end, SECONDS_PER_DAY, rth=rth, what=what)
        return grouped(days, seconds)
    if what in OF_TRADES:
        return market.bars(symbol, start, end, seconds, rth)
    return list(_quote_bars(market, symbol, start, end, seconds, rth=rth, what=what))


def period_begin(at: Instant, seconds: int) -> Instant:
    """The midnight with which the week or month of an instant begins."""
    day = new_york_date(at)
    first = day.replace(day=1) if seconds == MONTH else day - timedelta(days=day.weekday())
    return new_york(first, time(0, 0))


def too_many(hours: Iterable[tuple[Instant, Instant]], start: Instant, seconds: int) -> bool:
    """Whether an answer would be longer than one that a broker gives: `hours` are those of trading, latest first, and those from `start` on count."""
    left = BARS_MAX * seconds * NS_PER_SECOND
    for opened, closed in takewhile(lambda one: one[1] > start, hours):
        left -= closed - max(opened, start)
        if left < 0:
            return True
    return False


def grouped(days: list[TradeBar], seconds: int) -> list[TradeBar]:
    """Bars of a week or a month, each from its first day on and stamped with its last, as the broker does."""

    def period(bar: TradeBar) -> tuple[int, int]:
        day = new_york_date(bar.start)
        return (day.year, day.month) if seconds == MONTH else day.isocalendar()[:2]

    return [_joined(list(group), seconds) for _, group in groupby(days, key=period)]


def _joined(days: list[TradeBar], seconds: int) -> TradeBar:
    volume = sum(bar.volume for bar in days) if days[0].volume != NOTHING else NOTHING
    value = sum((bar.average * bar.volume for bar in days), Decimal(0))
    return TradeBar(
        days[0].symbol,
        days[-1].start,
        seconds,
        days[0].open,
        max(bar.high for bar in days),
        min(bar.low for bar in days),
        days[-1].close,
        volume,
        sum(bar.trades for bar in days) if volume != NOTHING else NOTHING,
        (value / volume).quantize(AVERAGE_STEP) if volume > 0 else days[-1].average,
    )


def _quote_bars(market: Market, symbol: Symbol, start: Instant, end: Instant, seconds: int, *, rth: bool, what: str) -> Iterator[TradeBar]:
    quoted = _Quoted(market.quotes(symbol, start, Instant(end + seconds * NS_PER_SECOND)))
    seen = max(quoted.last + 1, end)  # the bar in the making is no longer than what was seen of it
    for begin, over in spans(start, end, seconds, rth=rth, hours=market.session):
        told = quoted.both(begin, min(over, seen)) if what == "BID_ASK" else quoted.one(begin, min(over, seen), _SIDES[what])
        if told is not None:
            yield TradeBar(symbol, begin, seconds, *told, NOTHING, NOTHING, Decimal(NOTHING))


class _Quoted:
    """Quotes in order, and what stretches of time saw of them."""

    def __init__(self, quotes: Sequence[QuoteChange]) -> None:
        self._quotes = quotes
        self._at = [quote.at for quote in quotes]
        self.last = self._at[-1] if quotes else -1

    def one(self, begin: int, over: int, side: Side) -> Prices | None:
        """Open, high, low and close of one side; None if it was never there."""
        prices = [price for _, price in self._moments(begin, over, side)]
        return (prices[0], max(prices), min(prices), prices[-1]) if prices else None

    def both(self, begin: int, over: int) -> Prices | None:
        """Average bid, highest ask, lowest bid, average ask."""
        bids, asks = (self._moments(begin, over, _SIDES[side]) for side in ("BID", "ASK"))
        if not bids or not asks:
            return None
        return _average(bids, over), max(price for _, price in asks), min(price for _, price in bids), _average(asks, over)

    def _moments(self, begin: int, over: int, side: Side) -> list[tuple[int, Decimal]]:
        """What a side was from `begin` on: first what it was then, if that is known, and then each change."""
        first, last = max(0, bisect_right(self._at, begin) - 1), bisect_left(self._at, over)
        priced = ((max(quote.at, begin), side(quote)) for quote in self._quotes[first:last])
        return [(at, price) for at, price in priced if price is not None]


def _average(moments: Sequence[tuple[int, Decimal]], over: int) -> Decimal:
    """Over the time for which each price stood."""
    ends = [at for at, _ in moments[1:]] + [over]
    weighed = sum((price * (end - at) for (at, price), end in zip(moments, ends, strict=True)), Decimal(0))
    return (weighed / (over - moments[0][0])).quantize(AVERAGE_STEP)

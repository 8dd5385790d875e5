"""Market data lines: what a client that watches a symbol is told, and when.

A real gateway does not pass every quote on: it samples, some four times a second, and tells what differs from the sample before: quotes, trades, the
day's prices, and whether the symbol is halted. A `Feed` is that
sampling for one symbol; all lines on the symbol are told the same, after a new line was first told everything. Five-second bars are told when their
five seconds are over, to every line on them, after the ticks of that second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.day_prices import DayPrices
from robo_trader.simulated_gateway.history import bars_of
from robo_trader.simulated_gateway.market import Market, TradeBar
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, VOLUME, LAST_TIMESTAMP, HALTED = 0, 1, 2, 3, 4, 5, 8, 45, 49
BID_EXCHANGE, ASK_EXCHANGE, LAST_EXCHANGE = 32, 33, 84
BAR_SECONDS: Final = 5
ABSENT: Final = Decimal(-1)
EPOCH: Final = Instant(0)
_SIZE_OF: Final = {BID: BID_SIZE, ASK: ASK_SIZE, LAST: LAST_SIZE}
Fields = tuple[str, ...]


class Tick(NamedTuple):
    """One tick without its request id: a price and size, a size alone (of `HALTED` 1 or 0), or a text."""

    type: int
    price: Decimal | None = None
    size: int = 0
    text: str = ""


class Feed:
    """One symbol, sampled."""

    def __init__(
        self,
        quote: QuoteChange | None,
        last: TradePrint | None,
        volume: int,
        *,
        day: DayPrices | None = None,
        halted: Callable[[Instant], bool] | None = None,
        now: Instant = EPOCH,
        exchanges: str = "",
    ) -> None:
        """The state at `now`, when the feed begins; `volume` is the day's so far, in shares. Without `day` and `halted` neither is told.

        `exchanges` are the letters of those whose quotes and trades these are, which are told where they are known.
        """
        self._quote = quote
        self._last = last
        self._volume = volume
        self._day = day
        self._halted = halted
        self._exchanges = exchanges
        self._told: dict[int, tuple[Decimal | None, int, str]] = {}
        self.dirty = False
        self.sample(now)

    def hear(self, event: MarketHappening) -> None:
        """Something happened; it is told at the next sample unless something newer replaces it."""
        self.dirty = True
        if isinstance(event, QuoteChange):
            self._quote = event
        else:
            self._last = event
            if self._day is not None and self._day.hear(event):
                self._volume = 0
            self._volume += event.size

    @property
    def mark(self) -> Decimal | None:
        """Dollars a share is valued at: the last trade, else the middle of the quote, else None."""
        if self._last is not None:
            return self._last.price
        quote = self._quote
        return None if quote is None or quote.bid is None or quote.ask is None else (quote.bid + quote.ask) / 2

    def turned(self, now: Instant) -> bool:
        """Whether a halt began or ended since the sample before."""
        return self._halted is not None and self._told[HALTED][1] != self._halted(now)

    def sample(self, now: Instant) -> list[Tick]:
        """What differs from the sample before."""
        self.dirty = False
        ticks: list[Tick] = []
        for tick in self._state(now):
            before = self._told.get(tick.type)
            told = (tick.price, tick.size, tick.text)
            if before == told:
                continue
            self._told[tick.type] = told
            same_price = before is not None and tick.price is not None and before[0] == tick.price
            ticks.append(Tick(_SIZE_OF[tick.type], size=tick.size) if same_price else tick)
        return ticks

    def whole(self) -> list[Tick]:
        """Everything as the last sample told it, for a line that begins."""
        return [Tick(kind, *told) for kind, told in self._told.items()]

    def _state(self, now: Instant) -> Iterator[Tick]:
        if (quote := self._quote) is not None:
            yield Tick(BID, ABSENT, 0) if quote.bid is None else Tick(BID, quote.bid, quote.bid_size)
            yield Tick(ASK, ABSENT, 0) if quote.ask is None else Tick(ASK, quote.ask, quote.ask_size)
            if self._exchanges:
                sides = ((BID_EXCHANGE, quote.bid), (ASK_EXCHANGE, quote.ask))
                yield from (Tick(kind, text=self._exchanges) for kind, price in sides if price is not None)
        if (last := self._last) is not None:
            yield Tick(LAST_TIMESTAMP, text=str(last.at // NS_PER_SECOND))
            yield Tick(LAST, last.price, last.size)
            if self._exchanges:
                yield Tick(LAST_EXCHANGE, text=self._exchanges)
            yield Tick(VOLUME, size=self._volume)
        if self._day is not None:
            yield from (Tick(kind, price) for kind, price in self._day.told())
        if self._halted is not None:
            yield Tick(HALTED, size=int(self._halted(now)))


def worded(req_id: int, tick: Tick, *, size_too: bool) -> Iterator[Fields]:
    """The messages of one tick; `size_too` repeats the size of a price as a message of its own, as some gateways do."""
    if tick.text:
        yield replies.tick_string(req_id, tick.type, tick.text)
    elif tick.type == HALTED:
        yield replies.tick_generic(req_id, HALTED, Decimal(tick.size))
    elif tick.price is None:
        yield replies.tick_size(req_id, tick.type, tick.size)
    else:
        yield replies.tick_price(req_id, tick.type, tick.price, tick.size)
        if size_too and tick.type in _SIZE_OF:
            yield replies.tick_size(req_id, _SIZE_OF[tick.type], tick.size)


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One subscription: whose, and under which of its request ids."""

    connection: int
    req_id: int


class TickLines:
    """All quote and trade subscriptions, by symbol, and the feeds behind them."""

    def __init__(self) -> None:
        """No lines."""
        self.feeds: dict[Symbol, Feed] = {}
        self.lines: defaultdict[Symbol, list[Line]] = defaultdict(list)

    def add(self, line: Line, symbol: Symbol, begin: Callable[[], Feed]) -> Feed:
        """Begin a line, replacing one of the same name; `begin` makes the feed where the symbol has none yet."""
        self.drop(line)
        self.lines[symbol].append(line)
        return self.feeds.get(symbol) or self.feeds.setdefault(symbol, begin())

    def drop(self, line: Line) -> bool:
        """End a line; whether there was one. A feed that nobody watches ends too."""
        for symbol, lines in self.lines.items():
            if line in lines:
                lines.remove(line)
                if not lines:
                    del self.lines[symbol], self.feeds[symbol]
                return True
        return False

    def drop_connection(self, connection: int) -> None:
        """End every line of a connection."""
        for line in [line for lines in self.lines.values() for line in lines if line.connection == connection]:
            self.drop(line)

    def has(self, line: Line) -> bool:
        """Whether there is a line of this name."""
        return any(line in lines for lines in self.lines.values())

    def count(self, connection: int) -> int:
        """How many lines a connection has."""
        return sum(line.connection == connection for lines in self.lines.values() for line in lines)

    def hear(self, event: MarketHappening) -> None:
        """Pass an event to its feed, if anyone watches."""
        feed = self.feeds.get(event.symbol)
        if feed is not None:
            feed.hear(event)

    def samples(self, now: Instant) -> Iterator[tuple[Line, list[Tick]]]:
        """What each line is told of what happened since the last samples."""
        for symbol, feed in self.feeds.items():
            ticks = feed.sample(now) if feed.dirty or feed.turned(now) else []
            if ticks:
                yield from ((line, ticks) for line in self.lines[symbol])


Watched = tuple[Symbol, bool, str]
"""What a line of bars watches: a symbol, whether in regular hours only, and what the bars are made of."""


class BarLines:
    """All five-second bar subscriptions, by what they watch."""

    def __init__(self) -> None:
        """No lines."""
        self.lines: dict[Line, Watched] = {}

    def drop_connection(self, connection: int) -> None:
        """End every line of a connection."""
        self.lines = {line: watched for line, watched in self.lines.items() if line.connection != connection}

    def count(self, connection: int) -> int:
        """How many lines a connection has."""
        return sum(line.connection == connection for line in self.lines)

    def watched(self) -> dict[Watched, list[Line]]:
        """The lines on each, in the order in which they began."""
        by_watched: defaultdict[Watched, list[Line]] = defaultdict(list)
        for line, watched in self.lines.items():
            by_watched[watched].append(line)
        return dict(by_watched)

    def due(self, market: Market, end: Instant) -> Iterator[tuple[Line, TradeBar]]:
        """Each line with its bar that ended at `end`."""
        start = Instant(end - BAR_SECONDS * NS_PER_SECOND)
        for (symbol, rth, what), lines in self.watched().items():
            bar = finished(bars_of(market, symbol, start, end, BAR_SECONDS, rth=rth, what=what), end)
            if bar is not None:
                yield from ((line, bar) for line in lines)


def bar_end(since: int, to: int) -> int | None:
    """The instant in (since, to] at which a five-second bar is over; None if none is. Steps are at most a second long."""
    length = BAR_SECONDS * NS_PER_SECOND
    end = to // length * length
    return end if end > since else None


def finished(bars: list[TradeBar], end: int) -> TradeBar | None:
    """The bar among `bars` that is over at `end`."""
    return next((bar for bar in reversed(bars) if bar.end == end), None)

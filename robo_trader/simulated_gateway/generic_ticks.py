"""What clients ask for by the numbers of generic ticks, beside quotes and trades.

    165         the lowest and highest prices of 13, 26 and 52 weeks (15 to 20), and how many shares a session has (21): when a line begins
    221, 232    the price at which a position is valued (37)
    236         how hard it is to sell short (46), and the shares there are to borrow (89)
    293         trades of the day so far (54)
    294, 295    trades and shares of the last minute (55, 56)

233 and 375, each trade with the day's turnover (48, 77), are told as they happen, see `market_lines`. All others are legal, and silent: this market
has no auctions, dividends or funds. A line is told everything once, and then what differs from one sample to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.hours import extended_hours, new_york_date
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.subscriptions import Feed, Line
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Symbol

MARK, SHORTABLE, TRADE_COUNT, TRADE_RATE, VOLUME_RATE, AVERAGE_VOLUME, TO_BORROW = 37, 46, 54, 55, 56, 21, 89
STATISTICS, BORROWING, COUNTS, TRADES_A_MINUTE, SHARES_A_MINUTE = "165", "236", "293", "294", "295"
MARKS: Final = frozenset({"221", "232"})
EXTREMES: Final = ((13, 15, 16), (26, 17, 18), (52, 19, 20))
"""Weeks, and the ticks of their lowest and highest prices."""
PLENTY: Final = 10_000_000
"""Shares to borrow where nothing limits them."""
EASY_SHARES: Final = 1_000
EASY, HARD, NONE = Decimal(3), Decimal(2), Decimal(1)
_SIZES: Final = frozenset({AVERAGE_VOLUME, TO_BORROW})
_NUMBERS: Final = frozenset({SHORTABLE, TRADE_COUNT, TRADE_RATE, VOLUME_RATE})
_NS_PER_DAY: Final = SECONDS_PER_DAY * NS_PER_SECOND
_DAYS_OF_VOLUME: Final = 30

Fields = tuple[str, ...]
Value = tuple[int, Decimal]


@dataclass(slots=True)
class Asked:
    """What one line asked for, how many trades of the day were seen and up to when, and what was told last."""

    symbol: Symbol
    numbers: frozenset[str]
    seen: Instant
    trades: int = 0
    told: dict[int, Decimal] = field(default_factory=dict)


class GenericTicks:
    """Those of all lines."""

    def __init__(self) -> None:
        """No lines."""
        self.lines: dict[Line, Asked] = {}

    def begin(self, exchange: Exchange, feed: Feed, line: Line, symbol: Symbol, numbers: frozenset[str]) -> Iterator[Fields]:
        """A line begins: all that it asked for."""
        now = exchange.now
        asked = self.lines[line] = Asked(symbol, numbers, _morning(now))
        if STATISTICS in numbers:
            yield from (_worded(line, value) for value in statistics(exchange.market, symbol, now))
        yield from self._changed(exchange, feed, line, asked, Instant(now + 1))

    def samples(self, exchange: Exchange, feeds: Mapping[Symbol, Feed], at: Instant) -> Iterator[tuple[Line, Fields]]:
        """What differs from the sample before."""
        for line, asked in self.lines.items():
            for fields in self._changed(exchange, feeds[asked.symbol], line, asked, at):
                yield line, fields

    def _changed(self, exchange: Exchange, feed: Feed, line: Line, asked: Asked, before: Instant) -> Iterator[Fields]:
        for kind, value in _values(exchange, feed, asked, before):
            if asked.told.get(kind) != value:
                asked.told[kind] = value
                yield _worded(line, (kind, value))

    def drop(self, line: Line) -> None:
        """A line ended."""
        self.lines.pop(line, None)

    def drop_connection(self, connection: int) -> None:
        """Every line of a connection ended."""
        self.lines = {line: asked for line, asked in self.lines.items() if line.connection != connection}


def _values(exchange: Exchange, feed: Feed, asked: Asked, before: Instant) -> Iterator[Value]:
    """Everything but the statistics, which do not change, as it was just before an instant: the market may be further."""
    if asked.numbers & MARKS and feed.mark is not None:
        yield MARK, feed.mark
    if BORROWING in asked.numbers:
        yield from borrowing(exchange, asked.symbol)
    if asked.numbers & {COUNTS, TRADES_A_MINUTE, SHARES_A_MINUTE}:
        yield from _counted(exchange.market, asked, before)


def _counted(market: Market, asked: Asked, before: Instant) -> Iterator[Value]:
    today = _morning(before)
    if asked.seen < today:
        asked.seen, asked.trades = today, 0
    asked.trades += len(market.prints(asked.symbol, asked.seen, before))
    asked.seen = max(asked.seen, before)
    minute = market.prints(asked.symbol, Instant(before - NS_PER_MINUTE), before)
    counts = ((COUNTS, TRADE_COUNT, asked.trades), (TRADES_A_MINUTE, TRADE_RATE, len(minute)))
    yield from ((kind, Decimal(count)) for number, kind, count in counts if number in asked.numbers)
    if SHARES_A_MINUTE in asked.numbers:
        yield VOLUME_RATE, Decimal(sum(one.size for one in minute))


def borrowing(exchange: Exchange, symbol: Symbol) -> Iterator[Value]:
    """How hard it is to sell short, and how many shares are left of those that can be short in all."""
    venue, short = exchange.venue, max(0, -exchange.account.position(symbol))
    left = max(0, venue.shares_to_borrow[symbol] - short) if symbol in venue.shares_to_borrow else PLENTY
    easy = left >= EASY_SHARES and symbol not in venue.locate_seconds
    yield SHORTABLE, EASY if easy else HARD if left else NONE
    yield TO_BORROW, Decimal(left)


def statistics(market: Market, symbol: Symbol, now: Instant) -> Iterator[Value]:
    """The extremes of some stretches of weeks, of regular hours, and the average volume of the sessions of 30 days before today."""
    longest = max(weeks for weeks, _, _ in EXTREMES)
    bars = market.bars(symbol, _days_before(now, 7 * longest), Instant(now + 1), SECONDS_PER_DAY, rth=True)
    days = [day for day in bars if day.volume]
    for weeks, lowest, highest in EXTREMES:
        within = [day for day in days if day.start >= _days_before(now, 7 * weeks)]
        if within:
            yield lowest, min(day.low for day in within)
            yield highest, max(day.high for day in within)
    volumes = [day.volume for day in days if _days_before(now, _DAYS_OF_VOLUME) <= day.start < _morning(now)]
    if volumes:
        yield AVERAGE_VOLUME, Decimal(sum(volumes) // len(volumes))


def _days_before(now: Instant, days: int) -> Instant:
    return Instant(now - days * _NS_PER_DAY)


def _morning(now: Instant) -> Instant:
    """Before the first trade of a day."""
    return extended_hours(new_york_date(now)).open


def _worded(line: Line, value: Value) -> Fields:
    kind, number = value
    if kind in _NUMBERS:
        return replies.tick_generic(line.req_id, kind, number)
    return replies.tick_size(line.req_id, kind, int(number)) if kind in _SIZES else replies.tick_price(line.req_id, kind, number, 0)

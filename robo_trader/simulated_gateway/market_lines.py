"""All market data that clients subscribed to, and who is told what of each event, sample and bar.

Four kinds of line: quotes and trades as sampled (`subscriptions`), five-second bars, single ticks (`subscriptions_ticks`), and history that is kept
up to date, which is told its newest bar each five seconds. A line may be of delayed data: what it would be told now is told a quarter of an hour
later, under the tick types of delayed data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.day_prices import CLOSE, HIGH, LOW, OPEN
from robo_trader.simulated_gateway.generic_ticks import GenericTicks
from robo_trader.simulated_gateway.market import Market, TradeBar
from robo_trader.simulated_gateway.model import MarketHappening, TradePrint
from robo_trader.simulated_gateway.newest_bars import History, NewestBars
from robo_trader.simulated_gateway.subscriptions import (
    ASK,
    ASK_SIZE,
    BID,
    BID_SIZE,
    LAST,
    LAST_SIZE,
    LAST_TIMESTAMP,
    VOLUME,
    Tick,
    TickLines,
    worded,
)
from robo_trader.simulated_gateway.subscriptions import BarLines as BarLines
from robo_trader.simulated_gateway.subscriptions import Line as Line
from robo_trader.simulated_gateway.subscriptions_ticks import EveryTick
from robo_trader.values import NS_PER_MINUTE, Instant, Symbol

DELAY_NS: Final = 15 * NS_PER_MINUTE
DELAYED_MAX: Final = 500_000
LIVE: Final = 1
DELAYED_TYPES: Final = {
    BID: 66,
    ASK: 67,
    LAST: 68,
    BID_SIZE: 69,
    ASK_SIZE: 70,
    LAST_SIZE: 71,
    HIGH: 72,
    LOW: 73,
    VOLUME: 74,
    CLOSE: 75,
    OPEN: 76,
    LAST_TIMESTAMP: 88,
}
RT_VOLUME, RT_TRADE_VOLUME = 48, 77
TURNOVERS: Final = {"233": RT_VOLUME, "375": RT_TRADE_VOLUME}
"""By the number of the generic tick that asks for it."""
_NS_PER_MILLISECOND: Final = 1_000_000

Fields = tuple[str, ...]
Told = tuple[Line, Fields]


@dataclass(slots=True)
class Kept:
    """A history that is kept up to date, and the bar of it that was told last."""

    symbol: Symbol
    seconds: int
    rth: bool
    what: str
    format_date: int
    told: TradeBar | None = None

    @property
    def shows(self) -> History:
        """What it has in common with others of its kind."""
        return History(self.symbol, self.seconds, self.rth, self.what)


@dataclass(slots=True)
class Turnover:
    """The day's trades of a symbol so far, for a line that is told each trade with them, as ticks of these kinds."""

    symbol: Symbol
    volume: int
    value: Decimal
    kinds: tuple[int, ...] = (RT_VOLUME,)

    def worded(self, told: TradePrint) -> str:
        """A trade as `price;size;milliseconds;volume;average;single`."""
        self.volume += told.size
        self.value += told.price * told.size
        average = self.value / self.volume if self.volume else told.price
        return f"{told.price};{told.size};{told.at // _NS_PER_MILLISECOND};{self.volume};{average:.8f};true"


class MarketLines:
    """See the module's head."""

    def __init__(self) -> None:
        """No lines, and nobody asked for anything but live data."""
        self.ticks = TickLines()
        self.bars = BarLines()
        self.every = EveryTick()
        self.kept: dict[Line, Kept] = {}
        self._newest = NewestBars()
        self.turnovers: dict[Line, Turnover] = {}
        self.generic = GenericTicks()
        self.delayed: set[Line] = set()
        self.scans: set[Line] = set()
        self.wanted: dict[int, int] = {}
        """The type of market data that a connection asked for last."""
        self._late: deque[tuple[int, Line, list[Tick]]] = deque(maxlen=DELAYED_MAX)

    def keeps(self, connection: int) -> int:
        """How many histories a connection has kept up to date."""
        return sum(line.connection == connection for line in self.kept)

    def drop(self, line: Line) -> bool:
        """End a market data line; whether there was one."""
        self.turnovers.pop(line, None)
        self.generic.drop(line)
        if line in self.delayed:
            self.delayed.discard(line)
            self._forget_what_waits()
        return self.ticks.drop(line)

    def drop_connection(self, connection: int) -> None:
        """End every line of a connection."""
        for lines in (self.ticks, self.bars, self.every, self.generic):
            lines.drop_connection(connection)
        self.kept = {line: kept for line, kept in self.kept.items() if line.connection != connection}
        self.turnovers = {line: turnover for line, turnover in self.turnovers.items() if line.connection != connection}
        self.delayed = {line for line in self.delayed if line.connection != connection}
        self.scans = {line for line in self.scans if line.connection != connection}
        self._forget_what_waits()

    def _forget_what_waits(self) -> None:
        """What waits for a line that ended must not be told to another of its name."""
        self._late = deque((late for late in self._late if late[1] in self.delayed), maxlen=DELAYED_MAX)

    def forget(self, connection: int) -> None:
        """A connection is gone."""
        self.drop_connection(connection)
        self.wanted.pop(connection, None)

    def hear(self, event: MarketHappening) -> Iterable[Told]:
        """Pass an event to the feeds, and tell it to whoever wants every single one."""
        self.ticks.hear(event)
        return self._single(event) if self.every.any or self.turnovers else ()  # most events concern nobody, and there are many

    def _single(self, event: MarketHappening) -> Iterator[Told]:
        yield from self.every.hear(event)
        if isinstance(event, TradePrint):
            for line, turnover in self.turnovers.items():
                if turnover.symbol == event.symbol:
                    words = turnover.worded(event)
                    yield from ((line, replies.tick_string(line.req_id, kind, words)) for kind in turnover.kinds)

    def samples(self, now: Instant, *, size_too: bool) -> Iterator[Told]:
        """What each line is told of what happened since the last samples, or of what happened a delay ago."""
        for line, ticks in self.ticks.samples(now):
            if line in self.delayed:
                self._late.append((now + DELAY_NS, line, ticks))
            else:
                yield from _all_worded(line, ticks, size_too=size_too)
        while self._late and self._late[0][0] <= now:
            _, line, ticks = self._late.popleft()
            yield from _all_worded(line, as_delayed(ticks), size_too=False)

    def over(self, market: Market, end: Instant, dated: Callable[[TradeBar, int], str]) -> Iterator[Told]:
        """Five seconds are over: their bars, and the newest bar of each history, with its date in the client's form."""
        for line, bar in self.bars.due(market, end):
            yield line, replies.real_time_bar(line.req_id, bar)
        bars = self._newest.turn(market, end, (kept.shows for kept in self.kept.values()))
        for line, kept in self.kept.items():
            newest = bars.get(kept.shows)
            if newest is not None and newest != kept.told:
                kept.told = newest
                yield line, replies.historical_data_update(line.req_id, dated(newest, kept.format_date), newest)


def _all_worded(line: Line, ticks: Iterable[Tick], *, size_too: bool) -> Iterator[Told]:
    for tick in ticks:
        for fields in worded(line.req_id, tick, size_too=size_too):
            yield line, fields


def as_delayed(ticks: Iterable[Tick]) -> list[Tick]:
    """The ticks under the types that delayed data has; of halts it says nothing."""
    return [tick._replace(type=DELAYED_TYPES[tick.type]) for tick in ticks if tick.type in DELAYED_TYPES]

"""Telling clients of the market as time passes: single ticks at once, quotes and trades as sampled, bars when they are over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.market_lines import MarketLines, Told
from robo_trader.simulated_gateway.model import MarketHappening
from robo_trader.simulated_gateway.settings import Manners
from robo_trader.simulated_gateway.subscriptions import bar_end
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from robo_trader.simulated_gateway.time_words import TIME_ZONE
from robo_trader.values import NS_PER_SECOND, Instant

EPOCH_SECONDS_FORMAT: Final = 2


class MarketTeller:
    """Tells the lines of `connections`; `wall` is New York's clock at an instant. While it is `dark` everything is heard and nothing told."""

    def __init__(self, exchange: Exchange, connections: Mapping[int, Connection], manners: Manners, wall: Callable[[Instant], datetime]) -> None:
        """Belongs to one gateway."""
        self.lines = MarketLines()
        self._exchange = exchange
        self._market = exchange.market
        self._connections = connections
        self._manners = manners
        self._wall = wall
        self._sample = exchange.now // manners.tick_interval_ns

    def hear(self, event: MarketHappening, *, dark: bool) -> None:
        """Something happened, after all that the lines were told before."""
        self._samples_until(event.at, dark=dark)
        self._tell(self.lines.hear(event), dark=dark)

    def passed(self, since: Instant, to: Instant, *, dark: bool) -> None:
        """Everything up to `to` was heard."""
        self._samples_until(to, dark=dark)
        over = bar_end(since, to)
        if over is not None and not dark:
            self._tell(self.lines.over(self._market, Instant(over), self.dated), dark=False)

    def _samples_until(self, at: Instant, *, dark: bool) -> None:
        """Samples are taken on a grid of time, and so is what differs from one to the next; in the dark none is taken."""
        sample = at // self._manners.tick_interval_ns
        if sample > self._sample:
            self._sample = sample
            if not dark:
                self._tell(self.lines.samples(at, size_too=self._manners.tick_size_duplicates), dark=False)
                self._tell(self.lines.generic.samples(self._exchange, self.lines.ticks.feeds, at), dark=False)

    def _tell(self, told: Iterable[Told], *, dark: bool) -> None:
        for line, fields in told:
            if not dark:
                self._connections[line.connection].tell(fields)

    def dated(self, bar: TradeBar, format_date: int) -> str:
        """The date of a bar: of a day or more the day alone, else an instant in words, or in seconds where a client asked for those."""
        if bar.seconds >= SECONDS_PER_DAY:
            return f"{self._wall(bar.start):%Y%m%d}"
        return str(bar.start // NS_PER_SECOND) if format_date == EPOCH_SECONDS_FORMAT else f"{self._wall(bar.start):%Y%m%d %H:%M:%S} {TIME_ZONE}"

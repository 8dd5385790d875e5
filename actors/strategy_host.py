"""Strategy hosts: bars in, signals out; one host per symbol, each with its own strategy object.

A host sees every minute of its market once and in order. It warms up from history, takes live minutes from 5-second bars, and fills a gap from
history before it goes on; what it says on a bar that history had to supply is marked, since such a bar may reduce and never increase.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from robo_trader.desk.news import Signal
from robo_trader.market.aggregate import Gap, MinuteAggregator
from robo_trader.market.bar import Bar
from robo_trader.strategies.strategy import NO_OPINION, Strategy
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, BookId, Instant

GRACE_NS: Final = 5 * NS_PER_SECOND
"""How long after the next bar's end a signal still counts (DESIGN 3e)."""
LIVE_BARS_HELD_MAX: Final = 10_000
"""Live 5-second bars that may wait while a gap is being filled; more than a session has."""


@dataclass(slots=True)
class StrategyHost:
    """Runs one strategy in one symbol. `tell` queues signals; `ask_backfill` starts the fetch of a gap and calls `resume` with its bars."""

    book: BookId
    strategy: Strategy
    tell: Callable[[Signal], None]
    ask_backfill: Callable[[StrategyHost, Gap], None]
    minutes: int = 0
    last_end: int = 0
    waiting_for_history: bool = True
    _aggregator: MinuteAggregator = field(init=False)
    _held: list[Bar] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with an empty minute."""
        self._aggregator = MinuteAggregator(self.book.symbol)

    def on_bar(self, bar5: Bar) -> None:
        """Take a live 5-second bar; held back while history is on its way, so that minutes stay in order."""
        if self.waiting_for_history:
            assert len(self._held) < LIVE_BARS_HELD_MAX, "history never came and nobody gave up waiting"
            self._held.append(bar5)
            return
        match self._aggregator.add(bar5):
            case Bar() as minute:
                self._consider(minute)
            case Gap() as gap:
                self.waiting_for_history = True
                self.ask_backfill(self, gap)
            case None:
                pass

    def reconnected(self) -> None:
        """After a lost connection: minutes may be missing, so history is read before live bars count again."""
        self.waiting_for_history = True

    def resume(self, history: list[Bar]) -> None:
        """History came (oldest first): what is new in it is considered, then the live bars that waited."""
        for bar in history:
            passed_on = self._aggregator.backfill(bar)
            if passed_on is not None:
                self._consider(passed_on)
        self.waiting_for_history = False
        held, self._held = self._held, []
        for index, bar5 in enumerate(held):
            if self.waiting_for_history:  # another gap opened in what was held
                self._held.extend(held[index:])
                return
            self.on_bar(bar5)

    def _consider(self, minute: Bar) -> None:
        self.minutes += 1
        self.last_end = minute.end
        stance = self.strategy.on_bar(minute.open, minute.high, minute.low, minute.close, minute.volume)
        if stance != NO_OPINION:
            valid_until = Instant(minute.end + NS_PER_MINUTE + GRACE_NS)
            self.tell(Signal(self.book, stance, minute.end, valid_until, backfilled=minute.backfilled))

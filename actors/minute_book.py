"""One symbol's minutes, as the gateway builds and numbers them: history first, then what live 5-second bars make, each minute once and in order.

The bars are built where they arrive, before anything is conflated. A gap is filled from history before it goes on, and what history supplied is
marked, since such a bar may reduce and never increase. Everything since the gateway's start is kept, so that a strategy host that comes back reads it
all again: starting is recovering. After a split the minutes of before are read once more, restated, behind the ones that they replace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from robo_trader.market.aggregate import Gap, MinuteAggregator
from robo_trader.market.bar import Bar
from robo_trader.values import Symbol

LIVE_BARS_HELD_MAX: Final = 10_000
"""Live 5-second bars that may wait while a gap is being filled; more than a session has."""
MINUTES_KEPT_MAX: Final = 65_536


@dataclass(slots=True)
class MinuteBook:
    """`closed` is told of each minute with its number; `ask_backfill` starts the fetch of a gap and calls `resume` with its bars."""

    symbol: Symbol
    closed: Callable[[int, Bar], None]
    ask_backfill: Callable[[MinuteBook, Gap], None]
    waiting_for_history: bool = True
    minutes: list[Bar] = field(default_factory=list)
    _aggregator: MinuteAggregator = field(init=False)
    _held: list[Bar] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with an empty minute."""
        self._aggregator = MinuteAggregator(self.symbol)

    @property
    def number(self) -> int:
        """The newest minute's number; 0 while there is none."""
        return len(self.minutes)

    @property
    def last_end(self) -> int:
        """First instant after the newest minute; 0 while there is none."""
        return self.minutes[-1].end if self.minutes else 0

    def on_bar(self, bar5: Bar) -> None:
        """Take a live 5-second bar; held back while history is on its way, so that minutes stay in order."""
        if self.waiting_for_history:
            assert len(self._held) < LIVE_BARS_HELD_MAX, "history never came and nobody gave up waiting"
            self._held.append(bar5)
            return
        match self._aggregator.add(bar5):
            case Bar() as minute:
                self._close(minute)
            case Gap() as gap:
                self.waiting_for_history = True
                self.ask_backfill(self, gap)
            case None:
                pass

    def reconnected(self) -> None:
        """After a lost connection: minutes may be missing, so history is read before live bars count again."""
        self.waiting_for_history = True

    def begin_again(self) -> None:
        """The symbol was split: what was built so far is on the old footing. History comes anew from its beginning, so that it drives the old out."""
        self._aggregator = MinuteAggregator(self.symbol)

    def resume(self, history: list[Bar]) -> None:
        """History came (oldest first): what is new in it is passed on, then the live bars that waited."""
        for bar in history:
            passed_on = self._aggregator.backfill(bar)
            if passed_on is not None:
                self._close(passed_on)
        self.waiting_for_history = False
        held, self._held = self._held, []
        for index, bar5 in enumerate(held):
            if self.waiting_for_history:  # another gap opened in what was held
                self._held.extend(held[index:])
                return
            self.on_bar(bar5)

    def after(self, number: int) -> list[tuple[int, Bar]]:
        """The minutes after `number`, numbered."""
        return list(enumerate(self.minutes[number:], start=number + 1))

    def _close(self, minute: Bar) -> None:
        assert self.number < MINUTES_KEPT_MAX, "a gateway is restarted long before it holds half a year of minutes"
        self.minutes.append(minute)
        self.closed(self.number, minute)

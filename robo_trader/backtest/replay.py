"""The desk's rules over history: the strategy that trades, its size, its stop and its latch, against pessimistic fills.

One strategy, one symbol, one position. In each bar, in this order: what was decided on the last bar fills at the open, an exit before the entry
that follows it, as two orders (DESIGN 3b); then the stop may be touched, in the bar of its own entry too; then the strategy sees the bar and may
decide. Where an exit waits and the market opens beyond the stop, the exit wins: both fill at the open. A stop-out latches (DESIGN 3d): until the
strategy wants nothing or the other side, the target counts as zero. What is held at the end is sold at the last close, with its costs, so no result
rests on an open position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from robo_trader.backtest.costs import MICRO, Costs, commission_micro
from robo_trader.backtest.fills import NOT_FILLED, at_open, of_stop
from robo_trader.market.bar_series import TICK_MICRO, Stretch
from robo_trader.risk.sizing import fixed, stop_ticks
from robo_trader.strategies.strategy import NO_OPINION, Strategy

ENTRIES_PER_DAY_MAX: Final = 60


class Why(StrEnum):
    """What an order was for."""

    ENTER = "enter"
    EXIT = "exit"
    STOP = "stop"
    END = "end"


@dataclass(frozen=True, slots=True)
class Rules:
    """Shares of a full position, the stop's distance in parts per million of the fill (0: no stop), costs, and the daily bound of entries."""

    quantity: int
    stop_parts: int
    costs: Costs
    entries_per_day_max: int = ENTRIES_PER_DAY_MAX

    def __post_init__(self) -> None:
        """Bounds of the arithmetic."""
        assert self.quantity > 0, "a size is at least one share"
        assert 0 <= self.stop_parts < MICRO, "a stop is less than the whole price away"


@dataclass(frozen=True, slots=True)
class Fill:
    """One filled order: bar index in the stretch, signed shares, price in ticks, commission in micro-dollars."""

    bar: int
    why: Why
    shares: int
    price: int
    commission: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Profit since the start, in micro-dollars, at the last bar of a day (days since 1970-01-01)."""

    day: int
    profit: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened: every fill, the profit day by day, and what slippage took (micro-dollars; part of the profit already)."""

    fills: tuple[Fill, ...]
    marks: tuple[Mark, ...]
    slippage: int

    @property
    def net(self) -> int:
        """Profit after all costs, in micro-dollars."""
        return self.marks[-1].profit

    @property
    def commission(self) -> int:
        """Commissions, in micro-dollars."""
        return sum(fill.commission for fill in self.fills)


def replay(strategy: Strategy, stretch: Stretch, rules: Rules) -> Outcome:
    """Run a new strategy over a stretch."""
    book = _Book(rules, stretch.day)
    bars = list(zip(stretch.open, stretch.high, stretch.low, stretch.close, stretch.volume, strict=True))
    ends = [day != following for day, following in zip(stretch.day, [*stretch.day[1:], None], strict=True)]
    on_bar = strategy.on_bar
    for bar in bars[: stretch.first]:
        on_bar(*bar)
    for index in range(stretch.first, len(bars)):
        opened, high, low, close, volume = bars[index]
        if book.wanted != book.position:
            book.trade(index, opened)
        if book.stop:
            book.watch_stop(index, opened, high, low)
        stance = on_bar(opened, high, low, close, volume)
        if stance != NO_OPINION:
            book.hear(stance)
        if ends[index]:
            book.mark(index, close)
    book.close_out(len(bars) - 1, stretch.close[-1])
    return Outcome(tuple(book.fills), tuple(book.marks), book.slippage)


@dataclass(slots=True)
class _Book:
    """The one position: signed shares, its stop's trigger in ticks (0: none), the side that was stopped out (0: none), money in micro-dollars."""

    rules: Rules
    days: Sequence[int]
    position: int = 0
    target: int = 0
    wanted: int = 0
    latch: int = 0
    stop: int = 0
    cash: int = 0
    slippage: int = 0
    entries_day: int = 0
    entries: int = 0
    fills: list[Fill] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def hear(self, stance: int) -> None:
        """A strategy's stance on the bar that just ended."""
        self.target = fixed(stance, self.rules.quantity)
        if stance != self.latch:
            self.latch = 0
        self.wanted = 0 if self.latch else self.target

    def trade(self, index: int, opened: int) -> None:
        """Close the gap at the open: out first, then in."""
        if self.position:
            self._exit(index, opened)
        if self.wanted and self._may_enter(self.days[index]):
            self._enter(index, opened)

    def watch_stop(self, index: int, opened: int, high: int, low: int) -> None:
        """Let a touched stop take the position off, and latch."""
        sign = -1 if self.position > 0 else 1
        price = of_stop(self.stop, sign, opened, high, low, self.rules.costs)
        if price != NOT_FILLED:
            aimed = min(self.stop, opened) if sign < 0 else max(self.stop, opened)
            self.latch, self.wanted = -sign, 0
            self._fill(index, Why.STOP, -self.position, price, aimed)
            self.stop = 0

    def mark(self, index: int, close: int) -> None:
        """Note the profit at a day's end."""
        self.marks.append(Mark(self.days[index], self.cash + self.position * close * TICK_MICRO))

    def close_out(self, index: int, close: int) -> None:
        """The end: sell what is held, at the last close."""
        if self.position:
            self._fill(index, Why.END, -self.position, at_open(close, -1 if self.position > 0 else 1, self.rules.costs), close)
        self.marks[-1] = Mark(self.days[index], self.cash)

    def _exit(self, index: int, opened: int) -> None:
        self._fill(index, Why.EXIT, -self.position, at_open(opened, -1 if self.position > 0 else 1, self.rules.costs), opened)
        self.stop = 0

    def _enter(self, index: int, opened: int) -> None:
        sign = 1 if self.wanted > 0 else -1
        price = at_open(opened, sign, self.rules.costs)
        self._fill(index, Why.ENTER, self.wanted, price, opened)
        if self.rules.stop_parts:
            self.stop = stop_ticks(price * TICK_MICRO, sign, self.rules.stop_parts, TICK_MICRO)

    def _may_enter(self, day: int) -> bool:
        """Count an entry against the day's bound; one too many is refused, and asked for again on the next bar."""
        if day != self.entries_day:
            self.entries_day, self.entries = day, 0
        if self.entries >= self.rules.entries_per_day_max:
            return False
        self.entries += 1
        return True

    def _fill(self, index: int, why: Why, shares: int, price: int, aimed: int) -> None:
        commission = commission_micro(abs(shares), price)
        self.fills.append(Fill(index, why, shares, price, commission))
        self.cash -= shares * price * TICK_MICRO + commission
        self.slippage += abs(price - aimed) * abs(shares) * TICK_MICRO
        self.position += shares

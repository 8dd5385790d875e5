"""Five-second bars in, one-minute bars out, strictly in the order of market time.

A minute is the sum of exactly twelve 5-second bars, and it closes when the twelfth arrives: nothing here reads a clock. A minute that misses even
one of them (we joined in its middle, or the feed lost some) is never guessed; it becomes a `Gap`, which the caller fills from history. What a
consumer sees is always in order: a backfilled minute that is older than one already passed on is refused, and the reason counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Symbol

SECONDS_PER_PART: Final = 5
PARTS_PER_MINUTE: Final = 12


class Ignored(StrEnum):
    """Why a bar was not used."""

    OTHER_SYMBOL = "other symbol"
    MISALIGNED = "not on the grid of its length"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "older than one already seen"
    UNFINISHED = "its minute is still being built from live bars"


@dataclass(frozen=True, slots=True)
class Gap:
    """Minutes that live bars did not cover: `minutes` of them from `minute_start`.

    A gap may reach over hours in which the market was closed; the caller asks the calendar before it asks for history.
    """

    symbol: Symbol
    minute_start: Instant
    minutes: int = 1

    @property
    def end(self) -> Instant:
        """First instant after the last missing minute."""
        return Instant(self.minute_start + self.minutes * NS_PER_MINUTE)

    def minute_starts(self) -> Iterator[Instant]:
        """The start of each missing minute, in order."""
        return (Instant(start) for start in range(self.minute_start, self.end, NS_PER_MINUTE))


class MinuteAggregator:
    """Builds one symbol's minute bars; `ignored` counts what was thrown away, by reason."""

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol
        self.ignored: Counter[Ignored] = Counter()
        self._last_part: Instant | None = None
        self._parts: list[Bar] = []  # of the minute that is being built, at most twelve
        self._unreported: Instant | None = None  # start of the oldest minute that was neither passed on nor reported as missing
        self._passed_on: Instant | None = None  # start of the newest minute that was passed on

    def add(self, bar5: Bar) -> Bar | Gap | None:
        """Take one live 5-second bar; the minute it completes, or the gap it reveals, or None."""
        reason = self._why_not(bar5)
        if reason is not None:
            self.ignored[reason] += 1
            return None
        self._last_part = bar5.start
        minute = _minute_of(bar5.start)
        revealed = self._begin(minute)
        self._parts.append(bar5)
        if bar5.end < minute + NS_PER_MINUTE:
            return revealed
        return self._close(minute, revealed)

    def backfill(self, bar: Bar) -> Bar | None:
        """Take one minute bar from history, to warm up or to fill a gap; the bar to pass on, marked, or None where it comes too late.

        History is asked oldest first. To warm up, feed it before the first live bar; its newest bar may be the running minute, which is refused once
        a live bar of that minute was seen.
        """
        reason = self._why_not_backfill(bar)
        if reason is not None:
            self.ignored[reason] += 1
            return None
        self._passed_on = bar.start
        if self._unreported is None or self._unreported <= bar.start:
            self._unreported = bar.end
        return replace(bar, backfilled=True)

    def _why_not(self, bar5: Bar) -> Ignored | None:
        if bar5.symbol != self.symbol:
            return Ignored.OTHER_SYMBOL
        if bar5.seconds != SECONDS_PER_PART or bar5.start % (SECONDS_PER_PART * NS_PER_SECOND):
            return Ignored.MISALIGNED
        if bar5.start == self._last_part:
            return Ignored.DUPLICATE
        too_old = self._last_part is not None and bar5.start < self._last_part
        already_had = self._passed_on is not None and _minute_of(bar5.start) <= self._passed_on
        return Ignored.OUT_OF_ORDER if too_old or already_had else None

    def _why_not_backfill(self, bar: Bar) -> Ignored | None:
        if bar.symbol != self.symbol:
            return Ignored.OTHER_SYMBOL
        if bar.seconds * NS_PER_SECOND != NS_PER_MINUTE or bar.start % NS_PER_MINUTE:
            return Ignored.MISALIGNED
        if self._passed_on is not None and bar.start <= self._passed_on:
            return Ignored.DUPLICATE if bar.start == self._passed_on else Ignored.OUT_OF_ORDER
        if self._parts and bar.start >= _minute_of(self._parts[0].start):
            return Ignored.UNFINISHED
        return None

    def _begin(self, minute: Instant) -> Gap | None:
        """Drop what an earlier minute left behind; the gap between the last settled minute and this one, if any."""
        if self._parts and _minute_of(self._parts[0].start) == minute:
            return None
        self._parts.clear()
        missing_from, self._unreported = self._unreported, minute
        if missing_from is None or missing_from >= minute:
            return None
        return Gap(self.symbol, missing_from, (minute - missing_from) // NS_PER_MINUTE)

    def _close(self, minute: Instant, revealed: Gap | None) -> Bar | Gap:
        """The last part of `minute` is here: the whole bar, or the gap, joined to the one that the same bar revealed."""
        parts, self._parts = self._parts, []
        self._unreported = Instant(minute + NS_PER_MINUTE)
        if len(parts) == PARTS_PER_MINUTE:
            self._passed_on = minute
            return _sum_of(parts, minute)
        if revealed is None:
            return Gap(self.symbol, minute)
        return replace(revealed, minutes=revealed.minutes + 1)


def _minute_of(instant: Instant) -> Instant:
    return Instant(instant - instant % NS_PER_MINUTE)


def _sum_of(parts: list[Bar], minute: Instant) -> Bar:
    return Bar(
        symbol=parts[0].symbol,
        start=minute,
        seconds=NS_PER_MINUTE // NS_PER_SECOND,
        open=parts[0].open,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=parts[-1].close,
        volume=sum(part.volume for part in parts),
    )

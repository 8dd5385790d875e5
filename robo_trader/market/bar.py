"""Bars: what trades did in a stretch of time, in whole ticks."""

from __future__ import annotations

from dataclasses import dataclass

from robo_trader.values import NS_PER_SECOND, Instant, Symbol, Ticks


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: prices in ticks, volume in shares, `start` inclusive in market time, `seconds` long.

    `backfilled` marks a bar taken from history because live bars were missing.
    """

    symbol: Symbol
    start: Instant
    seconds: int
    open: Ticks
    high: Ticks
    low: Ticks
    close: Ticks
    volume: int
    backfilled: bool = False

    @property
    def end(self) -> Instant:
        """First instant after the bar."""
        return Instant(self.start + self.seconds * NS_PER_SECOND)

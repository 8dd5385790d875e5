"""Moving-average cross: long while the fast average is above the slow one, short while below.

The averages are simple ones of closes, compared exactly in integer ticks; a tie keeps the side, so a price that stands still trades nothing. It
speaks from the first bar on which both averages exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from robo_trader.strategies.indicators import IntRing, compare_averages, next_slot, ring, value_back
from robo_trader.strategies.strategy import NO_OPINION


class MovingAverageCross:
    """`fast` and `slow` are the lengths of the two averages in bars, 1 <= fast < slow."""

    name: ClassVar[str] = "moving_average_cross"

    fast: int
    slow: int
    closes: IntRing
    slot: int
    seen: int
    fast_sum: int
    slow_sum: int
    side: int

    def __init__(self, fast: int, slow: int) -> None:
        assert 1 <= fast < slow, "the catalogue validates parameters"
        self.fast = fast
        self.slow = slow
        self.closes = ring(slow)
        self.slot = 0
        self.seen = 0
        self.fast_sum = 0
        self.slow_sum = 0
        self.side = NO_OPINION  # until both averages exist and differ

    @property
    def parameters(self) -> Mapping[str, int]:
        """The two lengths."""
        return MappingProxyType({"fast": self.fast, "slow": self.slow})

    @property
    def warmup_bars(self) -> int:
        """The slow average needs this many bars."""
        return self.slow

    def on_bar(self, open: int, high: int, low: int, close: int, volume: int) -> int:  # noqa: A002, ARG002 - the contract's words
        """+1, -1, or `NO_OPINION` while the slow average is incomplete (or both were equal ever since)."""
        self.fast_sum += close - value_back(self.closes, self.slot, self.fast)
        self.slow_sum += close - value_back(self.closes, self.slot, self.slow)
        self.closes[self.slot] = close
        self.slot = next_slot(self.closes, self.slot)
        if self.seen < self.slow:
            self.seen += 1
        if self.seen == self.slow:
            order = compare_averages(self.fast_sum, self.fast, self.slow_sum, self.slow)
            if order != 0:
                self.side = order
        return self.side

"""What a strategy is: bars in, a stance out.

A strategy says what it wants to hold, never what to trade: long, flat or short, decided on the bar that just ended. How many shares that means, how
to get there and whether it is allowed are other parts' business. Repeating a stance does nothing.

One source runs live, in replay, and compiled in the search. So `on_bar` keeps to what compiles: scalar integers and fixed int64 buffers declared on
the
class, plain loops and comparisons, no reductions, no floats mixed into integer state, no allocation. Prices are ticks, volume is shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

SHORT: Final = -1
FLAT: Final = 0
LONG: Final = 1

NO_OPINION: Final = 9
"""Not enough bars to say anything: the desk is told nothing, which is not the same as being told to be flat."""


class Strategy(Protocol):
    """The contract. An instance belongs to one symbol and sees its bars once each, in order."""

    @property
    def name(self) -> str:
        """The catalogue's name; part of every sub-book, so it never changes."""

    @property
    def parameters(self) -> Mapping[str, int]:
        """What the instance was built with, for records and reports."""

    @property
    def warmup_bars(self) -> int:
        """Bars until the first opinion may come."""

    def on_bar(self, open: int, high: int, low: int, close: int, volume: int) -> int:  # noqa: A002 - the bar's own words
        """The stance after this bar: -1, 0, +1, or `NO_OPINION`."""

"""Market time: the latest instant that a message of the market or the broker proves to have come (DESIGN 6).

Strategies, validity and the age of data live on this clock, so that a replayed day decides as the real one did. It moves only by evidence: the end
of a real-time bar, ticks 45 and 48 (last trade), an execution's time, an answer to the current-time question. It never falls.
"""

from __future__ import annotations

from typing import Final

from robo_trader.values import Instant

NEVER: Final = Instant(0)
"""What the clock says before any evidence came."""


class MarketClock:
    """The maximum of all instants observed; nanoseconds UTC."""

    def __init__(self) -> None:
        self._now = NEVER

    def observe(self, instant: Instant) -> None:
        """Take `instant` as proof that market time has come at least this far."""
        self._now = max(self._now, instant)

    @property
    def now(self) -> Instant:
        """The market's time as far as is proven; `NEVER` before the first evidence."""
        return self._now

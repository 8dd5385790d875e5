"""When a look at the broker has to be a whole one.

A whole look asks for completed orders and for all executions of the day as well: frames that grow with the day, on the socket that also brings the
bars. A light look asks for open orders and positions only. It decides nothing; the desk finds in it a reason for a whole one (`desk.sweeping`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.orders.evidence import Sweep
from robo_trader.values import NS_PER_SECOND

SWEEP_EVERY_SECONDS: Final = 10.0
WHOLE_EVERY_SECONDS_MAX: Final = 60.0


@dataclass(slots=True)
class SweepPace:
    """One session's looks; begins with a whole one. Times are CLOCK_BOOTTIME in ns."""

    _whole_ns: int | None = None

    def session_begins(self) -> None:
        """What an earlier session answered counts no more."""
        self._whole_ns = None

    def light_will_do(self, now_ns: int, *, vouched: bool) -> bool:
        """Whether a look that nobody asked for may be light: the desk vouches for every symbol, and a whole one is recent.

        While anything is in doubt the desk does not vouch: a doubt is settled by two whole looks, 10 s apart.
        """
        return vouched and self._whole_ns is not None and now_ns - self._whole_ns < WHOLE_EVERY_SECONDS_MAX * NS_PER_SECOND

    def answered(self, sweep: Sweep) -> None:
        """A look was answered; one with a part missing is not whole."""
        if not sweep.light and None not in (sweep.open_orders, sweep.completed, sweep.executions, sweep.positions):
            self._whole_ns = sweep.asked_process_ns

"""When a look at the broker has to be a whole one.

A whole look asks for completed orders and for all executions of the day as well: frames that grow with the day, on the socket that also brings the
bars. A light look asks for open orders and positions only. It decides nothing; the desk finds in it a reason for a whole one (`desk.sweeping`). Whole
looks that nobody asked for come once a minute, and on a day so busy that they take long, as much less often as keeps bars from waiting for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.orders.evidence import Sweep
from robo_trader.values import NS_PER_SECOND

SWEEP_EVERY_SECONDS: Final = 10.0
WHOLE_AGAIN_NS: Final = 60 * NS_PER_SECOND
WHOLE_AGAIN_NS_MAX: Final = 600 * NS_PER_SECOND
WHOLE_SHARE: Final = 1_000
"""Of so many parts of the time, whole looks that nobody asked for may take one."""


@dataclass(slots=True)
class SweepPace:
    """One session's looks; begins with a whole one. Times are CLOCK_BOOTTIME in ns."""

    _whole_ns: int | None = None
    _again_ns: int = WHOLE_AGAIN_NS

    def session_begins(self) -> None:
        """What an earlier session answered counts no more."""
        self._whole_ns = None

    def light_will_do(self, now_ns: int, *, vouched: bool) -> bool:
        """Whether a look that nobody asked for may be light: the desk vouches for every symbol, and a whole one is recent.

        While anything is in doubt the desk does not vouch: a doubt is settled by two whole looks, 10 s apart.
        """
        return vouched and self._whole_ns is not None and now_ns - self._whole_ns < self._again_ns

    def answered(self, sweep: Sweep, now_ns: int) -> None:
        """A look was answered; after one with a part missing, somebody's doubt stands, and the next is whole."""
        if sweep.light:
            return
        self._whole_ns = None
        if None not in (sweep.open_orders, sweep.completed, sweep.executions, sweep.positions):
            self._whole_ns = sweep.asked_process_ns
            took_ns = now_ns - sweep.asked_process_ns
            self._again_ns = min(max(WHOLE_SHARE * took_ns, WHOLE_AGAIN_NS), WHOLE_AGAIN_NS_MAX)

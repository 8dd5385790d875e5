"""The clocks of this machine, read here and nowhere else.

Two clocks, two jobs (DESIGN 6). `process_ns` (CLOCK_BOOTTIME) never jumps, goes on during suspend and is the same for every process of one boot:
leases, heartbeats and time-outs use it. `wall` (CLOCK_REALTIME) is what people and a halt's `until` mean; it may be stepped, so nothing is timed
with it. Instants of `process_ns` mean something only together with `boot_id`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from robo_trader.values import Instant

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def process_ns() -> int:
    """Nanoseconds since this machine booted, suspend included; comparable between processes of one boot."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def wall() -> Instant:
    """Nanoseconds since 1970-01-01 UTC, as this machine believes; may jump."""
    return Instant(time.time_ns())


class UnsteppedWall:
    """The wall clock less what it was stepped forward since this was made.

    For what a wrong clock may only delay: a halt that ends at `until` ends late then, never early. A step back is followed, and the step forward
    after it is not: a halt of the time between was given its `until` by the clock that was behind.
    """

    def __init__(self, wall: Callable[[], int] = wall, process: Callable[[], int] = process_ns) -> None:
        """Both in nanoseconds."""
        self._wall, self._process = wall, process
        self._made = wall() - process()

    def __call__(self) -> Instant:
        """Nanoseconds since 1970-01-01 UTC."""
        wall, process = self._wall(), self._process()
        self._made = min(self._made, wall - process)
        return Instant(self._made + process)


@cache
def boot_id() -> bytes:
    """16 bytes that name this boot of this machine."""
    return uuid.UUID(_BOOT_ID.read_text().strip()).bytes

"""Market days that keep a trader busy: one that crosses often, and one on which an entry has to be cancelled."""

from __future__ import annotations

import random

from tests.support.days import Day, path


def waves(chance: random.Random) -> Day:
    """A day that crosses often."""
    corners = [(0, 16_000)]
    while corners[-1][0] < 100:
        corners.append((corners[-1][0] + chance.randint(6, 14), 16_000 + chance.randint(-60, 60)))
    return Day(path(*corners))


def turning() -> Day:
    """A day whose entry, by averages of 5 and 20 bars, fills in part and then waits, until they turn and it is cancelled."""
    hill, entry = path((0, 16_000), (25, 16_050), (45, 15_960), (100, 15_950)), 20 * 60

    def quoted(second: int) -> bool:
        return not entry <= second < 50 * 60

    def volume(second: int) -> int:
        return 200 if quoted(second) else int(second % 60 == 59)

    return Day(hill, ask_size=lambda s: 40 if s >= entry - 30 else 500, quoted=quoted, volume=volume)

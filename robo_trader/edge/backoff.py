"""Pauses between attempts to reach a gateway that is not there.

Only waiting is retried with these, never an order. An absent gateway is a state that may last all night, so the pauses do not run out; each of them
is bounded, and jitter keeps several systems from knocking in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

PAUSE_FIRST_SECONDS: Final = 1.0
PAUSE_FACTOR: Final = 2.0
PAUSE_SECONDS_MAX: Final = 15.0
_JITTER_SHARE: Final = 0.25


def pauses(
    chance: Random, *, first_seconds: float = PAUSE_FIRST_SECONDS, factor: float = PAUSE_FACTOR, pause_seconds_max: float = PAUSE_SECONDS_MAX
) -> Iterator[float]:
    """Seconds to wait before the next attempts, without end: growing by `factor`, each up to a quarter shorter by chance.

    No pause is longer than `pause_seconds_max`.
    """
    assert first_seconds > 0, "a pause of nothing is a busy loop"
    assert factor >= 1, "a shrinking pause becomes a busy loop"
    pause = min(first_seconds, pause_seconds_max)
    while True:
        yield pause * (1 - _JITTER_SHARE * chance.random())
        pause = min(pause * factor, pause_seconds_max)

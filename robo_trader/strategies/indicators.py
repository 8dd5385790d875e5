"""Indicators on integer ticks: fixed ring buffers and running sums, so that nothing is ever divided or rounded.

They are plain functions on int64 buffers, in the subset that compiles. A ring of n places holds the last n values; `slot` is where the next one goes,
and the caller moves it on with `next_slot` after the last use of the old value. Averages are compared as sums by cross-multiplication.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

IntRing = npt.NDArray[np.int64]


def ring(places: int) -> IntRing:
    """An empty ring: zeros, so that a running sum may subtract from the start."""
    return np.zeros(places, dtype=np.int64)


def value_back(values: IntRing, slot: int, back: int) -> int:
    """The value put in `back` bars ago (1 = the newest), 0 before there was one; 1 <= back <= places."""
    index = slot - back
    if index < 0:
        index += values.shape[0]
    return int(values[index])


def next_slot(values: IntRing, slot: int) -> int:
    """The place after `slot`."""
    slot += 1
    return 0 if slot == values.shape[0] else slot


def compare_averages(first_sum: int, first_count: int, second_sum: int, second_count: int) -> int:
    """Sign of (first average - second average), exactly.

    Sums stay below 1e8 ticks x 10,000 bars, so the products stay below 1e16: inside int64 when compiled.
    """
    difference = first_sum * second_count - second_sum * first_count
    if difference > 0:
        return 1
    return -1 if difference < 0 else 0

"""Pauses that Python itself makes in a process that trades, and how they are kept short.

Two of them took longer than everything else between a bar and its order (`benchmarks/tick_to_order.py`, p99). A full collection walks every object
that the libraries brought along, tens of milliseconds for a third of a million that will never be garbage: what is there when the work begins is set
aside for good. And a thread that computes, the recorder's, keeps the interpreter for 5 ms each time that the loop wants it: here half a millisecond.
"""

from __future__ import annotations

import gc
import sys
from typing import Final

SWITCH_SECONDS: Final = 0.0005


def keep_short() -> None:
    """To be called once, when everything is imported and open."""
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)

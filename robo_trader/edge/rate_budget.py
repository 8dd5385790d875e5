"""The message budget: at most 40 messages to the broker in any second, 10 of them only for cancels and reducing orders (C08).

Theory: a message at instant t occupies the closed window [t, t + WINDOW]. The n-th message may go as soon as the n-th last before it has left its
window, so no window ever holds more than n, whatever the bursts; ring buffers of n instants are the whole state. Two rings: one for all messages,
one for those that may not touch the reserve. The broker cuts at 50 a second by its own clock; the room up to there, and a window that is a little
longer than a second, absorb what the way to the gateway compresses. The clock is the process's (CLOCK_BOOTTIME), never the market's.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

MESSAGES_PER_WINDOW_MAX: Final = 40
RESERVED_FOR_REDUCING: Final = 10
WINDOW_NS: Final = 1_050_000_000


class Kind(Enum):
    """What a message is for; decides which share of the budget it may use."""

    ENTRY = "entry"
    REDUCING = "reducing"  # cancels, exits, stops
    REQUEST = "request"  # questions and subscriptions


class RateBudget:
    """A sliding-window budget over one connection; it refuses nothing itself, it says when."""

    def __init__(self) -> None:
        self._all: deque[int] = deque(maxlen=MESSAGES_PER_WINDOW_MAX)
        self._unreserved: deque[int] = deque(maxlen=MESSAGES_PER_WINDOW_MAX - RESERVED_FOR_REDUCING)

    def next_free_ns(self, kind: Kind, now_ns: int) -> int:
        """The earliest instant, not before `now_ns`, at which one message of `kind` may go if nothing else is sent meanwhile."""
        rings = (self._all,) if kind is Kind.REDUCING else (self._all, self._unreserved)
        return max(now_ns, *(_free_ns(ring) for ring in rings))

    def may_send(self, kind: Kind, now_ns: int) -> bool:
        """Whether one message of `kind` may go at `now_ns`."""
        return self.next_free_ns(kind, now_ns) <= now_ns

    def spend(self, kind: Kind, now_ns: int) -> None:
        """Count one message of `kind` sent at `now_ns`; asked for only after `may_send`."""
        assert self.may_send(kind, now_ns), "a message went out beyond the budget"
        self._all.append(now_ns)
        if kind is not Kind.REDUCING:
            self._unreserved.append(now_ns)


def _free_ns(ring: deque[int]) -> int:
    """First instant at which the oldest message of a full ring has left its window; 0 while there is room."""
    return ring[0] + WINDOW_NS + 1 if len(ring) == ring.maxlen else 0

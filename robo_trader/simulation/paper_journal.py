"""The journal of a world, with the ways in which a journal and its process can come to grief.

What was acknowledged survives everything. A transaction whose process died before the answer may survive whole, as a beginning in its own order, or
not at all; the real one is atomic, so the worlds are harsher than the disk. A journal that failed once takes nothing more from that process, as in
`edge.journal_store`. The published head (how many rows, and their digest) may be older than the journal, never newer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from robo_trader.desk.events import Event, HaltLifted, HaltRecorded
from robo_trader.errors import JournalFailed, StateUnreadable
from robo_trader.orders.events import Acknowledged, Fill, Intended, OrderIdRaised
from robo_trader.simulation.agenda import Died

_POINTS: Final[tuple[tuple[str, type], ...]] = (
    ("K1", Intended),
    ("K2", Intended),
    ("K6", Acknowledged),
    ("K7", Fill),
    ("K9", HaltRecorded),
    ("K10", HaltLifted),
    ("K12", OrderIdRaised),
)
"""The rows whose commit a crash point names; at each of them the transaction's fate is drawn."""
BEFORE_COMMIT: Final = "K1"
"""The crash point at which nothing has reached the disk yet."""


@dataclass(slots=True)
class Rows:
    """What is on the disk: rows with their epochs, and the head that was published beside them."""

    events: list[Event] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    intents: dict[str, Intended] = field(default_factory=dict)
    head: tuple[int, str] = (0, "")

    def digest(self, count: int) -> str:
        """Names the first `count` rows."""
        return hashlib.sha256(repr(self.events[:count]).encode()).hexdigest()[:16]


class PaperJournal:
    """One process's open journal. `dying` says the crash point at which a commit ends the process; `refuses` why no disk writes.

    `lost` draws what of an unanswered transaction survives.
    """

    def __init__(self, rows: Rows, *, dying: Callable[[Sequence[Event]], str | None], refuses: Callable[[], str], lost: Random) -> None:
        """Raises `StateUnreadable` if the journal is shorter than its published head."""
        self._rows, self._dying, self._refuses, self._lost = rows, dying, refuses, lost
        self._failure = ""
        count, digest = rows.head
        if count > len(rows.events) or (count and rows.digest(count) != digest):
            raise StateUnreadable("the journal is shorter than, or differs from, what was published", "restore a backup")

    @property
    def last_epoch(self) -> int:
        """The epoch of the last row, 0 without one."""
        return self._rows.epochs[-1] if self._rows.epochs else 0

    @property
    def durable_seq(self) -> int:
        """The last row's number."""
        return len(self._rows.events)

    def read(self) -> Iterator[tuple[int, Event]]:
        """All rows with their numbers."""
        return iter(enumerate(list(self._rows.events), start=1))

    def append(self, events: Sequence[Event], *, epoch: int, at_ns: int) -> int:  # noqa: ARG002 - the real journal stamps its rows
        """Commit one transaction; raises `JournalFailed`, from then on always."""
        if self._failure or (why := self._refuses()):
            self._failure = self._failure or why
            raise JournalFailed(self._failure)
        point = self._dying(events)
        kept = list(events) if point is None else list(events[: self._surviving(point, len(events))])
        self._rows.events += kept
        self._rows.intents.update((event.intent, event) for event in kept if isinstance(event, Intended))
        self._rows.epochs += [epoch] * len(kept)
        if point is not None:
            raise Died(point)
        return self.durable_seq

    def _surviving(self, point: str, count: int) -> int:
        """How many rows of a transaction that was never answered are there afterwards."""
        return 0 if point == BEFORE_COMMIT else self._lost.choice((0, self._lost.randint(0, count), count))

    def publish_head(self) -> None:
        """Say beside the journal how long it is."""
        self._rows.head = self.durable_seq, self._rows.digest(self.durable_seq)


def point_of(events: Sequence[Event], dies_at: Callable[[str], bool]) -> str | None:
    """The crash point at which the commit of these rows ends the process, if one does."""
    passed = (point for point, kind in _POINTS if any(isinstance(event, kind) for event in events))
    return next((point for point in passed if dies_at(point)), None)

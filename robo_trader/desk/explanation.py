"""The answer to 'why was this order sent, or not': values only, for tables and JSON alike.

A story is one order, or one decision that became no order. It tells who caused it, what was known then, which controls said no with which value
against which limit, what became of it, and which halts stood. `BookNow` is where a book stands at the journal's end, and why it does nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from robo_trader.risk.halt import Halt
from robo_trader.values import BookId, Instant

LAST_DEFAULT: Final = 5
LAST_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """Which stories: of one intent (its id, a beginning of it, or an order reference), of a symbol, and how many of the newest."""

    intent: str = ""
    symbol: str = ""
    last: int = LAST_DEFAULT


class Cause(StrEnum):
    """Who wanted it, or who stood in its way."""

    SIGNAL = "signal"
    FILL = "fill"  # shares that were bought need a stop
    STOP_OUT = "stop-out"
    FLATTEN = "halt flatten"
    CONTROL = "control"
    HALT = "halt"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """The decision behind a story: on which bar, which stance (-1, 0, +1), and the target in shares."""

    seq: int
    bar_end: Instant
    stance: int
    target: int


@dataclass(frozen=True, slots=True)
class No:
    """One control's no. `times` counts it over bars, the value is the last one; `latched`: it stands for this decision."""

    seq: int
    control: str
    name: str
    detail: str
    value: str
    limit: str
    bar_end: Instant
    times: int
    latched: bool
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Step:
    """One event of an order's life; `at` is market time, None where the journal states none."""

    seq: int
    at: Instant | None
    what: str


@dataclass(frozen=True, slots=True)
class Story:
    """One order, or one decision without; `intent` is empty for the latter."""

    seq: int
    intent: str
    book: BookId
    sent: bool
    headline: str
    cause: Cause
    because: str
    decision: DecisionTold | None
    inputs: tuple[tuple[str, str], ...]
    refusals: tuple[No, ...]
    life: tuple[Step, ...]
    halts: tuple[Halt, ...]
    remedy: str


@dataclass(frozen=True, slots=True)
class BookNow:
    """A book at the end of the journal: shares held and wanted (None: nothing was ever decided), and what that means."""

    book: BookId
    position: int
    target: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The stories asked for, oldest first, where their books stand now, and the halts that stand now."""

    events: int
    stories: tuple[Story, ...]
    books: tuple[BookNow, ...]
    halts: tuple[Halt, ...]

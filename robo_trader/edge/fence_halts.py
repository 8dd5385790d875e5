"""Halts in the fence: what the bytes of its words and its table say.

A halt stands somewhere until something else, written later and elsewhere, says that it was lifted; nothing is ever cleared in place:

* the *table* has a record per halt; a resume overwrites it with a tombstone, under the table's lock;
* the *all* word is one blind write without any lock, so a halt of everything works beside a hung process. It names the last such halt, which then
  goes into the table too: overwriting the word loses nothing, and resuming one of two such halts leaves the other standing in the table;
* the *overflow* word stands for every halt that found no place in the table (full, or its lock held for 100 ms): they become one halt of everything,
  with one id, that a person lifts knowingly;
* the *lifted* record names, by token, the words that were resumed. Each write of a word has a fresh token, so a resume that was frozen half-way can
  never lift a halt that was raised after it looked.

Any record that cannot be read is a halt of everything by itself (`UNREADABLE_ID`).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from robo_trader.edge import fence_record
from robo_trader.edge.fence_record import ALL, FILE_SIZE, HALTS, LEASE, LIFTED, OVERFLOW, Cell
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, Instant

UNREADABLE_ID: Final = "fence-unreadable"
TOKEN_SIZE: Final = 8
EXPIRED_KEPT_NS: Final = 24 * 3600 * NS_PER_SECOND

_HEAD: Final = struct.Struct("<BBBBq8sq")
_LIFTED: Final = struct.Struct("<8s8s36s")
_SCOPES: Final = (HaltScope.ALL, HaltScope.SYMBOL, HaltScope.STRATEGY, HaltScope.ACCOUNT)  # by their numbers in the file
_ID_BYTES_MAX: Final = 36
_TARGET_BYTES_MAX: Final = 40
_REASON_BYTES_MAX: Final = 40
_BY_BYTES_MAX: Final = 32
_TEXT_BYTES_MAX: Final = fence_record.PAYLOAD_SIZE - _HEAD.size - 5 - _ID_BYTES_MAX - _TARGET_BYTES_MAX - _REASON_BYTES_MAX - _BY_BYTES_MAX


class State(IntEnum):
    """What a word or a place of the table holds."""

    FREE = 0
    STANDS = 1
    RESUMED = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One word or place of the table. Of a tombstone, `halt.by` is who resumed and `at_ns` (wall clock) when."""

    state: State
    halt: Halt
    token: bytes = bytes(TOKEN_SIZE)
    at_ns: int = 0


@dataclass(frozen=True, slots=True)
class Lifted:
    """Which writes of the two words no longer stand, and the id under which the overflow was lifted."""

    all_token: bytes = bytes(TOKEN_SIZE)
    overflow_token: bytes = bytes(TOKEN_SIZE)
    overflow_id: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """All that one reading of the file says about halts; `problem` is empty while every record could be read."""

    table: tuple[Entry | None, ...]
    all: Entry | None
    overflow: Entry | None
    lifted: Lifted | None
    problem: str

    def standing(self) -> tuple[Halt, ...]:
        """Every halt that nobody has resumed, whether its own end has passed or not."""
        found = {entry.halt.id: entry.halt for entry in self.table if entry is not None and entry.state is State.STANDS}
        for entry in (self.all if self.all_stands() else None, self.overflow if self.overflow_stands() else None):
            if entry is not None:
                found.setdefault(entry.halt.id, entry.halt)
        if self.problem:
            found[UNREADABLE_ID] = _unreadable(self.problem)
        return tuple(found.values())

    def resumed(self) -> frozenset[str]:
        """Ids that were lifted and that nothing here holds up any more."""
        lifted = {entry.halt.id for entry in self.table if entry is not None and entry.state is State.RESUMED}
        if self.lifted is not None and self.lifted.overflow_id:
            lifted.add(self.lifted.overflow_id)
        return frozenset(lifted) - {halt.id for halt in self.standing()}

    def all_stands(self) -> bool:
        """Whether the `all` word forbids everything by itself."""
        return self.all is not None and self.all.state is State.STANDS and (self.lifted is None or self.all.token != self.lifted.all_token)

    def overflow_stands(self) -> bool:
        """Whether halts stand that the table could not take."""
        word = self.overflow
        return word is not None and word.state is State.STANDS and (self.lifted is None or word.token != self.lifted.overflow_token)

    def place_for(self, halt_id: str, wall: Instant) -> Cell | None:
        """Where an entry of this id goes: its own place, a free one, the oldest tombstone's, that of a halt which ended a day ago; else None."""
        ranked = [(rank, index) for index, entry in enumerate(self.table) if (rank := _rank(entry, halt_id, wall)) is not None]
        return HALTS[min(ranked)[1]] if ranked else None


@lru_cache(maxsize=4)
def view(image: bytes) -> View:
    """Read the bytes of a whole file; never raises. Remembered, since a file is looked at far more often than it changes."""
    table = tuple(entry_in(image, cell) for cell in HALTS)
    words = entry_in(image, ALL), entry_in(image, OVERFLOW)
    lifted = lifted_in(image)
    bad = [str(cell) for cell, entry in zip((*HALTS, ALL, OVERFLOW, LIFTED), (*table, *words, lifted), strict=True) if entry is None]
    if fence_record.read(LEASE, image) is None:
        bad.append(str(LEASE))
    problem = f"{len(image)} of {FILE_SIZE} bytes" if len(image) != FILE_SIZE else f"{bad[0]} and {len(bad) - 1} more are damaged" if bad else ""
    return View(table, *words, lifted, problem)


def pack_entry(entry: Entry) -> bytes:
    """The payload of a word or a place of the table; long texts are cut, ids and targets never (ask `fits` first)."""
    halt = entry.halt
    head = _HEAD.pack(entry.state, halt.level, _SCOPES.index(halt.scope), halt.until is not None, halt.until or 0, entry.token, entry.at_ns)
    limits = (_ID_BYTES_MAX, _TARGET_BYTES_MAX, _REASON_BYTES_MAX, _BY_BYTES_MAX, _TEXT_BYTES_MAX)
    texts = (halt.id, halt.target, halt.reason, halt.by, halt.text)
    return head + b"".join(_short(text, limit) for text, limit in zip(texts, limits, strict=True))


def fits(halt: Halt) -> bool:
    """Whether the record can hold what this halt means: id, target and end."""
    try:
        sizes = len(halt.id.encode()), len(halt.target.encode())
    except UnicodeEncodeError:
        return False
    return sizes[0] <= _ID_BYTES_MAX and sizes[1] <= _TARGET_BYTES_MAX and -(2**63) <= (halt.until or 0) < 2**63


def entry_in(image: bytes, cell: Cell) -> Entry | None:
    """The entry of a cell; None if it cannot be read or says something that this program does not know."""
    record = fence_record.read(cell, image)
    if record is None:
        return None
    try:
        return _entry(record.payload)
    except (ValueError, IndexError):
        return None


def pack_lifted(lifted: Lifted) -> bytes:
    """The payload of the `lifted` record."""
    return _LIFTED.pack(lifted.all_token, lifted.overflow_token, lifted.overflow_id.encode())


def lifted_in(image: bytes) -> Lifted | None:
    """The `lifted` record; None if it cannot be read."""
    record = fence_record.read(LIFTED, image)
    if record is None:
        return None
    all_token, overflow_token, name = _LIFTED.unpack_from(record.payload)
    return Lifted(all_token, overflow_token, name.rstrip(b"\0").decode(errors="replace"))


def fresh_token() -> bytes:
    """Names one write of a word; never zero."""
    return os.urandom(TOKEN_SIZE - 1) + b"\1"


def overflowed(halt: Halt, before: Entry | None) -> Halt:
    """The one halt of everything that stands for all that found no place, at the strongest of their levels and without an end."""
    known = before.halt.id if before is not None else ""
    level = max(halt.level, before.halt.level) if before is not None else halt.level
    halt_id = known or f"overflow-{fresh_token().hex()}"
    return Halt(halt_id, level, HaltScope.ALL, "", f"no place left: {halt.reason}", None, halt.by, f"{halt.scope}:{halt.target} {halt.text}")


@lru_cache(maxsize=256)
def _entry(payload: bytes) -> Entry:
    """Decode one entry; raises ValueError or IndexError for values that do not exist."""
    state, level, scope, ends, until, token, at_ns = _HEAD.unpack_from(payload)
    texts, place = [], _HEAD.size
    for _ in range(5):
        length = payload[place]
        texts.append(payload[place + 1 : place + 1 + length].decode())
        place += 1 + length
    halt_id, target, reason, by, text = texts
    known_level = HaltLevel(level) if state else HaltLevel.NO_NEW
    end = Instant(until) if ends else None
    return Entry(State(state), Halt(halt_id, known_level, _SCOPES[scope], target, reason, end, by, text), token, at_ns)


def _short(text: str, limit: int) -> bytes:
    """Length and bytes of a text, cut at a character's end."""
    raw = text.encode(errors="replace")[:limit].decode(errors="ignore").encode()
    return bytes([len(raw)]) + raw


def _rank(entry: Entry | None, halt_id: str, wall: Instant) -> tuple[int, int] | None:
    """How gladly a place is given to `halt_id`, lowest first; None = never."""
    if entry is None:
        return None
    if entry.state is not State.FREE and entry.halt.id == halt_id:
        return 0, 0
    if entry.state is State.FREE:
        return 1, 0
    if entry.state is State.RESUMED:
        return 2, entry.at_ns
    until = entry.halt.until
    return (3, until) if until is not None and until + EXPIRED_KEPT_NS < wall else None


def _unreadable(problem: str) -> Halt:
    """What an unreadable record means."""
    return Halt(UNREADABLE_ID, HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "fence unreadable", None, "system", problem)

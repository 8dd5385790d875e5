"""The desk's state as it was after some row of the journal, so that a start need not fold a year again.

A snapshot is a shortcut and never a truth: the journal has everything, and a snapshot that is missing, torn, from other code, for other books or of
another journal is passed over, and the whole is folded. What makes one fit: the code that wrote it is the code that reads it, to the letter; its
anchor names a row that the journal has, all of whose rows were proven when it was opened; its own digest holds. It is written whole or not at all, by
a start that had to fold many events and before anything trades: writing takes a few seconds, which a trading desk does not have.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robo_trader.desk.desk import Desk
from robo_trader.desk.settings import DeskSettings
from robo_trader.desk.state import State
from robo_trader.edge import codec
from robo_trader.edge.codec_state import dump_state, load_state
from robo_trader.edge.journal_store import Anchor, Journal
from robo_trader.edge.state_directory import code_hash
from robo_trader.errors import StateUnreadable
from robo_trader.values import BookId

SNAPSHOT_EVENTS: Final = 50_000
"""A start that folds at least so many events writes a snapshot after it; so many are folded in about a second."""
FORMAT: Final = 1
_HEAD_BYTES_MAX: Final = 65_536


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of the file: what the rest is, and of what."""

    format: int
    code: str
    anchor: Anchor
    books: tuple[BookId, ...]
    sha256: str


def snapshot_path(journal: Path) -> Path:
    """Where the snapshot of the journal at this path lies."""
    return journal.with_name("journal.snapshot")


def read_anchor(path: Path) -> Anchor | None:
    """The anchor of the snapshot at `path`, for opening the journal; None without a snapshot of this very code."""
    head = _read_head(path)
    return head.anchor if head is not None else None


def resume(path: Path, journal: Journal, settings: DeskSettings) -> Desk:
    """The desk as the journal says, by the snapshot if it fits; writes a new one if much had to be folded.

    The same desk either way. Raises what `Journal.read` and `Desk.resume` raise.
    """
    state, seq = _load(path, journal, tuple(settings.books))
    desk = Desk.resume((event for _, event in journal.read(after=seq)), settings, state)
    if journal.durable_seq - seq >= SNAPSHOT_EVENTS:
        write_snapshot(path, journal, desk.state, tuple(settings.books))
    return desk


def write_snapshot(path: Path, journal: Journal, state: State, books: Sequence[BookId]) -> bool:
    """Keep `state`, which must be what `journal` says now to a desk of these books; False if the disk refuses, which must not stop what trades."""
    assert state.ledger.cash_change.is_finite()  # who asks folds the figures, and the next start then has them
    body = dump_state(state)
    head = Head(FORMAT, code_hash(), journal.anchor(), tuple(books), hashlib.sha256(body).hexdigest())
    fresh = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(codec.dump(head).encode() + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        return False
    return True


def _load(path: Path, journal: Journal, books: tuple[BookId, ...]) -> tuple[State | None, int]:
    """The state of a fitting snapshot and the row after which it was; (None, 0) if none fits."""
    head = _read_head(path)
    if head is None or head.books != books or head.anchor.head != journal.digest_at(head.anchor.seq):
        return None, 0
    try:
        with path.open("rb") as file:
            file.readline(_HEAD_BYTES_MAX)
            body = file.read()
        if hashlib.sha256(body).hexdigest() != head.sha256:
            return None, 0
        return load_state(body), head.anchor.seq
    except (OSError, StateUnreadable):
        return None, 0


def _read_head(path: Path) -> Head | None:
    """The head of a snapshot that this very code wrote."""
    try:
        with path.open("rb") as file:
            line = file.readline(_HEAD_BYTES_MAX)
        head = codec.load(Head, line.decode())
    except (OSError, UnicodeDecodeError, StateUnreadable):
        return None
    return head if (head.format, head.code) == (FORMAT, code_hash()) else None

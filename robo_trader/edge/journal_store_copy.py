"""A journal copied while it is being written, by SQLite's own backup: the copy is the journal as it stood at one instant.

A read transaction pins that instant before the first page is copied, so a writer that goes on changes nothing in the copy and never makes it begin
anew; it only keeps its log from being folded in until the copy is done. The copy leaves WAL mode, because a backup has to be one file that can be
read from a medium that nobody may write to; the next writer turns WAL on again. Any other database of a system is copied the same way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pysqlite3.dbapi2 as sqlite

from robo_trader.edge.journal_store import BUSY_MILLISECONDS, SCHEMA_VERSION, Journal
from robo_trader.errors import StateUnreadable

PAGES_PER_STEP: Final = 256
DATABASE_HEAD: Final = b"SQLite format 3\0"
_REMEDY: Final = "look at it with `robo-trader doctor`"


@dataclass(frozen=True, slots=True)
class JournalEnd:
    """Where a journal ends: its last sequence, the chain's digest there in hex, the highest epoch in it, and the schema it is written in."""

    seq: int
    head: str
    epoch: int
    schema: int = SCHEMA_VERSION


def copy_database(source: Path, target: Path, tell: Callable[[float], None] = lambda _share: None) -> None:
    """Copy a database to the new file `target`, for this user alone, and wait for the disk; `tell` hears the share that is done, 0 to 1.

    Raises `StateUnreadable` if the source cannot be read or the copy cannot be written, FileExistsError if `target` is there.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))

    def progress(_status: int, remaining: int, total: int) -> None:
        tell(1 - remaining / total if total else 1.0)

    try:
        theirs, ours = _open(source), _open(target)
        try:
            theirs.execute("PRAGMA query_only = ON")
            theirs.execute("BEGIN")
            theirs.execute("SELECT count(*) FROM sqlite_master").fetchone()  # a transaction begins to read, and is pinned, with its first question
            theirs.backup(ours, pages=PAGES_PER_STEP, progress=progress)
            ours.execute("PRAGMA journal_mode = DELETE").fetchone()
        finally:
            ours.close()
            theirs.close()
    except sqlite.Error as broken:
        raise StateUnreadable(f"{source} cannot be copied: {broken}", _REMEDY) from None
    _sync(target)


def end_of(journal: Path) -> JournalEnd:
    """Check every page and link of a journal that is at rest or being written, and say where it ends; raises `StateUnreadable`."""
    opened = Journal.open(journal, create=False, read_only=True)
    try:
        return JournalEnd(opened.durable_seq, opened.head, opened.last_epoch)
    finally:
        opened.close()


def _open(path: Path) -> sqlite.Connection:
    return sqlite.connect(str(path), isolation_level=None, timeout=BUSY_MILLISECONDS / 1000)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

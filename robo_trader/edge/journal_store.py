"""The journal: one append-only table of events with one global sequence, written by the desk's process alone.

Why one can believe it. A commit is one transaction, and durable when `append` returns (how: journal_store_sqlite, journal_store_postgres). Rows form
a chain: each digest is SHA-256 over the previous digest and the row, so an altered, missing or swapped row is found when the journal is opened or
read; triggers refuse UPDATE, DELETE and insertion out of order long before. A chain cannot show that its tail was cut off: journal_head publishes
where it ended. One process writes, by a lock that dies with it. After a failed commit the outcome is unknown, so the journal takes nothing more: the
process restarts and reads what is there.

Following a long chain link by link takes seconds. An `Anchor` says what the journal was once proven to hold up to a sequence: one digest over all
those rows in one piece, which is computed several times faster. Where it still fits, only the rows after it are followed by their links; where it
does not, all are.

Statements are plain SQL on SQLAlchemy's connection: this is the order path, and one commit is all that stands between a decision and the socket.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from robo_trader.desk.events import Event
from robo_trader.edge import codec
from robo_trader.edge.journal_store_postgres import SCHEMES, PostgresDatabase
from robo_trader.edge.journal_store_sqlite import BUSY_MILLISECONDS as BUSY_MILLISECONDS
from robo_trader.edge.journal_store_sqlite import REMEDY, SqliteFile
from robo_trader.edge.journal_store_sqlite import SCHEMA_VERSION as SCHEMA_VERSION
from robo_trader.edge.journal_store_sqlite import SQLITE_VERSION_MIN as SQLITE_VERSION_MIN
from robo_trader.edge.journal_store_sqlite import library_version as library_version
from robo_trader.errors import JournalFailed, StateUnreadable

READ_ROWS: Final = 1000

_GENESIS: Final = hashlib.sha256(b"RoboTrader journal 1").digest()

Row = tuple[int, int, int, str, str, bytes]


Unlinked = tuple[int, int, int, str, str]
"""(seq, at_ns, epoch, kind, payload) of a row before its digest is known."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a journal was proven to hold up to row `seq`: the chain's digest there, and the digest of all rows in one piece, both in hex."""

    seq: int
    head: str
    rows: str


def digest_of(previous: bytes, row: Unlinked) -> bytes:
    """The chain's next link: SHA-256 over the one before and the row."""
    return hashlib.sha256(previous + "{}|{}|{}|{}|{}".format(*row).encode()).digest()


class Journal:
    """An open journal; made by `Journal.open`. Not for use by two threads."""

    def __init__(self, base: SqliteFile | PostgresDatabase) -> None:
        """Built by `open`, which owns the checks."""
        self._base = base
        self._connection = base.connection
        self._failed = ""
        self._seq = 0
        self._head = _GENESIS
        self._anchored = 0
        self._rows = hashlib.sha256()  # of the first `_rows_seq` rows in one piece
        self._rows_seq = 0

    @classmethod
    def open(cls, place: Path | str, *, create: bool = True, read_only: bool = False, anchor: Anchor | None = None) -> Journal:
        """Open the journal in a file, or in the PostgreSQL database of a URL; check every page and every row.

        A row is checked by its link, or, up to a fitting `anchor`, all of them in one piece.

        Raises `StateUnreadable` for anything but a whole journal of this version (and for a missing one unless `create`), `AlreadyRunning` if another
        process writes it. `read_only` takes no lock and may look at a journal that is being written.
        """
        base: SqliteFile | PostgresDatabase
        if isinstance(place, str) and place.startswith(SCHEMES):
            base = PostgresDatabase(place, create=create, read_only=read_only)
        else:
            base = SqliteFile(Path(place), create=create, read_only=read_only)
        journal = cls(base)
        try:
            base.prepare()
            journal._prove(anchor)
        except DBAPIError as broken:
            journal.close()
            raise base.unreadable(broken) from None
        except BaseException:
            journal.close()
            raise
        return journal

    @property
    def durable_seq(self) -> int:
        """The last sequence that is safe on disk; 0 while empty."""
        return self._seq

    @property
    def anchored_seq(self) -> int:
        """Up to where the anchor fitted when the journal was opened; 0 without one."""
        return self._anchored

    @property
    def head(self) -> str:
        """The chain's last digest in hex: published elsewhere, it proves that nothing was cut off."""
        return self._head.hex()

    @property
    def last_epoch(self) -> int:
        """The highest epoch that ever wrote here; 0 while empty."""
        highest: int = self._connection.exec_driver_sql("SELECT coalesce(max(epoch), 0) FROM event").scalar_one()
        return highest

    def digest_at(self, seq: int) -> str | None:
        """The chain's digest after row `seq` in hex (0: before the first); None if the journal does not go that far."""
        if seq == 0:
            return _GENESIS.hex()
        found = self._connection.exec_driver_sql(self._base.select_digest, (seq,)).scalar_one_or_none()
        return bytes(found).hex() if found is not None else None

    def append(self, events: Sequence[Event], *, epoch: int, at_ns: int) -> int:
        """Write `events` in one durable transaction and return the last sequence.

        Raises `JournalFailed` if that did not certainly happen (this object then refuses everything that follows), and TypeError, before anything is
        written, for an event that could not be read back.
        """
        if self._failed:
            raise JournalFailed(f"the journal stopped after: {self._failed}")
        assert self._base.writes, "a journal opened to read takes no events"
        if not events:
            return self._seq
        rows = self._rows_of(events, epoch=epoch, at_ns=at_ns)
        self._failed = "a commit that was interrupted"  # holds until the commit has come back
        try:
            self._connection.exec_driver_sql(self._base.begin)
            self._connection.exec_driver_sql(self._base.insert, rows)
            self._connection.exec_driver_sql("COMMIT")
        except DBAPIError as broken:
            self._failed = self._base.cause(broken)
            with suppress(SQLAlchemyError):  # SQLite has rolled back by itself after most errors, and a lost server has nothing to roll back
                self._connection.exec_driver_sql("ROLLBACK")
            raise JournalFailed(f"{len(rows)} events were not committed to {self._base.where}: {self._failed}") from broken
        self._failed = ""
        self._seq, self._head = rows[-1][0], rows[-1][5]
        return self._seq

    def read(self, after: int = 0) -> Iterator[tuple[int, Event]]:
        """(sequence, event) of the rows after `after` up to `durable_seq`, each link checked; raises `StateUnreadable` naming the sequence."""
        for row in self._verified(after=after, upto=self._seq):
            yield row[0], self._event_of(row)

    def anchor(self) -> Anchor:
        """What this journal holds now, for the next opening; a second for each million rows that were not in the anchor before."""
        self._hash_rows(self._seq)
        return Anchor(self._seq, self.head, self._rows.hexdigest())

    def close(self) -> None:
        """Close the file and let another process in; a second call does nothing."""
        self._failed = self._failed or "it was closed"
        self._base.close()

    def _rows_of(self, events: Sequence[Event], *, epoch: int, at_ns: int) -> list[Row]:
        """The rows that follow the head, linked."""
        rows: list[Row] = []
        previous = self._head
        for seq, event in enumerate(events, self._seq + 1):
            row = (seq, at_ns, epoch, *codec.encode(event))
            previous = digest_of(previous, row)
            rows.append((*row, previous))
        return rows

    def _prove(self, anchor: Anchor | None) -> None:
        """Check every row: those under a fitting anchor in one piece, the others by their links."""
        if anchor is not None and self._fits(anchor):
            self._anchored = self._seq = anchor.seq
            self._head = bytes.fromhex(anchor.head)
        for seq, _, _, _, _, digest in self._verified(after=self._seq, upto=None):
            self._seq, self._head = seq, digest

    def _fits(self, anchor: Anchor) -> bool:
        """Whether the rows up to the anchor are those that it was made of."""
        if self.digest_at(anchor.seq) != anchor.head:
            return False
        self._hash_rows(anchor.seq)
        return self._rows.hexdigest() == anchor.rows

    def _hash_rows(self, upto: int) -> None:
        """Take the rows up to `upto` into the digest of all."""
        while self._rows_seq < upto:
            end = min(self._rows_seq + READ_ROWS, upto)
            rows = self._connection.exec_driver_sql(self._base.select_as_one, (self._rows_seq, end)).scalar_one()
            self._rows.update((rows or "").encode() + b"\n")
            self._rows_seq = end

    def _verified(self, *, after: int, upto: int | None) -> Iterator[Row]:
        """Rows whose links hold, in order and without gaps, read in pieces so that no cursor stays open."""
        before = self.digest_at(after)
        if before is None:
            raise self._broken(after, "the row is missing")
        seq, digest = after, bytes.fromhex(before)
        while upto is None or seq < upto:
            wanted = READ_ROWS if upto is None else min(READ_ROWS, upto - seq)
            rows = self._connection.exec_driver_sql(self._base.select, (seq, wanted)).all()
            if not rows:
                if upto is not None:
                    raise self._broken(seq + 1, "the row is missing")
                return
            for row in rows:
                found, at_ns, epoch, kind, payload, linked = row
                seq += 1
                if found != seq:
                    raise self._broken(seq, "the row is missing")
                digest = digest_of(digest, (seq, at_ns, epoch, kind, payload))
                if digest != linked:
                    raise self._broken(seq, "the row is not the one that was written")
                yield seq, at_ns, epoch, kind, payload, digest

    def _event_of(self, row: Row) -> Event:
        """The event of a row."""
        try:
            return codec.decode(row[3], row[4])
        except StateUnreadable as broken:
            raise self._broken(row[0], broken.cause) from None

    def _broken(self, seq: int, detail: str) -> StateUnreadable:
        """The error for one sequence."""
        return StateUnreadable(f"the journal {self._base.where} is broken at sequence {seq}: {detail}", REMEDY)

"""The journal: one append-only table of events with one global sequence, written by the desk's process alone.

Why one can believe it. A commit is durable when `append` returns (WAL, synchronous=FULL, one transaction). Rows form a chain: each digest is
SHA-256 over the previous digest and the row, so an altered, missing or swapped row is found when the journal is opened or read; triggers refuse
UPDATE, DELETE and insertion out of order long before. A chain cannot show that its tail was cut off: journal_head publishes where it ended. One
process writes, by a lock that dies with it. After a failed commit the outcome is unknown, so the journal takes nothing more: the process restarts
and reads what is there.

Statements are plain SQL on SQLAlchemy's connection: this is the order path, and one commit is all that stands between a decision and the socket.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from robo_trader.desk.events import Event
from robo_trader.edge import codec
from robo_trader.edge.file_lock import FileLock
from robo_trader.errors import ConfigurationError, JournalFailed, StateUnreadable

SQLITE_VERSION_MIN: Final = (3, 51, 3)  # older ones can lose the WAL's reset
SCHEMA_VERSION: Final = 1
BUSY_MILLISECONDS: Final = 1000
READ_ROWS: Final = 1000

_APPLICATION: Final = 0x52544A31  # RTJ1
_GENESIS: Final = hashlib.sha256(b"RoboTrader journal 1").digest()
_REMEDY: Final = "keep the file as it is, look at it with `robo-trader doctor`, and restore a backup"
_SCHEMA: Final = (
    """
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, epoch INTEGER NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL, digest BLOB NOT NULL
    ) STRICT
    """,
    "CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    """
    CREATE TRIGGER event_in_order BEFORE INSERT ON event WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event)
    BEGIN SELECT RAISE(ABORT, 'the journal has no gaps'); END
    """,
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
_INSERT: Final = "INSERT INTO event (seq, at_ns, epoch, kind, payload, digest) VALUES (?, ?, ?, ?, ?, ?)"
_SELECT: Final = "SELECT seq, at_ns, epoch, kind, payload, digest FROM event WHERE seq > ? ORDER BY seq LIMIT ?"

Row = tuple[int, int, int, str, str, bytes]


Unlinked = tuple[int, int, int, str, str]
"""(seq, at_ns, epoch, kind, payload) of a row before its digest is known."""


def digest_of(previous: bytes, row: Unlinked) -> bytes:
    """The chain's next link: SHA-256 over the one before and the row."""
    return hashlib.sha256(previous + "{}|{}|{}|{}|{}".format(*row).encode()).digest()


class Journal:
    """An open journal; made by `Journal.open`. Not for use by two threads."""

    def __init__(self, path: Path, engine: Engine, *, connection: Connection, lock: FileLock | None) -> None:
        """Built by `open`, which owns the checks; no `lock` means that this one only reads."""
        self._path = path
        self._engine = engine
        self._connection = connection
        self._lock = lock
        self._failed = ""
        self._seq = 0
        self._head = _GENESIS

    @classmethod
    def open(cls, path: Path, *, create: bool = True, read_only: bool = False) -> Journal:
        """Open, check every page and the whole chain.

        Raises `StateUnreadable` for anything but a whole journal of this version (and for a missing one unless `create`), `AlreadyRunning` if another
        process writes it. `read_only` takes no lock and may look at a journal that is being written.
        """
        _check_library()
        if (read_only or not create) and not path.exists():
            raise StateUnreadable(f"there is no journal at {path}", "check the system's name and ROBO_TRADER_STATE_DIR")
        lock = None if read_only else _lock_of(path)
        engine = _engine(path)
        try:
            journal = cls(path, engine, connection=engine.connect(), lock=lock)
        except DBAPIError as broken:
            engine.dispose()
            if lock is not None:
                lock.release()
            raise _unreadable(path, broken) from None
        try:
            journal._prepare(create=create and not read_only)
        except BaseException:
            journal.close()
            raise
        return journal

    @property
    def durable_seq(self) -> int:
        """The last sequence that is safe on disk; 0 while empty."""
        return self._seq

    @property
    def head(self) -> str:
        """The chain's last digest in hex: published elsewhere, it proves that nothing was cut off."""
        return self._head.hex()

    @property
    def last_epoch(self) -> int:
        """The highest epoch that ever wrote here; 0 while empty."""
        return _number(self._connection, "SELECT coalesce(max(epoch), 0) FROM event")

    def digest_at(self, seq: int) -> str | None:
        """The chain's digest after row `seq` in hex (0: before the first); None if the journal does not go that far."""
        found = self._connection.exec_driver_sql("SELECT digest FROM event WHERE seq = ?", (seq,)).scalar_one_or_none()
        return _GENESIS.hex() if seq == 0 else found.hex() if found is not None else None

    def append(self, events: Sequence[Event], *, epoch: int, at_ns: int) -> int:
        """Write `events` in one durable transaction and return the last sequence.

        Raises `JournalFailed` if that did not certainly happen (this object then refuses everything that follows), and TypeError, before anything is
        written, for an event that could not be read back.
        """
        if self._failed:
            raise JournalFailed(f"the journal stopped after: {self._failed}")
        assert self._lock is not None, "a journal opened to read takes no events"
        if not events:
            return self._seq
        rows = self._rows_of(events, epoch=epoch, at_ns=at_ns)
        self._failed = "a commit that was interrupted"  # holds until the commit has come back
        try:
            self._connection.exec_driver_sql("BEGIN IMMEDIATE")
            self._connection.exec_driver_sql(_INSERT, rows)
            self._connection.exec_driver_sql("COMMIT")
        except DBAPIError as broken:
            self._failed = _cause(broken)
            with suppress(DBAPIError):  # SQLite has rolled back by itself after most errors
                self._connection.exec_driver_sql("ROLLBACK")
            raise JournalFailed(f"{len(rows)} events were not committed to {self._path}: {self._failed}") from broken
        self._failed = ""
        self._seq, self._head = rows[-1][0], rows[-1][5]
        return self._seq

    def read(self) -> Iterator[tuple[int, Event]]:
        """(sequence, event) from the beginning to `durable_seq`, each link checked; raises `StateUnreadable` naming the sequence."""
        for row in self._verified(upto=self._seq):
            yield row[0], self._event_of(row)

    def close(self) -> None:
        """Close the file and let another process in; a second call does nothing."""
        self._failed = self._failed or "it was closed"
        self._connection.close()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def _rows_of(self, events: Sequence[Event], *, epoch: int, at_ns: int) -> list[Row]:
        """The rows that follow the head, linked."""
        rows: list[Row] = []
        previous = self._head
        for seq, event in enumerate(events, self._seq + 1):
            row = (seq, at_ns, epoch, *codec.encode(event))
            previous = digest_of(previous, row)
            rows.append((*row, previous))
        return rows

    def _prepare(self, *, create: bool) -> None:
        """Set the connection up, stamp an empty file, check everything."""
        try:
            fresh = create and _is_blank(self._connection)
            if not fresh:
                _check(self._path, self._connection)  # before the first pragma that writes: a foreign file stays as it is
            _configure(self._connection, writer=self._lock is not None)
            if fresh:
                _stamp(self._connection)
            for seq, _, _, _, _, digest in self._verified(upto=None):
                self._seq, self._head = seq, digest
        except DBAPIError as broken:
            raise _unreadable(self._path, broken) from None

    def _verified(self, *, upto: int | None) -> Iterator[Row]:
        """Rows whose links hold, in order and without gaps, read in pieces so that no cursor stays open."""
        seq, digest = 0, _GENESIS
        while upto is None or seq < upto:
            wanted = READ_ROWS if upto is None else min(READ_ROWS, upto - seq)
            rows = self._connection.exec_driver_sql(_SELECT, (seq, wanted)).all()
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
        return StateUnreadable(f"the journal {self._path} is broken at sequence {seq}: {detail}", _REMEDY)


def library_version() -> tuple[int, ...]:
    """The version of the SQLite that the journal is written with."""
    version: tuple[int, ...] = sqlite.sqlite_version_info
    return version


def _check_library() -> None:
    """Raise `ConfigurationError` for an SQLite with known ways to lose a commit."""
    if sqlite.sqlite_version_info < SQLITE_VERSION_MIN:
        wanted = ".".join(map(str, SQLITE_VERSION_MIN))
        raise ConfigurationError(f"SQLite {sqlite.sqlite_version} is too old for the journal", f"install pysqlite3 with SQLite {wanted} or newer")


def _lock_of(path: Path) -> FileLock:
    """The writer's lock beside the file."""
    return FileLock.take(path.with_name(path.name + ".lock"), what=f"the journal {path}", remedy="stop that process, or use another --system")


def _engine(path: Path) -> Engine:
    """An engine whose driver starts no transactions by itself."""
    options = {"isolation_level": None, "timeout": BUSY_MILLISECONDS / 1000}
    return create_engine("sqlite://", module=sqlite, connect_args=options, poolclass=NullPool, creator=lambda: sqlite.connect(str(path), **options))


def _configure(connection: Connection, *, writer: bool) -> None:
    """The pragmas that durability rests on."""
    if not writer:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        return
    mode = connection.exec_driver_sql("PRAGMA journal_mode = WAL").scalar_one()
    assert mode == "wal", f"SQLite answered {mode} when asked for WAL"
    connection.exec_driver_sql("PRAGMA synchronous = FULL")


def _number(connection: Connection, question: str) -> int:
    """The one integer that answers `question`."""
    answer: int = connection.exec_driver_sql(question).scalar_one()
    return answer


def _is_blank(connection: Connection) -> bool:
    """Whether nothing was ever stored here: a new file, or one whose maker died before the stamp."""
    return _number(connection, "SELECT count(*) FROM sqlite_master") == 0


def _stamp(connection: Connection) -> None:
    """Create the schema, all or nothing."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    for statement in _SCHEMA:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("COMMIT")


def _check(path: Path, connection: Connection) -> None:
    """Raise `StateUnreadable` unless the file is a journal of this version with sound pages."""
    application = _number(connection, "PRAGMA application_id")
    if application != _APPLICATION:
        raise StateUnreadable(f"{path} is not a journal of RoboTrader", _REMEDY)
    version = _number(connection, "PRAGMA user_version")
    if version != SCHEMA_VERSION:
        raise StateUnreadable(f"the journal {path} has schema {version}, this program writes {SCHEMA_VERSION}", "run the version that wrote it")
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if found != "ok":
        raise StateUnreadable(f"the journal {path} is damaged: {found}", _REMEDY)


def _cause(broken: DBAPIError) -> str:
    """SQLite's own words, with its error name."""
    return f"{getattr(broken.orig, 'sqlite_errorname', type(broken.orig).__name__)}: {broken.orig}"


def _unreadable(path: Path, broken: DBAPIError) -> StateUnreadable:
    """The user's view of a driver error while opening."""
    return StateUnreadable(f"the journal {path} cannot be read: {_cause(broken)}", _REMEDY)

"""The journal's file: SQLite with the settings that durability rests on, and one writer by a lock that dies with it.

WAL with synchronous=FULL: a commit waits until the disk has it. The file says of itself that it is a journal and of which schema, and its triggers
refuse UPDATE, DELETE and insertion out of order, whoever tries.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from robo_trader.edge.file_lock import FileLock
from robo_trader.errors import ConfigurationError, StateUnreadable

SQLITE_VERSION_MIN: Final = (3, 51, 3)  # older ones can lose the WAL's reset
SCHEMA_VERSION: Final = 1
BUSY_MILLISECONDS: Final = 1000
REMEDY: Final = "keep the file as it is, look at it with `robo-trader doctor`, and restore a backup"

_APPLICATION: Final = 0x52544A31  # RTJ1
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


class SqliteFile:
    """The file under a journal."""

    begin: Final = "BEGIN IMMEDIATE"
    insert: Final = "INSERT INTO event (seq, at_ns, epoch, kind, payload, digest) VALUES (?, ?, ?, ?, ?, ?)"
    select: Final = "SELECT seq, at_ns, epoch, kind, payload, digest FROM event WHERE seq > ? ORDER BY seq LIMIT ?"
    select_digest: Final = "SELECT digest FROM event WHERE seq = ?"
    select_as_one: Final = """
    SELECT group_concat(seq || '|' || at_ns || '|' || epoch || '|' || kind || '|' || payload || '|' || hex(digest), char(10))
    FROM (SELECT * FROM event WHERE seq > ? AND seq <= ? ORDER BY seq)
    """

    def __init__(self, path: Path, *, create: bool, read_only: bool) -> None:
        """Open the file and take the writer's lock; raises `StateUnreadable` and `AlreadyRunning` (see `Journal.open`)."""
        _check_library()
        if (read_only or not create) and not path.exists():
            raise StateUnreadable(f"there is no journal at {path}", "check the system's name and ROBO_TRADER_STATE_DIR")
        self._path, self.where = path, str(path)
        self._create = create and not read_only
        self._lock = None if read_only else _lock_of(path)
        self._engine = _engine(path)
        try:
            self.connection: Connection = self._engine.connect()
        except DBAPIError as broken:
            self._let_go()
            raise self.unreadable(broken) from None

    @property
    def writes(self) -> bool:
        """Whether this one may write."""
        return self._lock is not None

    def prepare(self) -> None:
        """Set the connection up, check what is there, stamp an empty file."""
        fresh = self._create and _is_blank(self.connection)
        if not fresh:
            _check(self._path, self.connection)  # before the first pragma that writes: a foreign file stays as it is
        _configure(self.connection, writer=self.writes)
        if fresh:
            _stamp(self.connection)

    def close(self) -> None:
        """Close the file and let another process in; a second call does nothing."""
        self.connection.close()
        self._let_go()

    def unreadable(self, broken: DBAPIError) -> StateUnreadable:
        """The user's view of a driver error while opening."""
        return StateUnreadable(f"the journal {self.where} cannot be read: {self.cause(broken)}", REMEDY)

    @staticmethod
    def cause(broken: DBAPIError) -> str:
        """SQLite's own words, with its error name."""
        return f"{getattr(broken.orig, 'sqlite_errorname', type(broken.orig).__name__)}: {broken.orig}"

    def _let_go(self) -> None:
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()


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
        raise StateUnreadable(f"{path} is not a journal of RoboTrader", REMEDY)
    version = _number(connection, "PRAGMA user_version")
    if version != SCHEMA_VERSION:
        raise StateUnreadable(f"the journal {path} has schema {version}, this program writes {SCHEMA_VERSION}", "run the version that wrote it")
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if found != "ok":
        raise StateUnreadable(f"the journal {path} is damaged: {found}", REMEDY)

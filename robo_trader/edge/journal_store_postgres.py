"""The journal in a PostgreSQL database, named by its URL: for those who keep their data on a server, with its own copies and archives.

The same table, the same chain, the same triggers as in a file. A commit waits for the server's disk (`synchronous_commit`, checked with `fsync` and
`full_page_writes`). One process writes, by an advisory lock that ends with its connection; a connection that is lost fails the next commit, and with
it the journal, so two can never believe that they write. The driver is fetched only by who asks for it: `pip install psycopg`.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from robo_trader.errors import AlreadyRunning, ConfigurationError, StateUnreadable

SCHEMES: Final = ("postgresql://", "postgres://")
CONNECT_SECONDS_MAX: Final = 5
STATEMENT_MILLISECONDS_MAX: Final = 5_000
SCHEMA_VERSION: Final = 1

_LOCK: Final = 0x52544A31  # RTJ1
_REMEDY: Final = "look at the server's log, and restore its last backup into another database"
_SCHEMA: Final = (
    """
    CREATE TABLE event (
        seq bigint PRIMARY KEY, at_ns bigint NOT NULL, epoch bigint NOT NULL, kind text NOT NULL, payload text NOT NULL, digest bytea NOT NULL
    )
    """,
    "CREATE TABLE journal_schema (version integer NOT NULL)",
    "INSERT INTO journal_schema VALUES (1)",
    """
    CREATE FUNCTION event_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$
    """,
    """
    CREATE FUNCTION event_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event) THEN RAISE EXCEPTION 'the journal has no gaps'; END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_stays()",
    "CREATE TRIGGER event_is_kept BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION event_stays()",
    "CREATE TRIGGER event_in_order BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION event_in_order()",
)


class PostgresDatabase:
    """The database under a journal."""

    begin: Final = "BEGIN"
    insert: Final = "INSERT INTO event (seq, at_ns, epoch, kind, payload, digest) VALUES (%s, %s, %s, %s, %s, %s)"
    select: Final = "SELECT seq, at_ns, epoch, kind, payload, digest FROM event WHERE seq > %s ORDER BY seq LIMIT %s"
    select_digest: Final = "SELECT digest FROM event WHERE seq = %s"
    select_as_one: Final = """
    SELECT string_agg(seq || '|' || at_ns || '|' || epoch || '|' || kind || '|' || payload || '|' || encode(digest, 'hex'), chr(10) ORDER BY seq)
    FROM event WHERE seq > %s AND seq <= %s
    """

    def __init__(self, url: str, *, create: bool, read_only: bool) -> None:
        """Connect and take the writer's lock; raises `ConfigurationError`, `StateUnreadable` and `AlreadyRunning` (see `Journal.open`)."""
        self.writes = not read_only
        self._create = create and not read_only
        try:
            parsed = make_url(url).set(drivername="postgresql+psycopg")
            self.where = parsed.render_as_string(hide_password=True)
            options = {"connect_timeout": CONNECT_SECONDS_MAX, "options": f"-c statement_timeout={STATEMENT_MILLISECONDS_MAX}"}
            self._engine = create_engine(parsed, connect_args=options, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        except (ArgumentError, ValueError) as broken:
            raise ConfigurationError(f"this is no address of a database: {broken}", "write it as postgresql://user@host/database") from None
        except ModuleNotFoundError as missing:
            raise ConfigurationError(f"a journal on PostgreSQL needs its driver: {missing}", "pip install psycopg") from None
        try:
            self.connection: Connection = self._engine.connect()
            self._settle()
        except DBAPIError as broken:
            self._engine.dispose()
            raise self.unreadable(broken) from None

    def prepare(self) -> None:
        """Check what is there, make the tables in an empty database."""
        if self._answer("SELECT to_regclass('event') IS NULL"):
            if not self._create:
                raise StateUnreadable(f"there is no journal in {self.where}", "check the address")
            self.connection.exec_driver_sql("BEGIN")
            for statement in _SCHEMA:
                self.connection.exec_driver_sql(statement)
            self.connection.exec_driver_sql("COMMIT")
        if self._answer("SELECT to_regclass('journal_schema') IS NULL"):
            raise StateUnreadable(f"the tables in {self.where} are not a journal of RoboTrader", "name another database")
        version = self._answer("SELECT max(version) FROM journal_schema")
        if version != SCHEMA_VERSION:
            found = f"the journal {self.where} has schema {version}, this program writes {SCHEMA_VERSION}"
            raise StateUnreadable(found, "run the version that wrote it")

    def close(self) -> None:
        """Close the connection, and with it the lock; a second call does nothing."""
        self.connection.close()
        self._engine.dispose()

    def unreadable(self, broken: DBAPIError) -> StateUnreadable:
        """The user's view of a driver error while opening."""
        return StateUnreadable(f"the journal {self.where} cannot be read: {self.cause(broken)}", _REMEDY)

    @staticmethod
    def cause(broken: DBAPIError) -> str:
        """The server's own words, with its error's class."""
        return f"{type(broken.orig).__name__}: {str(broken.orig).strip()}"

    def _settle(self) -> None:
        """What durability rests on, and the writer's lock."""
        if not self.writes:
            self.connection.exec_driver_sql("SET default_transaction_read_only = on")
            return
        self.connection.exec_driver_sql("SET synchronous_commit = on")
        for setting in ("fsync", "full_page_writes"):
            if self._answer(f"SHOW {setting}") != "on":
                self.close()
                raise ConfigurationError(f"the server of {self.where} runs with {setting} off and may lose what it committed", f"set {setting} = on")
        if not self._answer(f"SELECT pg_try_advisory_lock({_LOCK})"):
            self.close()
            raise AlreadyRunning(f"the journal {self.where} is in use by another process", "stop that process, or name another database")

    def _answer(self, question: str) -> object:
        return self.connection.exec_driver_sql(question).scalar_one()

"""The journal in a real PostgreSQL keeps the promises that it keeps in a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine

from robo_trader.edge.journal_store import Journal
from robo_trader.errors import AlreadyRunning, ConfigurationError, JournalFailed, StateUnreadable
from robo_trader.orders.events import CancelAsked, OrderIdRaised
from tests.support.postgres import programs, server

pytestmark = [
    pytest.mark.skipif(find_spec("psycopg") is None, reason="the driver is not installed: pip install 'psycopg[binary]'"),
    pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed: apt-get install postgresql"),
]
WRITER = """
import os, sys
from robo_trader.edge.journal_store import Journal
from robo_trader.orders.events import CancelAsked
journal = Journal.open(sys.argv[1])
while True:
    seq = journal.durable_seq + 1
    print(journal.append([CancelAsked(str(seq), "x" * (seq % 3000))], epoch=1, at_ns=seq), flush=True)
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as address:
        yield address


@pytest.fixture
def url(postgres: str, request: pytest.FixtureRequest) -> str:
    """A database of the test's own."""
    name = f"d{abs(hash(request.node.name))}"
    engine = create_engine(postgres.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return postgres.replace("/postgres?", f"/{name}?")


def test_what_was_appended_is_read_back_by_the_next_process_and_nothing_else_is_let_in(url: str):
    journal = Journal.open(url)
    assert journal.append([OrderIdRaised(7), CancelAsked("a", "100 %s 'quoted' \u20ac")], epoch=3, at_ns=10) == 2
    with pytest.raises(AlreadyRunning):
        Journal.open(url)
    head, anchor, connection = journal.head, journal.anchor(), journal._connection
    for statement in ("UPDATE event SET epoch = 2", "DELETE FROM event", "TRUNCATE event", "INSERT INTO event VALUES (9, 0, 1, 'k', '{}', '')"):
        with pytest.raises(Exception, match=r"append-only|no gaps"):
            connection.exec_driver_sql(statement)
    journal.close()
    again = Journal.open(url, anchor=anchor)
    assert list(again.read()) == [(1, OrderIdRaised(7)), (2, CancelAsked("a", "100 %s 'quoted' \u20ac"))]
    assert (again.durable_seq, again.head, again.last_epoch, again.anchored_seq, again.digest_at(2)) == (2, head, 3, 2, head)
    reader = Journal.open(url, read_only=True)
    assert reader.durable_seq == 2
    reader.close()
    again.close()


def test_a_changed_row_is_named(url: str):
    journal = Journal.open(url)
    journal.append([OrderIdRaised(n) for n in range(5)], epoch=1, at_ns=1)
    anchor = journal.anchor()
    journal._connection.exec_driver_sql("ALTER TABLE event DISABLE TRIGGER ALL")
    journal._connection.exec_driver_sql("UPDATE event SET at_ns = 2 WHERE seq = 3")
    journal.close()
    for known in (None, anchor):
        with pytest.raises(StateUnreadable, match="at sequence 3:"):
            Journal.open(url, anchor=known)


def test_a_connection_that_is_lost_ends_the_journal_and_lets_the_next_one_in(url: str):
    journal = Journal.open(url)
    other = Journal.open(url, read_only=True)
    other._connection.exec_driver_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'trader'"
    ).all()
    for _ in range(2):
        with pytest.raises(JournalFailed):
            journal.append([OrderIdRaised(1)], epoch=1, at_ns=1)
    Journal.open(url).close()


def test_a_server_that_does_not_wait_for_its_disk_is_refused():
    with server(settings="-c fsync=off") as address, pytest.raises(ConfigurationError, match="fsync off"):
        Journal.open(address)


def test_killed_writers_lose_nothing_that_they_acknowledged(url: str):
    promised = 0
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as writer:
            assert writer.stdout is not None
            for _ in range(20):
                promised = int(writer.stdout.readline())
            writer.kill()
            promised = max([promised, *map(int, writer.stdout.read().split())])
        rows = []
        while not rows:  # the server lets go of a dead writer's lock in its own time
            try:
                journal = Journal.open(url)
            except AlreadyRunning:
                continue
            rows = list(journal.read())
            journal.close()
        assert len(rows) >= promised
        assert rows == [(seq, CancelAsked(str(seq), "x" * (seq % 3000))) for seq in range(1, len(rows) + 1)]

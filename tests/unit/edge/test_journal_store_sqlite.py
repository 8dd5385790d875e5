"""The journal's file is written by an SQLite that keeps what it committed, with the settings that make it wait for the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from robo_trader.edge import journal_store_sqlite
from robo_trader.edge.journal_store import Journal
from robo_trader.errors import ConfigurationError, StateUnreadable
from tests.support.journals import written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(path)
    yield opened
    opened.close()


def test_an_sqlite_that_can_lose_commits_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal_store_sqlite.sqlite, "sqlite_version_info", (3, 51, 1))
    with pytest.raises(ConfigurationError, match="too old"):
        Journal.open(path)


def test_every_commit_reaches_the_disk(journal: Journal):
    assert journal._connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    assert journal._connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_a_file_whose_maker_died_before_the_stamp_is_a_new_journal(path: Path):
    path.touch()
    Journal.open(path).close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET epoch = 2",
        "DELETE FROM event",
        "INSERT INTO event VALUES (9, 0, 1, 'k', '{}', zeroblob(32))",
        "INSERT OR REPLACE INTO event VALUES (1, 0, 1, 'k', '{}', zeroblob(32))",
    ],
)
def test_the_file_itself_refuses_everything_but_the_next_row(path: Path, statement: str):
    written(path, 2)
    connection = sqlite.connect(str(path))
    with pytest.raises(sqlite.IntegrityError, match=r"append-only|no gaps"):
        connection.execute(statement)
    connection.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 100)


def foreign(path: Path) -> None:
    connection = sqlite.connect(str(path))
    connection.execute("CREATE TABLE event (seq INTEGER)")
    connection.close()


def newer(path: Path) -> None:
    written(path)
    connection = sqlite.connect(str(path))
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def torn(path: Path) -> None:
    written(path, 200)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(4096))


def a_directory(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("damage", [garbage, foreign, newer, torn, a_directory])
def test_what_is_not_a_whole_journal_is_unreadable_and_is_left_as_it_is(path: Path, damage: Callable[[Path], None]):
    damage(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StateUnreadable) as refusal:
        Journal.open(path)
    assert refusal.value.exit_code == 4
    assert (path.read_bytes() if path.is_file() else b"") == before

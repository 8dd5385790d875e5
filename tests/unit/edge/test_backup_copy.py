"""Files that somebody is writing are copied whole, and what belongs to processes alone is not copied."""

from __future__ import annotations

import os
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from robo_trader.edge import backup_copy
from robo_trader.edge.backup_copy import GATEWAY_STATE, await_gateway, copy_bytes, copy_file, make_folder, sync_folders, wanted_files
from robo_trader.errors import StateUnreadable


def test_what_speaks_of_living_processes_is_not_wanted(tmp_path: Path):
    wanted = {"journal.sqlite", "fence", "exchange.jsonl", "gateway/gateway.json", "recordings/2013-10-07/news-00001.parquet", "decisions.jsonl"}
    left = {"running.json", "gateway.json", "gateway.out", "run.lock", "gateway/gateway.lock", "journal.sqlite-wal", "recordings/x/news-00002.new"}
    for name in wanted | left:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("fence")
    os.mkfifo(tmp_path / "pipe")
    assert set(wanted_files(tmp_path)) == wanted


@pytest.mark.parametrize(("log", "kept"), [("a\nb\n", "a\nb\n"), ("a\nhalf", "a\n"), ("half", ""), ("", "")])
def test_a_log_is_copied_to_its_last_whole_line(tmp_path: Path, log: str, kept: str):
    (tmp_path / "log.jsonl").write_text(log)
    told: list[int] = []
    assert copy_file(tmp_path / "log.jsonl", tmp_path / "copy", told.append)
    assert (tmp_path / "copy").read_text() == kept
    assert sum(told) == len(kept)
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_a_line_that_never_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backup_copy, "CHUNK_BYTES", 4)
    (tmp_path / "log.jsonl").write_text("a\nbbbbbbbb")
    with pytest.raises(StateUnreadable, match="longer than"):
        copy_file(tmp_path / "log.jsonl", tmp_path / "copy")


def test_large_files_are_copied_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backup_copy, "CHUNK_BYTES", 4)
    (tmp_path / "file").write_bytes(bytes(range(10)))
    told: list[int] = []
    assert copy_file(tmp_path / "file", tmp_path / "copy", told.append)
    assert (tmp_path / "copy").read_bytes() == bytes(range(10))
    assert told == [4, 4, 2]


def test_a_file_that_has_gone_is_no_fault_and_one_that_is_there_is_not_overwritten(tmp_path: Path):
    assert not copy_file(tmp_path / "none", tmp_path / "copy")
    (tmp_path / "file").write_text("new")
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(FileExistsError):
        copy_bytes(tmp_path / "file", tmp_path / "kept")
    assert (tmp_path / "kept").read_text() == "mine"


def test_a_database_with_an_open_transaction_is_copied_by_its_own_library(tmp_path: Path):
    writer = sqlite.connect(str(tmp_path / "other.db"), isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (x)")
    writer.execute("INSERT INTO t VALUES (1)")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO t VALUES (2)")
    assert copy_file(tmp_path / "other.db", tmp_path / "copy.db")
    copy = sqlite.connect(str(tmp_path / "copy.db"))
    assert copy.execute("SELECT x FROM t").fetchall() == [(1,)]
    copy.close()
    writer.close()


def test_an_account_is_waited_for_until_it_is_newer_than_the_journal_and_not_for_ever(tmp_path: Path):
    pauses: list[float] = []
    assert not await_gateway(tmp_path, 0, pauses.append)
    assert pauses == [], "there is no simulated broker"
    path = tmp_path / GATEWAY_STATE
    path.parent.mkdir()
    path.write_text("{}")
    os.utime(path, ns=(1000, 1000))

    def save_at_the_third(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 3:
            os.utime(path, ns=(3000, 3000))

    assert await_gateway(tmp_path, 2000, save_at_the_third)
    assert len(pauses) == 3
    assert not await_gateway(tmp_path, 9000, pauses.append)
    assert sum(pauses) <= backup_copy.GATEWAY_WAIT_SECONDS_MAX + 1


def test_folders_are_for_their_owner_alone(tmp_path: Path):
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o700, 0o700]
    sync_folders(tmp_path)

"""A lock has one holder, names it, and dies with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from robo_trader.edge.file_lock import FileLock
from robo_trader.errors import AlreadyRunning


def take(path: Path) -> FileLock:
    return FileLock.take(path, what="the journal", remedy="stop it")


def test_a_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path):
    first = take(tmp_path / "a.lock")
    with pytest.raises(AlreadyRunning, match=f"the journal is in use by process {os.getpid()}; stop it"):
        take(tmp_path / "a.lock")
    first.release()


def test_a_released_lock_can_be_taken_and_releasing_twice_harms_nobody(tmp_path: Path):
    first = take(tmp_path / "a.lock")
    first.release()
    second = take(tmp_path / "a.lock")
    first.release()
    with pytest.raises(AlreadyRunning):
        take(tmp_path / "a.lock")
    second.release()


def test_a_dead_holder_holds_nothing(tmp_path: Path):
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    (tmp_path / "a.lock").write_text(f"{child}\n")
    take(tmp_path / "a.lock").release()

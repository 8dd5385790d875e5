"""Results under their keys: whole, found again, and no rubbish left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from robo_trader.edge.result_files import ResultFiles
from robo_trader.errors import ConfigurationError

KEY = "0123456789abcdef" * 4


def test_a_result_is_found_again_and_another_key_is_not(tmp_path: Path) -> None:
    results = ResultFiles.open(tmp_path / "deep" / "out")
    results.write(KEY, "{}\n")
    assert ResultFiles.open(tmp_path / "deep" / "out").read(KEY) == "{}\n"
    assert results.read("f" * 64) is None


def test_writing_again_leaves_one_file(tmp_path: Path) -> None:
    results = ResultFiles.open(tmp_path)
    results.write(KEY, "a")
    results.write(KEY, "a")
    assert [path.name for path in tmp_path.iterdir()] == [f"{KEY}.json"]


def test_a_file_that_is_not_text_counts_as_absent(tmp_path: Path) -> None:
    (tmp_path / f"{KEY}.json").write_bytes(b"\xff\x00")
    assert ResultFiles.open(tmp_path).read(KEY) is None


def test_what_a_killed_writer_left_goes_and_what_a_living_one_writes_stays(tmp_path: Path) -> None:
    dead, living = (tmp_path / f"{KEY}.json.new-{pid}" for pid in (2**22 + 1, os.getpid()))  # pids end at 2**22
    dead.write_text("{")
    living.write_text("{")
    ResultFiles.open(tmp_path)
    assert not dead.exists()
    assert living.exists()


def test_a_folder_that_cannot_be_made_is_the_user_s_to_change(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="--out"):
        ResultFiles.open(tmp_path / "file" / "out")


@pytest.mark.parametrize("key", ["", "../etc/passwd", "ABCDEF0123456789", "short"])
def test_only_a_hash_is_a_key(tmp_path: Path, key: str) -> None:
    with pytest.raises(AssertionError):
        ResultFiles.open(tmp_path).read(key)

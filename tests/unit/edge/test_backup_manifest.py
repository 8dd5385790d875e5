"""A manifest proves itself, and everything that it lists."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from robo_trader.edge.backup_manifest import MANIFEST, SEAL, Manifest, Saved, files_below, read_manifest, saved_of, write_manifest
from robo_trader.edge.journal_store_copy import JournalEnd
from robo_trader.errors import NotFound, StateUnreadable

MADE = Manifest(1, "b", "2026-11-26T05:00:00+00:00", True, "abc", {"python": "3.11"}, JournalEnd(3, "00", 1), 1, {"fence": Saved(2, "11")})


def test_a_manifest_reads_back_as_it_was_written(tmp_path: Path):
    write_manifest(tmp_path, MADE)
    assert read_manifest(tmp_path) == MADE
    assert MADE.size == 2
    assert all((tmp_path / name).stat().st_mode & 0o077 == 0 for name in (MANIFEST, SEAL))


def test_its_seal_is_what_the_usual_tool_checks(tmp_path: Path):
    write_manifest(tmp_path, MADE)
    done = subprocess.run(["sha256sum", "--check", SEAL], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [MANIFEST, SEAL])
def test_any_flipped_bit_breaks_the_seal(tmp_path: Path, name: str):
    write_manifest(tmp_path, MADE)
    whole = (tmp_path / name).read_bytes()
    for place in range(len(whole)):
        (tmp_path / name).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(StateUnreadable, match="hash differs"):
            read_manifest(tmp_path)


def test_another_format_is_told_and_no_backup_is_not_found(tmp_path: Path):
    with pytest.raises(NotFound):
        read_manifest(tmp_path)
    with pytest.raises(NotFound):
        read_manifest(tmp_path / "none")
    write_manifest(tmp_path, Manifest(2, "b", "", False, "", {}, MADE.journal, 1, {}))
    with pytest.raises(StateUnreadable, match="format 2"):
        read_manifest(tmp_path)


def test_files_are_named_by_relative_paths_links_among_them(tmp_path: Path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_text("x")
    (tmp_path / "link").symlink_to("a")
    assert list(files_below(tmp_path)) == ["a/b/c", "link"]
    assert saved_of(tmp_path / "a" / "b" / "c").size == 1

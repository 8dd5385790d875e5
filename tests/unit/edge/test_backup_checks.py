"""Whatever is not as it was saved is found, wherever it is."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from robo_trader.edge.backup_checks import verify
from robo_trader.edge.backup_manifest import FILES, files_below, read_manifest, saved_of, write_manifest
from robo_trader.edge.journal_store_copy import JournalEnd
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE
from robo_trader.errors import NotFound
from tests.support.saved_systems import saved

NAMES = [
    *("manifest.json", "manifest.sha256", "files/journal.sqlite", "files/journal.head", "files/fence"),
    *("files/exchange.jsonl", "files/gateway/gateway.json", "files/recordings/2013-10-07/news-00001.parquet"),
]


@pytest.fixture
def backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "state"))
    return saved()


def wrong(folder: Path) -> list[str]:
    return [finding.what for finding in verify(folder)[1] if not finding.ok]


def flip(path: Path, place: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[place % len(raw)] ^= 0x10
    path.write_bytes(raw)


def test_a_whole_backup_has_one_finding_a_check_and_is_not_changed_by_looking(backup: Path):
    assert list(files_below(backup)) == sorted(NAMES)
    before = {name: saved_of(backup / name) for name in files_below(backup)}
    told: list[tuple[int, int]] = []
    manifest, findings = verify(backup, lambda done, total: told.append((done, total)))
    assert [finding.what for finding in findings] == ["manifest", "files", "journal", "events", "head", "fence"]
    assert all(finding.ok for finding in findings), findings
    assert manifest is not None and told[-1] == (manifest.size, manifest.size)
    assert "held then: SPY 100" in findings[3].finding
    assert {name: saved_of(backup / name) for name in files_below(backup)} == before


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=some.integers(0, 1 << 20))
def test_a_flipped_bit_in_any_file_is_found(backup: Path, name: str, place: int):
    whole = (backup / name).read_bytes()
    flip(backup / name, place)
    assert wrong(backup)
    (backup / name).write_bytes(whole)
    assert wrong(backup) == []


@pytest.mark.parametrize("name", NAMES[2:])
def test_a_file_that_is_missing_cut_or_a_link_is_found(backup: Path, name: str):
    path = backup / name
    kept = path.with_name("kept")
    path.rename(kept)
    assert "files" in wrong(backup)
    path.symlink_to(kept)
    assert "files" in wrong(backup)
    path.unlink()
    path.write_bytes(kept.read_bytes()[:-1])
    assert "files" in wrong(backup)


def test_a_file_that_nobody_saved_is_found_and_a_journal_beside_one_is_not_opened(backup: Path):
    (backup / FILES / "journal.sqlite-journal").write_text("what a library would roll back")
    assert wrong(backup) == ["files", "journal", "events", "head"]
    assert (backup / FILES / "journal.sqlite-journal").exists()


def test_files_that_are_listed_rightly_and_mean_nothing_are_found_too(backup: Path, tmp_path: Path):
    """Somebody who makes a new list for what he broke."""
    for name, content, found in (("fence", os.urandom(65_536), "fence"), ("journal.sqlite", b"x" * 4096, "journal"), ("journal.head", b"{}", "head")):
        forged = tmp_path / f"forged-{name}"
        shutil.copytree(backup, forged)
        manifest = read_manifest(forged)
        (forged / FILES / name).write_bytes(content)
        manifest.files[name] = saved_of(forged / FILES / name)
        for seal in ("manifest.json", "manifest.sha256"):
            (forged / seal).unlink()
        write_manifest(forged, manifest)
        assert found in wrong(forged)
        assert "files" not in wrong(forged)


@pytest.mark.parametrize(
    ("change", "found"),
    [({"epoch": 9}, "fence"), ({"journal": JournalEnd(1, "00", 1)}, "journal")],
    ids=["epoch", "end of the journal"],
)
def test_a_manifest_that_speaks_of_other_files_is_found(backup: Path, change: dict[str, Any], found: str):
    manifest = replace(read_manifest(backup), **change)
    for seal in ("manifest.json", "manifest.sha256"):
        (backup / seal).unlink()
    write_manifest(backup, manifest)
    assert found in wrong(backup)


def test_where_there_is_no_backup_none_is_found(tmp_path: Path):
    with pytest.raises(NotFound):
        verify(tmp_path)

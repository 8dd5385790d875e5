"""The gateway's saved state: whole or not at all, and held by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.errors import AlreadyRunning, ConfigurationError, StateUnreadable
from robo_trader.simulated_gateway.persistence import StateDirectory


def test_day_one_has_no_state(tmp_path: Path) -> None:
    assert StateDirectory(tmp_path / "new").load() is None


def test_what_was_saved_last_is_loaded(tmp_path: Path) -> None:
    kept = StateDirectory(tmp_path)
    kept.save({"now": 1})
    kept.save({"now": 2, "deep": {"x": [1, "y", None]}})
    kept.close()
    assert StateDirectory(tmp_path).load() == {"now": 2, "deep": {"x": [1, "y", None]}}


def test_what_was_saved_without_waiting_for_the_disk_is_loaded_too(tmp_path: Path) -> None:
    kept = StateDirectory(tmp_path)
    kept.save({"now": 1})
    kept.save({"now": 2}, synced=False)
    kept.close()
    assert StateDirectory(tmp_path).load() == {"now": 2}


def test_two_gateways_cannot_share_a_directory(tmp_path: Path) -> None:
    held = StateDirectory(tmp_path)
    with pytest.raises(AlreadyRunning):
        StateDirectory(tmp_path)
    held.close()
    StateDirectory(tmp_path).close()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"version": 99, "state": {}}', b'{"version": 1}', b'{"version": 1, "state": 5}']
)
def test_a_file_that_is_not_a_state_is_refused(tmp_path: Path, content: bytes) -> None:
    kept = StateDirectory(tmp_path)
    kept.path.write_bytes(content)
    with pytest.raises(StateUnreadable):
        kept.load()


def test_a_write_that_was_cut_short_leaves_the_older_state(tmp_path: Path) -> None:
    kept = StateDirectory(tmp_path)
    kept.save({"now": 1})
    kept.path.with_suffix(".new").write_text('{"version": 1, "sta')
    assert kept.load() == {"now": 1}
    kept.save({"now": 2})
    assert kept.load() == {"now": 2}


def test_a_directory_that_cannot_be_made_is_the_persons_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="--state"):
        StateDirectory(tmp_path / "file" / "below")


def test_a_state_that_cannot_be_written_is_told_and_the_older_stands(tmp_path: Path) -> None:
    kept = StateDirectory(tmp_path)
    kept.save({"now": 1})
    kept.path.with_suffix(".new").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        kept.save({"now": 2})
    assert kept.load() == {"now": 1}

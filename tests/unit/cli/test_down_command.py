"""`down` says what it needs before it takes its time."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.cli.app import main


def test_nothing_that_runs_is_nothing_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(tmp_path))
    (tmp_path / "main").mkdir()
    assert main(["down"]) == 3
    assert "no system runs" in capsys.readouterr().err


def test_a_system_that_never_was_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(tmp_path))
    (tmp_path / "main").mkdir()
    assert main(["down", "--system", "other"]) == 2
    assert "main" in capsys.readouterr().err

"""`revive` says what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.cli.app import main


def test_nothing_that_runs_has_nothing_to_revive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(tmp_path))
    (tmp_path / "main").mkdir()
    assert main(["revive", "risk_desk"]) == 3
    assert "no system runs" in capsys.readouterr().err

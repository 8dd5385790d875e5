"""`doctor` as a whole: what it exits with, and that it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from robo_trader.cli.app import main
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.state_directory import StateDirectory

System = Callable[..., StateDirectory]


def test_before_the_first_run_all_is_well_and_nothing_is_made(state_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert not state_root.exists()


def test_a_fault_ends_with_1_and_comes_with_its_remedy(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    directory = system("one")
    directory.journal.write_bytes(b"not a journal" * 1000)
    assert main(["doctor", "--json"]) == 1
    wrong = [check for check in json.loads(capsys.readouterr().out)["checks"] if not check["ok"]]
    assert [check["what"] for check in wrong] == ["one journal"]
    assert wrong[0]["remedy"]
    assert directory.journal.read_bytes() == b"not a journal" * 1000


def test_one_system_can_be_looked_at_alone(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    Journal.open(system("good").journal).close()
    system("bad")
    assert main(["doctor", "--system", "good"]) == 0
    assert "bad" not in capsys.readouterr().out
    assert main(["doctor", "--system", "none"]) == 2

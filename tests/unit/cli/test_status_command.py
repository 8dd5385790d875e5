"""`status` of what does not run; tests/e2e ask what does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from robo_trader.cli import status_command
from robo_trader.cli.app import main
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import NotConfirmed

System = Callable[..., StateDirectory]


def test_with_no_system_at_all_nothing_runs() -> None:
    assert main(["status"]) == 3


def test_a_system_that_ended_does_not_run(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    system("one")
    assert main(["status", "--system", "one", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["exit_code"] == 3


def test_a_system_that_never_was_is_not_found(system: System) -> None:
    system("one")
    assert main(["status", "--system", "other"]) == 2


def test_a_supervisor_that_has_nothing_to_tell_yet_is_no_status(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_command, "ask", lambda *_: {"error": "the supervisor has only just started", "remedy": "ask again"})
    with pytest.raises(NotConfirmed, match="only just started"):
        status_command.asked(system("one"))

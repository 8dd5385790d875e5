"""One place turns errors into a line and an exit code: a person's mistake never ends in a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from robo_trader.cli import app as cli
from robo_trader.cli.app import main
from robo_trader.errors import (
    AlreadyRunning,
    ConfigurationError,
    DataError,
    GatewayAbsent,
    ImpossibleStep,
    JournalFailed,
    NotConfirmed,
    NotFound,
    NotRunning,
    StaleEpoch,
    StateUnreadable,
)

COMMANDS = ["run", "down", "status", "why", "halt", "resume", "revive", "doctor", "backup", "optimize", "simulate", "sim-gateway"]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """An app whose one command, `fail`, raises what the test puts into `failure`."""
    app = typer.Typer()

    @app.command("fail")
    def fail(as_json: bool = typer.Option(False, "--json")) -> None:  # noqa: ARG001
        raise app.failure  # type: ignore[attr-defined]

    @app.command("other")
    def other() -> None:
        """Two commands, so that the first one has to be named."""

    monkeypatch.setattr(cli, "app", app)
    return app


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NotFound("cause", "remedy"), 2),
        (NotRunning("cause", "remedy"), 3),
        (ConfigurationError("cause", "remedy"), 4),
        (DataError("cause", "remedy"), 4),
        (AlreadyRunning("cause", "remedy"), 4),
        (StateUnreadable("cause", "remedy"), 4),
        (NotConfirmed("cause", "remedy"), 5),
    ],
)
def test_a_users_error_is_one_line_with_its_exit_code(
    failing: typer.Typer, capsys: pytest.CaptureFixture[str], failure: Exception, code: int
) -> None:
    failing.failure = failure  # type: ignore[attr-defined]
    assert main(["fail"]) == code
    assert capsys.readouterr() == ("", "error: cause; remedy\n")
    assert main(["fail", "--json"]) == code
    said = capsys.readouterr()
    assert json.loads(said.out) == {"error": "cause", "remedy": "remedy", "exit_code": code}
    assert said.err == ""


@pytest.mark.parametrize("failure", [GatewayAbsent("gone"), JournalFailed("disk full"), StaleEpoch("succeeded"), OSError(28, "No space left", "/x")])
def test_what_the_world_did_is_one_line_too(failing: typer.Typer, capsys: pytest.CaptureFixture[str], failure: Exception) -> None:
    failing.failure = failure  # type: ignore[attr-defined]
    assert main(["fail"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_cause_of_several_lines_becomes_one(failing: typer.Typer, capsys: pytest.CaptureFixture[str]) -> None:
    failing.failure = DataError("two\n  lines.", "remedy")  # type: ignore[attr-defined]
    main(["fail"])
    assert capsys.readouterr().err == "error: two lines; remedy\n"


def test_an_interrupt_ends_with_130(failing: typer.Typer) -> None:
    failing.failure = KeyboardInterrupt()  # type: ignore[attr-defined]
    assert main(["fail"]) == 130


def test_a_fault_of_the_program_itself_is_not_hidden(failing: typer.Typer) -> None:
    failing.failure = ImpossibleStep("a bug")  # type: ignore[attr-defined]
    with pytest.raises(ImpossibleStep):
        main(["fail"])


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_the_help_lists_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert all(command in said for command in COMMANDS)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in {"backup", "revive", "simulate"}])
def test_every_command_has_its_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["frobnicate"], ["run", "--nonsense"], ["run", "--fast", "abc"], ["resume"], ["halt", "extra"]])
def test_a_mistyped_command_is_a_configuration_error_that_points_to_the_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 4
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--help" in said


def test_the_readme_shows_only_commands_that_exist() -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    shown = {line.split()[1] for line in text.splitlines() if line.startswith("robo-trader ")}
    assert shown
    assert shown <= set(COMMANDS)

"""`run` from the outside in: how options reach the configuration and how a summary becomes output and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from robo_trader.cli import run_command
from robo_trader.cli.app import main
from robo_trader.cli.run_config import RunConfig
from robo_trader.cli.view import LineView, QuietView, View

Trades = list[tuple[dict[str, Any], bool]]
EQUAL = {"system": "demo", "orders": 2, "reconciled": True, "violations": []}


@pytest.fixture
def trading(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], Trades]:
    """Replaces the trading day by one that ends at once with the given summary; returns what it was told."""

    def end_with(summary: dict[str, Any]) -> Trades:
        told: Trades = []

        def trade(options: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
            told.append((options, as_json))
            return summary

        monkeypatch.setattr(run_command, "trade", trade)
        return told

    return end_with


def test_every_option_of_the_command_is_one_of_the_configuration_and_means_the_same_default(trading: Callable[..., Trades]) -> None:
    told = trading(EQUAL)
    assert main(["run"]) == 0
    ((options, as_json),) = told
    assert not as_json
    assert set(options) == set(RunConfig.model_fields)
    assert RunConfig.of(options) == RunConfig.of({})


def test_options_arrive_as_they_were_given(trading: Callable[..., Trades]) -> None:
    told = trading(EQUAL)
    main(["run", "--symbols", "SPY", "--fast", "3", "--stop-percent", "0.5", "--lockstep", "--until-close", "--max-notional", "99999.99"])
    config = RunConfig.of(told[0][0])
    assert (config.symbols, config.fast, config.lockstep, config.until_close) == (("SPY",), 3, True, True)
    assert (str(config.stop_percent), str(config.max_notional)) == ("0.5", "99999.99")


def test_json_is_one_object_and_nothing_else(trading: Callable[..., Trades], capsys: pytest.CaptureFixture[str]) -> None:
    trading(EQUAL)
    assert main(["run", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == EQUAL
    assert said.err == ""


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_books_that_differ_end_with_1(trading: Callable[..., Trades], capsys: pytest.CaptureFixture[str], flags: list[str]) -> None:
    trading(EQUAL | {"reconciled": False, "violations": ["cash: ours 1, theirs 2"]})
    assert main(["run", *flags]) == 1
    assert "cash: ours 1, theirs 2" in capsys.readouterr().out


@pytest.mark.parametrize(("as_json", "kind"), [(True, QuietView), (False, LineView)])
def test_without_a_terminal_there_is_no_live_table(as_json: bool, kind: type[View]) -> None:
    with run_command.view_for(as_json=as_json) as view:
        assert isinstance(view, kind)


@pytest.mark.parametrize("flags", [["--detach", "--until-close"], ["--in-process", "--detach"], ["--in-process", "--http-port", "0"]])
def test_options_that_nobody_would_act_upon_end_with_4_before_anything_starts(capsys: pytest.CaptureFixture[str], flags: list[str]) -> None:
    assert main(["run", *flags]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: --")

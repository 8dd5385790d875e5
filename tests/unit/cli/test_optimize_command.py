"""`optimize` up to the point where it computes: what it reads first, and how it answers mistakes."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from robo_trader.cli import optimize_command
from robo_trader.cli.app import main
from robo_trader.cli.optimize_command import Interrupts, Made, material_of
from robo_trader.cli.optimize_config import OptimizeConfig
from robo_trader.walkforward.study import run, tasks_of
from tests.support.bars import series, write

SHAPE = ["--train", "150", "--gap", "7", "--test", "70", "--space", "fast=2:4,slow=6:12", "--trials", "3"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for number, symbol in enumerate(("IBM", "SPY")):
        write(tmp_path, symbol, series(470, number, symbol))
    return tmp_path / "bars" / "hour"


@pytest.fixture
def without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same study in this very process."""

    def research(config: OptimizeConfig) -> Made:
        material = material_of(config)
        results = [run(task) for bars, actions in material.symbols for task in tasks_of(bars.series, actions, material.plan)]
        return Made(material, results, Counter(computed=len(results)))

    monkeypatch.setattr(optimize_command, "research", research)


@pytest.mark.usefixtures("without_ray")
def test_json_is_one_object_with_every_window(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", "moving_average_cross", "--data", str(data), *SHAPE, "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert [(window["symbol"], window["window"]) for window in told["windows"]] == [(s, n) for s in ("IBM", "SPY") for n in range(4)]
    assert (told["computed"], told["found"]) == (8, 0)
    assert told["data"][0] == {"symbol": "IBM", "bars": 470, "left_out": {}}
    assert [each["symbol"] for each in told["totals"]] == ["IBM", "SPY", "all"]
    assert said.err == ""


@pytest.mark.usefixtures("without_ray")
def test_a_person_is_told_where_the_results_are(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", "moving_average_cross", "--data", str(data), *SHAPE, "--symbols", "SPY", "--out", str(tmp_path / "out")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "4 windows computed, 0 found in" in said
    assert "0 bars left out" in said


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--symbols", "QQQ"], 2, "choose of: IBM, SPY"),
        (["--train", "900"], 4, "make --train or --test shorter"),
        (["--corporate-actions", "/nowhere"], 4, "--raw"),
        (["--trials", "0"], 4, "--trials"),
        (["--trials", "many"], 4, "--trials"),
    ],
)
def test_a_mistake_is_told_before_anything_is_started(
    data: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int, words: str
) -> None:
    assert main(["optimize", "moving_average_cross", "--data", str(data), *SHAPE, *options]) == code
    assert words in capsys.readouterr().err


def test_raw_prices_need_no_table_of_corporate_actions(data: Path) -> None:
    for table in (data.parent.parent / "corporate_actions").iterdir():
        table.unlink()
    options = {"strategy": "moving_average_cross", "data": data, "raw": True, "train": 150, "test": 70, "space": "fast=2:4,slow=6:12"}
    material = material_of(OptimizeConfig.of(options))
    assert material.windows == 6
    assert [bars.series.symbol for bars, _ in material.symbols] == ["IBM", "SPY"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_noted_and_raises_nothing_until_it_is_asked_about(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Interrupts() as interrupts:
        signal.signal(number, signal.SIG_DFL)  # as a library that starts may do
        interrupts.watch()
        assert not interrupts.noted()
        os.kill(os.getpid(), number)
        assert interrupts.noted()
    assert signal.getsignal(number) is before

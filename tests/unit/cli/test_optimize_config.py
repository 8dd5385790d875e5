"""What `optimize` accepts: bounds, combinations, and errors that name the option and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.cli.optimize_config import OptimizeConfig
from robo_trader.errors import ConfigurationError, NotFound, UserError
from robo_trader.walkforward.space import Range


def config(folder: Path, **options: object) -> OptimizeConfig:
    return OptimizeConfig.of({"strategy": "moving_average_cross", "data": folder, **options})


def test_what_was_not_given_has_its_default(tmp_path: Path) -> None:
    plan = config(tmp_path, trials=None, stop_percent=None).plan()
    assert (plan.shape.train, plan.shape.gap, plan.shape.test, plan.trials, plan.seed) == (3_520, 35, 880, 30, 7)
    assert (plan.rules.quantity, plan.rules.stop_parts, plan.rules.costs.slippage_parts) == (100, 10_000, 100)


def test_percent_and_basis_points_become_whole_parts(tmp_path: Path) -> None:
    plan = config(tmp_path, stop_percent="0.0125", slippage_bp="2.5", space="fast=2:3,slow=5:6").plan()
    assert (plan.rules.stop_parts, plan.rules.costs.slippage_parts) == (125, 250)
    assert plan.space == (Range("fast", 2, 3), Range("slow", 5, 6))


def test_symbols_are_those_given_or_those_that_have_bars(tmp_path: Path) -> None:
    assert config(tmp_path, symbols="spy, ibm").chosen_symbols() == ("SPY", "IBM")
    with pytest.raises(NotFound):
        config(tmp_path).chosen_symbols()
    (tmp_path / "AAPL.parquet").touch()
    assert config(tmp_path).chosen_symbols() == ("AAPL",)


def test_corporate_actions_lie_beside_the_bars_and_results_are_no_system(tmp_path: Path) -> None:
    bars = tmp_path / "bars" / "hour"
    bars.mkdir(parents=True)
    assert config(bars).actions_folder() == tmp_path / "corporate_actions"
    assert config(bars, corporate_actions=tmp_path).actions_folder() == tmp_path
    assert config(bars).results_folder().name == "_research"
    assert config(bars, out=tmp_path).results_folder() == tmp_path


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("trials", value) for value in (0, -1, "x")),
        *(("train", value) for value in (1, "1.5")),
        ("gap", -1),
        ("test", 0),
        ("quantity", 0),
        ("workers", 0),
        ("seed", -1),
        *(("stop_percent", value) for value in ("0", "NaN", "51", "0.00001", "one")),
        *(("slippage_bp", value) for value in ("0", "-1", "Infinity", "0.001")),
        *(("symbols", value) for value in ("", "spy,spy", "S PY", "1")),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(tmp_path: Path, option: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        config(tmp_path, **{option: value})
    assert caught.value.cause.startswith("--" + option.replace("_", "-"))
    assert caught.value.remedy


@pytest.mark.parametrize(
    "options", [{"raw": True, "corporate_actions": Path()}, {"data": Path("/nowhere")}, {"strategy": "astrology"}, {"space": "fast=2:9,slow=5:6"}]
)
def test_options_that_do_not_hold_together_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UserError):
        config(tmp_path, **options)

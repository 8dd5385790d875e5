"""Days made by hand, each with one thing that must not go wrong, judged by the exchange's own log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.days import DATE, Day, path
from tests.support.running import Product

pytestmark = pytest.mark.timeout(300)


def trade(product: Product, root: Path, decisions: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run the whole day in lockstep; the summary and the decisions."""
    done = product.run(
        *("run", "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "5", "--slow", "20", "--quantity", "100"),
        *("--lockstep", "--until-close", "--json", "--decisions", str(decisions)),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    end = json.loads(done.stdout)
    assert end["reconciled"], end["violations"]
    assert all(s["uncovered"] == 0 for s in end["verify"]["symbols"].values())
    return end, [json.loads(line) for line in decisions.read_text().splitlines()]


def of(rows: list[dict[str, Any]], kind: str, **wanted: object) -> list[dict[str, Any]]:
    return [r for r in rows if r["kind"] == kind and all(r.get(k) == v for k, v in wanted.items())]


def test_a_stop_out_in_the_middle_of_a_trend_does_not_buy_back(product: Product, tmp_path: Path):
    trend = path((0, 16_000), (60, 16_300), (100, 16_500))

    def with_a_hole(second: int) -> int:
        return trend(second) - 400 if 60 * 60 + 20 <= second < 60 * 60 + 24 else trend(second)

    end, rows = trade(product, Day(with_a_hole).write(tmp_path / "day"), tmp_path / "decisions")
    assert len(of(rows, "intended", purpose="enter")) == 1
    assert len(of(rows, "fill", side="SELL")) >= 1
    assert end["position"] == {}


def test_a_stop_that_fills_half_is_finished_by_the_same_stop(product: Product, tmp_path: Path):
    trend = path((0, 16_000), (60, 16_300), (100, 16_500))

    def with_a_hole(second: int) -> int:
        return trend(second) - 400 if 60 * 60 + 20 <= second < 60 * 60 + 24 else trend(second)

    thin = Day(with_a_hole, bid_size=lambda s: 50 if 60 * 60 + 10 <= s < 60 * 60 + 40 else 500)
    end, rows = trade(product, thin.write(tmp_path / "day"), tmp_path / "decisions")
    stop = of(rows, "intended", purpose="protect")[0]["intent"]
    assert [r["quantity"] for r in of(rows, "fill", intent=stop)] == [50, 50]
    assert of(rows, "intended", purpose="exit") == []
    assert end["position"] == {}


@pytest.mark.long
def test_an_exit_that_meets_its_stop_sells_once(product: Product, tmp_path: Path):
    """The minute that turns the averages ends with a fall through the stop: both want the same shares."""
    level = path((0, 16_000), (25, 16_050), (100, 16_050))

    def with_a_fall(second: int) -> int:
        return level(second) if second < 40 * 60 - 1 else 15_700

    end, rows = trade(product, Day(with_a_fall).write(tmp_path / "day"), tmp_path / "decisions")
    sold = sum(r["quantity"] for r in of(rows, "fill", side="SELL"))
    bought = sum(r["quantity"] for r in of(rows, "fill", side="BUY"))
    assert end["position"].get("SPY", 0) == bought - sold
    assert end["verify"]["symbols"]["SPY"]["crossing"] == 0


@pytest.mark.long
def test_a_flip_goes_through_zero(product: Product, tmp_path: Path):
    valley = path((0, 16_000), (40, 16_060), (80, 15_990), (100, 15_980))
    end, rows = trade(product, Day(valley).write(tmp_path / "day"), tmp_path / "decisions")
    assert end["position"] == {"SPY": -100}
    assert [r["side"] for r in of(rows, "intended", purpose="enter")] == ["BUY", "SELL"]
    assert len(of(rows, "intended", purpose="exit")) == 1


@pytest.mark.long
def test_a_partial_entry_whose_target_turns_is_taken_back_once(product: Product, tmp_path: Path):
    """The ask shows 40 shares, then nothing new is quoted and hardly a share trades, until the averages have turned."""
    hill = path((0, 16_000), (25, 16_050), (45, 15_960), (100, 15_950))
    entry = 20 * 60

    def quoted(second: int) -> bool:
        return not entry <= second < 50 * 60

    def volume(second: int) -> int:
        return 200 if quoted(second) else int(second % 60 == 59)

    thin = Day(hill, ask_size=lambda s: 40 if s >= entry - 30 else 500, quoted=quoted, volume=volume)
    end, rows = trade(product, thin.write(tmp_path / "day"), tmp_path / "decisions")
    first = of(rows, "intended", purpose="enter")[0]["intent"]
    bought = sum(r["quantity"] for r in of(rows, "fill", intent=first))
    assert 40 <= bought < 100
    assert of(rows, "ended", intent=first)[0]["outcome"] == "cancelled"
    closing = {r["intent"] for r in of(rows, "intended") if r["purpose"] in {"exit", "protect"} and r["side"] == "SELL"}
    assert sum(r["quantity"] for r in of(rows, "fill") if r["intent"] in closing) == bought
    assert end["reconciled"]

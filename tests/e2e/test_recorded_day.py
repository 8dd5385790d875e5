"""The day of the issue: SPY and IBM on 2013-10-07, through the real client, against the recorded market."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.running import Product

DATA = Path(os.environ.get("ROBO_TRADER_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data")) / "intraday"
pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no market data at {DATA}: set ROBO_TRADER_DATA to the folder that holds intraday/"),
]


def day(product: Product, *more: str, symbols: str = "SPY,IBM") -> dict[str, Any]:
    cross = ("--strategy", "moving_average_cross", "--fast", "5", "--slow", "20", "--quantity", "100")
    done = product.run(
        "run",
        "--replay",
        str(DATA),
        "--symbols",
        symbols,
        "--date",
        "2013-10-07",
        *cross,
        "--lockstep",
        "--until-close",
        "--json",
        *more,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


def test_the_day_trades_every_cross_and_ends_with_equal_books(product: Product, tmp_path: Path):
    end = day(product, "--decisions", str(tmp_path / "decisions"))
    assert end["reconciled"], end["violations"]
    assert end["violations"] == []
    assert 96 <= end["orders"] <= 112, "52 crosses are about 104 entries and exits"
    assert all(s["uncovered"] == 0 for s in end["verify"]["symbols"].values())
    assert (tmp_path / "decisions").stat().st_size > 0


@pytest.mark.long
def test_the_same_day_twice_makes_the_same_decisions(product: Product):
    assert day(product)["decisions_sha256"] == day(product)["decisions_sha256"]

"""A day whose entries are limits, against the exchange: judged by the exchange's own log, and by what the decisions came to."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.days import DATE, Day, path
from tests.support.running import Product

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("style", ["limit", pytest.param("marketable-limit", marks=pytest.mark.long)])
def test_a_day_of_limits_ends_with_equal_books_and_no_decision_is_exceeded(product: Product, tmp_path: Path, style: str):
    hills = path((0, 16_000), (25, 16_060), (45, 15_970), (70, 16_080), (100, 15_990))
    root = Day(hills).write(tmp_path / "day")
    done = product.run(
        *("run", "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "5", "--slow", "20", "--quantity", "100"),
        *("--execution", style, "--lockstep", "--until-close", "--json", "--decisions", str(tmp_path / "decisions")),
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    end = json.loads(done.stdout)
    assert end["reconciled"] and end["violations"] == []
    assert all(s["uncovered"] == 0 for s in end["verify"]["symbols"].values())
    rows = [json.loads(line) for line in (tmp_path / "decisions").read_text().splitlines()]
    bought: dict[str, int] = defaultdict(int)
    decision = ""
    entries = {}
    for row in rows:
        if row["kind"] == "decided":
            decision = f"{row['target']}/{row['bar_end']}"
        elif row["kind"] == "intended" and row["purpose"] == "enter":
            entries[row["intent"]] = decision
            assert row["type"] == "LMT" and row["price"]
        elif row["kind"] == "fill" and row["intent"] in entries:
            bought[entries[row["intent"]]] += row["quantity"]
    assert entries and bought and max(bought.values()) <= 100
    if style == "limit":
        assert len(entries) > len(set(entries.values())), "some entries were left behind and replaced"

"""Whole days on which everything but the trader goes wrong, by scenario, in lockstep; the books are equal at the end and no order was sent twice."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.bad_days import log_lines, open_bad_day
from tests.support.crashing_days import waves
from tests.support.days import DATE
from tests.support.running import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
SYSTEM = "bad"
MORNING: list[dict[str, Any]] = [
    {"fault": "duplicate_callbacks", "when": {"order": 1}, "times": 60, "copies": 2},
    {"fault": "late_commission", "when": {"fill": 2}, "market_seconds": 30},
    {"fault": "cut", "when": {"order": 3}},
    {"fault": "half_open", "when": {"market_time": "2013-11-29T10:05:00"}, "zombie_seconds": 2},
    {"fault": "outage", "when": {"market_time": "2013-11-29T10:15:00"}, "market_seconds": 90, "ends_with": 1101, "fills": "never"},
    {"fault": "farms_down", "when": {"market_time": "2013-11-29T10:25:00"}, "market_seconds": 60},
    {"fault": "login_wait", "when": {"market_time": "2013-11-29T10:35:00"}, "seconds": 3, "market_seconds": 120},
    {
        "fault": "restart",
        "when": {"market_time": "2013-11-29T10:45:00"},
        "seconds": 2,
        "market_seconds": 60,
        "next_valid_id": "rolled_back",
        "zombie_seconds": 2,
    },
]


def whole_day(product: Product, folder: Path, seed: int, faults: list[dict[str, Any]]) -> tuple[dict[str, Any], str]:
    """A day with these faults, reconciled and clean at its end: the end's report, and what people were told."""
    market = waves(random.Random(seed)).write(folder / "day")
    open_bad_day(product, SYSTEM, market, faults)
    done = product.run(
        *("run", "--system", SYSTEM, "--replay", str(market), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9"),
        *("--quantity", "100", "--lockstep", "--until-close", "--json"),
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-2000:]
    end = json.loads(done.stdout)
    assert end["reconciled"], end["violations"]
    assert end["verify"]["violations"] == []
    return end, done.stderr


@pytest.mark.parametrize("seed", range(3))
def test_a_day_on_which_every_connection_fails_once_ends_with_equal_books(product: Product, tmp_path: Path, seed: int):
    end, _ = whole_day(product, tmp_path, seed, MORNING)
    assert end["verify"]["orders_per_intent_max"] == 1
    assert end["verify"]["symbols"]["SPY"]["largest_ours"] <= 100
    happened = {line["fault"] for line in log_lines(product, SYSTEM) if line["k"] == "fault"}
    assert happened == {fault["fault"] for fault in MORNING}


CORRECTED: list[dict[str, Any]] = [
    {"fault": "correct_execution", "when": {"fill": 1}, "price_off": 0.07},
    {"fault": "correct_execution", "when": {"fill": 4}, "price_off": -0.03},
    {"fault": "correct_execution", "when": {"fill": 5, "purpose": "enter"}, "bust": True},
    {"fault": "correct_execution", "when": {"fill": 3, "purpose": "exit"}, "bust": True},
    {"fault": "correct_execution", "when": {"market_time": "2013-11-29T10:40:00"}, "price_off": 0.5},
]


def test_a_day_on_which_executions_are_corrected_and_busted_ends_with_equal_books(product: Product, tmp_path: Path):
    end, _ = whole_day(product, tmp_path, 3, CORRECTED)
    assert end["verify"]["orders_per_intent_max"] == 1
    corrected = [line for line in log_lines(product, SYSTEM) if line["k"] == "corrected"]
    assert len(corrected) == len(CORRECTED)
    assert [line["qty"] for line in corrected].count(0) == 2


TWINS: list[dict[str, Any]] = [
    {"fault": "twin_order", "when": {"order": 1}},
    {"fault": "twin_order", "when": {"order": 5, "purpose": "protect"}},
]


def test_a_day_on_which_the_broker_makes_two_orders_of_one_is_told_and_ends_with_equal_books(product: Product, tmp_path: Path):
    end, said = whole_day(product, tmp_path, 3, TWINS)
    assert end["verify"]["symbols"]["SPY"]["uncovered"] == 0
    assert end["verify"]["symbols"]["SPY"]["largest_ours"] == 200, "the twin of an entry filled too, and what it bought was stopped"
    doubled = [line["ref"].rpartition(":")[2] for line in log_lines(product, SYSTEM) if line["k"] == "fault"]
    assert len(doubled) == len(TWINS)
    assert [line.split()[2] for line in said.splitlines() if "works twice at the broker" in line] == doubled

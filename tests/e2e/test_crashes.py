"""kill -9 of the trading process at random instants while orders are under way; the day ends as if nothing had been."""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path

import pytest

from tests.support.days import DATE, Day, path
from tests.support.running import Product

SEEDS = range(20)


def waves(chance: random.Random) -> Day:
    """A day that crosses often: swings of a few minutes with a drift."""
    corners = [(0, 16_000)]
    while corners[-1][0] < 100:
        corners.append((corners[-1][0] + chance.randint(6, 14), 16_000 + chance.randint(-60, 60)))
    return Day(path(*corners))


def crash_and_finish(product: Product, root: Path, seed: int) -> None:
    chance = random.Random(seed)
    arguments = (
        *("run", "--system", "crash", "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9"),
        *("--quantity", "100", "--lockstep", "--until-close", "--json"),
    )
    victim = product.start(*arguments)
    product.wait_for("crash", lambda status: status["stops"] > 0)
    for _ in range(chance.randint(0, 6)):  # each question takes a while: the instant of death is as random as the seed
        product.ask("status", "--system", "crash")
    os.kill(victim.pid, signal.SIGKILL)
    victim.communicate()
    done = product.run(*arguments, timeout=400)
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-2000:]}"
    end = json.loads(done.stdout)
    assert end["reconciled"], f"seed {seed}: {end['violations']}"
    verify = end["verify"]
    assert verify["orders_per_intent_max"] <= 1, f"seed {seed}"
    assert verify["symbols"]["SPY"]["largest_ours"] <= 100, f"seed {seed}"
    assert verify["symbols"]["SPY"]["crossing"] == 0, f"seed {seed}"


@pytest.mark.timeout(500)
def test_a_killed_trader_comes_back_and_ends_the_day_reconciled(product: Product, tmp_path: Path):
    crash_and_finish(product, waves(random.Random(0)).write(tmp_path / "day"), 0)


@pytest.mark.long
@pytest.mark.timeout(500)
@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_deaths_leave_no_double_order(product: Product, tmp_path: Path, seed: int):
    crash_and_finish(product, waves(random.Random(seed)).write(tmp_path / "day"), seed)

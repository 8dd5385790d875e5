"""kill -9 of any process of the tree while an order is not terminal: one process is restarted, and the day ends as if nothing had been."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ray_cluster import connect
from robo_trader.edge.state_directory import StateDirectory
from tests.e2e.test_crashes import waves
from tests.support.days import DATE
from tests.support.trees import PORTS, Tree

KINDS = ("risk_desk", "broker_gateway", "strategy/SPY/moving_average_cross", "stop_controller", "root", "alerting", "health", "dashboard")
SEEDS = range(20)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One head for all deaths: the environment that joins it."""
    directory = StateDirectory("head", tmp_path_factory.mktemp("ray") / "head")
    head = connect.start_head(directory, connect.free_port("127.0.0.1", 0, "test"))
    yield {**{k: v for k, v in connect.environment(directory).items() if k.startswith("RAY_")}, "RAY_ADDRESS": head.address}
    connect.stop_head(directory, head)


def came_back(actor: dict[str, Any], kind: str, before: dict[str, Any]) -> bool:
    return bool(actor["name"] == kind and actor["epoch"] > before["epoch"] and actor["phase"] == "running")


def die_and_finish(tree: Tree, root: Path, seed: int, kind: str) -> dict[str, Any]:
    chance, system = random.Random(seed), f"death-{seed}"
    run = tree.start(
        *("run", "--system", system, "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9"),
        *("--quantity", "100", "--lockstep", "--until-close", "--json", *PORTS),
    )
    tree.until(system, lambda told: (told["stops"] or 0) > 0)
    for _ in range(chance.randint(0, 200)):  # each question takes a few milliseconds: the instant of death is as random as the seed
        tree.told(system)
    before = tree.actor(system, kind) if kind != "root" else {"epoch": 0, "pid": tree.root_pid(system)}
    tree.kill(system, kind)
    if kind != "root":
        after = tree.until(system, lambda told: any(came_back(a, kind, before) for a in told["actors"] or ()))
        again = next(a for a in after["actors"] if a["name"] == kind)
        assert again["restarts"] >= 1
        assert again["last_cause"] == "crash"
        assert again["last_reason"]
        assert again["pid"] != before["pid"]
    out, err = run.communicate(timeout=400)
    assert run.returncode == 0, f"seed {seed}, {kind}: {out[-1500:]} {err[-2000:]}"
    end: dict[str, Any] = json.loads(out)
    verify = end["verify"]
    assert end["reconciled"], f"seed {seed}, {kind}: {end['violations']}"
    assert verify["orders_per_intent_max"] <= 1, f"seed {seed}, {kind}"
    assert verify["symbols"]["SPY"]["largest_ours"] <= 100, f"seed {seed}, {kind}"
    assert verify["symbols"]["SPY"]["crossing"] == 0, f"seed {seed}, {kind}"
    sessions = [line for line in (tree.state / system / "exchange.jsonl").read_text().splitlines() if '"k":"open"' in line]
    assert len(sessions) == (2 if kind == "broker_gateway" else 1), f"{kind}: the broker's session belongs to the gateway alone"
    return end


@pytest.fixture
def tree(tmp_path: Path, shared: dict[str, str]) -> Iterator[Tree]:
    made = Tree(tmp_path / "state", cluster=shared)
    yield made
    made.close()


@pytest.mark.timeout(500)
@pytest.mark.parametrize("kind", ["risk_desk"])
def test_a_killed_desk_comes_back_and_the_day_ends_reconciled(tree: Tree, tmp_path: Path, kind: str):
    die_and_finish(tree, waves(random.Random(0)).write(tmp_path / "day"), 0, kind)


@pytest.mark.long
@pytest.mark.timeout(500)
@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_deaths_of_any_process_leave_no_double_order(tree: Tree, tmp_path: Path, seed: int):
    die_and_finish(tree, waves(random.Random(seed)).write(tmp_path / "day"), seed, KINDS[seed % len(KINDS)])


def all_run(told: dict[str, Any]) -> bool:
    return bool(told["actors"]) and all(actor["phase"] == "running" for actor in told["actors"])


@pytest.mark.long
@pytest.mark.timeout(500)
def test_a_root_that_hangs_is_ended_and_the_next_one_takes_over(tree: Tree, tmp_path: Path):
    system, root = "hung", waves(random.Random(3)).write(tmp_path / "day")
    run = tree.start(
        *("run", "--system", system, "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9"),
        *("--quantity", "100", "--lockstep", "--until-close", "--json", *PORTS),
    )
    before = tree.until(system, lambda told: (told["stops"] or 0) > 0 and all_run(told))
    hung = tree.root_pid(system)
    os.kill(hung, signal.SIGSTOP)
    tree.until(system, lambda told: bool(told) and tree.root_pid(system) != hung, 120.0)
    after = tree.until(system, all_run)
    assert {a["name"]: a["pid"] for a in before["actors"]} == {a["name"]: a["pid"] for a in after["actors"]}, "its children were taken over"
    out, err = run.communicate(timeout=400)
    assert run.returncode == 0, err[-2000:]
    assert json.loads(out)["reconciled"]

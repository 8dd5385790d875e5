"""`ray job submit` on one node: a day, an optimisation, and a stop that drains and leaves nothing behind but the stops at the broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ray_cluster import connect
from robo_trader.edge.fence import Fence
from robo_trader.edge.state_directory import StateDirectory
from tests.support.days import DATE, Day, path
from tests.support.trees import PORTS, Tree

pytestmark = [pytest.mark.long, pytest.mark.timeout(500)]
AGENT_SECONDS_MAX = 90
RAY = [sys.executable, "-m", "ray.scripts.scripts"]


class Cluster:
    """A head of its own, and jobs on it."""

    def __init__(self, directory: StateDirectory, state: Path) -> None:
        self._directory = directory
        self._head = connect.start_head(directory, connect.free_port("127.0.0.1", 0, "test"))
        environment = connect.environment(directory)
        joined = {"RAY_ADDRESS": f"http://127.0.0.1:{self._head.dashboard_port}", "ROBO_TRADER_STATE_DIR": str(state)}
        self.environment = {**environment, **joined}

    def job(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*RAY, "job", *arguments], capture_output=True, text=True, env=self.environment, timeout=timeout, check=False)

    def submit(self, *command: str, wait: bool = True) -> subprocess.CompletedProcess[str]:
        """Submit a command of ours as a job; its runtime environment names where its state is."""
        env = {"env_vars": {"ROBO_TRADER_STATE_DIR": self.environment["ROBO_TRADER_STATE_DIR"]}}
        options = ["--runtime-env-json", json.dumps(env), "--submission-id", "mine", *([] if wait else ["--no-wait"])]
        deadline = time.monotonic() + AGENT_SECONDS_MAX
        while True:
            done = self.job("submit", *options, "--", sys.executable, "-m", "robo_trader.cli.app", *command)
            if "No available agent" not in done.stderr or time.monotonic() > deadline:  # a head takes jobs some seconds after it takes connections
                return done

    def close(self) -> None:
        connect.stop_head(self._directory, self._head)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(StateDirectory("head", tmp_path / "ray" / "head"), tmp_path / "state")
    yield made
    made.close()


def left_of(state: Path) -> list[str]:
    """Processes that still work for a system below `state`."""
    found = subprocess.run(["pgrep", "-af", str(state)], capture_output=True, text=True, check=False).stdout
    return [line for line in found.splitlines() if "pgrep" not in line]


def test_two_heads_of_one_machine_both_take_jobs(cluster: Cluster, tmp_path: Path):
    other = Cluster(StateDirectory("other", tmp_path / "ray" / "other"), tmp_path / "state")
    try:
        for each in (other, cluster):
            done = each.submit("--help")
            assert done.returncode == 0, done.stderr[-2000:]
    finally:
        other.close()


def test_a_submitted_day_ends_reconciled(cluster: Cluster, tmp_path: Path):
    day = Day(path((0, 16_000), (20, 16_060), (40, 15_980), (60, 16_020))).write(tmp_path / "day")
    done = cluster.submit(
        *("run", "--system", "job", "--replay", str(day), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9"),
        *("--lockstep", "--until-close", "--json", *PORTS),
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    end = json.loads(next(line for line in done.stdout.splitlines() if line.startswith('{"system"')))
    assert end["reconciled"], end["violations"]
    assert end["orders"] > 0
    assert left_of(tmp_path / "state") == []


def test_a_stopped_job_drains_and_leaves_nothing_behind(cluster: Cluster, tmp_path: Path):
    done = cluster.submit("run", "--system", "job", "--speed", "30", "--json", *PORTS, wait=False)
    assert done.returncode == 0, done.stderr
    tree = Tree(tmp_path / "state")
    told = tree.until("job", lambda t: t["state"] == "trading" and any(b["position"] for b in t["books"] or ()), 200)
    pids = [int(actor["pid"]) for actor in told["actors"] if actor["pid"]]
    stopped = cluster.job("stop", "mine")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    logs = cluster.job("logs", "mine").stdout
    end = json.loads(next(line for line in logs.splitlines() if line.startswith('{"system"')))
    assert end["reconciled"], end["violations"]
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert left_of(tmp_path / "state") == []
    fence = Fence.open(tmp_path / "state" / "job" / "fence", create=False)
    assert fence.halts() == (), "a job that is stopped halts nothing"
    fence.close()


def test_a_submitted_optimisation_gives_its_table(cluster: Cluster):
    data = Path(os.environ.get("ROBO_TRADER_DATA", "../shared/data")).absolute() / "bars" / "hour"
    if not data.is_dir():
        pytest.skip("no recorded data: set ROBO_TRADER_DATA to its folder")
    done = cluster.submit("optimize", "moving_average_cross", "--data", str(data), "--symbols", "SPY", "--trials", "3", "--workers", "2", "--json")
    assert done.returncode == 0, done.stdout[-3000:]
    assert '"SPY"' in done.stdout

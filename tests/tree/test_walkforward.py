"""A walk-forward study on a real Ray: the same results however it runs, whoever dies, and never more out than the bound."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from robo_trader.backtest.costs import Costs
from robo_trader.backtest.replay import Rules
from robo_trader.edge.result_files import ResultFiles
from robo_trader.market.corporate_actions import NONE
from robo_trader.walkforward.code_version import code_version
from robo_trader.walkforward.space import Range
from robo_trader.walkforward.study import Plan, Task, run, tasks_of
from robo_trader.walkforward.windows import Shape
from tests.support.bars import series, write
from tests.support.processes import descendants
from tests.tree.conftest import CPUS

pytestmark = pytest.mark.usefixtures("ray_here")

SPACE = (Range("fast", 2, 4), Range("slow", 6, 12))
PLAN = Plan("moving_average_cross", SPACE, Shape(300, 7, 70), Rules(100, 10_000, Costs(100)), trials=8, seed=7, code=code_version())
BARS = series(1_650, seed=3)


def tasks() -> list[Task]:
    return list(tasks_of(BARS, NONE, PLAN))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    """What the files must hold, computed here and now without Ray."""
    return {f"{result.key}.json": result.text().encode() for result in map(run, tasks())}


@pytest.mark.parametrize("workers", [1, None])
def test_any_number_of_workers_writes_the_same_files(tmp_path: Path, expected: dict[str, bytes], workers: int | None) -> None:
    from actors.researcher import study  # noqa: PLC0415 - after Ray's environment is set

    results = study(tasks(), ResultFiles.open(tmp_path), workers)
    assert [result.number for result in results] == list(range(len(expected)))
    assert files(tmp_path) == expected


def test_a_window_is_computed_once_and_again_only_if_its_file_is_damaged(tmp_path: Path, expected: dict[str, bytes]) -> None:
    from actors.researcher import study  # noqa: PLC0415

    for name, text in expected.items():
        (tmp_path / name).write_bytes(text)
    damaged, absent = sorted(expected)[:2]
    (tmp_path / damaged).write_bytes(expected[damaged][:100])
    (tmp_path / absent).unlink()
    computed: list[str] = []
    study(tasks(), ResultFiles.open(tmp_path), tell=lambda done: computed.append(done.result.key) if done.computed else None)
    assert sorted(computed) == [damaged.removesuffix(".json"), absent.removesuffix(".json")]
    assert files(tmp_path) == expected


def test_a_worker_killed_at_work_changes_nothing(tmp_path: Path, expected: dict[str, bytes]) -> None:
    from actors.researcher import Done, study  # noqa: PLC0415

    killed: list[int] = []

    def kill_one(_: Done) -> None:
        # A killed worker keeps its title until Ray has reaped it: it is not a second one.
        at_work = [pid for pid, command in descendants().items() if command.startswith("ray::_run_as_guest") and pid not in killed]
        if at_work and len(killed) < 2:
            os.kill(at_work[0], signal.SIGKILL)
            killed.append(at_work[0])

    study(tasks(), ResultFiles.open(tmp_path), tell=kill_one)
    assert len(killed) == 2
    assert files(tmp_path) == expected


def test_no_more_is_out_than_the_bound_and_workers_stand_back(tmp_path: Path) -> None:
    from actors.researcher import NICENESS, TASKS_PER_CPU_OUT_MAX, Done, study  # noqa: PLC0415

    taken: list[int] = []
    out: list[int] = []
    niceness: set[int] = set()

    def watched() -> Iterator[Task]:
        for task in tasks():
            taken.append(task.number)
            yield task

    def look(_: Done) -> None:
        out.append(len(taken) - len(out))
        at_work = [pid for pid, command in descendants().items() if command.startswith("ray::_run_as_guest")]
        niceness.update(_niceness(pid) for pid in at_work)

    study(watched(), ResultFiles.open(tmp_path), tell=look)
    assert len(out) == len(taken)
    assert max(out) == TASKS_PER_CPU_OUT_MAX * CPUS + 1, "the bound, and the task that waits for its place"
    assert NICENESS in niceness, "behind the workers that trade, which Ray starts at 15"


def _niceness(pid: int) -> int:
    try:
        return os.getpriority(os.PRIO_PROCESS, pid)
    except ProcessLookupError:
        return 0


def test_a_command_inside_a_job_joins_the_cluster_and_starts_none(tmp_path: Path) -> None:
    import ray  # noqa: PLC0415

    write(tmp_path, "SPY", BARS)
    command = [sys.executable, "-m", "robo_trader.cli.app", "optimize", "moving_average_cross", "--data", str(tmp_path / "bars" / "hour")]
    options = ["--train", "300", "--gap", "7", "--test", "70", "--space", "fast=2:4,slow=6:12", "--trials", "8", "--seed", "7"]
    environment = {**os.environ, "RAY_ADDRESS": ray.get_runtime_context().gcs_address}
    done = subprocess.run(
        [*command, *options, "--out", str(tmp_path / "out"), "--json"], env=environment, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["joined_cluster"] is True
    assert told["computed"] == len(files(tmp_path / "out")) == len(tasks())


def node(name: str, cpus: float, **resources: float) -> dict[str, Any]:
    return {"NodeID": name, "Alive": True, "Resources": {"CPU": cpus, **resources}}


def test_research_stays_away_from_the_broker_s_node() -> None:
    from actors.researcher import Place, place_of  # noqa: PLC0415

    assert place_of([node("a", 4, broker=1), node("b", 8), node("c", 2)]) == Place(("a",), 10)


def test_where_the_broker_s_node_is_the_only_one_it_leaves_a_processor_free() -> None:
    from actors.researcher import Place, place_of  # noqa: PLC0415

    dead = {**node("b", 8), "Alive": False}
    without_processors = {"NodeID": "c", "Alive": True, "Resources": {}}
    assert place_of([node("a", 4, broker=1), dead, without_processors]) == Place((), 3)
    assert place_of([node("a", 1, broker=1)]) == Place((), 1)
    assert place_of([node("a", 4)]) == Place((), 4)

"""`robo-trader optimize` as a person runs it: killed in the middle it goes on where it was, and ends with what an undisturbed run ends with."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from robo_trader.cli.optimize_command import material_of
from robo_trader.cli.optimize_config import OptimizeConfig
from robo_trader.walkforward.study import run, tasks_of
from tests.support.bars import series, write
from tests.support.processes import descendants

pytestmark = pytest.mark.long  # each start of Ray takes seconds

SYMBOLS = ("AAA", "BBB")
WORKERS = 2
OPTIONS = {"train": 700, "gap": 14, "test": 140, "trials": 40, "seed": 11, "space": "fast=2:10,slow=20:60"}
WAIT_SECONDS_MAX = 180.0
GONE_SECONDS_MAX = 20.0
AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
"""They look for their dead parent's control store for a minute, whatever one sets."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for number, symbol in enumerate(SYMBOLS):
        write(tmp_path, symbol, series(3_000, number, symbol))
    return tmp_path / "bars" / "hour"


def command(data: Path, out: Path) -> list[str]:
    options = [text for name, value in OPTIONS.items() for text in (f"--{name}", str(value))]
    program = [sys.executable, "-m", "robo_trader.cli.app", "optimize", "moving_average_cross"]
    return [*program, "--data", str(data), "--out", str(out), "--workers", str(WORKERS), "--json", *options]


def environment(hash_seed: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return {**kept, "PYTHONHASHSEED": str(hash_seed)}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}


def until_results(count: int, folder: Path, child: subprocess.Popen[bytes]) -> None:
    """Wait until the child has written so many."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while len(files(folder)) < count:
        assert time.monotonic() < deadline, f"{len(files(folder))} results"
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"it ended by itself with {child.wait(0.02)}")


def until_gone(family: dict[int, int]) -> None:
    """Wait for the end of processes by their pidfds; closes them."""
    watch = select.poll()
    pid_of = {descriptor: pid for pid, descriptor in family.items()}
    for descriptor in pid_of:
        watch.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while pid_of:
        ended = watch.poll(max(deadline - time.monotonic(), 0) * 1000)
        assert ended, f"still running: {[Path(f'/proc/{pid}/cmdline').read_bytes() for pid in pid_of.values()]}"
        for descriptor, _ in ended:
            watch.unregister(descriptor)
            os.close(descriptor)
            del pid_of[descriptor]


def test_a_killed_study_leaves_no_process_and_goes_on_where_it_was(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    killed = subprocess.Popen(command(data, out), env=environment(1), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until_results(5, out, killed)
    family = {pid: os.pidfd_open(pid) for pid, line in descendants(killed.pid).items() if not line.startswith(AGENTS)}
    killed.send_signal(signal.SIGKILL)
    killed.wait(WAIT_SECONDS_MAX)
    kept = files(out)
    assert len(family) > 3, "Ray's processes"
    until_gone(family)

    again = subprocess.run(command(data, out), env=environment(2), capture_output=True, text=True, timeout=100, check=False)
    assert again.returncode == 0, again.stderr
    told: dict[str, Any] = json.loads(again.stdout)
    expected = alone(data)
    assert (told["found"], told["computed"]) == (len(kept), len(expected) - len(kept)), "every window that was kept was found"
    assert 0 < told["computed"] < len(expected), "it was killed in the middle"
    assert files(out) == expected
    assert all(expected[name] == text for name, text in kept.items())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_study_keeps_what_is_done_and_says_nothing_ugly(data: Path, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    out.mkdir()
    child = subprocess.Popen(command(data, out), env=environment(1), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until_results(2, out, child)
    child.send_signal(number)
    said = child.communicate(timeout=WAIT_SECONDS_MAX)
    assert child.returncode == 130
    assert said == (b"", b"")
    assert len(files(out)) >= 2


def alone(data: Path) -> dict[str, bytes]:
    """The results of the same study, computed here one after the other."""
    material = material_of(OptimizeConfig.of({"strategy": "moving_average_cross", "data": data, **OPTIONS}))
    tasks = [task for bars, actions in material.symbols for task in tasks_of(bars.series, actions, material.plan)]
    return {f"{result.key}.json": result.text().encode() for result in map(run, tasks)}


def test_the_recorded_years_are_studied_and_the_verdict_is_honest(data_dir: Path, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "robo_trader.cli.app", "optimize", "moving_average_cross", "--data", str(data_dir / "bars" / "hour")]
    options = ["--symbols", "SPY,AAPL,IBM", "--train", "7000", "--test", "5000", "--trials", "8", "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run([*program, *options], env=environment(3), capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {window["symbol"] for window in told["windows"]} == {"SPY", "AAPL", "IBM"}
    assert told["computed"] == len(told["windows"]) == 18
    apple = [window["held"]["net_return"] for window in told["windows"] if window["symbol"] == "AAPL"]
    assert max(apple) < 10, "seven for one is no fall and four for one no gain"
    assert min(apple) > -0.9
    assert told["verdict"]["evidence"] == "no evidence of an edge", "two averages crossing do not make anybody rich"

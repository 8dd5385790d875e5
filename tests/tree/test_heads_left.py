"""A command that dies while it starts something leaves it named, so that the next command ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from actors.simulated_market import RECORD, attach_or_start, stop_process
from ray_cluster.connect import Head, head_of
from robo_trader.edge.clock import boot_id
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import NotConfirmed

FOREVER = "1000"


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory("left", tmp_path / "left").make()


@pytest.fixture
def starter() -> Iterator[tuple[int, int]]:
    """A session's leader, and what it started."""
    leader = subprocess.Popen(["/bin/sh", "-c", f"sleep {FOREVER} & echo $!; wait"], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert leader.stdout is not None
    with leader.stdout:
        child = int(leader.stdout.readline())
    yield leader.pid, child
    if pid_start(child) is not None:
        os.kill(child, signal.SIGKILL)
    leader.kill()
    leader.wait()


def half_started(directory: StateDirectory, leader: int) -> None:
    start = pid_start(leader)
    assert start is not None
    head = Head("", leader, 8265, str(directory.path / "none"), boot_id().hex(), start)
    (directory.path / "ray.json").write_text(json.dumps(asdict(head)), encoding="utf-8")


def test_a_head_that_another_command_is_starting_is_left_alone(directory: StateDirectory, starter: tuple[int, int]):
    half_started(directory, starter[0])
    with pytest.raises(NotConfirmed, match="being started"):
        head_of(directory)
    assert pid_start(starter[1]) is not None


def test_what_a_dead_command_left_of_a_head_is_ended(directory: StateDirectory, starter: tuple[int, int]):
    leader, child = starter
    half_started(directory, leader)
    os.kill(leader, signal.SIGKILL)
    os.waitpid(leader, 0)
    assert head_of(directory) is None
    assert pid_start(child) is None
    assert not (directory.path / "ray.json").exists()


def test_a_simulated_gateway_that_nobody_waited_for_is_ended_before_another_starts(directory: StateDirectory):
    options = ["--seed", "7", "--symbols", "SPY", "--date", "2025-10-07"]
    left = attach_or_start(directory.path, directory.path / "control", options)
    record = directory.path / RECORD
    record.write_text(json.dumps({**json.loads(record.read_text()), "port": 0}))
    fresh = attach_or_start(directory.path, directory.path / "control", options)
    try:
        assert fresh.pid != left.pid
        assert pid_start(left.pid) is None
    finally:
        stop_process(fresh.pid)

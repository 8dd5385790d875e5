"""kill -9 and SIGSTOP at random instants: no acknowledged halt is lost, and no two processes may act at once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from robo_trader.edge import clock
from robo_trader.edge.fence import Fence
from robo_trader.errors import AlreadyRunning

KILLS = 30
HALTER = """
import os, sys
from pathlib import Path
from robo_trader.edge.fence import Fence
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

fence = Fence.open(Path(sys.argv[1]), create=True)
name, count = sys.argv[2], int(sys.argv[3])
for number in range(count):
    scope = HaltScope.ALL if number % 2 else HaltScope.SYMBOL
    halt = Halt(f"{name}-{number}", HaltLevel.REDUCE_ONLY, scope, "" if number % 2 else "SPY", "test", None, name)
    fence.raise_halt(halt)
    os.write(1, f"halt {halt.id}\\n".encode())
    if number % 3 == 2:
        os.write(1, f"resuming {halt.id}\\n".encode())
        fence.resume(halt.id, name, number)
        os.write(1, f"resume {halt.id}\\n".encode())
"""
HOLDER = """
import os, sys
from pathlib import Path
from robo_trader.edge import clock
from robo_trader.edge.fence import Fence
from robo_trader.errors import StaleEpoch

fence = Fence.open(Path(sys.argv[1]), create=True)
fence.take_lease(os.getpid())
print(fence.epoch, flush=True)
for line in sys.stdin:
    before = fence.lease_valid(clock.process_ns())
    try:
        renewed = fence.renew()
    except StaleEpoch:
        renewed = "stale"
    print(before, renewed, flush=True)
"""


@contextmanager
def running(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A process of its own; killed at the end if it still lives."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def asked(process: subprocess.Popen[str]) -> str:
    """One more answer of a holder."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return line_of(process)


def test_no_acknowledged_halt_is_lost_by_thirty_kills(tmp_path: Path):
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    for attempt in range(KILLS):
        path, said = tmp_path / f"fence-{attempt}", []
        with running(HALTER, path, "a", 1000) as halter:
            said += [line_of(halter) for _ in range(chance.randint(1, 40))]
            for _ in range(chance.randrange(20_000)):  # somewhere inside the next write
                pass
            halter.kill()
            assert halter.stdout is not None
            said += halter.stdout.read().splitlines()
        halted = {line.split()[1] for line in said if line.startswith("halt ")}
        maybe_resumed = {line.split()[1] for line in said if line.startswith("resuming ")}
        resumed = {line.split()[1] for line in said if line.startswith("resume ")}
        fence = Fence.open(path, create=False)
        fence.check()
        standing = {halt.id for halt in fence.halts()}
        assert halted - maybe_resumed <= standing, f"seed {seed}, attempt {attempt}"
        assert not standing & resumed, f"seed {seed}, attempt {attempt}"
        assert (fence.blocks("SPY", "s", 0, 0) is not None) == bool(standing)
        fence.close()


def test_two_processes_that_halt_at_once_lose_nothing(tmp_path: Path):
    path = tmp_path / "fence"
    Fence.open(path, create=True).close()
    with running(HALTER, path, "a", 30) as one, running(HALTER, path, "b", 30) as two:
        said = [line for process in (one, two) for line in process.communicate(timeout=60)[0].splitlines()]
        assert (one.returncode, two.returncode) == (0, 0)
    halted = {line.split()[1] for line in said if line.startswith("halt ")}
    resumed = {line.split()[1] for line in said if line.startswith("resume ")}
    assert (len(halted), len(resumed)) == (60, 20)
    fence = Fence.open(path, create=False)
    assert {halt.id for halt in fence.halts()} == halted - resumed
    for halt_id in halted - resumed:
        assert fence.blocks("SPY", "s", 0, clock.process_ns()) is not None
        fence.resume(halt_id, "me", 1)
    assert fence.blocks("SPY", "s", 0, clock.process_ns()) is None


def test_a_killed_holder_is_succeeded_at_once_and_a_living_one_is_not(tmp_path: Path):
    path = tmp_path / "fence"
    with running(HOLDER, path) as holder:
        assert line_of(holder) == "1"
        fence = Fence.open(path, create=False)
        with pytest.raises(AlreadyRunning, match=f"process {holder.pid}"):
            fence.take_lease(os.getpid(), wait=lambda _: asked(holder) and None)
        holder.kill()
        holder.wait()
        pauses: list[float] = []
        assert fence.take_lease(os.getpid(), wait=pauses.append) == 2
        assert pauses == []


def test_a_frozen_holder_is_succeeded_after_three_seconds_and_may_do_nothing_when_it_thaws(tmp_path: Path):
    path = tmp_path / "fence"
    with running(HOLDER, path) as holder:
        assert line_of(holder) == "1"
        assert asked(holder) == "True True"
        holder.send_signal(signal.SIGSTOP)
        fence, began = Fence.open(path, create=False), clock.process_ns()
        assert fence.take_lease(os.getpid()) == 2
        assert clock.process_ns() - began >= 3_000_000_000
        assert fence.ousted is not None
        assert fence.ousted.pid == holder.pid
        holder.send_signal(signal.SIGCONT)
        assert asked(holder) == "False stale"
        assert fence.lease_valid(clock.process_ns())

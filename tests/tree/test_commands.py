"""The commands on the tree: a run is left and found again, ends by Ctrl-C, outlives its command, and refuses mistakes in one line."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import descendants
from tests.support.trees import PORTS, Tree

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    """A tree with a head of its own, as `make run` has it."""
    made = Tree(tmp_path / "state")
    yield made
    made.close()


def gone(pids: list[int], seconds_max: float) -> bool:
    """Whether all of them end in time."""
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        if not any(alive(pid) for pid in pids):
            return True
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def pids_of(told: dict[str, object]) -> list[int]:
    return [int(actor["pid"]) for actor in told["actors"] if actor["pid"]]  # type: ignore[attr-defined]


@pytest.mark.long
def test_a_run_is_left_found_again_and_ended(tree: Tree):
    done = tree.run("run", "--system", "left", "--detach", "--json", *PORTS, timeout=200)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["detached"]
    told = tree.until("left", lambda t: t["state"] == "trading" and (t["fills"] or 0) > 0)
    again = tree.start("run", "--system", "left", "--json", *PORTS)
    other = tree.run("run", "--system", "left", "--fast", "6", "--json", *PORTS)
    assert other.returncode == 4, other.stderr
    assert "another configuration" in json.loads(other.stdout)["error"]
    tree.until("left", lambda t: pids_of(t) == pids_of(told))  # attaching starts nothing
    again.send_signal(signal.SIGINT)
    out, err = again.communicate(timeout=60)
    end = json.loads(out)
    assert again.returncode == 0, err
    assert end["reconciled"], end["violations"]
    assert gone(pids_of(told), 10)
    assert tree.run("down", "--system", "left").returncode == 3
    assert not (tree.state / "left" / "gateway.json").exists()
    assert not (tree.state / "left" / "ray.json").exists()


@pytest.mark.long
def test_the_tree_outlives_its_command_and_trades_on(tree: Tree):
    run = tree.start("run", "--system", "orphan", "--json", *PORTS)
    before = tree.until("orphan", lambda t: t["state"] == "trading" and (t["fills"] or 0) > 0 and len(pids_of(t)) == len(t["actors"]), 200)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    after = tree.until("orphan", lambda t: (t["fills"] or 0) > before["fills"])
    assert pids_of(after) == pids_of(before)
    done = tree.run("down", "--system", "orphan", "--json", timeout=90)
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["reconciled"]
    assert gone(pids_of(after), 10)


@pytest.mark.long
def test_a_wrong_account_is_one_line_and_leaves_nothing_running(tree: Tree):
    before = descendants(os.getpid())
    done = tree.run("run", "--system", "wrong", "--account", "DU9999999", *PORTS, timeout=200)
    assert done.returncode == 4
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert lines == ["error: account DU9999999 was expected, the gateway manages DU1000001; log in to the right account, or name this one"]
    assert descendants(os.getpid()).keys() <= before.keys()
    again = tree.run("run", "--system", "wrong", "--detach", *PORTS, timeout=200)
    assert again.returncode == 0, again.stderr
    assert not tree.until("wrong", lambda t: t["state"] in {"trading", "halted"})["halts"], "a run that never began halts nothing"
    assert tree.run("down", "--system", "wrong", timeout=90).returncode == 0


def test_a_port_in_use_is_said_before_anything_starts(tree: Tree):
    import socket  # noqa: PLC0415 - this test alone needs one

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        done = tree.run("run", "--system", "port", "--http-port", str(port), "--dashboard-port", "0", "--ray-port", "0", "--json")
    assert done.returncode == 4
    assert f"--http-port {port}" in json.loads(done.stdout)["error"]
    assert not (tree.state / "port" / "ray.json").exists()


@pytest.mark.long
def test_an_absent_gateway_is_waited_for_and_ctrl_c_ends_it(tree: Tree):
    run = tree.start("run", "--system", "alone", "--port", "9", "--symbols", "SPY", "--json", *PORTS)
    told = tree.until("alone", lambda t: t["state"] == "waiting for gateway" and len([a for a in t["actors"] if a["phase"] == "running"]) >= 6, 200)
    assert told["gateway"]["connected"] is False
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "was not read" in json.loads(out)["violations"][0]
    assert gone(pids_of(told), 10)

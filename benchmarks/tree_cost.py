"""What the tree costs: `python benchmarks/tree_cost.py [--symbols SPY,IBM,...] [--seconds 20] [--nice N]`.

One system on a generated market that all but stands still (a hundredth of real time), a Ray of its own, everything on:
  cold start   seconds from the command to a tree that trades, by phase; target 30
  memory       PSS of every process, so that what they share counts once; target 1.5 GB in all
  idle         processor time of every process over some seconds in which nothing happens; target a tenth of a core
  restarts     seconds from kill -9 of each actor until the root tells of its successor as running
The simulated market is not the tree's; it is shown beside it, and so is the command that shows the tree in a terminal.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rivals import members, prefer
from robo_trader.edge.state_directory import StateDirectory
from tests.support.processes import descendants
from tests.support.trees import PORTS, Tree

SYSTEM = "cost"
SYMBOLS = "SPY,IBM,AAPL,MSFT,QQQ"
COLD_SECONDS_MAX, MEMORY_GB_MAX, IDLE_CORES_MAX = 30.0, 1.5, 0.1
SETTLE_SECONDS = 10.0
BACK_SECONDS_MAX = 90.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--symbols", default=SYMBOLS)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the idle tree is watched")
    parser.add_argument("--nice", type=int, default=0, help="niceness of the measured sessions, below 0 (root) where others use the machine")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rt-cost-") as folder:
        state = Path(folder)
        prefer(state / SYSTEM, options.nice)
        tree = Tree(state)
        try:
            print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, niceness {options.nice}", flush=True)
            command = cold_start(tree, options.symbols)
            prefer(state / SYSTEM, options.nice)
            time.sleep(SETTLE_SECONDS)
            weigh(tree, command)
            idle(tree, command, options.seconds)
            restarts(tree)
        finally:
            tree.run("down", "--system", SYSTEM)
            tree.close()


def cold_start(tree: Tree, symbols: str) -> int:
    """Start, and tell when each phase was over; the command's pid."""
    began = time.monotonic()
    child = tree.start("run", "--system", SYSTEM, "--symbols", symbols, "--seed", "7", "--date", "2025-10-07", "--speed", "0.01", "--json", *PORTS)
    phases: list[tuple[str, float]] = []

    def listen() -> None:
        assert child.stderr is not None, "a pipe"
        phases.extend((line.strip(), time.monotonic() - began) for line in child.stderr)

    threading.Thread(target=listen, daemon=True).start()
    tree.until(SYSTEM, lambda told: bool(told))
    answers = time.monotonic() - began
    tree.until(SYSTEM, lambda told: all(actor["phase"] == "running" for actor in told["actors"] or ()) and told["state"] == "trading")
    trades = time.monotonic() - began
    for name, at in [*phases, ("the root answers", answers), ("it trades, and every actor runs", trades)]:
        print(f"  {at:6.1f} s  {name[:100]}")
    print(f"cold start {trades:.1f} s: {'within' if trades <= COLD_SECONDS_MAX else 'MISSES'} {COLD_SECONDS_MAX:g} s", flush=True)
    return child.pid


def processes(tree: Tree, command: int) -> dict[int, str]:
    """Every process of the system by what it is called: Ray's session, its market, and the command."""
    head = members_of_ray(tree)
    market = int(tree.gateway(SYSTEM)["pid"])
    return {**{pid: name_of(pid) for pid in head}, market: "(the simulated market)", command: "(the command)", **descendants_named(command)}


def members_of_ray(tree: Tree) -> list[int]:
    """The processes of the system's own Ray."""
    from ray_cluster.connect import head_of  # noqa: PLC0415  # not before the tree has prepared

    head = head_of(StateDirectory(SYSTEM, tree.state / SYSTEM))
    assert head is not None, "the tree runs"
    return members(head.session)


def descendants_named(command: int) -> dict[int, str]:
    """What the command started itself."""
    return dict.fromkeys((pid for pid, line in descendants(command).items() if "sim-gateway" not in line and "ray" not in line), "(the command)")


def name_of(pid: int) -> str:
    """`ray::RiskDeskActor`, `gcs_server`, or the last word of a command's module."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").split()
    except OSError:
        return "gone"
    if words and words[0].startswith("ray::"):
        return words[0]
    scripts = [Path(word).name for word in words if word.endswith(".py") or "/core/src/" in word or word.startswith("ray.")]
    return scripts[0] if scripts else Path(words[0]).name if words else "gone"


def pss_mb(pid: int) -> float:
    """Proportional set size in MB; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def cpu_seconds(pid: int) -> float:
    """Processor seconds used so far; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def weigh(tree: Tree, command: int) -> None:
    """Memory by process."""
    used = {pid: pss_mb(pid) for pid in processes(tree, command)}
    total = _table("PSS, MB", tree, command, used, 1.0)
    print(f"memory {total / 1024:.2f} GB: {'within' if total / 1024 <= MEMORY_GB_MAX else 'MISSES'} {MEMORY_GB_MAX:g} GB", flush=True)


def idle(tree: Tree, command: int, seconds: float) -> None:
    """Processor time by process."""
    before = {pid: cpu_seconds(pid) for pid in processes(tree, command)}
    time.sleep(seconds)
    used = {pid: (cpu_seconds(pid) - was) / seconds * 100 for pid, was in before.items()}
    total = _table("idle, % of a core", tree, command, used, 0.3) / 100
    print(f"idle {total:.1%} of a core: {'within' if total <= IDLE_CORES_MAX else 'MISSES'} {IDLE_CORES_MAX:.0%}", flush=True)


def _table(title: str, tree: Tree, command: int, used: dict[int, float], least: float) -> float:
    """Print the larger figures; the sum of what is the tree's own."""
    named = processes(tree, command)
    rows = sorted(((amount, named.get(pid, "gone")) for pid, amount in used.items()), reverse=True)
    print(f"{title}:")
    for amount, name in rows:
        if amount >= least:
            print(f"  {amount:8.1f}  {name}")
    return sum(amount for amount, name in rows if not name.startswith("("))


def restarts(tree: Tree) -> None:
    """Kill each actor once."""
    names = [actor["name"] for actor in tree.told(SYSTEM)["actors"]]
    print("restart after kill -9, seconds:")
    for name in [*names, "root"]:
        pid = tree.kill(SYSTEM, name)
        began = time.monotonic()
        tree.until(SYSTEM, _back(tree, name, pid), BACK_SECONDS_MAX)
        print(f"  {time.monotonic() - began:6.2f}  {name}", flush=True)
        tree.until(SYSTEM, lambda told: told.get("state") == "trading" and all(a["phase"] == "running" for a in told["actors"]), BACK_SECONDS_MAX)


def _back(tree: Tree, name: str, pid: int) -> Callable[[dict[str, object]], bool]:
    """Whether a successor of this process runs."""

    def back(told: dict[str, object]) -> bool:
        if name == "root":
            return tree.root_pid(SYSTEM) != pid
        actors = told["actors"]
        assert isinstance(actors, list)
        return any(a["name"] == name and a["phase"] == "running" and a["pid"] not in {pid, None} for a in actors)

    return back


if __name__ == "__main__":
    main()

"""A market of a run's own that was opened before the run, with a scenario: the run finds it in its directory, as it does after a crash."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.days import DATE
from tests.support.running import Product

ROOT = Path(__file__).parents[2]


def open_bad_day(product: Product, system: str, market: Path, faults: Iterable[dict[str, Any]]) -> int:
    """Start the simulated gateway of `system` in lockstep, replaying `market`; returns its port once clients may connect."""
    directory, control = product.state / system, product.state.parent / "control"
    directory.mkdir(mode=0o700, parents=True)
    product.state.chmod(0o700)
    scenario, log = directory / "scenario.jsonl", directory / "exchange.jsonl"
    scenario.write_text("".join(json.dumps(fault) + "\n" for fault in faults))
    gateway = product.start(
        *("sim-gateway", "--replay", str(market), "--symbols", "SPY", "--date", DATE, "--lockstep", "--control", str(control)),
        *("--state", str(directory / "gateway"), "--log", str(log), "--scenario", str(scenario)),
    )
    assert gateway.stdout is not None
    said = json.loads(gateway.stdout.readline())
    record = {"pid": gateway.pid, "port": said["port"], "control": said["control"], "log": str(log)}
    (directory / "gateway.json").write_text(json.dumps(record))
    return int(said["port"])


def run_crashing(product: Product, options: Iterable[str], command: Iterable[str]) -> subprocess.Popen[str]:
    """Start `robo-trader` by the program that dies on purpose (`crashing`)."""
    line = [sys.executable, "-m", "tests.support.crashing", *options, "--", *command]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=product.environment, cwd=ROOT)
    product.started.append(child)
    return child


def log_lines(product: Product, system: str) -> list[dict[str, Any]]:
    """The exchange's own log."""
    with (product.state / system / "exchange.jsonl").open() as lines:
        return [json.loads(line) for line in lines]

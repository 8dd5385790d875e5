"""Halts from another process: recorded first, confirmed by the one that trades, and never undone by a restart."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.support.days import DATE, Day, path
from tests.support.running import Product, held

pytestmark = pytest.mark.timeout(300)
SYSTEM = "halts"


def zigzag(root: Path) -> Path:
    corners = [(minute, 16_000 + (40 if minute // 8 % 2 else -40)) for minute in range(0, 211, 8)]
    return Day(path(*corners), seconds=210 * 60).write(root)


def arguments(root: Path, *more: str) -> tuple[str, ...]:
    common = ("run", "--system", SYSTEM, "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9")
    return (*common, "--quantity", "100", "--json", *more)


def test_after_a_confirmed_halt_no_entry_leaves_and_stops_stay_even_over_a_restart(product: Product, tmp_path: Path):
    root = zigzag(tmp_path / "day")
    trader = product.start(*arguments(root, "--speed", "60"))
    product.wait_for(SYSTEM, lambda status: held(status) != 0)
    done = product.run("halt", "--system", SYSTEM, "--level", "no_new", "--by", "test", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)["halts"][0] if "halts" in json.loads(done.stdout) else json.loads(done.stdout)
    confirmed = answer["confirmed_ns"]
    assert confirmed >= answer["recorded_ns"]
    os.kill(trader.pid, signal.SIGKILL)
    trader.communicate()
    again = product.start(*arguments(root, "--speed", "240"))
    status = product.wait_for(SYSTEM, lambda s: s["state"] == "halted" and s["books"][0]["signal_bar_end"] is not None)
    assert status["halts"], "a restart does not lift a halt"
    product.wait_for(SYSTEM, lambda s: held(s) == 0)
    again.send_signal(signal.SIGINT)
    out, err = again.communicate(timeout=20)
    end = json.loads(out)
    assert end["reconciled"], (end["violations"], err[-500:])
    log = product.state / SYSTEM / "exchange.jsonl"
    report = json.loads(product.run("sim-gateway", "--verify", str(log), "--after", str(confirmed), "--json").stdout)
    assert report["after"]["entries"] == 0


@pytest.mark.long
def test_a_frozen_gateway_cannot_confirm_and_lets_at_most_the_window_through(product: Product, tmp_path: Path):
    root = zigzag(tmp_path / "day")
    trader = product.start(*arguments(root, "--speed", "60"))
    product.wait_for(SYSTEM, lambda status: held(status) != 0)
    gateway = product.gateway(SYSTEM)["pid"]
    os.kill(gateway, signal.SIGSTOP)
    try:
        done = product.run("halt", "--system", SYSTEM, "--by", "test", "--json")
        assert done.returncode == 5, (done.stdout, done.stderr)
        assert "NOT confirmed" in done.stdout + done.stderr
    finally:
        os.kill(gateway, signal.SIGCONT)
    product.wait_for(SYSTEM, lambda s: s["gateway"]["connected"] and bool(s["halts"]))
    trader.send_signal(signal.SIGINT)
    trader.communicate(timeout=20)
    recorded = json.loads(done.stdout)["halts"][0]["recorded_ns"] if "halts" in json.loads(done.stdout) else json.loads(done.stdout)["recorded_ns"]
    log = product.state / SYSTEM / "exchange.jsonl"
    report = json.loads(product.run("sim-gateway", "--verify", str(log), "--after", str(recorded), "--json").stdout)
    assert report["after"]["entries"] <= 1, "one unacknowledged entry a symbol is all that can slip"


@pytest.mark.long
def test_a_resume_needs_a_newer_bar_and_ctrl_c_leaves_no_halt(product: Product, tmp_path: Path):
    root = zigzag(tmp_path / "day")
    trader = product.start(*arguments(root, "--speed", "60"))
    product.wait_for(SYSTEM, lambda status: held(status) != 0)
    assert product.run("halt", "--system", SYSTEM, "--by", "test").returncode == 0
    product.wait_for(SYSTEM, lambda s: s["state"] == "halted")
    assert product.run("resume", "--system", SYSTEM, "--all", "--by", "test", "--reason", "done").returncode == 0
    product.wait_for(SYSTEM, lambda s: not s["halts"])
    trader.send_signal(signal.SIGINT)
    out, err = trader.communicate(timeout=15)
    assert trader.returncode == 0, err[-1000:]
    assert json.loads(out)["halts"] == []
    again = product.start(*arguments(root, "--speed", "60"))
    product.wait_for(SYSTEM, lambda s: s["state"] == "trading")
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=15)

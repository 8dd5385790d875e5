"""A system saved while it trades, killed, and brought back beside a broker that has gone on."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from robo_trader.edge.clock import process_ns
from robo_trader.edge.journal_store import Journal
from tests.support.running import Product, held

pytestmark = pytest.mark.timeout(300)
SYSTEM = "b"
MARKET = ("--seed", "7", "--speed", "60")


def run(*more: str) -> tuple[str, ...]:
    return ("run", "--system", SYSTEM, *more, "--json")


def told(product: Product, *arguments: str) -> dict[str, Any]:
    done = product.run(*arguments, "--json")
    assert done.returncode == 0, (done.stdout, done.stderr)
    return dict(json.loads(done.stdout))


def digest_at(product: Product, seq: int) -> str | None:
    """The chain's digest at one row of the system's journal, which proves every row before it."""
    journal = Journal.open(product.state / SYSTEM / "journal.sqlite", create=False, read_only=True)
    try:
        return journal.digest_at(seq)
    finally:
        journal.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Product]:
    """The place where the system comes back."""
    made = Product(tmp_path / "other")
    yield made
    made.close()


def saved_and_killed(product: Product, disk: Path) -> dict[str, Any]:
    """Save the system while it holds a position, then kill its trader; the gateway goes on."""
    trader = product.start(*run(*MARKET, "--state-dir", str(product.state)))
    product.wait_for(SYSTEM, lambda status: held(status) != 0)
    made = told(product, "backup", "create", "--system", SYSTEM, "--to", str(disk))
    assert made["traded"]
    assert trader.poll() is None, "nothing stopped for it"
    os.kill(trader.pid, signal.SIGKILL)
    trader.communicate()
    assert told(product, "backup", "verify", made["path"])["ok"]
    return made


@pytest.mark.long
def test_a_restored_system_knows_what_was_saved_and_waits_for_a_person(product: Product, other: Product, tmp_path: Path):
    made = saved_and_killed(product, tmp_path / "disk")
    seq, head = made["journal"]["seq"], made["journal"]["head"]
    done = told(other, "backup", "restore", made["path"], "--system", SYSTEM, "--by", "ann")
    assert digest_at(product, seq) == digest_at(other, seq) == head
    gateway = product.gateway(SYSTEM)
    options = ("--port", str(gateway["port"]), "--symbols", "SPY,IBM", "--exchange-log", gateway["log"], "--state-dir", str(other.state))
    begun = process_ns()
    trader = other.start(*run(*options))
    try:
        status = other.wait_for(SYSTEM, lambda s: s["gateway"]["connected"] and bool(s["reconciled"]) and s["state"] == "halted")
        assert done["halt"] in [halt["id"] for halt in status["halts"]]
        assert status["epoch"] > made["epoch"]
        before = status["books"][0]["signal_bar_end"]
        other.wait_for(SYSTEM, lambda s: s["books"][0]["signal_bar_end"] not in (None, before))
        assert digest_at(other, seq) == head, "the saved journal is a prefix of what is written now"
        report = json.loads(other.run("sim-gateway", "--verify", gateway["log"], "--after", str(begun), "--json").stdout)
        assert report["after"]["entries"] == 0, "it waits"
        told(other, "resume", "--system", SYSTEM, "--id", done["halt"], "--by", "ann", "--reason", "compared")
        other.wait_for(SYSTEM, lambda s: done["halt"] not in [halt["id"] for halt in s["halts"]])
    finally:
        trader.send_signal(signal.SIGINT)
        trader.communicate(timeout=30)
    report = json.loads(other.run("sim-gateway", "--verify", gateway["log"], "--json").stdout)
    assert report["orders_per_intent_max"] == 1, "no intent was sent twice, whoever remembered it"


@pytest.mark.long
def test_a_restored_simulated_world_comes_back_with_its_broker(product: Product, other: Product, tmp_path: Path):
    """Its account is at least as new as the journal, so the books agree and only the halt stands."""
    made = saved_and_killed(product, tmp_path / "disk")
    done = told(other, "backup", "restore", made["path"], "--system", SYSTEM)
    trader = other.start(*run(*MARKET))
    try:
        status = other.wait_for(SYSTEM, lambda s: s["gateway"]["connected"] and len(s["reconciled"]) == len(s["books"]))
        assert [halt["id"] for halt in status["halts"]] == [done["halt"]]
        assert status["state"] == "halted"
    finally:
        trader.send_signal(signal.SIGINT)
        out, err = trader.communicate(timeout=30)
    end = json.loads(out)
    assert end["reconciled"], (end["violations"], err[-500:])


@pytest.mark.long
def test_a_system_that_runs_is_not_restored_over(product: Product, tmp_path: Path):
    trader = product.start(*run(*MARKET))
    product.wait_for(SYSTEM, lambda status: status["state"] == "trading")
    made = told(product, "backup", "create", "--to", str(tmp_path / "disk"))
    refused = product.run("backup", "restore", made["path"], "--system", SYSTEM, "--replace")
    assert refused.returncode == 4, refused.stderr
    assert product.wait_for(SYSTEM, lambda status: status["state"] == "trading")
    os.kill(trader.pid, signal.SIGKILL)
    trader.communicate()
    refused = product.run("backup", "restore", made["path"], "--system", SYSTEM, "--replace")
    assert refused.returncode == 4 and "simulated gateway" in refused.stderr, "its broker still writes there"

"""What a person can get wrong is answered in one line with cause and remedy, the right exit code, and nothing left running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.days import DATE, Day, path
from tests.support.running import Product

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def gateway(product: Product) -> Iterator[int]:
    """A simulated gateway of its own on a free port."""
    child = product.start("sim-gateway", "--port", "0", "--seed", "1", "--symbols", "SPY", "--speed", "1", "--log", str(product.state.parent / "log"))
    assert child.stdout is not None
    yield int(json.loads(child.stdout.readline())["port"])
    child.terminate()
    child.communicate(timeout=20)


def complaint(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line of a refused command."""
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "; " in lines[0], "cause; remedy"
    return lines[0]


def left_running(product: Product) -> list[str]:
    """Processes that still mention the test's own directory."""
    found = subprocess.run(["pgrep", "-af", str(product.state)], capture_output=True, text=True, check=False).stdout
    return [line for line in found.splitlines() if "sim-gateway" in line]


def test_a_replay_file_without_a_column_is_named(product: Product, tmp_path: Path):
    root = Day(path((0, 16_000), (10, 16_010)), seconds=60).write(tmp_path / "day")
    file = next((root / "second_trade").iterdir())
    table = pq.read_table(file)
    pq.write_table(table.drop(["close"]), file)
    line = complaint(product.run("run", "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--lockstep"), 4)
    assert "close" in line
    assert file.name in line
    assert left_running(product) == []


def test_a_symbol_that_is_nowhere_is_refused(product: Product, tmp_path: Path):
    root = Day(path((0, 16_000), (10, 16_010)), seconds=60).write(tmp_path / "day")
    assert "NOPE" in complaint(product.run("run", "--replay", str(root), "--symbols", "NOPE", "--date", DATE, "--lockstep"), 4)
    assert left_running(product) == []


def test_a_symbol_that_the_broker_does_not_know_is_refused(product: Product, gateway: int):
    assert "NOPE" in complaint(product.run("run", "--port", str(gateway), "--symbols", "NOPE"), 4)


def test_the_wrong_account_is_named_with_the_right_one(product: Product, gateway: int):
    line = complaint(product.run("run", "--port", str(gateway), "--symbols", "SPY", "--account", "DU7654321"), 4)
    assert "DU7654321" in line
    assert "DU1000001" in line


def test_a_port_in_use_is_refused(product: Product):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = complaint(product.run("sim-gateway", "--port", str(port), "--seed", "1", "--log", str(product.state.parent / "log")), 4)
    assert str(port) in line


def test_an_absent_gateway_is_waited_for_and_ctrl_c_ends_it(product: Product):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    trader = product.start("run", "--system", "lonely", "--port", str(port), "--symbols", "SPY", "--json")
    status = product.wait_for("lonely", lambda s: bool(s))
    assert status["state"] == "waiting for gateway"
    trader.send_signal(signal.SIGINT)
    out, err = trader.communicate(timeout=10)
    assert trader.returncode == 1
    assert json.loads(out)["reconciled"] is False
    assert err.count("waiting for gateway") == 1


def test_a_second_run_on_the_same_state_is_refused_and_the_first_goes_on(product: Product):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    first = product.start("run", "--system", "twice", "--port", str(port), "--symbols", "SPY", "--json")
    product.wait_for("twice", lambda s: bool(s))
    line = complaint(product.run("run", "--system", "twice", "--port", str(port), "--symbols", "SPY"), 4)
    assert str(first.pid) in line
    assert product.ask("status", "--system", "twice")
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=10)


@pytest.mark.parametrize("name", ["journal.sqlite", "fence"])
def test_an_unreadable_safety_record_stops_the_start_and_is_kept(product: Product, name: str):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    first = product.start("run", "--system", "broken", "--port", str(port), "--symbols", "SPY", "--json")
    product.wait_for("broken", lambda s: bool(s))
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=10)
    record = product.state / "broken" / name
    for other in record.parent.glob(f"{name}-*"):
        other.unlink()
    record.write_bytes(os.urandom(record.stat().st_size))
    kept = record.read_bytes()
    line = complaint(product.run("run", "--system", "broken", "--port", str(port), "--symbols", "SPY"), 4)
    assert str(record) in line
    assert record.read_bytes() == kept

"""A person trades in the same account through a client of their own, on the same gateway, with the real library."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.days import DATE, Day, path
from tests.support.running import Product, held

pytestmark = pytest.mark.timeout(300)
SYSTEM = "manual"
BY_HAND = """
import asyncio, sys
asyncio.set_event_loop(asyncio.new_event_loop())
from ib_insync import IB, MarketOrder, Stock
ib = IB()
ib.connect("127.0.0.1", int(sys.argv[1]), clientId=99)
trade = ib.placeOrder(ib.qualifyContracts(Stock("SPY", "SMART", "USD"))[0], MarketOrder(sys.argv[2], int(sys.argv[3])))
for _ in range(600):
    if trade.isDone():
        break
    ib.sleep(0.05)
print(trade.orderStatus.status)
ib.disconnect()
"""


def by_hand(port: int, action: str, quantity: int) -> str:
    """One market order of another client; its last status."""
    done = subprocess.run([sys.executable, "-c", BY_HAND, str(port), action, str(quantity)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
    return done.stdout.strip()


def start(product: Product, tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    root = Day(path((0, 16_000), (210, 16_500)), seconds=210 * 60).write(tmp_path / "day")
    trader = product.start(
        *("run", "--system", SYSTEM, "--replay", str(root), "--symbols", "SPY", "--date", DATE, "--fast", "3", "--slow", "9"),
        *("--quantity", "100", "--speed", "30", "--json"),
    )
    product.wait_for(SYSTEM, lambda status: held(status) == 100)
    return trader, int(product.gateway(SYSTEM)["port"])


@pytest.mark.long
def test_a_manual_purchase_is_external_and_not_healed(product: Product, tmp_path: Path):
    trader, port = start(product, tmp_path)
    assert by_hand(port, "BUY", 30) == "Filled"
    status = product.wait_for(SYSTEM, lambda s: s["external"] == {"SPY": 30})
    assert held(status) == 100
    assert status["halts"] == []
    trader.send_signal(signal.SIGINT)
    out, _ = trader.communicate(timeout=15)
    end = json.loads(out)
    assert end["position"] == {"SPY": 130} and end["external"] == {"SPY": 30}


def test_a_manual_sale_of_the_strategys_shares_halts_the_symbol_and_leaves_no_stop(product: Product, tmp_path: Path):
    trader, port = start(product, tmp_path)
    assert by_hand(port, "SELL", 100) == "Filled"
    status = product.wait_for(SYSTEM, lambda s: bool(s["halts"]) and s["books"][0]["stop"] is None)
    assert status["halts"][0]["scope"] == "symbol"
    trader.send_signal(signal.SIGINT)
    trader.communicate(timeout=15)
    log = [json.loads(line) for line in (product.state / SYSTEM / "exchange.jsonl").read_text().splitlines()]
    last = {r["perm_id"]: r for r in log if r["k"] == "order"}
    assert [r for r in last.values() if r["type"] == "STP" and r["status"] in {"PreSubmitted", "Submitted"}] == []

"""kill -9 exactly at each crash point, over the wire, while the broker takes, refuses or swallows an order: the day ends as if nothing had been.

The points are K0 to K12, each a call of this code (`tests/support/crashing.py` says which); a resume, a migration and a backup (K10, K13, K14) are
not on the path of an order. What the broker does befalls the order of the death where that order reaches it (K5, K6), the cancel of the death (K8),
and else the next one that arrives. The judge is the exchange's own log.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from robo_trader.edge.journal_store import Journal
from robo_trader.orders.events import Fill, Intended
from robo_trader.simulated_gateway.clock import RUN_ON_SECONDS_MAX
from tests.support.bad_days import log_lines, open_bad_day, run_crashing
from tests.support.crashing import POINTS
from tests.support.crashing_days import turning, waves
from tests.support.days import DATE
from tests.support.running import Product

SYSTEM = "points"
OUTCOMES = ("accepted", "refused", "swallowed")
MATRIX = [(point, outcome) for point in POINTS if point != "none" for outcome in OUTCOMES]
IN_MAKE_TEST = {("K5", "refused"), ("K7", "accepted")}
EARLIER_ORDER_ID = 500
ORDERS_PASSED_MAX = 4
SIGNALS_PASSED = (9, 40)
EARLIER = f"""
import asyncio, sys
asyncio.set_event_loop(asyncio.new_event_loop())
from ib_insync import IB, LimitOrder, Stock
ib = IB()
ib.connect("127.0.0.1", int(sys.argv[1]), clientId=7)
contract = ib.qualifyContracts(Stock("SPY", "SMART", "USD"))[0]
trade = ib.placeOrder(contract, LimitOrder("BUY", 1, 1.0, tif="GTC", orderId={EARLIER_ORDER_ID}))
ib.cancelOrder(trade.order)
for _ in range(600):
    if trade.isDone():
        break
    ib.sleep(0.05)
ib.disconnect()
"""


def nth_passing(point: str, chance: random.Random) -> int:
    if point == "K0":
        return chance.randint(*SIGNALS_PASSED)
    return 1 if point[:2] in {"K8", "K9"} or point[:3] in {"K11", "K12"} else chance.randint(1, ORDERS_PASSED_MAX)


def faults(point: str, outcome: str, nth: int, chance: random.Random) -> list[dict[str, Any]]:
    """What the broker does, and to which order."""
    if outcome == "accepted":
        return []
    if point.startswith("K8"):
        return [{"fault": "reject_cancel" if outcome == "refused" else "swallow_cancel", "when": {"cancel": 1}}]
    order = {"K0": 2, "K6": nth + (outcome == "swallowed"), "K7": 2 * nth + 1, "K9": 2, "K11": 2, "K12-before": 2, "K12-after": 2}.get(point, nth)
    if outcome == "swallowed":
        return [{"fault": "swallow_order", "when": {"order": order}}]
    moment = "after_ack" if point == "K6" else chance.choice(["at_once", "after_ack"])
    return [{"fault": "reject_order", "when": {"order": order}, "moment": moment}]


def options(point: str, nth: int, marker: Path) -> list[str]:
    """How `crashing` is told; an operator's halt is what K9 and K11 are about, and in K11 it is the operator's command that dies."""
    halt = ["halt", "--system", SYSTEM, "--by", "test"]
    dies = [point, "--pass", str(nth), "--marker", str(marker)]
    if point == "K9":
        return [*dies, "--call", json.dumps(["robo_trader.cli.app", *halt])]
    if point == "K11":
        return ["none", "--call", json.dumps(["tests.support.crashing", *dies, "--", *halt])]
    return dies


def trade(product: Product, market: Path, point: str, nth: int, marker: Path) -> dict[str, Any]:
    """Trade until the death, and on to the end of the day; the summary of the end."""
    averages = ("--fast", "5", "--slow", "20") if point.startswith("K8") else ("--fast", "3", "--slow", "9")
    command = (
        *("run", "--system", SYSTEM, "--replay", str(market), "--symbols", "SPY", "--date", DATE, *averages),
        *("--quantity", "100", "--lockstep", "--until-close", "--json", "--in-process"),
    )
    victim = run_crashing(product, options(point, nth, marker), command)
    out, err = victim.communicate(timeout=400)
    assert marker.exists(), f"{point} was never reached: {err[-1500:]}"
    assert json.loads(marker.read_text())["point"] == point
    if point != "K11":
        assert victim.returncode == -(signal.SIGXFSZ if point == "K2" else signal.SIGKILL), err[-1500:]
        done = product.run(*command, timeout=400)
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
        out = done.stdout
    return dict(json.loads(out))


def judge(product: Product, end: dict[str, Any]) -> None:
    """Nothing twice, nothing lost, nothing that was not on record first, no id used again."""
    verify = end["verify"]
    assert end["reconciled"], end["violations"]
    assert verify["orders_per_intent_max"] <= 1
    assert verify["violations"] == []
    spy = verify["symbols"]["SPY"]
    assert (spy["crossing"], spy["largest_ours"] <= 100) == (0, True)
    assert spy["uncovered_seconds"] <= RUN_ON_SECONDS_MAX, "shares lie bare while nobody lives, and not a second longer"
    frames = [line["f"] for line in log_lines(product, SYSTEM) if line["k"] == "in" and line["f"][0] == "3" and line["client"] == 7]
    ids = [int(fields[1]) for fields in frames if int(fields[1]) != EARLIER_ORDER_ID]
    assert ids == sorted(set(ids)), "order ids grow and are never used again"
    journal = Journal.open(product.state / SYSTEM / "journal.sqlite", read_only=True)
    events = [event for _, event in journal.read()]
    journal.close()
    on_record = {event.order_ref for event in events if isinstance(event, Intended)}
    assert {line["ref"] for line in log_lines(product, SYSTEM) if line["k"] == "order" and line["ref"]} <= on_record
    assert len({event.exec_id for event in events if isinstance(event, Fill)}) == verify["fills_ours"] == end["fills"]


def judge_halt(product: Product, point: str, marker: Path) -> None:
    """What the operator said holds, though his command or the trader died over it."""
    log = product.state / SYSTEM / "exchange.jsonl"
    since = str(json.loads(marker.read_text())["at"])
    report = json.loads(product.run("sim-gateway", "--verify", str(log), "--after", since, "--json").stdout)
    assert report["after"]["entries"] == 0
    if point == "K11":
        trail = (product.state / "audit.jsonl").read_bytes()
        assert trail and not trail.endswith(b"\n"), "the line is torn"


def dies_and_ends_the_day(product: Product, tmp_path: Path, point: str, outcome: str) -> None:
    chance = random.Random(f"{point}:{outcome}")
    nth = nth_passing(point, chance)
    scenario = faults(point, outcome, nth, chance)
    market = (turning() if point.startswith("K8") else waves(random.Random(0))).write(tmp_path / "day")
    port = open_bad_day(product, SYSTEM, market, scenario)
    if point.startswith("K12"):
        subprocess.run([sys.executable, "-c", EARLIER, str(port)], check=True, timeout=60)
    marker = tmp_path / "marker"
    end = trade(product, market, point, nth, marker)
    judge(product, end)
    befallen = [line["fault"] for line in log_lines(product, SYSTEM) if line["k"] == "fault" and line["step"] == "befalls"]
    assert befallen == [fault["fault"] for fault in scenario]
    if point in {"K9", "K11"}:
        judge_halt(product, point, marker)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("point", "outcome"), sorted(IN_MAKE_TEST))
def test_a_trader_that_dies_at_the_point_ends_its_day_in_order(product: Product, tmp_path: Path, point: str, outcome: str):
    dies_and_ends_the_day(product, tmp_path, point, outcome)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("point", "outcome"), [pair for pair in MATRIX if pair not in IN_MAKE_TEST])
def test_every_other_point_and_outcome(product: Product, tmp_path: Path, point: str, outcome: str):
    dies_and_ends_the_day(product, tmp_path, point, outcome)

"""Why orders were and were not sent, asked of the journal that a short real run left behind."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from robo_trader.edge.fence import Fence
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from tests.support.days import DATE, Day, path
from tests.support.running import Product

pytestmark = pytest.mark.timeout(300)
SYSTEM = "why"
HALT = Halt("h-ibm", HaltLevel.NO_NEW, HaltScope.SYMBOL, "IBM", "earnings", None, "ann")


def arguments(root: Path, *more: str) -> tuple[str, ...]:
    market = ("run", "--system", SYSTEM, "--replay", str(root), "--symbols", "SPY,IBM", "--date", DATE, "--lockstep")
    return (*market, "--fast", "3", "--slow", "9", "--json", *more)


def why(product: Product, *asked: str) -> dict[str, Any]:
    done = product.run("why", *asked, "--system", SYSTEM, "--json")
    assert done.returncode == 0, (done.stdout, done.stderr)
    return dict(json.loads(done.stdout))


def noes(story: dict[str, Any], control: str) -> list[dict[str, Any]]:
    return [no for no in story["refusals"] if no["control"] == control]


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Both symbols rise all day, so a decision once made stands."""
    for symbol in ("SPY", "IBM"):
        Day(path((0, 16_000), (60, 16_300), (100, 16_500)), symbol=symbol).write(tmp_path / "day")
    return tmp_path / "day"


@pytest.fixture
def halted(product: Product, monkeypatch: pytest.MonkeyPatch) -> Product:
    """A system in which one symbol is halted before its first start."""
    monkeypatch.setenv("ROBO_TRADER_STATE_DIR", str(product.state))
    fence = Fence.open(StateDirectory.of(SYSTEM).make().fence, create=True)
    fence.raise_halt(HALT)
    fence.close()
    return product


@pytest.mark.long
def test_the_journal_answers_for_orders_halts_and_limits(halted: Product, day: Path):
    product = halted
    trader = product.start(*arguments(day))
    product.wait_for(SYSTEM, lambda s: s["refusals"] > 0 and s["fills"] > 0)
    while_it_trades = why(product, "--symbol", "IBM")
    trader.send_signal(signal.SIGINT)
    trader.communicate(timeout=30)
    assert product.run("resume", "--system", SYSTEM, "--id", HALT.id, "--by", "ann", "--reason", "over").returncode == 0
    smaller = product.start(*arguments(day, "--quantity", "50", "--max-position", "50"))
    product.wait_for(SYSTEM, lambda _s: bool(noes(why(product, "--symbol", "IBM")["stories"][-1], "C05")))
    smaller.send_signal(signal.SIGINT)
    smaller.communicate(timeout=30)

    [refused] = while_it_trades["stories"]
    assert (refused["sent"], refused["cause"]) == (False, "halt")
    assert [(no["value"], no["limit"]) for no in noes(refused, "C17")] == [("NO_NEW", "none")]
    assert [halt["id"] for halt in refused["halts"]] == [HALT.id]
    assert HALT.id in refused["remedy"]

    limited = why(product, "--symbol", "IBM")["stories"][-1]
    assert not limited["sent"] and limited["decision"]["target"] == 100, "decided by the first run, larger than the second one's limit"
    [no, *latched] = noes(limited, "C05")
    assert (no["value"], no["limit"]) == ("100", "50") and "--max-position" in no["remedy"]
    assert all(again["detail"].startswith("latched") for again in latched)

    entry = why(product, "--symbol", "SPY", "--last", "100")["stories"][0]
    assert entry["sent"] and entry["cause"] == "signal" and entry["decision"]["target"] == 100
    assert any("filled at" in step["what"] for step in entry["life"])
    assert why(product, entry["intent"][:8])["stories"] == [entry]
    nearest = product.run("why", entry["intent"][:-1] + "z", "--system", SYSTEM)
    assert nearest.returncode == 2 and entry["intent"] in nearest.stderr
    table = product.run("why", entry["intent"], "--system", SYSTEM)
    assert entry["intent"] in table.stdout and "caused by" in table.stdout

"""What must not be undone is kept before a client hears of it, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import Stock
from ib_insync.order import LimitOrder, MarketOrder, Order

from robo_trader.simulated_gateway.keeping import Keeping
from robo_trader.simulated_gateway.model import OrderError
from tests.support.exchange_bench import quote, trade
from tests.support.gateway_bench import Bench, BenchClient

EVENTS = (quote("09:30:30", "168.10", "168.12"), trade("09:30:40", "168.11"), quote("09:31:02.5", "167.00", "167.02"))


def place(order: Order, order_id: int = 1, **more: Any) -> Callable[[Client], None]:
    order.update(tif="DAY", **more)
    return lambda it: it.placeOrder(order_id, Stock("SPY", "SMART", "USD"), order)


class Kept:
    """A gateway at 09:31, what it kept, and what a client had heard by then."""

    def __init__(self, directory: Path, **venue: Any) -> None:
        self.bench = Bench(directory, *EVENTS, **venue)
        self.client: BenchClient = self.bench.client()
        self.client.heard()
        self.states: list[dict[str, Any]] = []
        self.heard_before: list[bytes] = []
        self.bench.gateway.keeping.keep = self._keep

    def _keep(self) -> None:
        self.states.append(self.bench.gateway.exchange.state())
        self.heard_before.append(self.client.wire.data)


def test_an_order_and_its_fill_are_kept_once_before_they_are_told(tmp_path: Path) -> None:
    it = Kept(tmp_path)
    assert it.client.say(place(MarketOrder("BUY", 100)))
    assert it.heard_before == [b""]
    assert it.states == [it.bench.gateway.exchange.state()]
    assert len(it.states[0]["matching"]["executions"]) == 1


def test_a_fill_that_time_brings_is_kept_and_time_alone_is_not(tmp_path: Path) -> None:
    it = Kept(tmp_path)
    it.client.say(place(LimitOrder("BUY", 100, 167.5)))
    it.bench.pass_seconds(2)
    assert len(it.states) == 1
    it.bench.pass_seconds(5)
    assert len(it.states) == 2
    assert it.heard_before == [b"", b""]


def test_a_question_and_a_refusal_are_nothing_to_keep(tmp_path: Path) -> None:
    it = Kept(tmp_path)
    it.client.say(lambda c: c.reqPositions(), lambda c: c.reqMktData(9, Stock("SPY", "SMART", "USD"), "", False, False, []))
    assert it.client.say(place(LimitOrder("BUY", 100, 167.001)), lambda c: c.cancelOrder(77, ""))
    assert it.states == []


@pytest.mark.parametrize("more", [{"transmit": False}, {"whatIf": True}], ids=["for later", "as a question"])
def test_an_order_that_only_uses_an_id_up_is_kept(tmp_path: Path, more: dict[str, Any]) -> None:
    it = Kept(tmp_path)
    it.client.say(place(LimitOrder("BUY", 100, 167.0), **more))
    assert [state["book"] for state in it.states] == [it.bench.gateway.exchange.state()["book"]]


def test_without_a_directory_nothing_is_kept_and_changes_are_counted_all_the_same() -> None:
    it = Keeping()
    it.passed()
    it.happened()
    it.told(OrderError(7, 1, 201, "no"))
    it.settle()
    assert it.changes == 2

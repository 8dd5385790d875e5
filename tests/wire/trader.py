"""The real client trading on a market written down by hand, and every message about orders that its decoder is given.

Each message is told in four words: (message, status, filled, code).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from ib_insync import Order

from robo_trader.simulated_gateway import server
from robo_trader.simulated_gateway.hours import Hours, regular_hours
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.model import MarketHappening
from robo_trader.simulated_gateway.scenario import parse
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.settings import GatewaySettings
from robo_trader.simulated_gateway.venue import PLAIN_VENUE, Venue
from tests.support.exchange_bench import DAY, IBM, PLAIN, SPY, at, exchange_on, quote, trade
from tests.wire.conftest import RealClient, Simulated, running

Entry = tuple[str, str, int, int]
WIDE = (quote("09:30:30", "100.00", "100.02", 10_000, 10_000), trade("09:30:40", "100.01"))


def opened(status: str) -> Entry:
    return ("openOrder", status, 0, 0)


def status(word: str, filled: int = 0) -> Entry:
    return ("orderStatus", word, filled, 0)


def pair(word: str, filled: int = 0) -> list[Entry]:
    return [opened(word), status(word, filled)]


def error(code: int) -> Entry:
    return ("error", "", 0, code)


def filled(shares: int) -> Entry:
    return ("execDetails", "", shares, 0)


CANCELLED = [status("Cancelled"), error(202)]
COMMISSION: Entry = ("commissionReport", "", 0, 0)


class Trader:
    """The real client, and every message about orders that its decoder was given."""

    def __init__(self, client: RealClient, gateway: Simulated) -> None:
        self.client, self.gateway = client, gateway
        self.heard: list[Entry] = []
        self.groups: dict[int, tuple[str, int, int]] = {}
        """OCA group, its type and the parent of each order that an openOrder told."""
        interpret = client.ib.client.decoder.interpret

        def listening(fields: list[str]) -> None:
            entry = self._entry(fields)
            if entry is not None:
                self.heard.append(entry)
            interpret(fields)

        client.ib.client.decoder.interpret = listening

    def _entry(self, fields: list[str]) -> Entry | None:
        message = SERVER[int(fields[0])]
        if message.name not in ("openOrder", "orderStatus", "execDetails", "commissionReport", "error"):
            return None
        said = message.read(fields)
        if message.name == "openOrder":
            self.groups[said.integer("orderId")] = (said.text("ocaGroup"), said.integer("ocaType"), said.integer("parentId"))
        shares = next((said.number(name) for name in ("filled", "cumQty") if name in said), None)
        return (message.name, str(said.get("status", "")), int(shares or 0), said.integer("code") if message.name == "error" else 0)

    async def place(self, *orders: Order, symbol: str = "SPY") -> list[Entry]:
        """Send orders one after the other, and wait for all that is said of them."""
        contract = await self.client.stock(symbol)
        return await self.after(lambda: [self.client.ib.placeOrder(contract, order) for order in orders])

    async def change(self, order: Order) -> list[Entry]:
        """Send an order again, past the library's own book of what is done: it takes an order for dead after many an error."""
        contract = await self.client.stock()
        return await self.after(lambda: self.client.ib.client.placeOrder(order.orderId, contract, order))

    async def cancel(self, order: Order) -> list[Entry]:
        return await self.after(lambda: self.client.ib.client.cancelOrder(order.orderId, ""))

    async def after(self, deed: Callable[[], Any]) -> list[Entry]:
        """Do something; what is heard until an answer that the gateway can only give after it."""
        self.heard.clear()
        deed()
        await self.client.ib.reqCurrentTimeAsync()
        return list(self.heard)

    async def until(self, wall: str) -> list[Entry]:
        """Let the market come to an instant; what is heard meanwhile."""

        def step() -> None:
            self.gateway.gateway.step(at(wall))

        return await self.after(step)


Open = Callable[..., AbstractAsyncContextManager[Trader]]


def opener(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a gateway whose market, rules and venue the test says, and connects to it; time moves only when the test says so."""

    @asynccontextmanager
    async def opening(
        *events: MarketHappening,
        now: str = "09:31:00",
        rules: Rules = PLAIN,
        venue: Venue = PLAIN_VENUE,
        hours: Hours = regular_hours,
        faults: Sequence[dict[str, object]] = (),
    ) -> AsyncIterator[Trader]:
        def scripted(_settings: GatewaySettings, hours: Hours, _kept: object = None) -> object:
            return exchange_on(ScriptedMarket((SPY, IBM), DAY, events or WIDE, hours=hours), at(now), rules=rules, venue=venue)

        monkeypatch.setattr(server, "build_exchange", scripted)
        settings = GatewaySettings(
            port=0,
            log_path=directory / "exchange.jsonl",
            lockstep=True,
            control_path=directory / "control",
            start=at(now),
            scenario=parse(json.dumps(fault) for fault in faults),
        )
        async with running(settings, hours) as simulated:
            yield Trader(await simulated.client(), simulated)

    return opening


def order_of(action: str, quantity: float, facts: dict[str, Any]) -> Order:
    return Order(**{"action": action, "totalQuantity": quantity, "orderType": "MKT", "tif": "DAY"} | facts)


def buy(quantity: float = 100, **facts: Any) -> Order:
    return order_of("BUY", quantity, facts)


def sell(quantity: float = 100, **facts: Any) -> Order:
    return order_of("SELL", quantity, facts)


def limit(price: float, **facts: Any) -> Order:
    return buy(orderType="LMT", lmtPrice=price, **facts)


def bracket(trader: Trader, entry: float, quantity: float = 100) -> list[Order]:
    orders = trader.client.ib.bracketOrder("BUY", quantity, entry, 110.0, 90.0)
    for order in orders:
        order.tif = "DAY"
    return list(orders)


FILL = [filled(100), *pair("Filled", 100), *pair("Filled", 100), COMMISSION]

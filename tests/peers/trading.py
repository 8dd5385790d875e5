"""The gateway's side of a scripted day: its market, its clock, and what it wrote down while a client traded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from robo_trader.simulated_gateway import server
from robo_trader.simulated_gateway.account import DEFAULT_ACCOUNT, Account
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.hours import Hours
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.simulated_gateway.settings import GatewaySettings
from robo_trader.values import NS_PER_SECOND, Instant, Symbol
from tests.peers.environments import Peer, start
from tests.support.exchange_bench import at
from tests.wire.conftest import Simulated, running

DAY: dict[str, Any] = json.loads(Path(__file__).with_name("day.json").read_text(encoding="utf-8"))
CLIENT_ID = 7
END_SECONDS = 40


@dataclass(frozen=True)
class Traded:
    """What a client made of the day, and the exchange's log of it."""

    peer: Peer
    result: dict[str, Any]
    log: list[str]

    def lines(self, kind: str) -> Iterator[dict[str, Any]]:
        """The log's lines of a kind."""
        return (line for line in map(json.loads, self.log) if line["k"] == kind)


def happening(wall: str, symbol: str, kind: str, *facts: Any) -> MarketHappening:
    when = at(wall, date.fromisoformat(DAY["date"]))
    if kind == "trade":
        price, size = facts
        return TradePrint(Symbol(symbol), Decimal(price), size, when)
    bid, bid_size, ask, ask_size = facts
    return QuoteChange(Symbol(symbol), Decimal(bid), Decimal(ask), bid_size, ask_size, when)


def begins() -> Instant:
    return at(DAY["begins"], date.fromisoformat(DAY["date"]))


def exchange_of_the_day(settings: GatewaySettings, hours: Hours, _kept: object = None) -> Exchange:
    """Stands where the server builds its own: the same exchange, on the scripted market."""
    symbols = [Symbol(symbol) for symbol in DAY["symbols"]]
    market = ScriptedMarket(symbols, date.fromisoformat(DAY["date"]), (happening(*line) for line in DAY["market"]), hours=hours)
    account = Account(settings.account, Decimal(DAY["cash"]))
    return Exchange(market, account, Contracts(market.symbols, hours=hours), seed=settings.chance_seed, now=begins(), rules=settings.manners.rules)


@contextmanager
def scripted_market() -> Iterator[None]:
    """Gateways that are built inside trade on the day's market."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "build_exchange", exchange_of_the_day)
        yield


async def trade(peer: Peer, directory: Path) -> Traded:
    """Let a client trade the day on a gateway of its own, whose clock stands but when the client lets it pass."""
    settings = GatewaySettings(
        port=0, log_path=directory / "exchange.jsonl", lockstep=True, control_path=directory / "control", account=DEFAULT_ACCOUNT, start=begins()
    )
    with scripted_market():
        async with running(settings) as simulated, asyncio.timeout(END_SECONDS):
            result = await conversation(peer, simulated)
    return Traded(peer, result, settings.log_path.read_text().splitlines())


async def conversation(peer: Peer, simulated: Simulated) -> dict[str, Any]:
    """Hand a driver its day, move the clock as it says, and take the result."""
    process = await start(peer)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    complaints = asyncio.ensure_future(process.stderr.read())
    process.stdin.write(json.dumps({"day": DAY, "port": simulated.port, "client_id": CLIENT_ID}).encode() + b"\n")
    try:
        while line := await process.stdout.readline():
            said = json.loads(line)
            if "result" in said:
                return dict(said["result"], complaints=await _end_of(process, complaints))
            for _ in range(said["pass"]):
                simulated.gateway.step(Instant((simulated.gateway.now // NS_PER_SECOND + 1) * NS_PER_SECOND))
            process.stdin.write(b"{}\n")
        raise AssertionError(f"{peer.name} gave up: {(await complaints).decode()}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _end_of(process: asyncio.subprocess.Process, complaints: asyncio.Future[bytes]) -> str:
    assert await process.wait() == 0, (await complaints).decode()
    return (await complaints).decode()

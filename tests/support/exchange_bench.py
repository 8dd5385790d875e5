"""A bench for the exchange: a market written down by hand, tickets in few words, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.hours import new_york
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import (
    CommissionNote,
    Execution,
    Happening,
    MarketHappening,
    OrderError,
    OrderReport,
    PositionReport,
    QuoteChange,
    Ticket,
    TradePrint,
)
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.venue import PLAIN_VENUE, Venue
from robo_trader.values import NS_PER_SECOND, Instant, Side, Symbol

SPY = Symbol("SPY")
IBM = Symbol("IBM")
DAY = date(2013, 10, 7)
CLIENT = 7
PLAIN = Rules(duplicates=False, status_may_precede_execution=False)
BUY, SELL = Side.BUY, Side.SELL


def at(wall: str, day: date = DAY) -> Instant:
    """An instant by New York's clock, e.g. `09:31:00.5`."""
    whole, _, fraction = wall.partition(".")
    return Instant(new_york(day, time.fromisoformat(whole)) + int(fraction.ljust(9, "0") or 0))


def quote(wall: str, bid: str, ask: str, bid_size: int = 1000, ask_size: int = 1000, symbol: Symbol = SPY) -> QuoteChange:
    return QuoteChange(symbol, Decimal(bid), Decimal(ask), bid_size, ask_size, at(wall))


def trade(wall: str, price: str, size: int = 100, symbol: Symbol = SPY) -> TradePrint:
    return TradePrint(symbol, Decimal(price), size, at(wall))


def ticket(
    order_id: int,
    side: Side = BUY,
    quantity: int = 100,
    *,
    limit: str | None = None,
    stop: str | None = None,
    group: str = "",
    oca_type: int = 2,
    tif: str = "DAY",
    client: int = CLIENT,
    symbol: Symbol = SPY,
    outside_rth: bool = False,
    kind: str = "",
    **more: Any,
) -> Ticket:
    """A market order, a limit order where `limit` is given, a stop where `stop` is; `kind` for any other, `more` for what it needs."""
    kind = kind or ("LMT" if limit else "STP" if stop else "MKT")
    limit_price = Decimal(limit) if limit else None
    stop_price = Decimal(stop) if stop else None
    made = Ticket(
        client, order_id, symbol, side, quantity, kind, limit_price, stop_price, tif, group, oca_type, f"rt:t:1:{order_id}", "", outside_rth
    )
    return replace(made, **more)


def exchange(*events: MarketHappening, now: str = "09:31:00", rules: Rules = PLAIN, venue: Venue = PLAIN_VENUE) -> Exchange:
    """SPY and IBM on a hand-made day; the clock stands at `now`."""
    return exchange_on(ScriptedMarket((SPY, IBM), DAY, events), at(now), rules=rules, venue=venue)


def exchange_on(market: Market, now: Instant, *, rules: Rules = PLAIN, seed: int = 1, venue: Venue = PLAIN_VENUE) -> Exchange:
    return Exchange(market, Account(), Contracts(market.symbols), seed=seed, now=now, rules=rules, venue=venue)


def told(happenings: Iterable[Happening]) -> list[str]:
    """What clients hear, in few words: `Submitted 40/60`, `exec 40 @ 10.01`, `error 202`, `fee 1.00`, `position 40`."""
    return [_word(happening) for happening in happenings if not isinstance(happening, QuoteChange | TradePrint)]


def _word(happening: Happening) -> str:
    match happening:
        case OrderReport():
            held = f" {happening.why_held}" if happening.why_held else ""
            return f"{happening.ticket.told_id} {happening.status} {happening.filled}/{happening.remaining}{held}"
        case Execution():
            return f"{happening.ticket.told_id} exec {happening.quantity} @ {happening.price}"
        case CommissionNote():
            return f"fee {happening.commission}"
        case PositionReport():
            return f"position {happening.quantity}"
        case OrderError():
            return f"{happening.order_id} error {happening.code}"
        case _:
            return "market"


def executions(happenings: Iterable[Happening]) -> list[Execution]:
    return [happening for happening in happenings if isinstance(happening, Execution)]


def later(instant: Instant, seconds: float) -> Instant:
    return Instant(instant + round(seconds * NS_PER_SECOND))


MORNING = (
    trade("08:00:00", "167.50", 10),
    quote("09:30:30", "168.10", "168.12", 500, 500),
    trade("09:30:10.5", "168.00", 100),
    trade("09:30:40.5", "168.11", 200),
    quote("09:31:02.1", "168.11", "168.13", 500, 500),
    trade("09:31:02.2", "168.13", 300),
    trade("09:31:02.3", "168.12", 50),
)
"""A quiet morning in one symbol: a trade before the open, and the first two minutes."""

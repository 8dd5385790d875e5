"""Prices of the day, from a market's prints and quotes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robo_trader.simulated_gateway.dispatch_prices import last_price, settled_price, today
from robo_trader.simulated_gateway.model import TradePrint
from robo_trader.values import Symbol
from tests.support.exchange_bench import IBM, MORNING, SPY, at, exchange, quote

BEFORE = TradePrint(SPY, Decimal("167.25"), 100, at("15:59:00", date(2013, 10, 4)))


def test_the_day_is_all_its_trades() -> None:
    (bar,) = today(exchange(BEFORE, *MORNING), SPY)
    assert (bar.open, bar.volume, bar.trades) == (Decimal("167.50"), 310, 3)


def test_the_last_price_is_a_trade_or_else_the_bid() -> None:
    assert last_price(exchange(*MORNING), SPY) == Decimal("168.11")
    assert last_price(exchange(quote("09:30:30", "168.10", "168.12")), SPY) == Decimal("168.10")
    assert last_price(exchange(), IBM) is None


def test_the_settled_price_is_the_close_before_if_there_was_one() -> None:
    assert settled_price(exchange(BEFORE, *MORNING), SPY) == Decimal("167.25")
    assert settled_price(exchange(*MORNING), SPY) == Decimal("168.11")
    assert settled_price(exchange(*MORNING), Symbol("AAPL")) is None

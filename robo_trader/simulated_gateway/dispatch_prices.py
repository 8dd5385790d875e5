"""Prices of the day that more than one answer is made of."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.simulated_gateway.day_prices import close_before
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.hours import extended_hours, new_york_date
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from robo_trader.values import Instant, Symbol


def today(exchange: Exchange, symbol: Symbol) -> list[TradeBar]:
    """The day's trades so far, as one bar, if there are any."""
    opened = extended_hours(new_york_date(exchange.now)).open
    return exchange.market.bars(symbol, opened, Instant(exchange.now + 1), SECONDS_PER_DAY, rth=False)


def last_price(exchange: Exchange, symbol: Symbol) -> Decimal | None:
    """The last trade, before the first one the bid; None where the market has neither."""
    trade, quote = exchange.market.last_trade(symbol), exchange.market.quote(symbol)
    if trade is not None:
        return trade.price
    return None if quote is None else quote.bid


def settled_price(exchange: Exchange, symbol: Symbol) -> Decimal | None:
    """A price that does not move in the course of the day, if there is one: the close before; else whatever there is."""
    if symbol not in exchange.market.symbols:
        return None
    return close_before(exchange.market, symbol, exchange.now) or last_price(exchange, symbol)

"""Every market of the gateway is a `Market`."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.simulated_gateway.market import Market, TradeBar
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from tests.support.exchange_bench import DAY, SPY, at, later


def test_a_bar_ends_where_the_next_begins() -> None:
    price = Decimal("10.00")
    bar = TradeBar(SPY, at("09:30:00"), 5, price, price, price, price, 0, 0, price)
    assert bar.end == at("09:30:05")


def test_every_market_has_a_start_an_end_and_a_session_between_them() -> None:
    markets: list[Market] = [ScriptedMarket((SPY,), DAY, []), GeneratedMarket((SPY,), 1, DAY)]
    for market in markets:
        session = market.session(DAY)
        assert session is not None
        assert market.start < session.open < session.close
        assert market.end == later(session.close, 300)
        assert market.symbols == (SPY,)

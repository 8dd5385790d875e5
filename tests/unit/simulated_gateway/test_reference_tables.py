"""The gateway's own facts hang together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robo_trader.simulated_gateway.instruments import known_instruments
from robo_trader.simulated_gateway.other_instruments import options, undated
from robo_trader.simulated_gateway.reference_tables import COMPONENTS, DEPTH_EXCHANGES, MARKET_RULES, NEWS_PROVIDERS

DAY = date(2026, 3, 2)


def test_every_rule_that_an_instrument_goes_by_is_told_with_its_tick() -> None:
    others = (*undated(DAY), *options(DAY, Decimal(100), 756733))
    assert {other.market_rule for other in others} <= MARKET_RULES.keys()
    assert all(MARKET_RULES[other.market_rule][0] == (0, other.min_tick) for other in others)
    assert all(MARKET_RULES[stock.market_rule] == ((0, stock.min_tick),) for stock in known_instruments())


def test_steps_go_up_and_begin_at_zero() -> None:
    for steps in MARKET_RULES.values():
        assert steps[0][0] == 0
        assert list(steps) == sorted(steps)


def test_nothing_stands_twice() -> None:
    assert len({letter for _, letter in COMPONENTS}) == len(COMPONENTS)
    assert len(set(DEPTH_EXCHANGES)) == len(DEPTH_EXCHANGES)
    assert len({code for code, _ in NEWS_PROVIDERS}) == len(NEWS_PROVIDERS)

"""What trading costs, to the micro-dollar, and never nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.backtest.costs import MICRO, Costs, commission_micro


@pytest.mark.parametrize(
    ("shares", "price", "dollars"),
    [
        (100, 10_000, "1.00"),  # the minimum
        (200, 10_000, "1.00"),
        (201, 10_000, "1.005"),
        (1_000, 10_000, "5.00"),
        (100, 50, "0.50"),  # 1 % of 50 dollars is below the minimum
        (1, 10_000, "1.00"),
        (1, 1_000, "0.10"),
        (10_000, 10, "10.00"),  # 50 dollars by shares, 1 % of 1000 by value
    ],
)
def test_commission_is_the_broker_s_fixed_plan(shares: int, price: int, dollars: str) -> None:
    assert Decimal(commission_micro(shares, price)) / MICRO == Decimal(dollars)


@pytest.mark.parametrize(("price", "parts", "slip"), [(10_000, 100, 1), (10_001, 100, 2), (100, 100, 1), (10_000, 1, 1), (10_000, 2_500, 25)])
def test_slippage_is_rounded_against_the_trader_and_is_at_least_a_tick(price: int, parts: int, slip: int) -> None:
    costs = Costs(parts)
    assert costs.slipped(price, 1) == price + slip
    assert costs.slipped(price, -1) == price - slip


def test_a_sale_brings_at_least_a_tick() -> None:
    assert Costs(100).slipped(1, -1) == 1


def test_nobody_trades_for_free() -> None:
    with pytest.raises(AssertionError):
        Costs(0)


@given(st.integers(1, 100_000), st.integers(1, 1_000_000))
def test_commission_is_above_zero_and_at_most_a_hundredth_of_the_value(shares: int, price: int) -> None:
    assert 0 < commission_micro(shares, price) * 100 <= shares * price * 10_000

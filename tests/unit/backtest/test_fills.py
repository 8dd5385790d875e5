"""Fill prices: the worse of what a bar allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.backtest.costs import Costs
from robo_trader.backtest.fills import NOT_FILLED, at_open, of_stop

COSTS = Costs(100)


def test_a_market_order_fills_at_the_open_and_a_tick_worse() -> None:
    assert at_open(10_000, 1, COSTS) == 10_001
    assert at_open(10_000, -1, COSTS) == 9_999


@pytest.mark.parametrize(
    ("trigger", "sign", "opened", "high", "low", "price"),
    [
        (9_900, -1, 9_950, 9_960, 9_901, NOT_FILLED),
        (9_900, -1, 9_950, 9_960, 9_900, 9_899),  # touched: the trigger, and a tick
        (9_900, -1, 9_950, 9_960, 9_000, 9_899),
        (9_900, -1, 9_800, 9_960, 9_700, 9_799),  # opened below: the open
        (9_950, 1, 9_900, 9_949, 9_800, NOT_FILLED),
        (9_950, 1, 9_900, 9_950, 9_800, 9_951),
        (9_950, 1, 9_990, 9_999, 9_980, 9_991),
    ],
)
def test_a_stop_fills_at_the_worse_of_its_trigger_and_the_open(trigger: int, sign: int, opened: int, high: int, low: int, price: int) -> None:
    assert of_stop(trigger, sign, opened, high, low, COSTS) == price


@given(st.integers(100, 10_000), st.integers(0, 99), st.integers(0, 99), st.integers(100, 10_000), st.sampled_from([1, -1]))
def test_no_stop_ever_fills_better_than_its_trigger(opened: int, up: int, down: int, trigger: int, sign: int) -> None:
    price = of_stop(trigger, sign, opened, opened + up, opened - down, COSTS)
    assert price == NOT_FILLED or sign * (price - trigger) > 0

"""Stretches: exact ticks on the footing of their first day, and a name for their content."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from robo_trader.market.bar_series import BarSeries, stretch_of
from robo_trader.market.corporate_actions import NONE, CorporateActions
from robo_trader.values import Symbol
from tests.support.bars import series, starts

SPLIT = CorporateActions.of_csv("date,price_factor,split_factor\n20180101,1,0.5\n20501231,1,1\n", "SPY.csv")
"""Two for one, after the first day of the tests' bars."""


def of_prices(*units: int) -> BarSeries:
    prices = np.array(units, dtype=np.int64)
    volume = np.full(len(units), 10, dtype=np.int64)
    return BarSeries(Symbol("SPY"), np.array(starts(len(units)), dtype=np.int64), prices, prices, prices, prices, volume)


def test_raw_prices_go_to_the_nearest_tick_and_a_half_to_the_even_one() -> None:
    made = stretch_of(of_prices(10_049, 10_050, 10_150, 10_151), NONE, 0, 4, 0)
    assert made.close == [100, 100, 102, 102]


def test_prices_stand_on_the_footing_of_the_first_day_that_may_trade() -> None:
    days = of_prices(*[1_000_000] * 7, *[500_000] * 7)
    before = stretch_of(days, SPLIT, 0, 14, 0)
    assert before.close == [10_000] * 14, "two new shares are one old share"
    assert before.volume == [10] * 7 + [5] * 7
    after = stretch_of(days, SPLIT, 7, 14, 7)
    assert after.close == [5_000] * 14, "what only warms up is compared with the prices of the day that trades"
    assert after.volume == [20] * 7 + [10] * 7


def test_what_happens_after_a_stretch_changes_nothing_in_it() -> None:
    later = CorporateActions.of_csv("date,price_factor,split_factor\n20190101,0.77,0.333\n20501231,1,1\n", "SPY.csv")
    assert stretch_of(series(70, 1), later, 7, 70, 7) == stretch_of(series(70, 1), NONE, 7, 70, 7)


def test_a_price_is_at_least_a_tick() -> None:
    assert stretch_of(of_prices(1, 49), NONE, 0, 2, 0).low == [1, 1]


def test_the_digest_changes_with_any_bar_and_with_nothing_else() -> None:
    made = stretch_of(series(70, 1), NONE, 7, 70, 7)
    assert made.digest() == stretch_of(series(80, 1), NONE, 7, 70, 7).digest()
    assert replace(made, first=8).digest() != made.digest()
    made.low[3] -= 1
    assert made.digest() != stretch_of(series(70, 1), NONE, 7, 70, 7).digest()


@pytest.mark.parametrize(("first", "end", "warm_up"), [(3, 10, 4), (5, 5, 0), (0, 71, 0)])
def test_a_stretch_outside_the_series_is_a_bug(first: int, end: int, warm_up: int) -> None:
    with pytest.raises(AssertionError):
        stretch_of(series(70, 1), NONE, first, end, warm_up)

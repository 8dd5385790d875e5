"""The statistics agree with the published figures, and the verdict does not flatter."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from robo_trader.backtest.report import Performance, sharpe_of
from robo_trader.walkforward.study import Result
from robo_trader.walkforward.verdict import (
    Evidence,
    expected_best,
    probabilistic_sharpe,
    probability_above_zero,
    stitched,
    total,
    verdict,
)

CAPITAL = 10_000_000_000


def performance(daily: Sequence[float], first_day: int) -> Performance:
    profits = tuple((first_day + n, round(each * CAPITAL)) for n, each in enumerate(daily))
    net = sum(profit for _, profit in profits)
    sharpe, error = sharpe_of(daily)
    return Performance(CAPITAL, net, 1_000_000, 1_000_000, 2, 0, net / CAPITAL, sharpe, error, 0.0, profits)


def result(own: Sequence[float], held: Sequence[float], first_day: int = 0, symbol: str = "SPY") -> Result:
    made, hold = performance(own, first_day), performance(held, first_day)
    return Result("0" * 64, symbol, 0, 0, 1, 2, 3, {"fast": 2}, 30, 28, 0.5, performance([0.02, 0.01], 0), made, hold)


def days(mean: float, seed: int, count: int = 500) -> list[float]:
    chance = random.Random(seed)
    return [mean + chance.gauss(0, 0.01) for _ in range(count)]


@pytest.mark.parametrize(("trials", "expected"), [(10, 1.574598), (100, 2.530603), (1000, 3.255122), (1, 0.0)])
def test_the_best_of_many_without_skill_as_published(trials: int, expected: float) -> None:
    assert expected_best(trials) == pytest.approx(expected, abs=1e-6)


def test_the_probabilistic_sharpe_ratio_as_published() -> None:
    assert probabilistic_sharpe(0.458, 24, -2.448, 10.164) == pytest.approx(0.913361, abs=2e-6)
    assert probabilistic_sharpe(0.458, 24, 0, 3) == pytest.approx(0.981675, abs=2e-6)


def test_the_probability_is_even_where_nothing_is_known_and_high_where_much_speaks_for_it() -> None:
    assert probability_above_zero([0.0] * 50) == 0.5
    assert probability_above_zero(days(0.005, 1)) > 0.99
    assert probability_above_zero([-value for value in days(0.005, 1)]) < 0.01


def test_symbols_are_averaged_by_day_and_windows_that_meet_in_a_day_add_up() -> None:
    first, second = result([0.01, 0.02], [0.0, 0.0]), result([0.04, 0.03], [0.0, 0.0], first_day=1)
    other = result([0.05], [0.0], first_day=0, symbol="IBM")
    own = stitched([each.out_of_sample for each in (first, second, other)], (first, second, other))
    assert own == pytest.approx([0.03, 0.06, 0.03])


def test_no_profit_is_no_evidence() -> None:
    said = verdict(total("all", [result(days(-0.0005, 2), days(0.0003, 3))]))
    assert said.evidence is Evidence.NONE
    assert said.line.startswith("No evidence of an edge: out of sample -")


def test_a_profit_within_chance_is_no_evidence() -> None:
    whole = total("all", [result(days(0.0004, 7), days(0.0, 3))])
    assert whole.out_of_sample > 0
    assert verdict(whole).evidence is Evidence.NONE


def test_a_profit_below_that_of_holding_is_called_so() -> None:
    said = verdict(total("all", [result(days(0.003, 2), days(0.005, 3))]))
    assert said.evidence is Evidence.WORSE_THAN_HOLDING


def test_even_a_good_study_is_not_called_proof() -> None:
    said = verdict(total("all", [result(days(0.005, 2), days(0.0, 3))]))
    assert said.evidence is Evidence.PROMISING
    assert "not proven" in said.line


def test_a_few_days_are_evidence_of_nothing() -> None:
    assert verdict(total("all", [result(days(0.05, 2, count=20), days(0.0, 3, count=20))])).evidence is Evidence.NONE


def test_totals_say_what_luck_alone_would_show() -> None:
    whole = total("all", [result(days(0.0, 2), days(0.0, 3)), result(days(0.0, 4), days(0.0, 5), first_day=500)])
    assert whole.luck == pytest.approx(0.5 * expected_best(28))
    assert (whole.windows, whole.trials, whole.days) == (2, 60, 1000)
    assert whole.costs == pytest.approx(2e6 / CAPITAL)
    assert math.isfinite(whole.probability)

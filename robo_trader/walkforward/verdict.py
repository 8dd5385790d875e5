"""What a walk-forward study is evidence of, in one line that does not flatter.

The in-sample figures are the best of many trials, so they say little: `expected_best` is what the best of N trials without any skill would show. The
out-of-sample days, laid end to end, are what counts: whether their Sharpe ratio is above zero beyond chance (the probabilistic Sharpe ratio of Bailey
and Lopez de Prado, which allows for skew and fat tails), and whether simply holding the shares would have done better.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import Final

from robo_trader.backtest.report import DAYS_PER_YEAR, Performance, deviation_of, sharpe_of
from robo_trader.walkforward.study import Result

CONFIDENCE: Final = 0.95
_EULER_MASCHERONI: Final = 0.5772156649015329
_NORMAL: Final = NormalDist()
_DAYS_MIN: Final = 30
"""Fewer days than this are evidence of nothing."""


class Evidence(StrEnum):
    """The three things that a study can say."""

    NONE = "no evidence of an edge"
    WORSE_THAN_HOLDING = "positive, but worse than holding"
    PROMISING = "promising"


@dataclass(frozen=True, slots=True)
class Total:
    """Some windows together. Returns are fractions a year of the money at work, the symbols weighted alike; Sharpe ratios a year.

    `luck` is the in-sample Sharpe ratio to expect of the best of as many trials without skill; `probability` is that of a true out-of-sample one
    above zero; `costs` is what a test paid, as a fraction of the money at work.
    """

    symbol: str
    windows: int
    trials: int
    days: int
    in_sample: float
    out_of_sample: float
    held: float
    in_sample_sharpe: float
    luck: float
    sharpe: float
    sharpe_error: float
    held_sharpe: float
    probability: float
    costs: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The evidence and its line."""

    evidence: Evidence
    line: str


def total(symbol: str, results: Sequence[Result]) -> Total:
    """Lay the windows' out-of-sample days end to end."""
    assert results, "a study has windows"
    own, held = stitched([r.out_of_sample for r in results], results), stitched([r.held for r in results], results)
    sharpe, error = sharpe_of(own)
    return Total(
        symbol=symbol,
        windows=len(results),
        trials=sum(r.trials for r in results),
        days=len(own),
        in_sample=mean([a_year(r.in_sample) for r in results]),
        out_of_sample=mean(own) * DAYS_PER_YEAR,
        held=mean(held) * DAYS_PER_YEAR,
        in_sample_sharpe=mean([r.in_sample.sharpe for r in results]),
        luck=mean([r.spread * expected_best(r.distinct) for r in results]),
        sharpe=sharpe,
        sharpe_error=error,
        held_sharpe=sharpe_of(held)[0],
        probability=probability_above_zero(own),
        costs=mean([(r.out_of_sample.commission + r.out_of_sample.slippage) / r.out_of_sample.capital for r in results]),
    )


def verdict(whole: Total) -> Verdict:
    """Judge the total of a study."""
    figures = (
        f"out of sample {whole.out_of_sample:+.1%} a year after costs, holding {whole.held:+.1%}; "
        f"Sharpe {whole.sharpe:.2f} +- {whole.sharpe_error:.2f} over {whole.days} days "
        f"(in sample {whole.in_sample_sharpe:.2f}, of which luck alone explains {whole.luck:.2f})"
    )
    if whole.days < _DAYS_MIN or whole.probability < CONFIDENCE or whole.out_of_sample <= 0:
        return Verdict(Evidence.NONE, f"No evidence of an edge: {figures}.")
    if whole.out_of_sample <= whole.held:
        return Verdict(Evidence.WORSE_THAN_HOLDING, f"Positive out of sample, but holding the shares was better: {figures}.")
    return Verdict(Evidence.PROMISING, f"Promising, not proven (this was one study; paper trade it before money does): {figures}.")


def stitched(performances: Sequence[Performance], results: Sequence[Result]) -> list[float]:
    """Daily returns in order of date: on each day the average over the symbols that have it."""
    by_day: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for each, result in zip(performances, results, strict=True):
        for day, profit in each.daily:
            of_day = by_day[day]  # two windows of a symbol may meet within a day
            of_day[result.symbol] = of_day.get(result.symbol, 0.0) + profit / each.capital
    return [mean(list(by_day[day].values())) for day in sorted(by_day)]


def a_year(performance: Performance) -> float:
    """A stretch's net return, a year."""
    return performance.net_return / len(performance.daily) * DAYS_PER_YEAR


def mean(values: Sequence[float]) -> float:
    """The average."""
    return math.fsum(values) / len(values)


def expected_best(trials: int) -> float:
    """How many standard deviations above the mean the best of `trials` independent draws lies (Bailey et al. 2014); 0 for a single one."""
    if trials < 2:  # noqa: PLR2004 - one draw is not chosen
        return 0.0
    weight = _EULER_MASCHERONI
    return (1 - weight) * _NORMAL.inv_cdf(1 - 1 / trials) + weight * _NORMAL.inv_cdf(1 - 1 / (trials * math.e))


def probability_above_zero(returns: Sequence[float]) -> float:
    """The probabilistic Sharpe ratio of these returns against zero; 0.5, knowing nothing, where they never differ."""
    deviation = deviation_of(returns)
    if deviation == 0.0:
        return 0.5
    centre = mean(returns)
    moments = [mean([(value - centre) ** power for value in returns]) for power in (2, 3, 4)]
    return probabilistic_sharpe(centre / deviation, len(returns), moments[1] / moments[0] ** 1.5, moments[2] / moments[0] ** 2)


def probabilistic_sharpe(sharpe: float, count: int, skew: float, kurtosis: float) -> float:
    """P(true Sharpe ratio > 0), given that of `count` returns, all a period (not a year), and their skew and kurtosis (3 for a normal one)."""
    variance = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe * sharpe
    return _NORMAL.cdf(sharpe * math.sqrt((count - 1) / max(variance, 1e-12)))

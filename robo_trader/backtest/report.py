"""What a backtest earned, in numbers that can be compared: returns on the money at work, and a Sharpe ratio with its error.

The money at work is what the full position costs at the first price that could be traded, so a return of 1 % means the same for every symbol and for
holding the shares instead. A Sharpe ratio from a short stretch is mostly chance: it is never given without its standard error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from robo_trader.backtest.replay import Outcome, Rules, Why, replay
from robo_trader.market.bar_series import TICK_MICRO, Stretch
from robo_trader.strategies.strategy import LONG

DAYS_PER_YEAR: Final = 252


@dataclass(frozen=True, slots=True)
class Performance:
    """Money in whole micro-dollars; returns and drawdown as fractions of `capital`; Sharpe ratios a year, from daily returns after costs.

    `daily` is the profit of each day, as pairs of day (since 1970-01-01) and micro-dollars.
    """

    capital: int
    net: int
    commission: int
    slippage: int
    orders: int
    stops: int
    net_return: float
    sharpe: float
    sharpe_error: float
    drawdown: float
    daily: tuple[tuple[int, int], ...]


class Holding:
    """Buy and hold, as a strategy: what any other is compared with."""

    name: Final = "buy_and_hold"
    parameters: Final[dict[str, int]] = {}
    warmup_bars: Final = 0

    def on_bar(self, open: int, high: int, low: int, close: int, volume: int) -> int:  # noqa: A002, ARG002 - the contract's words
        """Always long."""
        return LONG


def performance(outcome: Outcome, stretch: Stretch, rules: Rules) -> Performance:
    """The figures of an outcome of this stretch."""
    capital = capital_micro(stretch, rules)
    profits = [mark.profit for mark in outcome.marks]
    changes = [later - earlier for earlier, later in zip([0, *profits[:-1]], profits, strict=True)]
    sharpe, error = sharpe_of([change / capital for change in changes])
    return Performance(
        capital=capital,
        net=outcome.net,
        commission=outcome.commission,
        slippage=outcome.slippage,
        orders=len(outcome.fills),
        stops=sum(fill.why is Why.STOP for fill in outcome.fills),
        net_return=outcome.net / capital,
        sharpe=sharpe,
        sharpe_error=error,
        drawdown=_drawdown(profits) / capital,
        daily=tuple((mark.day, change) for mark, change in zip(outcome.marks, changes, strict=True)),
    )


def held(stretch: Stretch, rules: Rules) -> Performance:
    """The same money held in the shares over the same stretch, with the same costs and without a stop."""
    free = Rules(rules.quantity, 0, rules.costs)
    return performance(replay(Holding(), stretch, free), stretch, free)


def capital_micro(stretch: Stretch, rules: Rules) -> int:
    """The money at work: the full position at the first open that a decision can fill at, in micro-dollars."""
    return rules.quantity * stretch.open[min(stretch.first + 1, len(stretch) - 1)] * TICK_MICRO


def sharpe_of(daily: Sequence[float]) -> tuple[float, float]:
    """The yearly Sharpe ratio of daily returns and its standard error, by sqrt((1 + s^2/2) / n) a day; zeros where nothing ever moved.

    The error supposes independent, normal returns: the true one is rather larger.
    """
    days = len(daily)
    deviation = deviation_of(daily)
    if deviation == 0.0:
        return 0.0, 0.0
    a_day = math.fsum(daily) / days / deviation
    year = math.sqrt(DAYS_PER_YEAR)
    return a_day * year, math.sqrt((1 + a_day * a_day / 2) / days) * year


def deviation_of(values: Sequence[float]) -> float:
    """The sample's standard deviation; 0 for fewer than two values."""
    if len(values) < 2:  # noqa: PLR2004 - one value has no spread
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _drawdown(profits: Sequence[int]) -> int:
    """The deepest fall from a peak (of the days' ends, the start included), in micro-dollars."""
    peak = deepest = 0
    for profit in profits:
        peak = max(peak, profit)
        deepest = max(deepest, peak - profit)
    return deepest

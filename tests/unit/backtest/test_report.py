"""Figures of a backtest: returns on the money at work, Sharpe ratios with their error, drawdowns."""

from __future__ import annotations

import math

import pytest

from robo_trader.backtest.costs import MICRO, Costs
from robo_trader.backtest.replay import Fill, Mark, Outcome, Rules, Why
from robo_trader.backtest.report import capital_micro, deviation_of, held, performance, sharpe_of
from tests.support.bars import stretch

RULES = Rules(100, 10_000, Costs(100))
BARS = [(10_000, 10_010, 9_990, 10_000), (10_050, 10_070, 10_040, 10_060), (10_100, 10_210, 10_090, 10_200)]


def test_the_money_at_work_is_the_position_at_the_first_open_that_can_fill() -> None:
    assert capital_micro(stretch(BARS), RULES) == 10_050 * MICRO
    assert capital_micro(stretch(BARS, first=1), RULES) == 10_100 * MICRO


def test_profit_by_day_adds_up_to_the_net_and_falls_are_counted_from_the_peak() -> None:
    marks = (Mark(0, 100 * MICRO), Mark(1, -50 * MICRO), Mark(2, 20 * MICRO))
    fills = (Fill(1, Why.ENTER, 100, 10_051, MICRO), Fill(1, Why.STOP, -100, 9_900, MICRO))
    made = performance(Outcome(fills, marks, 3 * MICRO), stretch(BARS), RULES)
    assert made.daily == ((0, 100 * MICRO), (1, -150 * MICRO), (2, 70 * MICRO))
    assert (made.net, made.commission, made.slippage, made.orders, made.stops) == (20 * MICRO, 2 * MICRO, 3 * MICRO, 2, 1)
    assert made.net_return == pytest.approx(20 / 10_050)
    assert made.drawdown == pytest.approx(150 / 10_050)


def test_holding_buys_once_sells_once_and_has_no_stop() -> None:
    crash = [*BARS[:2], (5_000, 5_010, 4_990, 5_000)]
    made = held(stretch(crash), RULES)
    assert (made.orders, made.stops) == (2, 0)
    # Bought at 100.52, sold at 49.99, a dollar each.
    assert made.net == (4_999 - 10_052) * MICRO - 2 * MICRO


def test_a_sharpe_ratio_by_hand_and_its_error() -> None:
    sharpe, error = sharpe_of([0.01, 0.03])
    a_day = 0.02 / math.sqrt(0.0002)
    assert sharpe == pytest.approx(a_day * math.sqrt(252))
    assert error == pytest.approx(math.sqrt((1 + a_day**2 / 2) / 2) * math.sqrt(252))


@pytest.mark.parametrize("daily", [[], [0.1], [0.0, 0.0, 0.0]])
def test_where_nothing_moves_there_is_no_ratio(daily: list[float]) -> None:
    assert sharpe_of(daily) == (0.0, 0.0)
    assert deviation_of(daily) == 0.0

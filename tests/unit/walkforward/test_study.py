"""One window: chosen on the train alone, judged on the test, named by everything that it depends on."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from robo_trader.backtest.costs import Costs
from robo_trader.backtest.replay import Rules
from robo_trader.market.bar_series import BarSeries
from robo_trader.market.corporate_actions import NONE, CorporateActions
from robo_trader.walkforward.space import Range
from robo_trader.walkforward.study import Plan, Result, Task, run, tasks_of
from robo_trader.walkforward.windows import Shape
from tests.support.bars import series

SPACE = (Range("fast", 2, 4), Range("slow", 6, 12))
PLAN = Plan("moving_average_cross", SPACE, Shape(150, 7, 70), Rules(100, 10_000, Costs(100)), trials=6, seed=7, code="abc")
BARS = series(470, seed=3)


def tasks(plan: Plan = PLAN, bars: BarSeries = BARS) -> list[Task]:
    return list(tasks_of(bars, NONE, plan))


def changed(bars: BarSeries, first: int, end: int) -> BarSeries:
    """The same series with other closes from `first` to `end`."""
    close = bars.close.copy()
    close[first:end] += np.where(close[first:end] < bars.high[first:end], 100, -100)
    return replace(bars, close=np.clip(close, bars.low, bars.high))


def test_a_window_is_reported_with_its_trials_its_costs_and_holding() -> None:
    result = run(tasks()[0])
    assert result.trials == 6
    assert 1 <= result.distinct <= 6
    assert all(each.low <= result.parameters[each.name] <= each.high for each in SPACE)
    assert result.out_of_sample.commission > 0 < result.out_of_sample.slippage
    assert result.held.orders == 2
    assert result.train_until < result.test_from < result.test_until


def test_the_same_task_gives_the_same_text_and_reads_back_as_it_was() -> None:
    once, again = (run(tasks()[1]) for _ in range(2))
    assert once.text() == again.text()
    assert Result.of_text(once.text(), once.key) == once


def test_what_the_test_holds_does_not_reach_the_choice() -> None:
    others = tasks(bars=series(470, seed=99))
    for task, other in zip(tasks(), others, strict=True):
        plain, swapped = run(task), run(replace(task, test=other.test))
        assert (swapped.parameters, swapped.in_sample) == (plain.parameters, plain.in_sample)
        assert swapped.out_of_sample != plain.out_of_sample


def test_bars_that_come_later_leave_a_window_s_key_as_it_is() -> None:
    longer = series(600, seed=3)
    assert [task.key for task in tasks(bars=longer)][: len(tasks())] == [task.key for task in tasks()]


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, code="abd"),
        replace(PLAN, seed=8),
        replace(PLAN, trials=7),
        replace(PLAN, space=(Range("fast", 2, 5), Range("slow", 6, 12))),
        replace(PLAN, rules=Rules(100, 10_000, Costs(101))),
        replace(PLAN, rules=Rules(101, 10_000, Costs(100))),
        replace(PLAN, rules=Rules(100, 10_001, Costs(100))),
        replace(PLAN, shape=Shape(150, 8, 70)),
    ],
)
def test_the_key_changes_with_the_plan(other: Plan) -> None:
    assert tasks(other)[0].key != tasks()[0].key


def test_the_key_changes_with_the_bars_the_window_and_the_symbol() -> None:
    keys = {task.key for task in tasks()}
    assert len(keys) == len(tasks()) == 4
    assert tasks(bars=changed(BARS, 20, 21))[0].key not in keys
    assert tasks(bars=series(470, 3, "IBM"))[0].key not in keys
    split = CorporateActions.of_csv("date,price_factor,split_factor\n20180105,1,0.5\n20501231,1,1\n", "SPY.csv")
    assert next(tasks_of(BARS, split, PLAN)).key not in keys


def test_each_symbol_and_window_has_a_sampler_of_its_own() -> None:
    seeds = {task.seed for task in [*tasks(), *tasks(bars=series(470, 3, "IBM"))]}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_a_kept_result_that_is_not_whole_or_another_s_is_none() -> None:
    result = run(tasks()[0])
    text = result.text()
    for damaged in ("", "[]", text[:-20], text.replace('"trials"', '"trails"')):
        assert Result.of_text(damaged, result.key) is None
    assert Result.of_text(text, "f" * 64) is None


def test_numbers_are_kept_as_json_knows_them() -> None:
    assert json.loads(run(tasks()[0]).text())["in_sample"]["capital"] > 0

"""One window of a walk-forward study: choose on the train, judge on the test, write down both.

A task carries everything that its result depends on, and nothing else: the plan, the adjusted bars of both stretches, the versions of code and
libraries. Its key is the hash of all that. So a task may run anywhere, twice, or again after a crash, and its result file is the same bytes; a
result whose key exists needs no work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from robo_trader.backtest.replay import Rules, replay
from robo_trader.backtest.report import Performance, held, performance
from robo_trader.market.bar_series import BarSeries, Stretch, stretch_of
from robo_trader.market.corporate_actions import CorporateActions
from robo_trader.strategies.catalogue import create
from robo_trader.walkforward.search import best_of, libraries
from robo_trader.walkforward.space import Space, warm_up_bars
from robo_trader.walkforward.windows import Shape, Window, rolling

FORMAT: Final = 1
"""Of the result files; raised when their fields change."""
_SEEDS: Final = 2**32


@dataclass(frozen=True, slots=True)
class Plan:
    """What is searched and how. `code` names the version of the code that decides; the objective is the yearly Sharpe ratio after costs."""

    strategy: str
    space: Space
    shape: Shape
    rules: Rules
    trials: int
    seed: int
    code: str

    @property
    def warm_up(self) -> int:
        """Warm-up bars of every stretch."""
        return warm_up_bars(self.strategy, self.space)


@dataclass(frozen=True, slots=True)
class Task:
    """One symbol's window, ready to run."""

    plan: Plan
    number: int
    train: Stretch
    test: Stretch

    @property
    def key(self) -> str:
        """64 hex digits that change with anything that the result depends on."""
        plan = asdict(self.plan)
        depends = {"format": FORMAT, "libraries": libraries(), "plan": plan, "symbol": self.train.symbol, "window": self.number}
        depends |= {"train": self.train.digest(), "test": self.test.digest()}
        return hashlib.sha256(_canonical(depends).encode()).hexdigest()

    @property
    def seed(self) -> int:
        """The sampler's: another one for each symbol and window, the same in every run."""
        name = f"{self.plan.seed}/{self.train.symbol}/{self.number}"
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % _SEEDS


@dataclass(frozen=True, slots=True)
class Result:
    """What a window showed. Instants in ns UTC: where the train and the test begin and end; `spread` is that of the trials' Sharpe ratios."""

    key: str
    symbol: str
    number: int
    train_from: int
    train_until: int
    test_from: int
    test_until: int
    parameters: dict[str, int]
    trials: int
    distinct: int
    spread: float
    in_sample: Performance
    out_of_sample: Performance
    held: Performance

    def text(self) -> str:
        """As it is kept: the same result is always the same text."""
        return _canonical(asdict(self)) + "\n"

    @classmethod
    def of_text(cls, text: str, key: str) -> Self | None:
        """A kept result; None if this is not the whole text of the result of `key`."""
        try:
            fields: dict[str, Any] = json.loads(text)
            for name in ("in_sample", "out_of_sample", "held"):
                fields[name] = Performance(**{**fields[name], "daily": tuple((day, profit) for day, profit in fields[name]["daily"])})
            kept = cls(**fields)
        except (ValueError, TypeError, KeyError):
            return None
        return kept if kept.key == key else None


def tasks_of(series: BarSeries, actions: CorporateActions, plan: Plan) -> Iterator[Task]:
    """A symbol's tasks, window by window; raises `ConfigurationError` where no window fits."""
    warm_up = plan.warm_up
    for window in rolling(len(series), plan.shape, warm_up):
        yield _task(series, actions, plan, window, warm_up)


def run(task: Task) -> Result:
    """Search the train, replay the best on the test. Pure: the same task gives the same result."""
    plan = task.plan

    def replayed(parameters: dict[str, int], stretch: Stretch) -> Performance:
        return performance(replay(create(plan.strategy, parameters), stretch, plan.rules), stretch, plan.rules)

    found = best_of(plan.space, lambda parameters: replayed(parameters, task.train).sharpe, plan.trials, task.seed)
    train, test = task.train, task.test
    return Result(
        key=task.key,
        symbol=train.symbol,
        number=task.number,
        train_from=train.start[train.first],
        train_until=train.start[-1],
        test_from=test.start[test.first],
        test_until=test.start[-1],
        parameters=dict(sorted(found.parameters.items())),  # as it reads back
        trials=found.trials,
        distinct=found.distinct,
        spread=found.spread,
        in_sample=replayed(found.parameters, train),
        out_of_sample=replayed(found.parameters, test),
        held=held(test, plan.rules),
    )


def _task(series: BarSeries, actions: CorporateActions, plan: Plan, window: Window, warm_up: int) -> Task:
    train = stretch_of(series, actions, window.train_first, window.train_end, warm_up)
    test = stretch_of(series, actions, window.test_first, window.test_end, warm_up)
    return Task(plan, window.number, train, test)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)

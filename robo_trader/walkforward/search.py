"""The search for good parameters: the one door to Optuna.

One study in memory for one window, its sampler seeded by the caller, one trial after the other: the same seed gives the same trials on every
machine that has the same libraries (`libraries`). A combination that comes up again is not replayed again, but it counts as a trial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from robo_trader.backtest.report import deviation_of
from robo_trader.walkforward.space import Space


@dataclass(frozen=True, slots=True)
class Found:
    """The best parameters and their value; how many trials were made, how many of them differed, and how far apart the differing ones' values lay."""

    parameters: dict[str, int]
    value: float
    trials: int
    distinct: int
    spread: float


def libraries() -> str:
    """What the trials depend on beside our own code."""
    return f"optuna {version('optuna')}, numpy {version('numpy')}"


def best_of(space: Space, value_of: Callable[[dict[str, int]], float], trials: int, seed: int) -> Found:
    """Try `trials` combinations and return the first of the best; higher values are better."""
    import optuna  # noqa: PLC0415 - a second that only a search should wait for

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    values: dict[tuple[int, ...], float] = {}
    for _ in range(trials):
        trial = study.ask()
        chosen = {each.name: trial.suggest_int(each.name, each.low, each.high) for each in space}
        point = tuple(chosen.values())
        if point not in values:
            values[point] = value_of(chosen)
        study.tell(trial, values[point])
    best = max(values, key=lambda point: values[point])  # of equals the first
    names = [each.name for each in space]
    return Found(dict(zip(names, best, strict=True)), values[best], trials, len(values), deviation_of(list(values.values())))

"""The search finds what is there, the same in every process, and counts its trials."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from robo_trader.walkforward.search import best_of, libraries
from robo_trader.walkforward.space import Range

SPACE = (Range("fast", 1, 20), Range("slow", 30, 60))


def valley(parameters: dict[str, int]) -> float:
    return -((parameters["fast"] - 13) ** 2) - (parameters["slow"] - 41) ** 2 / 10.0


def test_it_comes_near_the_best_and_nearer_than_chance() -> None:
    found = best_of(SPACE, valley, 80, seed=3)
    assert found.value == valley(found.parameters)
    assert found.value >= -3, found


def test_a_combination_that_comes_again_is_a_trial_but_not_a_replay() -> None:
    asked: list[tuple[int, ...]] = []

    def value_of(parameters: dict[str, int]) -> float:
        asked.append(tuple(parameters.values()))
        return 1.0

    found = best_of((Range("fast", 1, 3),), value_of, 30, seed=1)
    assert found.trials == 30
    assert found.distinct == len(asked) == len(set(asked)) <= 3
    assert found.parameters == {"fast": asked[0][0]}, "of equals the first"
    assert found.spread == 0.0


def test_another_seed_tries_others_and_the_same_seed_the_same() -> None:
    def tried(seed: int) -> list[tuple[int, ...]]:
        points: list[tuple[int, ...]] = []
        best_of(SPACE, lambda parameters: float(len(points.append(tuple(parameters.values())) or points)), 15, seed)
        return points

    assert tried(1) == tried(1) != tried(2)


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_order_of_hashes_changes_nothing(hash_seed: str) -> None:
    program = (
        "from robo_trader.walkforward.search import best_of\nfrom robo_trader.walkforward.space import Range\n"
        "points = []\ndef value(p):\n    points.append(p)\n    return -(p['fast'] - 13.0) ** 2 + p['slow']\n"
        "found = best_of((Range('fast', 1, 20), Range('slow', 30, 60)), value, 25, 5)\nimport sys\nsys.stdout.write(repr((found, points)))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True).stdout
    points: list[dict[str, int]] = []

    def value(parameters: dict[str, int]) -> float:
        points.append(parameters)
        return -((parameters["fast"] - 13.0) ** 2) + parameters["slow"]

    found = best_of(SPACE, value, 25, 5)
    assert said == repr((found, points))


def test_results_name_the_libraries_that_they_depend_on() -> None:
    assert libraries().startswith("optuna ")

"""Tries to catch what is wrong with the sources beside it: run as a program in a copy of them, it says how it did, or that it did not.

`python -m tests.simulation.mutant_judge worlds [BEGINNING]` searches every order of news to a depth, `seeds 2000` lives seeded worlds through. The
answer is one line; exit code 0 means caught. A desk that stops itself (an assertion, an impossible step) is caught too.
"""

from __future__ import annotations

import sys
from contextlib import suppress

from robo_trader.errors import RoboTraderError
from robo_trader.simulation.world import run
from tests.simulation.exhaustive import Search
from tests.simulation.exhaustive_beginnings import ROADS, beginning
from tests.simulation.exhaustive_world import World

WORLDS_DEPTH = 4
INTENTS_MAX = 4
STOPS_ITSELF = (AssertionError, RoboTraderError)


def beginnings(names: list[str]) -> list[World]:
    """Those that can still be reached: a desk that does not go there has not been caught yet."""
    reached = []
    for name in names or ROADS:
        with suppress(KeyError):
            reached.append(beginning(name))
    return reached


def by_worlds(names: list[str]) -> str:
    """What the search found, empty if nothing."""
    search = Search(INTENTS_MAX, settle_every=20)
    try:
        found = search.run(beginnings(names), WORLDS_DEPTH)
    except STOPS_ITSELF as broken:
        return f"{type(broken).__name__} after {search.found.moves_tried} moves: {broken}"
    if not found.violations:
        return ""
    said, road = found.violations[0]
    return f"{said} (world {found.states}: {', '.join(road)})"


def by_seeds(count: int) -> str:
    """What the first bad seed shows, empty if none of `count` is bad."""
    for seed in range(count):
        try:
            violation = run(seed).violation
        except STOPS_ITSELF as broken:
            return f"seed {seed}: {type(broken).__name__}: {broken}"
        if violation is not None:
            return f"seed {seed}: {violation}"
    return ""


def main(arguments: list[str]) -> int:
    caught = by_worlds(arguments[1:]) if arguments[0] == "worlds" else by_seeds(int(arguments[1]))
    sys.stdout.write(f"{caught or 'not caught'}\n")
    return 0 if caught else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

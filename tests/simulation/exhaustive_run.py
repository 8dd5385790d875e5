"""The long search as a program: `python -m tests.simulation.exhaustive_run DEPTH JOBS`, one line a level; exit code 1 tells of a wrong world."""

from __future__ import annotations

import sys
import time

from tests.simulation.exhaustive import Found, Search
from tests.simulation.exhaustive_beginnings import ROADS, beginning

INTENTS_MAX = 4
SETTLE_EVERY = 200


def search(depth: int, jobs: int) -> Found:
    """Every beginning at once, with a line for each level that is done."""
    began = time.monotonic()

    def progress(found: Found) -> None:
        sys.stdout.write(f"{time.monotonic() - began:7.0f} s  depth {len(found.levels)}: {found.moves_tried:,} moves tried\n")
        sys.stdout.flush()

    return Search(INTENTS_MAX, SETTLE_EVERY).run([beginning(name) for name in ROADS], depth, jobs=jobs, progress=progress)


def report(found: Found) -> str:
    """What a search saw, in a line or two."""
    depth = len(found.levels) - 1
    said = f"{found.states:,} worlds to depth {depth}, by depth {found.levels}; {found.moves_tried:,} moves, {found.settled:,} followed to the end"
    return "\n".join([said, *(f"wrong: {wrong} ({', '.join(road)})" for wrong, road in found.violations)])


def main(arguments: list[str]) -> int:
    depth, jobs = int(arguments[0]), int(arguments[1])
    found = search(depth, jobs)
    sys.stdout.write(report(found) + "\n")
    return 1 if found.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

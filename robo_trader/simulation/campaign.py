"""Many worlds: run them side by side, go on where a run stopped, add up what they reached, and say what is missing.

Worlds are lived through in blocks, one block a task of a worker process, one line a block in the results file. A later run with the same file and
the same code takes blocks that stand there as they are; code that changed makes every line worthless, so the file begins anew.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from robo_trader.simulation.rows_reached import NAMED, REACHABLE
from robo_trader.simulation.world import Result, run

BLOCK: Final = 25
ORDERS_A_SEED_MIN: Final = 50
FAULTS_A_SEED_MIN: Final = 5
ROWS_FROM_SEEDS: Final = 20_000
"""From so many worlds on every row of the life-cycle must have been reached; the rarest need two looks that fail in a row."""
NAMED_FROM_SEEDS: Final = 200
VIOLATIONS_KEPT_MAX: Final = 20


@dataclass(slots=True)
class Tally:
    """What some worlds came to, added up. `violations` are (seed, text)."""

    seeds: int = 0
    orders: int = 0
    fills: int = 0
    looks: int = 0
    hours: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, str]] = field(default_factory=list)

    def take(self, result: Result) -> None:
        """Add one world."""
        self.seeds += 1
        self.orders += result.orders
        self.fills += result.fills
        self.looks += result.looks
        self.hours += result.seconds / 3600
        self._count(result.faults, result.points, result.rows, result.reached)
        if result.violation is not None:
            self.violations.append((result.seed, str(result.violation)))

    def add(self, other: Tally) -> None:
        """Add other worlds."""
        self.seeds += other.seeds
        self.orders += other.orders
        self.fills += other.fills
        self.looks += other.looks
        self.hours += other.hours
        self._count(other.faults, other.points, other.rows, other.reached)
        self.violations = sorted([*self.violations, *other.violations])[:VIOLATIONS_KEPT_MAX]

    def _count(self, faults: Counter[str], points: Counter[str], rows: Counter[str], reached: Counter[str]) -> None:
        self.faults += faults
        self.points += points
        self.rows += rows
        self.reached += reached

    def missing(self) -> list[str]:
        """The floors that these worlds stay below; empty if they prove what they should."""
        found = []
        if self.orders < ORDERS_A_SEED_MIN * self.seeds:
            found.append(f"{self.orders / self.seeds:.1f} orders a seed, {ORDERS_A_SEED_MIN} are the floor")
        if self.faults.total() < FAULTS_A_SEED_MIN * self.seeds:
            found.append(f"{self.faults.total() / self.seeds:.1f} faults a seed, {FAULTS_A_SEED_MIN} are the floor")
        if self.seeds >= NAMED_FROM_SEEDS:
            found += [f"never reached: {name}" for name in NAMED if not self.reached[name]]
        if self.seeds >= ROWS_FROM_SEEDS:
            found += [f"life-cycle row never reached: {row}" for row in REACHABLE if not self.rows[row]]
        return found


def live_through(first: int, count: int, *, jobs: int, results: Path | None, progress: Callable[[Tally], None]) -> Tally:
    """Worlds `first` to `first + count - 1`; stops early, whole blocks later, at the first violation. `progress` hears of every block."""
    tally = Tally()
    done = _read(results) if results is not None else {}
    todo = []
    for start, length in _blocks(first, count):
        if (start, length) in done:
            tally.add(done[start, length])
            progress(tally)
        else:
            todo.append((start, length))
    for (start, length), block in _lived(todo, jobs):
        tally.add(block)
        if results is not None:
            _write(results, start, length, block)
        progress(tally)
        if block.violations:
            break
    return tally


def _lived(todo: list[tuple[int, int]], jobs: int) -> Iterator[tuple[tuple[int, int], Tally]]:
    if jobs == 1 or len(todo) <= 1:
        yield from ((block, live_block(*block)) for block in todo)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        tasks = {pool.submit(live_block, *block): block for block in todo}
        try:
            for task in as_completed(tasks):
                yield tasks[task], task.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def live_block(first: int, count: int) -> Tally:
    """Some worlds, one after the other, until one has a violation."""
    tally = Tally()
    for seed in range(first, first + count):
        tally.take(run(seed))
        if tally.violations:
            break
    return tally


def _blocks(first: int, count: int) -> Iterator[tuple[int, int]]:
    for start in range(first, first + count, BLOCK):
        yield start, min(BLOCK, first + count - start)


def build() -> str:
    """Names the code that worlds run: a digest of the whole package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _read(path: Path) -> dict[tuple[int, int], Tally]:
    """The blocks of a results file of this very code; a file of other code is put aside."""
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    mine = [line for line in lines if line["build"] == build()]
    if len(mine) < len(lines):
        path.unlink()
        return {}
    return {(line["first"], line["count"]): _tally(line["tally"]) for line in mine if not line["tally"]["violations"]}


def _write(path: Path, first: int, count: int, tally: Tally) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(
            json.dumps({"build": build(), "first": first, "count": count, "tally": {name: getattr(tally, name) for name in Tally.__slots__}}) + "\n"
        )


def _tally(told: dict[str, Any]) -> Tally:
    counters = {name: Counter(told[name]) for name in ("faults", "points", "rows", "reached")}
    whole: dict[str, Any] = {**told, **counters, "violations": [(seed, text) for seed, text in told["violations"]]}
    return Tally(**whole)

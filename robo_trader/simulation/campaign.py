"""Many worlds: run them side by side, go on where a run stopped, add up what they reached, and say what is missing.

Worlds are lived through in blocks, one block a task of a worker process, one line a block in the results file. A later run with the same file and
the same code takes blocks that stand there as they are; code that changed makes every line worthless, so the file is put aside and a new one begins.
Which code that is, a process knows from when it loaded it: what is edited during a run of hours is not what was lived through.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from os import SEEK_END
from pathlib import Path
from typing import Any, Final

from robo_trader.errors import DataError
from robo_trader.simulation.rows_reached import COMMON, NAMED, REACHABLE
from robo_trader.simulation.world import Result, run

BLOCK: Final = 25
ORDERS_A_SEED_MIN: Final = 50
FAULTS_A_SEED_MIN: Final = 5
ROWS_FROM_SEEDS: Final = 20_000
"""From so many worlds on every row of the life-cycle must have been reached; the rarest need two looks that fail in a row."""
COMMON_FROM_SEEDS: Final = 1_000
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
        if self.seeds >= COMMON_FROM_SEEDS:
            found += [f"common life-cycle row never reached: {row}" for row in COMMON if not self.rows[row]]
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


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


BUILD: Final = _digest()
"""Names the code that the worlds of this process run: a digest of the whole package, taken as it was loaded."""


def _lived(todo: list[tuple[int, int]], jobs: int) -> Iterator[tuple[tuple[int, int], Tally]]:
    if jobs == 1 or len(todo) <= 1:
        yield from ((block, live_block(*block)) for block in todo)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_settle_down) as pool:
        tasks = {pool.submit(_live_block_of, *block): block for block in todo}
        try:
            for task in as_completed(tasks):
                told, tally = task.result()
                yield tasks[task], of_this_build(told, tally)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _settle_down() -> None:
    """Let the collector of garbage pass over what the libraries brought along: it stays until the worker ends."""
    gc.collect()
    gc.freeze()


def _live_block_of(first: int, count: int) -> tuple[str, Tally]:
    """A worker's block, with the build that lived it."""
    return BUILD, live_block(first, count)


def of_this_build(told: str, tally: Tally) -> Tally:
    """A worker's block; refused (DataError) if it loaded other code than this process did."""
    if told != BUILD:
        raise DataError(f"a worker loaded the sources {told}, this run began with {BUILD}", "let the sources be while a run begins; start it again")
    return tally


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


def _read(path: Path) -> dict[tuple[int, int], Tally]:
    """The blocks of a results file of this very code; a file of other code keeps its violations under that code's name."""
    if not path.exists():
        return {}
    lines = list(_whole(path.read_text(encoding="utf-8")))
    others = sorted({line["build"] for line in lines} - {BUILD})
    if others:
        aside = path.with_name(f"{path.stem}.{others[0]}{path.suffix}")
        with aside.open("a", encoding="utf-8") as file:
            file.write(path.read_text(encoding="utf-8"))
        path.unlink()
        return {}
    return {(line["first"], line["count"]): _tally(line["tally"]) for line in lines if not line["tally"]["violations"]}


def _whole(text: str) -> Iterator[dict[str, Any]]:
    """Every line that was written to its end."""
    for line in text.splitlines():
        with suppress(json.JSONDecodeError):
            yield json.loads(line)


def _write(path: Path, first: int, count: int, tally: Tally) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"build": BUILD, "first": first, "count": count, "tally": {name: getattr(tally, name) for name in Tally.__slots__}}
    with path.open("a+b") as file:
        end = file.seek(0, SEEK_END)
        file.seek(max(end - 1, 0))
        torn = end > 0 and file.read() != b"\n"  # by a run that was killed: this block has a line of its own
        file.write((("\n" if torn else "") + json.dumps(told) + "\n").encode())


def _tally(told: dict[str, Any]) -> Tally:
    counters = {name: Counter(told[name]) for name in ("faults", "points", "rows", "reached")}
    whole: dict[str, Any] = {**told, **counters, "violations": [(seed, text) for seed, text in told["violations"]]}
    return Tally(**whole)

"""Breadth first through every world that a few moves can make, each judged by the checkers.

The search is complete to the depth that it says, from each of its beginnings; it stops short only at worlds with more intents than it was asked for,
which are judged and not followed. Every so many of the worlds it also follows in earnest, until all is quiet, to see whether all comes right.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import NamedTuple

from robo_trader.desk.closing_gap import CANCEL_AGAIN_NS
from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Cancel
from robo_trader.simulation.calls import BARE, EXPLAINS
from robo_trader.simulation.checkers import check
from robo_trader.simulation.checkers_working import uncovered
from robo_trader.simulation.look import Claims, Live, Look, Violation
from tests.simulation.exhaustive_keys import key_of, recorded
from tests.simulation.exhaustive_moves import calm, look_at_broker, moves
from tests.simulation.exhaustive_world import SHARES, SPY, World, desk_to_read, wait

SETTLE_SWEEPS = 8
CALM_MOVES_MAX = 60
PART = 200
"""How many worlds of a level are explored at a time."""

Place = tuple[int, World | None]
"""A world with its number."""


def look_of(world: World, desk: Desk, *, settled: bool = False) -> Look:
    """The ledger of this world beside what its desk says."""
    state = desk.state
    by_intent = state.orders.by_intent
    asked = (desk._watch.cancelled_ns.get(intent) for intent, order in by_intent.items() if order.live)
    quiet = world.silent and desk.swept and not desk.busy and not any(at is not None and world.process - at < CANCEL_AGAIN_NS for at in asked)
    return Look(
        now=world.process,
        positions={SPY: world.position},
        own={SPY: world.own},
        caps={SPY: SHARES},
        live=tuple(_live(world)),
        received=world.received,
        received_before=world.received_judged,
        fills=world.fills,
        fills_before=world.fills_judged,
        halts=world.halts,
        stated=world.stated,
        able_since=world.able_since,
        uncovered_since={} if world.bare_since is None else {SPY: world.bare_since},
        alerted={SPY} if f"{BARE}/{SPY}" in world.alerted else (),
        explained={SPY} if any(f"{reason}/{SPY}" in world.alerted for reason in EXPLAINS) else (),
        quiet=quiet,
        settled=settled,
        claims=Claims(
            own={SPY: state.own(SPY)},
            external={SPY: state.external(SPY)},
            executions=recorded(world),
            ended={i for i, o in by_intent.items() if not o.live},
            unknown={i for i, o in by_intent.items() if o.stage == "unknown"},
            halts={h.id for h in state.standing_halts},
            reconciled=desk.reconciled_symbols,
        ),
    )


def _live(world: World) -> Iterator[Live]:
    purposes = {r.intent: r for r in world.received}
    for order in world.orders:
        if order.remaining:
            row, number = purposes[order.place.intent], order.place.order_id
            yield Live(
                row.intent,
                number,
                1000 + number,
                order.epoch,
                row.purpose,
                SPY,
                row.side,
                order.remaining,
                row.kind,
                row.oca_group,
                reached=True,
                heard=number in world.heard,
            )
    for frame in world.wire:
        if not isinstance(frame, Cancel):
            row = purposes[frame.intent]
            side, group = row.side, row.oca_group
            yield Live(row.intent, frame.order_id, 0, row.epoch, row.purpose, SPY, side, row.quantity, row.kind, group, reached=False, heard=False)


def judged(world: World, *, settled: bool = False) -> tuple[World, Violation | None, Desk]:
    """The world with the clocks of cover and ability moved on, what is wrong with it, and its desk."""
    desk = desk_to_read(world)
    able = world.silent and desk.swept
    world = world._replace(able_since=(world.able_since if world.able_since is not None else world.process) if able else None)
    look = look_of(world, desk, settled=settled)
    bare = bool(uncovered(look))
    violation = check(look)
    return (
        world._replace(
            bare_since=(world.bare_since if world.bare_since is not None else world.process) if bare else None,
            received_judged=len(world.received),
            fills_judged=len(world.fills),
        ),
        violation,
        desk,
    )


@dataclass
class Found:
    """What a search saw. `levels` counts new worlds by depth."""

    levels: list[int] = field(default_factory=list)
    moves_tried: int = 0
    settled: int = 0
    violations: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def states(self) -> int:
        return sum(self.levels)


class Met(NamedTuple):
    """A new world: from which place it was reached, by which move. `world` is None where the search does not go on from it."""

    parent: int
    move: str
    key: int
    world: World | None
    wrong: str


@dataclass
class Part:
    """What became of some worlds of one level: the new worlds that their moves lead to."""

    met: list[Met] = field(default_factory=list)
    keys: set[int] = field(default_factory=set)
    moves_tried: int = 0
    settled: int = 0


class Search:
    """One search over several beginnings, with one memory of where it has been."""

    def __init__(self, intents_max: int, settle_every: int = 0) -> None:
        self._intents_max, self._settle_every = intents_max, settle_every
        self._seen: set[int] = set()
        self._parents = array("q")
        self._by = array("H")
        self._words: dict[str, int] = {}
        self.found = Found()

    def run(self, roots: Iterable[World], depth_max: int, *, jobs: int = 1, progress: Callable[[Found], None] = lambda _: None) -> Found:
        """Follow every move to `depth_max` from each of `roots`, `jobs` processes side by side; the first violation ends it."""
        begun = Part()
        for root in roots:
            self._meet(begun, Met(-1, "begin", 0, root, ""), keep=True)
        frontier = self._take(begun)
        for depth in range(1, depth_max + 1):
            self.found.levels.append(len(frontier))
            frontier = self._next(frontier, jobs, last=depth == depth_max)
            progress(self.found)
            if self.found.violations:
                break
        self.found.levels.append(len(frontier))
        return self.found

    def _next(self, before: list[Place], jobs: int, *, last: bool) -> list[Place]:
        """The new worlds one move further on."""
        frontier: list[Place] = []
        parts = [(self, before[start : start + PART], last) for start in range(0, len(before), PART)]
        for part in _explored(parts, jobs):
            frontier += self._take(part)
            if self.found.violations:
                break
        return frontier

    def explore(self, worlds: list[Place], *, last: bool) -> Part:
        """Try every move from some worlds of one level, believing that nothing was met since the level began."""
        part = Part()
        for place, world in worlds:
            if world is None or world.intents > self._intents_max:
                continue
            for name, next_ in moves(world):
                part.moves_tried += 1
                self._meet(part, Met(place, name, 0, next_, ""), keep=not last)
                if part.met and part.met[-1].wrong:
                    return part
        return part

    def _meet(self, part: Part, met: Met, *, keep: bool) -> None:
        assert met.world is not None, "a move leads to a world"
        world, violation, desk = judged(met.world)
        key = key_of(world, desk)
        if violation is None and (key in self._seen or key in part.keys):
            return
        part.keys.add(key)
        if violation is None and self._settle_every and len(part.met) % self._settle_every == 0:
            violation = settle(world)
            part.settled += 1
        part.met.append(Met(met.parent, met.move, key, world if keep else None, str(violation or "")))

    def _take(self, part: Part) -> list[Place]:
        """Number the worlds that no other part has met."""
        taken: list[Place] = []
        self.found.moves_tried += part.moves_tried
        self.found.settled += part.settled
        for parent, move, key, world, wrong in part.met:
            if key in self._seen and not wrong:
                continue
            self._seen.add(key)
            place = len(self._parents)
            self._parents.append(parent)
            self._by.append(self._words.setdefault(move, len(self._words)))
            taken.append((place, world))
            if wrong:
                self.found.violations.append((wrong, self.road_to(place)))
        return taken

    def road_to(self, place: int) -> list[str]:
        """The moves that led to a world."""
        words, road = list(self._words), []
        while place >= 0:
            road.append(words[self._by[place]])
            place = self._parents[place]
        return road[::-1]


_AT_WORK: list[tuple[Search, list[Place], bool]] = []
"""The parts of the level that is being explored, as the processes that were forked for it find them."""


def _explored(parts: list[tuple[Search, list[Place], bool]], jobs: int) -> Iterator[Part]:
    """Each part explored, in order. A process is forked for a level: worlds reach it as memory, and only new ones come back."""
    if jobs == 1 or len(parts) < jobs:
        yield from (search.explore(worlds, last=last) for search, worlds, last in parts)
        return
    _AT_WORK[:] = parts
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("fork"))
    try:
        yield from pool.map(_explore, range(len(parts)))
    finally:
        pool.shutdown(cancel_futures=True)
        _AT_WORK.clear()


def _explore(number: int) -> Part:
    search, worlds, last = _AT_WORK[number]
    return search.explore(worlds, last=last)


def settle(world: World) -> Violation | None:
    """Faults end: everything arrives, is heard and looked at, time passes; then all must be known, equal and covered. None if it is."""
    world = world._replace(faults_left=0, signals_left=0)
    for _ in range(SETTLE_SWEEPS):
        world, violation = _quieted(world)
        if violation is None:
            world, violation, _ = judged(look_at_broker(wait(world, 11)))
        if violation is not None:
            return violation
    world, violation = _quieted(world)
    return violation or judged(world, settled=True)[1]


def _quieted(world: World) -> tuple[World, Violation | None]:
    for _ in range(CALM_MOVES_MAX):
        next_ = calm(world)
        if next_ is None:
            return world, None
        world, violation, _ = judged(next_)
        if violation is not None:
            return world, violation
    return world, Violation("I27", f"after {CALM_MOVES_MAX} calm moves there is still something to say")

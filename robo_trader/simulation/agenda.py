"""Virtual time: what happens next, in one order that depends on nothing but the seed.

The agenda is a heap of (instant, number, deed). A deed belongs to a `Life`, the incarnation of one process, or to nobody. What belongs to a dead
life is skipped; what belongs to a frozen one (SIGSTOP, a blocked loop) waits, in its order, until the thaw. A deed that raises `Died` has reached a
crash point: its process ends there and then, with whatever it had done until that line and nothing after it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from robo_trader.values import NS_PER_SECOND, Instant, Now

START_NS = 1_000 * NS_PER_SECOND
"""Process time at which every world begins."""


class Died(BaseException):
    """The process whose code runs ends at this line; not an error that anybody may handle."""


@dataclass(eq=False, slots=True)
class Life:
    """One incarnation of one process. `frozen_until` is process time in ns."""

    name: str
    epoch: int
    pid: int
    alive: bool = True
    frozen_until: int = 0


@dataclass(slots=True)
class Agenda:
    """The two clocks of a world and all that is still to come. `market_start` is market time (ns UTC) at `START_NS`."""

    market_start: Instant
    on_death: Callable[[Life, str], None]
    now: int = START_NS
    wall_offset: int = 0
    """By how much the wall clock is wrong, in ns: it may be stepped at any time, and nothing may be timed with it."""
    wall_stepped: bool = False
    """Whether it ever was."""
    _heap: list[tuple[int, int, Life | None, Callable[[], None]]] = field(default_factory=list)
    _number: int = 0

    @property
    def market(self) -> Instant:
        """True market time, which only the exchange knows."""
        return Instant(self.market_start + self.now - START_NS)

    @property
    def wall(self) -> Instant:
        """What people's clocks show."""
        return Instant(self.market + self.wall_offset)

    def turn_wall(self, by: int) -> None:
        """Step the wall clock."""
        self.wall_offset += by
        self.wall_stepped = True

    def clocks(self, market: Instant) -> Now:
        """Both clocks of a process that believes in this market time."""
        return Now(market, self.now)

    def at(self, when: int, life: Life | None, deed: Callable[[], None]) -> None:
        """Do this at an instant of process time, not before now."""
        self._number += 1
        heapq.heappush(self._heap, (max(when, self.now), self._number, life, deed))

    def after(self, pause: int, life: Life | None, deed: Callable[[], None]) -> None:
        """Do this `pause` nanoseconds from now."""
        self.at(self.now + pause, life, deed)

    @property
    def length(self) -> int:
        """How many deeds wait."""
        return len(self._heap)

    def next_at(self) -> int | None:
        """When the next deed is due."""
        return self._heap[0][0] if self._heap else None

    def step(self) -> bool:
        """Do the next deed; False if there is none."""
        if not self._heap:
            return False
        when, number, life, deed = heapq.heappop(self._heap)
        self.now = max(self.now, when)
        if life is None:
            deed()
        elif life.alive:
            if life.frozen_until > self.now:
                heapq.heappush(self._heap, (life.frozen_until, number, life, deed))
            else:
                self.run(life, deed)
        return True

    def run(self, life: Life, deed: Callable[[], None]) -> None:
        """Let a process do something now; it may die of it."""
        try:
            deed()
        except Died as point:
            self.on_death(life, str(point))

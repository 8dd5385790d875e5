"""Whether a fault strikes, asked where it could. One source of chance for each kind, so that enabling another kind changes none of its strikes.

After `end` nothing strikes any more: what a world does then is its recovery.
"""

from __future__ import annotations

from collections import Counter
from random import Random

from robo_trader.simulation.agenda import Agenda, Died
from robo_trader.simulation.plan import Plan
from robo_trader.simulation.timeline import Timeline


class Faults:
    """The strikes of one world."""

    def __init__(self, plan: Plan, agenda: Agenda, timeline: Timeline) -> None:
        self._plan, self._agenda, self._timeline = plan, agenda, timeline
        self._chances = {kind: Random(f"{plan.seed}:{kind}") for kind in plan.kinds}  # noqa: S311 - trouble, not secrets
        self._calm = Random(f"{plan.seed}:calm")  # noqa: S311
        self._passed: Counter[str] = Counter()
        self.over = False

    def enabled(self, kind: str) -> bool:
        """Whether this kind may strike now."""
        return not self.over and kind in self._chances

    def chance(self, kind: str) -> Random:
        """The chance of a kind, for how it strikes; harmless where the kind is not enabled."""
        return self._chances.get(kind, self._calm)

    def strikes(self, kind: str, what: str, share: float = 1.0) -> bool:
        """Whether this kind strikes here, at `share` of its rate; if so it is on record."""
        if self.over or kind not in self._chances or self._chances[kind].random() >= self._plan.rates[kind] * share:
            return False
        self._timeline.fault(self._agenda.now, kind, what)
        return True

    def pick(self, kind: str, low: float, high: float) -> int:
        """A span in nanoseconds, between `low` and `high` seconds."""
        return round(self.chance(kind).uniform(low, high) * 1e9)

    def dies_at(self, point: str) -> bool:
        """Whether a process dies at this crash point now: at the passings that the plan names."""
        if self.over or not self._plan.crashes:
            return False
        self._passed[point] += 1
        return (point, self._passed[point]) in self._plan.crashes

    def point(self, point: str) -> None:
        """A crash point is passed: raises `Died` where the plan says so."""
        if self.dies_at(point):
            raise Died(point)

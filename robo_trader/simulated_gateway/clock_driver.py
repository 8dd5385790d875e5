"""Who moves the clock: in lockstep with the registered processes, or freely after the wall's.

Both drivers call `world.step` and nothing else moves time. They are driven themselves by an event loop that is passed in as two functions, so that
their behaviour can be tested without one: `soon` runs a function in the loop's next turn, `later` after so many seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, Protocol

from robo_trader.simulated_gateway.clock import WireCounts, free_running_ns, may_move, next_step, run_on_ns
from robo_trader.simulated_gateway.control import Members
from robo_trader.values import NS_PER_SECOND, Instant

CRASH_SETTLES_SECONDS: Final = 0.05
"""Process time in which what a dead process had still written comes in, before its market runs on."""

PERIOD_SECONDS_MIN: Final = 0.005
PERIOD_SECONDS_MAX: Final = 0.05
STEPS_PER_TURN_MAX: Final = 64

Soon = Callable[[Callable[[], None]], object]
Later = Callable[[float, Callable[[], None]], object]


class World(Protocol):
    """What time passes in."""

    @property
    def now(self) -> Instant:
        """The simulated clock."""

    @property
    def end(self) -> Instant:
        """Where it stops."""

    @property
    def alone_until(self) -> Instant | None:
        """Until when the market goes on though no client can be there; None while clients can be."""

    def step(self, to: Instant) -> None:
        """Let it pass to `to`."""

    def counts(self) -> dict[int, WireCounts]:
        """The wire counts of each named client."""

    def joined(self, client_id: int) -> None:
        """A process takes part in lockstep."""

    def left(self, client_id: int, *, crash: bool) -> None:
        """A process takes part no longer."""


class LockstepDriver:
    """Moves the clock a step whenever `may_move` says so; runs on after a crash."""

    def __init__(self, world: World, *, seed: int, soon: Soon, later: Later) -> None:
        """`seed` decides how long the market runs on after a crash at a given instant."""
        self.members = Members(self)
        self._world = world
        self._seed = seed
        self._soon = soon
        self._later = later
        self._scheduled = False
        self._stopped = False
        self._run_on_until: Instant | None = None

    def start(self) -> None:
        """Nothing moves before a process registers."""

    def stop(self) -> None:
        """The clock stands for good."""
        self._stopped = True
        self._run_on_until = None

    def registered(self, client_id: int) -> Instant:
        """A process joins, after everything that a crash before it still has to do."""
        self._run_on()
        self._world.joined(client_id)
        return self._world.now

    def reported(self) -> None:
        """Some process said something new of itself."""
        self.consider()

    def unregistered(self, client_id: int, *, crash: bool) -> None:
        """A process left; if it crashed and was the last, the market runs on without it."""
        self._world.left(client_id, crash=crash)
        if crash and not self._stopped and not self.members.reports:
            chance = Random(f"{self._seed}:run-on:{self._world.now}")  # noqa: S311 - a market, not secrets
            self._run_on_until = Instant(min(self._world.end, self._world.now + run_on_ns(chance)))
            self._later(CRASH_SETTLES_SECONDS, self._run_on)
        self.consider()

    def consider(self) -> None:
        """Something changed that the clock may have waited for."""
        if not (self._scheduled or self._stopped) and self._world.now < self._world.end:
            self._scheduled = True
            self._soon(self._turn)

    def _turn(self) -> None:
        """One step at most, so that what clients say between two steps is heard; and again at once, if nobody was told anything."""
        self._scheduled = False
        if self._stopped:
            return
        reports, counts = self.members.reports, self._world.counts()
        if not may_move(reports, counts):
            if reports and not reports.keys() & counts.keys():
                self._go_on_alone()
            return
        deadlines = [report.deadline_ns for report in reports.values() if report is not None]
        self._world.step(next_step(self._world.now, self._world.end, deadlines))
        self.consider()

    def _run_on(self) -> None:
        until, self._run_on_until = self._run_on_until, None
        self._pass_until(until)

    def _go_on_alone(self) -> None:
        """None of the processes can be connected, for the gateway is cut off: the market does not wait for them."""
        self._pass_until(self._world.alone_until)

    def _pass_until(self, until: Instant | None) -> None:
        while until is not None and self._world.now < min(until, self._world.end):
            self._world.step(next_step(self._world.now, min(until, self._world.end)))


class FreeDriver:
    """Moves the clock after the wall's, at a factor."""

    def __init__(self, world: World, *, speed: float, later: Later, process_ns: Callable[[], int]) -> None:
        """`speed` in simulated seconds per second."""
        self.members = Members(self)
        self._world = world
        self._speed = speed
        self._later = later
        self._process_ns = process_ns
        self._before_ns = 0
        self._stopped = False
        self._target = world.now

    @property
    def period_seconds(self) -> float:
        """How often the clock is looked at: about once a simulated second, within bounds."""
        return min(PERIOD_SECONDS_MAX, max(PERIOD_SECONDS_MIN, 1 / self._speed))

    def start(self) -> None:
        """Time passes from here on."""
        self._before_ns = self._process_ns()
        self._later(self.period_seconds, self._turn)

    def stop(self) -> None:
        """The clock stands for good."""
        self._stopped = True

    def registered(self, client_id: int) -> Instant:
        """Noted; the clock does not wait for anyone."""
        self._world.joined(client_id)
        return self._world.now

    def reported(self) -> None:
        """Nothing depends on it."""

    def unregistered(self, client_id: int, *, crash: bool) -> None:
        """Noted."""
        self._world.left(client_id, crash=crash)

    def consider(self) -> None:
        """Nothing depends on it."""

    def _turn(self) -> None:
        """Catch up with the wall; what does not fit into one turn is left for the next ones, and at most half a second of the wall's is owed."""
        if self._stopped:
            return
        now_ns = self._process_ns()
        owed = max(0, self._target - self._world.now) + free_running_ns(now_ns - self._before_ns, self._speed)
        self._before_ns = now_ns
        self._target = Instant(self._world.now + min(owed, free_running_ns(NS_PER_SECOND, self._speed)))
        for _ in range(STEPS_PER_TURN_MAX):
            to = next_step(self._world.now, min(self._world.end, self._target))
            if to == self._world.now:
                break
            self._world.step(to)
        if self._world.now < self._world.end:
            self._later(self.period_seconds, self._turn)

"""One child: where it stands, as one word, and what is to follow the end of its incarnation.

The phase moves along a table. Who ends an incarnation leaves word (`Aim`) of what comes after: nobody did for a child that fails by itself, so the
verdict decides; a sibling's restart, a shutdown or a giving up left theirs before they asked it to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from robo_trader.supervision.budget import Budget
from robo_trader.supervision.spec import NS_PER_SECOND, Cause, ChildSpec, GroupSpec


class Phase(StrEnum):
    """Where a child stands. WAITING is for the end of a pause, or for its turn."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    GIVEN_UP = "given_up"


_ENDED: Final = frozenset({Phase.WAITING, Phase.STOPPED, Phase.GIVEN_UP})
NEXT: Final[dict[Phase, frozenset[Phase]]] = {
    Phase.WAITING: frozenset({Phase.STARTING, Phase.STOPPED, Phase.GIVEN_UP}),
    Phase.STARTING: frozenset({Phase.RUNNING, Phase.STOPPING}) | _ENDED,
    Phase.RUNNING: frozenset({Phase.STOPPING}) | _ENDED,
    Phase.STOPPING: frozenset({Phase.STOPPING}) | _ENDED,  # to itself: asked first, killed then, and killed again
    Phase.STOPPED: frozenset({Phase.WAITING}),  # taken along by a group's restart
    Phase.GIVEN_UP: frozenset({Phase.WAITING, Phase.STOPPING}),  # revived; STOPPING if the old incarnation may still live
}


class Aim(StrEnum):
    """What follows the end of the present incarnation."""

    VERDICT = "verdict"
    RESTART = "restart"
    STOPPED = "stopped"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class ChildState:
    """How one child stands, for reports.

    `epoch` 0 = never started; `since_ns` is when the phase began, `due_ns` when it ends by itself (None: it does not, or something else comes first).
    """

    name: str
    phase: Phase
    epoch: int
    restarts: int  # by this policy, for whatever cause
    last_cause: Cause | None
    last_reason: str
    since_ns: int
    due_ns: int | None


@dataclass(slots=True, eq=False)
class Child:
    """The policy's memory of one child."""

    spec: ChildSpec
    home: GroupSpec
    places: dict[str, int]  # group -> number of the member that is or contains this child
    budget: Budget
    epoch: int
    first_epoch: int  # the epoch of the first incarnation that is not a restart
    phase: Phase = Phase.WAITING
    since_ns: int = 0
    due_ns: int | None = None
    last_cause: Cause | None = None
    last_reason: str = ""
    aim: Aim = Aim.VERDICT
    again_ns: int = 0  # with Aim.RESTART: not before
    leaves_with: str | None = None  # the group in whose order it stops, and that was given up as a whole
    in_turn: bool = True  # its start is part of a sequence, and not answered yet
    was_in_service: bool = False
    kills: int = 0
    hung: bool = False
    lost: bool = False  # given up without its end: no successor before that is known

    @property
    def alive(self) -> bool:
        """Whether its end is still awaited."""
        return self.phase in {Phase.STARTING, Phase.RUNNING, Phase.STOPPING}

    @property
    def given_up(self) -> bool:
        """Whether it is given up, or will be as soon as it ended."""
        return self.phase is Phase.GIVEN_UP or (self.alive and self.aim is Aim.GIVEN_UP)

    @property
    def start_ns_max(self) -> int:
        """Nanoseconds that a start may take."""
        return round(self.spec.start_seconds_max * NS_PER_SECOND)

    @property
    def silence_ns_max(self) -> int:
        """Nanoseconds between two signs of life, and between a request to end and the end."""
        return round(self.spec.heartbeat_seconds_max * NS_PER_SECOND)

    def move(self, phase: Phase, now_ns: int, due_ns: int | None = None) -> None:
        """Enter a phase at `now_ns`, which is due to change at `due_ns`."""
        assert phase in NEXT[self.phase], f"{self.spec.name} cannot go from {self.phase} to {phase}"
        self.phase, self.since_ns, self.due_ns = phase, now_ns, due_ns
        if not self.alive:
            self.aim, self.kills, self.hung = Aim.VERDICT, 0, False

    def state(self) -> ChildState:
        """For reports."""
        restarts = max(0, self.epoch - self.first_epoch)
        name = self.spec.name
        return ChildState(name, self.phase, self.epoch, restarts, self.last_cause, self.last_reason, self.since_ns, self.due_ns)

"""The supervisor of a world: the real policy over simulated processes.

A process is born after a moment, beats while it lives and is not frozen, and dies when it is killed, as SIGKILL does it: at once, also when
stopped. What the policy answers to a death is kept beside the death. A child that is given up halts everything it stands for, and a person is
called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from robo_trader.desk.effects import Alert, Severity
from robo_trader.simulation.agenda import Life
from robo_trader.simulation.kit import DESK, GATEWAY, HOST, Kit
from robo_trader.simulation.look import Death
from robo_trader.supervision.effects import GaveUp, Kill, Start, Stop
from robo_trader.supervision.events import Beat, Begin, Ended, Event, ReviveAsked, Started, Tick
from robo_trader.supervision.policy import Policy
from robo_trader.supervision.spec import Backoff, Cause, ChildSpec, GroupSpec, Intensity, Strategy

INTENSITY: Final = Intensity(5, 60.0)
PAUSES: Final = Backoff(0.05, 2.0, 5.0, 0.2)
START_SECONDS_MAX: Final = 60.0
HEARTBEAT_SECONDS_MAX: Final = 15.0
BEAT_NS: Final = 2_000_000_000
REAPED_NS: Final = 10_000_000
PARTS: Final = (GATEWAY, DESK, HOST)


@dataclass(slots=True)
class _Dying:
    """A death and what came of it."""

    part: str
    at: int
    restarted: int | None = None
    escalated: int | None = None


class Keeper:
    """`born` makes the part of a new life, `gone` cleans up after one that ended, `given_up` raises the halt."""

    def __init__(self, kit: Kit, *, born: Callable[[Life], None], gone: Callable[[Life], None], given_up: Callable[[str], None]) -> None:
        self._kit, self._born, self._gone, self._given_up = kit, born, gone, given_up
        self._chance = Random(f"{kit.plan.seed}:keeper")  # noqa: S311 - jitter and start-up times, not secrets
        children = tuple(
            ChildSpec(name, start_seconds_max=START_SECONDS_MAX, heartbeat_seconds_max=HEARTBEAT_SECONDS_MAX, scope=None) for name in PARTS
        )
        self._policy = Policy(GroupSpec("core", Strategy.ONE_FOR_ONE, INTENSITY, PAUSES, children))
        self._pid = 5_000_000  # above every pid of the machine, so that no question about one finds a living stranger
        self._dyings: list[_Dying] = []
        self.lost: set[str] = set()
        """Parts that were given up and not revived."""

    @property
    def deaths(self) -> list[Death]:
        """Every end of a part so far."""
        return [Death(dying.part, dying.at, dying.restarted, dying.escalated) for dying in self._dyings]

    def begin(self) -> None:
        """Start everybody."""
        self._tell(Begin())
        self._beat()

    def _beat(self) -> None:
        for name in PARTS:
            life = self._kit.lives.get(name)
            if life is not None and life.alive and life.frozen_until <= self._kit.agenda.now:
                self._tell(Beat(name, life.epoch))
        self._tell(Tick())
        self._kit.agenda.after(BEAT_NS, None, self._beat)

    def _tell(self, event: Event) -> None:
        for effect in self._policy.handle(event, self._kit.agenda.now, self._chance.random()):
            match effect:
                case Start(name, epoch):
                    self._start(name, epoch)
                case Stop(name, epoch) | Kill(name, epoch):
                    self.kill(name, epoch, "killed by the supervisor")
                case GaveUp(name):
                    self._give_up(name)
        due = self._policy.next_due_ns()
        if due is not None and due < self._kit.agenda.now + BEAT_NS and not isinstance(event, Tick):
            self._kit.agenda.at(due, None, lambda: self._tell(Tick()))

    def _start(self, name: str, epoch: int) -> None:
        self._pid += 1
        life = Life(name, epoch, self._pid)
        self._kit.lives[name] = life
        for dying in self._dyings:
            if dying.part == name and dying.restarted is None and dying.escalated is None:
                dying.restarted = self._kit.agenda.now
        self._kit.say("keeper", f"starts {name} {epoch}")
        self._kit.agenda.after(round(self._chance.uniform(0.05, 0.6) * 1e9), life, lambda: self._born(life))

    def started(self, life: Life) -> None:
        """A part says that it is in service."""
        if life.alive:
            self._tell(Started(life.name, life.epoch))

    def kill(self, name: str, epoch: int, why: str) -> None:
        """SIGKILL."""
        life = self._kit.lives.get(name)
        if life is not None and life.epoch == epoch and life.alive:
            self.ended(life, Cause.CRASH, why)

    def ended(self, life: Life, cause: Cause, why: str) -> None:
        """A process is gone, by its own end or another's."""
        if not life.alive:
            return
        life.alive = False
        self._kit.say(life.name, f"{life.epoch} ends: {cause}, {why}")
        self._dyings.append(_Dying(life.name, self._kit.agenda.now))
        self._gone(life)
        self._kit.agenda.after(REAPED_NS, None, lambda: self._tell(Ended(life.name, life.epoch, cause, why)))

    def _give_up(self, name: str) -> None:
        self.lost.add(name)
        for dying in self._dyings:
            if dying.part == name and dying.restarted is None:
                dying.escalated = self._kit.agenda.now
        self._kit.say("keeper", f"gives {name} up")
        self._kit.timeline.reached["given up"] += 1
        self._kit.told(Alert(Severity.CRITICAL, f"given-up/{name}", f"{name} is given up"))
        self._given_up(name)

    def revive(self, name: str) -> None:
        """A person asks for another try."""
        if name in self.lost:
            self.lost.discard(name)
            self._tell(ReviveAsked(name))

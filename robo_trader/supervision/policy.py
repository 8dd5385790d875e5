"""The supervisor's judgement: events in, effects out. What it decides by is in spec.py; here is when.

Think of it as a judge without hands. It never learns anything but events, so it believes in no start before `Started` and in no end before `Ended`:
a successor starts only after the end of its predecessor is certain, which is the whole protection against two living incarnations. Silence is
answered with `Kill`, a kill that nobody confirms is repeated, and after `KILLS_MAX` of them the child is given up unended: a person is called, and no
successor starts until its end is reported. Whatever happens, each child is RUNNING, STOPPED or GIVEN_UP within bounds that add up from its spec.

One turn: the event changes what is known; then what is due happens: kills, then stops (in reverse order, one after another), then starts (in order).
Only `Tick` condemns anybody for silence, because a supervisor that was late itself still has the signs of life in its inbox: the shell hands in what
it has, then ticks, then sleeps until `next_due_ns` or the next event. Time is process time in nanoseconds that never runs backwards; chance comes in
with each event and is used for one pause at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from robo_trader.supervision.child import Aim, Child, ChildState, Phase
from robo_trader.supervision.effects import Effect, GaveUp, Kill, Start, Stop
from robo_trader.supervision.events import Beat, Begin, Ended, Event, ReviveAsked, Started, StartFailed, StopAsked, Tick
from robo_trader.supervision.family import Family
from robo_trader.supervision.spec import VERDICTS, Cause, GroupSpec, Restart, Strategy, Verdict

KILLS_MAX: Final = 3
_NOBODY: Final[Mapping[str, int]] = MappingProxyType({})


class Policy:
    """OTP's supervisor as a pure object, for a whole tree of groups."""

    def __init__(self, root: GroupSpec, *, adopted: Mapping[str, int] = _NOBODY, last_epochs: Mapping[str, int] = _NOBODY) -> None:
        """`adopted`: children that run already, with their epoch; a restarted supervisor takes them over as they are.

        `last_epochs`: the last epoch of children that ran once and do not now, so that theirs go on from there.
        """
        self._family = Family(root, adopted, last_epochs)
        self._begun = False
        self._stopping = False
        self._now_ns = 0
        self._effects: list[Effect] = []

    def handle(self, event: Event, now_ns: int, chance: float) -> list[Effect]:
        """What is to be done now that `event` is known, at `now_ns`; `chance` is in [0, 1). Raises `KeyError` for a child that is not in the tree."""
        assert now_ns >= self._now_ns, "process time runs forward"
        self._now_ns = now_ns
        self._effects = []
        self._learn(event, chance)
        if isinstance(event, Tick):
            self._kill_the_silent()
        self._stop_in_turn()
        self._start_in_turn()
        return sorted(self._effects, key=lambda effect: not isinstance(effect, GaveUp))

    def children(self) -> tuple[ChildState, ...]:
        """How all stand, in start order."""
        return tuple(child.state() for child in self._family.children)

    def next_due_ns(self) -> int | None:
        """When `Tick` will have something to do if nothing else happens before; None: never."""
        return min((child.due_ns for child in self._family.children if child.due_ns is not None and self._is_pending(child)), default=None)

    def _is_pending(self, child: Child) -> bool:
        """Whether time alone moves `child`; one that waits for its turn is moved by others."""
        return self._begun and (child.phase is not Phase.WAITING or self._family.may_start(child))

    def _learn(self, event: Event, chance: float) -> None:
        """Take the event in."""
        match event:
            case Begin():
                self._begin()
            case StopAsked():
                self._stop_everything()
            case ReviveAsked(name):
                self._revive(self._family.named(name))
            case Started(name, epoch):
                self._in_service(self._family.named(name), epoch)
            case Beat(name, epoch):
                child = self._family.named(name)
                if child.epoch == epoch and child.phase is Phase.RUNNING:
                    child.due_ns = self._now_ns + child.silence_ns_max
            case StartFailed(name, epoch, cause, reason) | Ended(name, epoch, cause, reason):
                child = self._family.named(name)
                if child.epoch == epoch:
                    self._ended(child, cause, reason, chance)
            case Tick():
                pass

    def _begin(self) -> None:
        """Start what is not running, in turn; look after what is."""
        assert not self._begun, "a policy begins once"
        self._begun = True
        for child in self._family.children:
            if child.phase is Phase.RUNNING:
                child.since_ns, child.due_ns = self._now_ns, self._now_ns + child.silence_ns_max
            elif child.phase is Phase.WAITING and child.due_ns is None:
                child.since_ns = child.due_ns = self._now_ns
        for child in self._family.children:
            # It died while nobody supervised: who leans on it did not notice, and starts anew with it.
            if child.phase is Phase.WAITING and child.spec.restart is Restart.PERMANENT:
                self._take_along(child, self._now_ns)

    def _in_service(self, child: Child, epoch: int) -> None:
        """The start was answered; one that was asked to stop meanwhile stays on its way out."""
        if child.epoch == epoch and child.phase is Phase.STARTING:
            child.was_in_service, child.in_turn = True, False
            child.move(Phase.RUNNING, self._now_ns, self._now_ns + child.silence_ns_max)

    def _ended(self, child: Child, cause: Cause, reason: str, chance: float) -> None:
        """The present incarnation is gone: what was aimed at follows, or the verdict."""
        if not child.alive:
            child.lost = False
            return
        if child.hung and cause in {Cause.NORMAL, Cause.CRASH}:
            cause = Cause.HUNG  # how it answered the kill says nothing
        child.last_cause, child.last_reason, child.in_turn = cause, reason, False
        aim = child.aim
        if cause is Cause.NEEDS_OPERATOR and aim is not Aim.GIVEN_UP and not self._stopping:
            self._give_up(child, reason)
        elif aim is Aim.VERDICT:
            self._judge(child, cause, reason, chance)
        elif aim is Aim.RESTART:
            child.leaves_with, child.in_turn = None, True
            child.move(Phase.WAITING, self._now_ns, child.again_ns)
        else:
            child.move(Phase.STOPPED if aim is Aim.STOPPED else Phase.GIVEN_UP, self._now_ns)

    def _judge(self, child: Child, cause: Cause, reason: str, chance: float) -> None:
        """It ended by itself, or was killed for its silence: the table says whether it comes back."""
        verdict = VERDICTS[child.spec.restart, cause]
        if verdict is Verdict.LEAVE:
            child.move(Phase.STOPPED, self._now_ns)
            return
        intensity = child.home.intensity
        nth = child.budget.spend(self._now_ns, was_in_service=child.was_in_service) if verdict is Verdict.RESTART else None
        if nth is None:
            tried = f"{intensity.restarts_max} restarts in {intensity.window_seconds:g} s did not help: "
            self._give_up(child, reason if verdict is Verdict.GIVE_UP else tried + f"{cause}, {reason}")
            return
        child.move(Phase.WAITING, self._now_ns, self._now_ns + child.home.backoff.pause_ns(nth, chance))
        self._take_along(child, child.due_ns or 0)

    def _take_along(self, child: Child, again_ns: int) -> None:
        """Whoever leans on `child`, which waits for `again_ns`, goes down and comes back with it."""
        for other in self._family.taken_along(child):
            if other is child:
                continue
            if other.alive:
                other.leaves_with, other.again_ns = child.home.name, again_ns
                if other.aim is Aim.VERDICT:
                    other.aim = Aim.STOPPED if other.spec.restart is Restart.TEMPORARY else Aim.RESTART
            elif other.phase is Phase.WAITING:
                other.due_ns, other.in_turn = again_ns, True
            elif other.phase is Phase.STOPPED and other.spec.restart is Restart.TRANSIENT:
                other.in_turn = True
                other.move(Phase.WAITING, self._now_ns, again_ns)

    def _give_up(self, child: Child, reason: str) -> None:
        """No restart of `child` any more, nor of those who would be taken along; who still lives is stopped in turn."""
        together = [child] if self._stopping else self._family.taken_along(child)
        for other in sorted(together, key=lambda member: member is not child):
            if other.given_up or other.phase is Phase.STOPPED:
                continue
            why = reason if other is child else f"it leans on {child.spec.name}: {reason}"
            self._effects.append(GaveUp(other.spec.name, other.spec.scope, why))
            other.leaves_with = None if child.home.strategy is Strategy.ONE_FOR_ONE else child.home.name
            if other.alive and other is not child:
                other.aim = Aim.GIVEN_UP
            else:
                other.move(Phase.GIVEN_UP, self._now_ns)

    def _revive(self, child: Child) -> None:
        """A person asks: a full budget and another try, for it and for those who were given up with it."""
        if self._stopping or not child.given_up:
            return
        for other in self._family.given_up_with(child):
            other.budget.refill()
            other.in_turn = True
            if other.lost:
                other.move(Phase.STOPPING, self._now_ns, self._now_ns)
                other.lost = False
            if other.alive:
                other.aim, other.again_ns = Aim.RESTART, self._now_ns
            else:
                other.leaves_with = None
                other.move(Phase.WAITING, self._now_ns, self._now_ns)

    def _stop_everything(self) -> None:
        """From here on nothing starts."""
        self._stopping = True
        for child in self._family.children:
            if child.phase is Phase.WAITING:
                child.move(Phase.STOPPED, self._now_ns)
            elif child.alive:
                child.leaves_with = self._family.root.name
                child.aim = Aim.GIVEN_UP if child.given_up else Aim.STOPPED

    def _kill_the_silent(self) -> None:
        """Who owed a sign of life, a start or an end by now is killed; who survives that too often is given up."""
        for child in self._family.children:
            if not child.alive or child.due_ns is None or self._now_ns < child.due_ns:
                continue
            if child.kills >= KILLS_MAX:
                self._lose(child)
                continue
            heartbeat, start = child.spec.heartbeat_seconds_max, child.spec.start_seconds_max
            why = {Phase.STARTING: f"not started within {start:g} s", Phase.RUNNING: f"no heartbeat for {heartbeat:g} s"}
            self._effects.append(Kill(child.spec.name, child.epoch, why.get(child.phase, f"not ended within {heartbeat:g} s")))
            child.kills += 1
            child.hung, child.in_turn = True, False
            child.move(Phase.STOPPING, self._now_ns, self._now_ns + child.silence_ns_max)

    def _lose(self, child: Child) -> None:
        """It cannot be killed, or nobody can say that it was."""
        child.last_cause, child.last_reason, child.lost = Cause.HUNG, f"{KILLS_MAX} kills without a confirmed end", True
        if child.aim is Aim.GIVEN_UP:
            child.move(Phase.GIVEN_UP, self._now_ns)
        else:
            self._give_up(child, child.last_reason)

    def _stop_in_turn(self) -> None:
        """Ask those who are to leave, last first, the next when the one before is gone."""
        for child in reversed(self._family.children):
            leaves = child.aim is not Aim.VERDICT and child.phase in {Phase.STARTING, Phase.RUNNING}
            if leaves and self._family.may_stop(child):
                self._effects.append(Stop(child.spec.name, child.epoch))
                child.move(Phase.STOPPING, self._now_ns, self._now_ns + child.silence_ns_max)

    def _start_in_turn(self) -> None:
        """Start whoever waited long enough and has its turn."""
        for child in self._family.children:
            if child.phase is not Phase.WAITING or not self._is_pending(child) or child.due_ns is None or self._now_ns < child.due_ns:
                continue
            child.epoch += 1
            child.was_in_service = False
            self._effects.append(Start(child.spec.name, child.epoch))
            child.move(Phase.STARTING, self._now_ns, self._now_ns + child.start_ns_max)

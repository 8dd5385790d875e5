"""Halts across systems: put on record in all of them first, waited for second, lifted wherever they stand.

A place that can be halted is a system's fence, or the fence of all systems in the state root. Recording comes in the order of what is at stake:
systems that a living process trades, then the root (so that what starts later is halted too), then systems at rest. Only when every place has its
record does anybody wait, so no system's silence delays another's halt. What one place could not record is told, and spares none of the others.

Emergency code: the standard library and our plainest modules only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from robo_trader.edge import clock
from robo_trader.edge.fence import POLL_SECONDS, Fence
from robo_trader.edge.fence_halts import UNREADABLE_ID
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.root_fence import open_root_fence, root_fence_path
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import NotConfirmed, StateUnreadable, UserError
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope, active

CONFIRMED: Final = "recorded and confirmed"
FOR_NEXT_START: Final = "recorded for the next start; nothing runs now"
FOR_LATER_STARTS: Final = "recorded for every later start"
UNCONFIRMED: Final = "recorded, NOT confirmed"
NOT_RECORDED: Final = "NOT recorded"
ALL_SYSTEMS: Final = "(every system)"
"""What the fence of all systems is called; no system can have such a name."""


@dataclass(frozen=True, slots=True)
class Place:
    """One fence: of `directory`, or of all systems if that is None."""

    directory: StateDirectory | None = None

    @property
    def name(self) -> str:
        """The system's name, or `ALL_SYSTEMS`."""
        return ALL_SYSTEMS if self.directory is None else self.directory.name

    @property
    def begun(self) -> bool:
        """Whether anything is there that a halt could stand in."""
        if self.directory is None:
            return root_fence_path().exists()
        return self.directory.fence.exists() or self.directory.journal.exists()

    def open(self, *, create: bool) -> Fence:
        """The fence; `create` makes one only where none can have been lost. Raises `StateUnreadable` or `ConfigurationError`."""
        if self.directory is not None:
            return Fence.open(self.directory.fence, create=create and not self.directory.journal.exists())
        return open_root_fence() if create else Fence.open(root_fence_path(), create=False)

    def standing(self) -> tuple[Halt, ...]:
        """Halts that nobody lifted and whose end has not come; a fence that cannot be opened halts everything."""
        if not self.begun:
            return ()
        try:
            fence = self.open(create=False)
        except StateUnreadable as lost:
            return (Halt(UNREADABLE_ID, HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "fence unreadable", None, "system", lost.cause),)
        try:
            return active(fence.halts(), frozenset(), clock.wall())
        finally:
            fence.close()

    @property
    def runs(self) -> bool:
        """Whether a living process holds this place's lease, or may hold it; the root's has none."""
        if self.directory is None:
            return False
        try:
            fence = self.open(create=False)
        except StateUnreadable:
            return self.directory.fence.exists()
        try:
            return holder(fence) != 0
        finally:
            fence.close()


@dataclass(frozen=True, slots=True)
class Halted:
    """What became of a halt in one place; instants in nanoseconds of CLOCK_BOOTTIME. `problem` says why nothing was recorded, else it is empty."""

    system: str
    id: str
    level: str
    scope: str
    target: str
    outcome: str
    recorded_ns: int
    confirmed_ns: int | None
    epoch: int
    problem: str = ""

    @property
    def milliseconds(self) -> float | None:
        """From the record to the confirmation; None without one."""
        return None if self.confirmed_ns is None else round((self.confirmed_ns - self.recorded_ns) / 1e6, 1)

    def line(self) -> str:
        """One line for people."""
        what = f"{self.scope} {self.target}".strip()
        if self.problem:
            return f"{self.system}: halt {self.id} ({self.level}, {what}) {self.outcome}: {self.problem}"
        line = f"{self.system}: halt {self.id} ({self.level}, {what}) {self.outcome}"
        return line if self.confirmed_ns is None else f"{line} by epoch {self.epoch} after {self.milliseconds} ms"


@dataclass(slots=True)
class _Recorded:
    """A halt on record in one place, and what is known of its confirmation."""

    place: Place
    fence: Fence
    alive: bool
    sequence: int
    recorded_ns: int
    confirmed_ns: int | None = None

    @property
    def awaited(self) -> bool:
        """Looks once more; True while a living process has not confirmed."""
        if self.alive and self.confirmed_ns is None and self.fence.confirmed(self.sequence):
            self.confirmed_ns = clock.process_ns()
        return self.alive and self.confirmed_ns is None

    def halted(self, halt: Halt) -> Halted:
        """The answer about this place."""
        lease = self.fence.lease()
        if self.place.directory is None:
            outcome = FOR_LATER_STARTS
        else:
            outcome = CONFIRMED if self.confirmed_ns is not None else UNCONFIRMED if self.alive else FOR_NEXT_START
        epoch = self.fence.seen()[1] if self.confirmed_ns is not None else lease.epoch if lease is not None else 0
        return Halted(self.place.name, *_words(halt), outcome, self.recorded_ns, self.confirmed_ns, epoch)


def holder(fence: Fence) -> int:
    """Pid of the living process that holds the lease; 0 if none does, -1 if the lease cannot be read."""
    lease = fence.lease()
    if lease is None:
        return -1
    gone = lease.epoch == 0 or lease.released or lease.boot != clock.boot_id() or pid_start(lease.pid) != lease.pid_start
    return 0 if gone else lease.pid


def in_order(directories: Iterable[StateDirectory], *, with_root: bool) -> list[Place]:
    """These places, those that a living process trades first, then the root, then those at rest."""
    places = [Place(directory) for directory in directories]
    runs = {place.name: place.runs for place in places}
    root = [Place()] if with_root else []
    return [*(p for p in places if runs[p.name]), *root, *(p for p in places if not runs[p.name])]


def halt_places(places: Sequence[Place], halt: Halt, timeout_seconds: float, sleep: Callable[[float], None] = time.sleep) -> list[Halted]:
    """Put `halt` on record in all `places`, in their order; then wait for those that run, `timeout_seconds` for all at most. Never raises."""
    recorded: list[_Recorded] = []
    answers: dict[str, Halted] = {}
    try:
        for place in places:
            try:
                recorded.append(_record(place, halt))
            except (UserError, OSError) as refused:
                answers[place.name] = Halted(place.name, *_words(halt), NOT_RECORDED, 0, None, 0, str(refused))
        deadline_ns = clock.process_ns() + int(timeout_seconds * 1e9)
        while any([one.awaited for one in recorded]) and clock.process_ns() < deadline_ns:  # noqa: C419 - each of them must look
            sleep(POLL_SECONDS)
        answers |= {one.place.name: one.halted(halt) for one in recorded}
    finally:
        for one in recorded:
            one.fence.close()
    return [answers[place.name] for place in places]


def lift(places: Sequence[Place], halt_ids: Iterable[str], by: str) -> list[str]:
    """Lift these halts in each of `places` where they stand; returns the ids that stood, once each.

    All are tried; then raises `NotConfirmed` or `StateUnreadable` if one of them still stands somewhere, naming the place.
    """
    wanted = list(dict.fromkeys(halt_ids))
    lifted: list[str] = []
    refusals: dict[str, str] = {}
    for place in places:
        found = {halt.id for halt in place.standing()}
        for halt_id in (one for one in wanted if one in found):
            try:
                _lift(place, halt_id, by)
            except UserError as refused:
                refusals[f"{place.name}: {refused.cause}"] = _repair(place)
            else:
                lifted.append(halt_id)
    if refusals:
        raise NotConfirmed(" · ".join(refusals), f"try again; a damaged fence is made whole by {' and '.join(dict.fromkeys(refusals.values()))}")
    return list(dict.fromkeys(lifted))


def _lift(place: Place, halt_id: str, by: str) -> None:
    fence = place.open(create=False)
    try:
        if halt_id == UNREADABLE_ID:
            raise StateUnreadable("a fence that cannot be read stays halted", f"make it whole with {_repair(place)}")
        fence.resume(halt_id, by, clock.wall())
    finally:
        fence.close()


def _repair(place: Place) -> str:
    """The command that makes this place's fence whole; a system's must not be traded meanwhile."""
    return f"`robo-trader doctor{'' if place.directory is None else f' --system {place.name}'} --repair-fence`"


def _record(place: Place, halt: Halt) -> _Recorded:
    fence = place.open(create=True)
    try:
        alive = place.directory is not None and holder(fence) != 0
        return _Recorded(place, fence, alive, fence.raise_halt(halt), clock.process_ns())
    except (UserError, OSError):
        fence.close()
        raise


def _words(halt: Halt) -> tuple[str, str, str, str]:
    """Id, level, scope and target, as people read them."""
    return halt.id, halt.level.name.lower(), str(halt.scope), halt.target

"""What is supervised, and by which rule: children, groups of them, and the tables of Erlang/OTP.

A group lists its members in the order in which they start; they stop in the reverse of it. When an incarnation of a child ends, two tables answer:

    does it come back?     NORMAL      CRASH, HUNG, NODE_LOST    NEEDS_OPERATOR
    PERMANENT              restart     restart                   give up
    TRANSIENT              leave       restart                   give up
    TEMPORARY              leave       leave                     give up

    with whom?             the siblings in the order [a, b, c], when b comes back
    ONE_FOR_ONE            nobody: b alone
    REST_FOR_ONE           c stops, then b and c start: what started later may lean on it
    ONE_FOR_ALL            c and a stop, then a, b and c start

A child that was only taken along comes back whatever its end was, unless it is TEMPORARY; a TRANSIENT one that had done its work does it again, as
in OTP. Five things are ours. Restarts wait (`Backoff`); OTP repeats at once. A first start that fails is tried again like any other; OTP takes
everything down. NEEDS_OPERATOR is an end that a restart cannot cure, so none is tried. Giving up does not climb: OTP ends the whole group and asks
its parent, but here the siblings go on trading and a person is called, so a nested group only says who starts, stops and restarts together. And the
intensity is counted where giving up happens (budget.py): per child under ONE_FOR_ONE, so that a lost node, which ends ten good children in one
moment, costs each of them one restart; per group under the other two, whose members fall together.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import Final

NS_PER_SECOND: Final = 1_000_000_000
FACTOR_MAX: Final = 10.0
_GROWTHS_MAX: Final = 100  # FACTOR_MAX to this power is still a finite number


class Restart(StrEnum):
    """When a child comes back after its end."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"


class Strategy(StrEnum):
    """Who comes back with it."""

    ONE_FOR_ONE = "one_for_one"
    REST_FOR_ONE = "rest_for_one"
    ONE_FOR_ALL = "one_for_all"


class Cause(StrEnum):
    """How an incarnation ended. NEEDS_OPERATOR is the typed exit of a child that no restart can help: wrong account, unreadable journal."""

    NORMAL = "normal"
    CRASH = "crash"
    HUNG = "hung"
    NODE_LOST = "node_lost"
    NEEDS_OPERATOR = "needs_operator"


class Verdict(StrEnum):
    """What follows the end of an incarnation."""

    RESTART = "restart"
    LEAVE = "leave"
    GIVE_UP = "give_up"


VERDICTS: Final[dict[tuple[Restart, Cause], Verdict]] = {
    (Restart.PERMANENT, Cause.NORMAL): Verdict.RESTART,
    (Restart.PERMANENT, Cause.CRASH): Verdict.RESTART,
    (Restart.PERMANENT, Cause.HUNG): Verdict.RESTART,
    (Restart.PERMANENT, Cause.NODE_LOST): Verdict.RESTART,
    (Restart.PERMANENT, Cause.NEEDS_OPERATOR): Verdict.GIVE_UP,
    (Restart.TRANSIENT, Cause.NORMAL): Verdict.LEAVE,
    (Restart.TRANSIENT, Cause.CRASH): Verdict.RESTART,
    (Restart.TRANSIENT, Cause.HUNG): Verdict.RESTART,
    (Restart.TRANSIENT, Cause.NODE_LOST): Verdict.RESTART,
    (Restart.TRANSIENT, Cause.NEEDS_OPERATOR): Verdict.GIVE_UP,
    (Restart.TEMPORARY, Cause.NORMAL): Verdict.LEAVE,
    (Restart.TEMPORARY, Cause.CRASH): Verdict.LEAVE,
    (Restart.TEMPORARY, Cause.HUNG): Verdict.LEAVE,
    (Restart.TEMPORARY, Cause.NODE_LOST): Verdict.LEAVE,
    (Restart.TEMPORARY, Cause.NEEDS_OPERATOR): Verdict.GIVE_UP,
}


@dataclass(frozen=True, slots=True)
class Intensity:
    """How many restarts are allowed in any `window_seconds`, both edges included; the next one is given up. 0 allows none."""

    restarts_max: int
    window_seconds: float

    def __post_init__(self) -> None:
        assert self.restarts_max >= 0, "a number of restarts"
        assert self.window_seconds > 0, "a window of nothing bounds nothing"


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses before restarts: the first, grown by `factor` with each further one in the window, up to `seconds_max`.

    Then up to the share `jitter` of the pause is taken off by chance, so that children that fell together do not return in step. A first pause of 0
    means no pause at all, which is OTP's way: then the intensity alone bounds the restarts.
    """

    first_seconds: float
    factor: float
    seconds_max: float
    jitter: float  # share of the pause, 0 to 1

    def __post_init__(self) -> None:
        assert 0 <= self.first_seconds <= self.seconds_max, "the first pause is the shortest"
        assert 1 <= self.factor <= FACTOR_MAX, f"pauses grow, by at most {FACTOR_MAX:g} times"
        assert 0 <= self.jitter <= 1, "jitter is a share"

    def pause_ns(self, nth: int, chance: float) -> int:
        """Nanoseconds before the `nth` restart in the window (1 = first); `chance` in [0, 1) is the jitter drawn."""
        assert nth >= 1, "restarts are counted from 1"
        assert 0 <= chance < 1, "chance is drawn from [0, 1)"
        seconds = min(self.first_seconds * self.factor ** min(nth - 1, _GROWTHS_MAX), self.seconds_max)
        return round(seconds * (1 - self.jitter * chance) * NS_PER_SECOND)


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One child. It is hung if not started within `start_seconds_max`, if silent for `heartbeat_seconds_max`, or if not ended so long after a stop.

    `scope` is the symbol that is halted when the child is given up; None halts everything.
    """

    name: str
    restart: Restart = Restart.PERMANENT
    _: KW_ONLY
    start_seconds_max: float
    heartbeat_seconds_max: float
    scope: str | None = None

    def __post_init__(self) -> None:
        assert self.name, "a child has a name"
        assert self.start_seconds_max > 0, "a start takes time"
        assert self.heartbeat_seconds_max > 0, "heartbeats take time"


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """Members that share a strategy, an intensity and pauses, in the order in which they start. All names below a root differ."""

    name: str
    strategy: Strategy
    intensity: Intensity
    backoff: Backoff
    children: tuple[ChildSpec | GroupSpec, ...]

    def __post_init__(self) -> None:
        names = list(names_in(self))
        assert len(names) == len(set(names)), f"a name is used twice in {names}"


def names_in(group: GroupSpec) -> tuple[str, ...]:
    """The name of the group and of everything below it, in start order."""
    below = (names_in(member) if isinstance(member, GroupSpec) else (member.name,) for member in group.children)
    return (group.name, *(name for names in below for name in names))

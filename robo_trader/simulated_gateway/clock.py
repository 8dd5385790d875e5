"""When the simulated clock may move, and how far: rules without a socket or a clock of their own.

Lockstep: time stands while anything that a trading process could still do about the past is under way. Each registered process states what it has
taken in and sent, in bytes, and whether it is at rest; the gateway counts the same two numbers at its end. Only where both agree for everyone, and
everyone rests, does nothing lie on any wire, and the clock moves: at most a second, and never past an instant a process has asked to be woken at.

A process that dies without a word leaves its orders to a market that goes on: the clock runs on for a drawn 0 to 120 seconds and then waits.

Free-running: the clock follows the wall's at a factor. A gateway that was stopped does not make up for the time: whoever is stopped sees none pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from robo_trader.values import NS_PER_SECOND, Instant

STEP_NS_MAX: Final = NS_PER_SECOND
RUN_ON_SECONDS_MAX: Final = 120
CATCH_UP_NS_MAX: Final = NS_PER_SECOND // 2


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """What a registered trading process last said of itself: bytes over its API connection, and the next instant it must not sleep through."""

    client_id: int
    received: int
    sent: int
    idle: bool
    deadline_ns: Instant | None = None


@dataclass(frozen=True, slots=True)
class WireCounts:
    """The gateway's end of one API connection: bytes written to it and read from it, and frames read but not yet carried out."""

    written: int
    read: int
    queued: int = 0


def may_move(reports: Mapping[int, ProcessReport | None], counts: Mapping[int, WireCounts]) -> bool:
    """Whether the clock may take a step in lockstep.

    `reports` has a row for each registered client id, None until its first report; `counts` one for each living API connection.
    """
    return bool(reports) and all(_at_rest(report, counts.get(client_id)) for client_id, report in reports.items())


def _at_rest(report: ProcessReport | None, wire: WireCounts | None) -> bool:
    if report is None or wire is None:
        return False
    return report.idle and report.received == wire.written and report.sent == wire.read and wire.queued == 0


def next_step(now: Instant, end: Instant, deadlines: Iterable[Instant | None] = ()) -> Instant:
    """Where the next step leads: to the next whole second, or the earliest deadline or the market's end where that comes first; `now` at the end.

    Whole seconds, because bars end on them and must be told when they are over.
    """
    ahead = (deadline for deadline in deadlines if deadline is not None and deadline > now)
    return max(now, min((Instant((now // STEP_NS_MAX + 1) * STEP_NS_MAX), end, *ahead)))


def run_on_ns(chance: Random) -> int:
    """How long the market goes on by itself after a process died, nanoseconds of simulated time."""
    return chance.randrange(RUN_ON_SECONDS_MAX * NS_PER_SECOND + 1)


def free_running_ns(elapsed_ns: int, speed: float) -> int:
    """Simulated nanoseconds that `elapsed_ns` of the wall's are worth; a longer pause than `CATCH_UP_NS_MAX` is not made up for."""
    return int(min(elapsed_ns, CATCH_UP_NS_MAX) * speed)

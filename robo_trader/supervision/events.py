"""Events: what the shell of the supervisor sees, one at a time and in the order in which it saw it.

Each names the incarnation (child, epoch) it is about. News of another incarnation than the current one is stale, however late or often it comes, and
changes nothing; so the shell may report the same end twice, from a pending call and from a heartbeat, and need not choose.
"""

from __future__ import annotations

from dataclasses import dataclass

from robo_trader.supervision.spec import Cause


@dataclass(frozen=True, slots=True)
class Begin:
    """Start what is not running yet. Comes once, first."""


@dataclass(frozen=True, slots=True)
class Started:
    """The incarnation is in service: it recovered its state and answers."""

    child: str
    epoch: int


@dataclass(frozen=True, slots=True)
class StartFailed:
    """The incarnation never came into service, and nothing of it lives."""

    child: str
    epoch: int
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The incarnation is gone, and that is certain: its process is dead, or its node is."""

    child: str
    epoch: int
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class Beat:
    """The incarnation's working loop answered."""

    child: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed: something may be due."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Stop everything, for good."""


@dataclass(frozen=True, slots=True)
class ReviveAsked:
    """A person removed what made the child impossible: try it again. Says nothing to a child that was not given up."""

    child: str


Event = Begin | Started | StartFailed | Ended | Beat | Tick | StopAsked | ReviveAsked

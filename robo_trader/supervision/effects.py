"""Effects: what the policy asks its shell to do, carried out strictly in order.

`GaveUp` stands before everything else of its turn: first nobody adds exposure, then processes are stopped and started.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """Start this incarnation; answered by `Started` or `StartFailed`. No older incarnation of the child lives."""

    child: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Ask this incarnation to end in order; answered by `Ended`. It may still be starting."""

    child: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Kill:
    """End this incarnation by force, and report `Ended` once it is certainly gone. Repeated while no end is reported."""

    child: str
    epoch: int
    reason: str


@dataclass(frozen=True, slots=True)
class GaveUp:
    """Halt new entries (`scope` = symbol, None = everything) and call a person: this child does not come back by itself."""

    child: str
    scope: str | None
    reason: str


Effect = Start | Stop | Kill | GaveUp

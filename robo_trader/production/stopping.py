"""Stops and resumes with their audit: the one road for the manager and the command line.

The order is the point. A halt stands first, then it is waited for, then it is written into the trail; a trail that cannot be written only leaves a
note. A resume is in the trail before it lifts anything, and without the trail nothing is lifted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from robo_trader.edge import clock
from robo_trader.errors import NotConfirmed
from robo_trader.production import halting
from robo_trader.production.audit import AuditTrail, utc
from robo_trader.production.halting import Halted, Place
from robo_trader.production.stop_words import EmergencyStopEvent, reason_of, scope_of
from robo_trader.risk.halt import Halt

RESTRICTIONS: Final = "restrict-"
"""How the ids of restrictions begin."""


def stop(
    places: Sequence[Place], halt: Halt, confirm_seconds: float, *, notes: Sequence[str] = (), message: str = ""
) -> tuple[EmergencyStopEvent, list[Halted]]:
    """Halt `places`, wait `confirm_seconds` at most, audit; never raises. The event's notes say so if the trail could not be written."""
    answers = halting.halt_places(places, halt, confirm_seconds)
    event = _told(halt, message, notes, answers)
    try:
        AuditTrail().append("stop", {"event": event.to_dict()})
    except NotConfirmed as lost:
        event = replace(event, metadata={**event.metadata, "notes": [*notes, f"the halt stands, but {lost.cause}"]})
    return event, answers


def resume(places: Sequence[Place], ids: Sequence[str], by: str, why: str) -> tuple[list[str], list[EmergencyStopEvent]]:
    """Audit, then lift these halts in each of `places` where they stand; what was lifted, and the events.

    Raises `NotConfirmed`: before anything was lifted if it cannot be audited, after trying everything if a halt still stands.
    """
    standing = {halt.id: halt for place in places for halt in place.standing()}
    events = [_resumed(standing[halt_id], by, why) for halt_id in ids if halt_id in standing]
    for event in events:
        AuditTrail().append("resume", {"event": event.to_dict()})
    return halting.lift(places, ids, f"{by}: {why}" if why else by), events


def _told(halt: Halt, message: str, notes: Sequence[str], answers: Sequence[Halted]) -> EmergencyStopEvent:
    """The event of a halt, with what became of it in each place."""
    systems = {
        answer.system: {
            "recorded": answer.outcome != halting.NOT_RECORDED,
            "confirmed": answer.confirmed_ns is not None,
            "outcome": answer.outcome,
            "epoch": answer.epoch,
            "ms": answer.milliseconds,
            "recorded_ns": answer.recorded_ns,
            "confirmed_ns": answer.confirmed_ns,
            "problem": answer.problem,
        }
        for answer in answers
    }
    end = utc(halt.until) if halt.until is not None else None
    facts: dict[str, Any] = {"action": "restrict" if halt.id.startswith(RESTRICTIONS) else "stop", "halt_id": halt.id, "target": halt.target}
    facts |= {"level": halt.level.name.lower(), "systems": systems, "notes": list(notes)}
    at = utc(clock.wall())
    return EmergencyStopEvent(at, reason_of(halt), scope_of(halt), halt.by, message, facts, end is not None, end)


def _resumed(halt: Halt, by: str, why: str) -> EmergencyStopEvent:
    facts = {"action": "resume", "halt_id": halt.id, "target": halt.target, "raised_by": halt.by}
    return EmergencyStopEvent(utc(clock.wall()), reason_of(halt), scope_of(halt), by, why or "resumed", facts)

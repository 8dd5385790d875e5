"""The emergency stop: one call, from any process and any directory, that halts every system of this user.

The manager remembers nothing. A stop is a halt in the fences (`production.halting`), and every question, `is_stopped` as well, is answered by reading
them again; so two managers in two processes cannot disagree, a restart forgets nothing, and a stop works with Ray, journal and desk dead. What the
words mean for the fence: `cancel_orders` takes working entries away (REDUCE_ONLY) or leaves them (NO_NEW), `close_positions` sells everything covered
(HALT_FLATTEN), NEW_ORDERS leaves what is working alone. No stop takes a protective stop away. Time is the halt's own end, judged by its readers, so
there is no timer that could be lost or lift another stop.

In doubt more is stopped, never less: a scoped stop without a target stops everything, and an end that makes no sense, or that a loss must not have,
is no end. Both are said in the event's metadata under "notes" and in the log.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Final

from robo_trader.edge import clock
from robo_trader.edge.state_directory import list_systems
from robo_trader.errors import NotConfirmed
from robo_trader.production import halting, stopping
from robo_trader.production.audit import AuditTrail
from robo_trader.production.halting import Place
from robo_trader.production.stop_words import (
    HALT_SCOPES,
    NEVER_BY_ITSELF,
    EmergencyStopEvent,
    StopReason,
    StopScope,
    TradingRestriction,
    event_of,
    fresh_id,
    restriction_of,
)
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_MINUTE, Instant

CONFIRM_SECONDS: Final = 2.0
MINUTES_MAX: Final = 366 * 24 * 60
AUDIT_LINES_MAX: Final = 100_000
_PEOPLES: Final = ("stop-", "halt-")  # by this manager, and by the command line
_LOG: Final = logging.getLogger("robo_trader.production")


class EmergencyStopManager:
    """Stops, restricts and resumes trading in every system below the state root. Free of state and locks: any number may be used at once."""

    def __init__(self, ibkr_client: object = None, database: object = None, *, confirm_seconds: float = CONFIRM_SECONDS) -> None:
        """`confirm_seconds` is how long a call waits for running systems, all together.

        `ibkr_client` and `database` were the predecessor's; nothing but a system's own gateway talks to the broker, so they are not used.
        """
        if ibkr_client is not None or database is not None:
            _LOG.warning("EmergencyStopManager uses neither ibkr_client nor database: it halts through the fences of the systems")
        self._confirm_seconds = confirm_seconds
        self._audit = AuditTrail()
        self.callbacks: list[Callable[[EmergencyStopEvent], None]] = []

    # What stands

    @property
    def is_stopped(self) -> bool:
        """Whether a halt of everything stands now."""
        return any(halt.scope is HaltScope.ALL for halt in self._standing())

    @property
    def stop_event(self) -> EmergencyStopEvent | None:
        """The strongest halt of everything that stands now; None if there is none."""
        halts = [halt for halt in self._standing() if halt.scope is HaltScope.ALL]
        return event_of(max(halts, key=lambda halt: halt.level)) if halts else None

    @property
    def restrictions(self) -> dict[str, TradingRestriction]:
        """What stands and does not stop everything, with every restriction that was added, by id."""
        kept = [halt for halt in self._standing() if halt.scope is not HaltScope.ALL or halt.id.startswith(stopping.RESTRICTIONS)]
        return {halt.id: restriction_of(halt) for halt in kept}

    @property
    def stop_history(self) -> list[EmergencyStopEvent]:
        """Every stop on record, oldest first, of all processes."""
        return [_event(line) for line in self.get_audit_trail(AUDIT_LINES_MAX) if line["metadata"].get("action") == "stop"]

    def check_trading_allowed(
        self, symbol: str | None = None, strategy: str | None = None, account: str | None = None, *, reducing: bool = False
    ) -> tuple[bool, str | None]:
        """(allowed, why not). What is not named is not asked about: without a symbol no symbol's halt counts.

        `reducing` asks for an order that only takes exposure away: NO_NEW and REDUCE_ONLY let it pass.
        """
        asked = {HaltScope.SYMBOL: symbol.strip().upper() if symbol else None, HaltScope.STRATEGY: strategy, HaltScope.ACCOUNT: account}
        for halt in sorted(self._standing(), key=lambda one: -one.level):
            if reducing and halt.level <= HaltLevel.REDUCE_ONLY:
                continue
            if halt.scope is HaltScope.ALL or asked[halt.scope] == halt.target:
                what = f"{halt.scope} {halt.target}".strip()
                return False, f"halt {halt.id} ({halt.level.name.lower()}, {what}) by {halt.by}: {halt.text or halt.reason}"
        return True, None

    def get_status(self) -> dict[str, Any]:
        """What stands now and what is on record, ready for JSON; `systems` names the halts in each place that counts."""
        history, now = self.stop_history, self.stop_event
        systems = {p.name: {"running": p.runs, "halts": [event_of(h).to_dict() for h in p.standing()]} for p in _places_that_count()}
        return {
            "is_stopped": now is not None,
            "current_stop": now.to_dict() if now else None,
            "active_restrictions": [restriction.to_dict() for restriction in self.restrictions.values()],
            "stop_history_count": len(history),
            "last_stop": history[-1].to_dict() if history else None,
            "systems": systems,
        }

    def get_audit_trail(self, limit: int = 100) -> list[dict[str, Any]]:
        """The last `limit` stops, restrictions and resumes of all processes, oldest first, and what stands without being on record there."""
        lines = [line["event"] for line in self._audit.lines() if isinstance(line.get("event"), dict)]
        known = {line["metadata"].get("halt_id") for line in lines}
        unrecorded = [event_of(halt).to_dict() for halt in self._standing() if halt.id not in known]
        return [*lines, *unrecorded][-limit:] if limit > 0 else []

    # What changes it

    def emergency_stop(
        self,
        reason: StopReason,
        scope: StopScope = StopScope.ALL_TRADING,
        target: str | None = None,
        message: str = "",
        initiated_by: str = "system",
        close_positions: bool = False,
        cancel_orders: bool = True,
        auto_resume_minutes: float | None = None,
    ) -> EmergencyStopEvent:
        """Stop now: on record in every system and for every later start, then confirmed by those that run.

        Raises `NotConfirmed` only if no place at all could record it; everything else is told in `metadata["systems"]` and logged, a line a system.
        """
        reason, scope = StopReason(reason), StopScope(scope)
        level = _level(scope, close_positions=close_positions, cancel_orders=cancel_orders)
        notes: list[str] = []
        end = None
        if reason in NEVER_BY_ITSELF and auto_resume_minutes is not None:
            notes.append(f"a stop for {reason.value} never resumes by itself: a person must")
        elif auto_resume_minutes is not None:
            end = _end(auto_resume_minutes)
            if end is None:
                notes.append(f"auto_resume_minutes {auto_resume_minutes!r} is no time: the stop stands until it is resumed")
        halt_scope, name = _reach(scope, target, notes)
        halt = Halt(fresh_id("stop", clock.wall()), level, halt_scope, name, reason.value, end, initiated_by, message)
        return self._put(halt, notes, message)

    def add_restriction(
        self, scope: StopScope, target: str, reason: StopReason | str, duration_minutes: float | None = None, *, initiated_by: str = "system"
    ) -> TradingRestriction:
        """Forbid new exposure in `target` for so many minutes (None: until removed); exits and working orders stay. As `emergency_stop` otherwise."""
        end = None if duration_minutes is None else _end(duration_minutes)
        notes: list[str] = []
        if duration_minutes is not None and end is None:
            notes.append(f"duration_minutes {duration_minutes!r} is no time: the restriction stands until it is removed")
        halt_scope, name = _reach(StopScope(scope), target, notes)
        halt = Halt(fresh_id("restrict", clock.wall()), HaltLevel.NO_NEW, halt_scope, name, str(reason), end, initiated_by)
        self._put(halt, notes, f"restricted: {reason}")
        return restriction_of(halt)

    def resume_trading(self, initiated_by: str = "manual", reason: str = "") -> bool:
        """Lift every stop that a person or a caller of this manager raised, of any scope, in every system.

        True if something was lifted and nothing stops everything any more. Restrictions stay (`remove_restriction`), as do halts that a system raised
        against itself: look at those, then lift them by id. Raises `NotConfirmed` if the resume cannot be audited or a fence holds on to a halt.
        """
        places = _all_places()
        ids = {halt.id for place in places for halt in place.standing() if halt.id.startswith(_PEOPLES)}
        lifted = self._lift(sorted(ids), places, initiated_by, reason) if ids else False
        for halt in self._standing():
            if halt.scope is HaltScope.ALL:
                _LOG.warning("still halted by %s (%s): lift it by its id once its cause is gone", halt.id, halt.text or halt.reason)
        return lifted and not self.is_stopped

    def remove_restriction(self, restriction_id: str, *, initiated_by: str = "manual", reason: str = "") -> bool:
        """Lift one halt of any kind by its id, wherever it stands; False if it stands nowhere. Raises `NotConfirmed` as `resume_trading`."""
        places = _all_places()
        if not any(halt.id == restriction_id for place in places for halt in place.standing()):
            return False
        return self._lift([restriction_id], places, initiated_by, reason)

    def register_callback(self, callback: Callable[[EmergencyStopEvent], None]) -> None:
        """Have `callback` told of every stop, restriction and resume of this manager, after it took effect. It may use the manager.

        An error of one callback reaches the caller when all were told; what was done stays done.
        """
        self.callbacks.append(callback)

    def _standing(self) -> list[Halt]:
        """What stands for those who trade, once each."""
        return list({halt.id: halt for place in _places_that_count() for halt in place.standing()}.values())

    def _put(self, halt: Halt, notes: Sequence[str], message: str) -> EmergencyStopEvent:
        """Record, wait, audit, tell: in this order, so that nothing can hold the record up."""
        event, answers = stopping.stop(_all_places(), halt, self._confirm_seconds, notes=notes, message=message)
        for answer in answers:
            _LOG.log(logging.ERROR if answer.outcome in (halting.UNCONFIRMED, halting.NOT_RECORDED) else logging.WARNING, "%s", answer.line())
        for note in event.metadata["notes"]:
            _LOG.warning("%s", note)
        if all(answer.outcome == halting.NOT_RECORDED for answer in answers):
            raise NotConfirmed(f"halt {halt.id} could not be recorded anywhere: {answers[0].problem}", "end the trading processes by their pids")
        self._tell(event)
        return event

    def _lift(self, ids: Sequence[str], places: Sequence[Place], by: str, why: str) -> bool:
        """Audit, lift, tell."""
        lifted, events = stopping.resume(places, ids, by, why)
        for event in events:
            _LOG.warning("resumed %s, by %s", event.metadata["halt_id"], by)
            self._tell(event)
        return bool(lifted)

    def _tell(self, event: EmergencyStopEvent) -> None:
        with ExitStack() as all_are_told:
            for callback in reversed(self.callbacks):
                all_are_told.callback(callback, event)


def _level(scope: StopScope, *, close_positions: bool, cancel_orders: bool) -> HaltLevel:
    if close_positions:
        return HaltLevel.HALT_FLATTEN
    return HaltLevel.REDUCE_ONLY if cancel_orders and scope is not StopScope.NEW_ORDERS else HaltLevel.NO_NEW


def _end(minutes: float) -> Instant | None:
    """The instant in so many minutes; None for what is no time ahead."""
    if not (math.isfinite(minutes) and 0 < minutes <= MINUTES_MAX):
        return None
    return Instant(clock.wall() + int(minutes * NS_PER_MINUTE))


def _reach(scope: StopScope, target: str | None, notes: list[str]) -> tuple[HaltScope, str]:
    """The fence's scope and target; everything, with a note, where the target is missing."""
    halt_scope = HALT_SCOPES[scope]
    if halt_scope is HaltScope.ALL:
        return halt_scope, ""
    name = (target or "").strip()
    if not name:
        notes.append(f"{scope.value} without a target: everything is halted")
        return HaltScope.ALL, ""
    return halt_scope, name.upper() if halt_scope is HaltScope.SYMBOL else name


def _event(line: dict[str, Any]) -> EmergencyStopEvent:
    """An audited event, as it was."""
    end = line["resume_after"]
    return EmergencyStopEvent(
        datetime.fromisoformat(line["timestamp"]),
        StopReason(line["reason"]),
        StopScope(line["scope"]),
        line["initiated_by"],
        line["message"],
        line["metadata"],
        line["auto_resume"],
        datetime.fromisoformat(end) if end else None,
    )


def _all_places() -> list[Place]:
    """Where a halt can stand."""
    return halting.in_order(list_systems(), with_root=True)


def _places_that_count() -> list[Place]:
    """Where those look who trade: the root and the running systems. If none runs, every system: then each could be the next to start."""
    places = _all_places()
    running = [place for place in places if place.runs]
    return [*running, Place()] if running else places

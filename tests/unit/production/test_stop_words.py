"""The words of a stop, and their translation from the fence's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from robo_trader.edge import clock
from robo_trader.production.stop_words import HALT_SCOPES, StopReason, StopScope, born, event_of, fresh_id, reason_of, restriction_of, scope_of
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, Instant

WALL = 1_764_150_000 * NS_PER_SECOND


def halt(scope: HaltScope = HaltScope.ALL, reason: str = "manual", halt_id: str = "stop-1", until: int | None = None) -> Halt:
    return Halt(halt_id, HaltLevel.REDUCE_ONLY, scope, "SPY", reason, None if until is None else Instant(until), "ann", "odd prints")


def test_a_thousand_ids_of_one_instant_are_a_thousand() -> None:
    assert len({fresh_id("restrict", WALL) for _ in range(1000)}) == 1000


def test_an_id_fits_the_fence_and_says_when_it_was_made() -> None:
    made = fresh_id("restrict", WALL)
    assert len(made) <= 36
    assert born(made) == datetime.fromtimestamp(1_764_150_000, UTC)
    assert born("halt-12345678") is None
    assert born("fence-unreadable") is None


@pytest.mark.parametrize("scope", [scope for scope in StopScope if scope is not StopScope.NEW_ORDERS])
def test_a_scope_comes_back_from_the_fence(scope: StopScope) -> None:
    assert scope_of(halt(HALT_SCOPES[scope])) is scope


def test_everything_at_no_new_is_new_orders() -> None:
    assert scope_of(Halt("a", HaltLevel.NO_NEW, HaltScope.ALL, "", "manual", None, "ann")) is StopScope.NEW_ORDERS


def test_a_reason_comes_back_an_operators_is_manual_and_a_parts_own_is_a_system_error() -> None:
    assert [reason_of(halt(reason=reason.value)) for reason in StopReason] == list(StopReason)
    assert reason_of(halt(reason="odd prints", halt_id="halt-1")) is StopReason.MANUAL
    assert reason_of(halt(reason="drift", halt_id="desk-1-SPY")) is StopReason.SYSTEM_ERROR


def test_an_event_has_the_audits_fields_and_its_end() -> None:
    event = event_of(halt(until=WALL))
    assert list(event.to_dict()) == ["timestamp", "reason", "scope", "initiated_by", "message", "metadata", "auto_resume", "resume_after"]
    assert event.auto_resume
    assert event.to_dict()["resume_after"] == "2025-11-26T09:40:00+00:00"


def test_a_restriction_is_active_until_its_end() -> None:
    assert restriction_of(halt(HaltScope.SYMBOL)).is_active()
    assert restriction_of(halt(until=clock.wall() + 60 * NS_PER_SECOND)).is_active()
    past = restriction_of(halt(until=WALL))
    assert not past.is_active()
    assert past.to_dict()["expires_at"] == "2025-11-26T09:40:00+00:00"

"""A halt never waits for its audit, a resume always does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from robo_trader.edge.state_directory import StateDirectory
from robo_trader.errors import NotConfirmed
from robo_trader.production import stopping
from robo_trader.production.audit import AuditTrail
from robo_trader.production.halting import Place
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope

System = Callable[..., StateDirectory]
HALT = Halt("halt-1", HaltLevel.NO_NEW, HaltScope.SYMBOL, "SPY", "manual", None, "ann")


def spoil_the_trail(state_root: Path) -> None:
    (state_root / "audit.jsonl").mkdir()


def test_a_stop_and_its_resume_are_on_the_trail_in_this_order(system: System) -> None:
    place = Place(system("one"))
    event, _ = stopping.stop([place], HALT, 0.0, message="odd prints")
    lifted, (resumed,) = stopping.resume([place], ["halt-1"], "bob", "checked")
    assert lifted == ["halt-1"]
    assert [line["event"] for line in AuditTrail().lines()] == [event.to_dict(), resumed.to_dict()]
    assert (resumed.initiated_by, resumed.message, resumed.metadata["raised_by"]) == ("bob", "checked", "ann")


def test_a_halt_stands_though_the_trail_cannot_be_written_and_the_event_says_so(system: System, state_root: Path) -> None:
    place = Place(system("one"))
    spoil_the_trail(state_root)
    event, _ = stopping.stop([place], HALT, 0.0)
    assert "the halt stands, but" in event.metadata["notes"][0]
    assert [halt.id for halt in place.standing()] == ["halt-1"]


def test_nothing_is_lifted_unseen(system: System, state_root: Path) -> None:
    place = Place(system("one"))
    stopping.stop([place], HALT, 0.0)
    AuditTrail().path.unlink()
    spoil_the_trail(state_root)
    with pytest.raises(NotConfirmed, match="audit"):
        stopping.resume([place], ["halt-1"], "bob", "checked")
    assert [halt.id for halt in place.standing()] == ["halt-1"]


def test_what_stands_nowhere_is_not_audited(system: System) -> None:
    assert stopping.resume([Place(system("one"))], ["halt-0"], "bob", "") == ([], [])
    assert AuditTrail().lines() == []

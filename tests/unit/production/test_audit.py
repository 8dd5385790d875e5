"""The trail keeps what every process wrote, and shows what was changed in it."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from robo_trader.errors import NotConfirmed, StateUnreadable
from robo_trader.production import audit
from robo_trader.production.audit import AuditTrail, utc


def written(count: int) -> AuditTrail:
    trail = AuditTrail()
    for number in range(count):
        trail.append("stop", {"number": number})
    return trail


def test_what_was_written_is_read_in_order_by_anybody() -> None:
    written(3)
    assert [line["number"] for line in AuditTrail().lines()] == [0, 1, 2]
    assert [line["number"] for line in AuditTrail().lines(limit=2)] == [1, 2]
    assert AuditTrail().lines(limit=0) == []
    assert AuditTrail().check() == 3


def test_before_the_first_line_there_is_nothing() -> None:
    assert AuditTrail().lines() == []
    assert AuditTrail().check() == 0


def test_it_belongs_to_its_user() -> None:
    assert stat.S_IMODE(written(1).path.stat().st_mode) == 0o600


def changed(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'"number": 1', b'"number": 7'), lines[2]]


def dropped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2]]


def swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1]]


@pytest.mark.parametrize("tamper", [changed, dropped, swapped])
def test_a_changed_a_dropped_and_a_moved_line_are_found(tamper: Callable[[list[bytes]], list[bytes]]) -> None:
    trail = written(3)
    trail.path.write_bytes(b"\n".join(tamper(trail.path.read_bytes().splitlines())) + b"\n")
    with pytest.raises(StateUnreadable, match="line 2"):
        trail.check()


def test_a_line_torn_by_a_kill_is_found_and_costs_no_later_line() -> None:
    trail = written(2)
    whole = trail.path.read_bytes()
    trail.path.write_bytes(whole[:-40])
    trail.append("resume", {"number": 9})
    assert [line["number"] for line in trail.lines()] == [0, 9]
    with pytest.raises(StateUnreadable, match="line 2"):
        trail.check()


def test_a_trail_that_cannot_be_written_says_so(state_root: Path) -> None:
    state_root.mkdir(mode=0o700)
    (state_root / "audit.jsonl").mkdir()
    with pytest.raises(NotConfirmed, match=r"audit\.jsonl"):
        AuditTrail().append("stop", {})


def test_a_process_that_keeps_the_file_to_itself_is_waited_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LOCK_WAIT_MILLISECONDS", 2)
    trail = written(1)
    with trail.path.open() as other:
        fcntl.flock(other.fileno(), fcntl.LOCK_EX)
        with pytest.raises(NotConfirmed):
            trail.append("stop", {})
    trail.append("stop", {"number": 1})
    assert len(trail.lines()) == 2


def test_a_line_is_one_json_object_with_an_aware_time() -> None:
    (line,) = written(1).path.read_text().splitlines()
    assert json.loads(line)["at"].endswith("+00:00")
    assert utc(1_500).isoformat() == "1970-01-01T00:00:00.000001+00:00"
    assert os.linesep not in line

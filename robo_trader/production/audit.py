"""Who halted, restricted and resumed what, and when: one line of JSON each, chained by hashes, in the state root.

The fences say what stands; this file says how it came about, and outlives every process. A line holds the hash of the line before it, so a line that
was changed, dropped or moved later shows (`AuditTrail.check`); a tail that was cut off whole does not. A halt is audited after it stands, because
nothing may hold a halt up; a resume is audited before it takes effect, because nothing may lift a halt unseen.

Emergency code: the standard library and our plainest modules only.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from robo_trader.edge import clock
from robo_trader.edge.state_directory import make_root, root
from robo_trader.errors import NotConfirmed, StateUnreadable
from robo_trader.values import NS_PER_SECOND

FILE_NAME: Final = "audit.jsonl"
LOCK_WAIT_MILLISECONDS: Final = 200
TAIL_BYTES_MAX: Final = 1_048_576

Line = dict[str, Any]


class AuditTrail:
    """The trail of this user's systems. Nothing is kept in memory: each call reads what all processes wrote."""

    @property
    def path(self) -> Path:
        """The file; not made by asking."""
        return root() / FILE_NAME

    def append(self, what: str, facts: Line) -> None:
        """Add one line, safe on disk when this returns; raises `NotConfirmed` if it is not.

        `facts` must be ready for JSON; the line gets `what`, `at` (UTC), `before` and `hash`.
        """
        try:
            make_root()
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _lock(descriptor)
                tail = _tail(descriptor)
                line = _chained({"at": utc(clock.wall()).isoformat(), "what": what, **facts}, _last_hash(tail))
                whole = b"" if not tail or tail.endswith(b"\n") else b"\n"  # a torn line of a killed process ends here
                os.write(descriptor, whole + json.dumps(line).encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as broken:
            raise NotConfirmed(
                f"the audit trail {self.path} cannot be written: {broken.strerror}", "make room on that disk, then try again"
            ) from None

    def lines(self, *, limit: int | None = None) -> list[Line]:
        """The last `limit` lines, oldest first (None: all); what cannot be read is left out, and found by `check`."""
        found = [line for _, line in self._read() if line is not None]
        return found if limit is None else found[-limit:] if limit > 0 else []

    def check(self) -> int:
        """The number of lines; raises `StateUnreadable` naming the first that is damaged, changed, or follows one that is gone."""
        before, number = "", 0
        for number, line in self._read():
            if line is None or _chained(line, before) != line:
                raise StateUnreadable(
                    f"line {number} of {self.path} does not follow from the line before it",
                    "compare with a backup; the fences say what is halted, this file only how it came about",
                )
            before = line["hash"]
        return number

    def _read(self) -> Iterator[tuple[int, Line | None]]:
        """Line numbers from 1, each with its line or None if it is no line of ours."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as broken:
            raise StateUnreadable(f"{self.path} cannot be read: {broken.strerror}", "look at its owner and mode") from None
        for number, raw in enumerate(text.splitlines(), start=1):
            yield number, _parsed(raw)


def utc(wall_ns: int) -> datetime:
    """An instant as an aware UTC time, to the microsecond."""
    seconds, rest = divmod(wall_ns, NS_PER_SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def _lock(descriptor: int) -> None:
    """Have the file for oneself until it is closed; raises BlockingIOError if another process keeps it."""
    for _ in range(LOCK_WAIT_MILLISECONDS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.001)
        else:
            return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _tail(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, TAIL_BYTES_MAX, max(0, size - TAIL_BYTES_MAX))


def _last_hash(tail: bytes) -> str:
    """Hash of the last line that can be read; empty if there is none."""
    for raw in reversed(tail.splitlines()):
        line = _parsed(raw)
        if line is not None:
            return str(line["hash"])
    return ""


def _parsed(raw: bytes) -> Line | None:
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("hash"), str) else None


def _chained(line: Line, before: str) -> Line:
    """The line with its place in the chain."""
    body = {name: value for name, value in line.items() if name not in ("before", "hash")} | {"before": before}
    return {**body, "hash": hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()}

"""The decisions file: what the desk decided and what came of it, without anything that differs between two equal runs.

One JSON line an event, in order: decisions, refusals, intents, fills, stop-outs. No process time, epoch, pid or order reference, so that the SHA-256
of two runs over the same market is the same, or they did not decide the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from robo_trader.desk.events import Decided, Event, Rearmed, Refused
from robo_trader.orders.events import Ended, Fill, Intended


class DecisionFile:
    """Writes to `path`, or only counts the digest when there is none; a disk that refuses ends the file, never the desk (`problem` says so).

    `goes_on` continues the file of an earlier process of the same run.
    """

    def __init__(self, path: Path | None, *, goes_on: bool = False) -> None:
        self.problem = ""
        self._digest = hashlib.sha256(path.read_bytes() if path and goes_on and path.exists() else b"")
        self._file: TextIO | None = path.open("a" if goes_on else "w", encoding="utf-8") if path else None

    @property
    def sha256(self) -> str:
        """Digest of all lines so far."""
        return self._digest.hexdigest()

    def write(self, event: Event) -> None:
        """Append the event's line if it is one of the kinds above."""
        row = _row(event)
        if row is None:
            return
        line = json.dumps(row, separators=(",", ":")) + "\n"
        self._digest.update(line.encode())
        self._on_disk(lambda file: file.write(line))

    def close(self) -> None:
        """Flush and close."""
        self._on_disk(lambda file: file.close())

    def _on_disk(self, act: Callable[[TextIO], object]) -> None:
        if self._file is None or self.problem:
            return
        try:
            act(self._file)
        except OSError as refused:
            self.problem = f"the decisions file was given up: {refused.strerror or refused}"


def _row(event: Event) -> dict[str, Any] | None:  # noqa: PLR0911  # a table of kinds
    match event:
        case Decided():
            return {"kind": "decided", "book": str(event.book), "target": event.target, "bar_end": event.bar_end}
        case Refused():
            return {"kind": "refused", "book": str(event.book), "control": event.control, "detail": event.detail, "bar_end": event.bar_end}
        case Rearmed():
            return {"kind": "rearmed", "book": str(event.book), "bar_end": event.bar_end}
        case Intended():
            what = {"purpose": event.purpose, "side": event.side, "quantity": event.quantity, "type": event.order_type, "price": event.price}
            return {"kind": "intended", "intent": event.intent, "book": str(event.book), **what, "at": event.at}
        case Fill():
            what = {"side": event.side, "quantity": event.quantity, "price": str(event.price), "at": event.at}
            return {"kind": "fill", "exec_id": event.exec_id, "intent": event.intent, **what}
        case Ended():
            return {"kind": "ended", "intent": event.intent, "outcome": event.outcome}
        case _:
            return None

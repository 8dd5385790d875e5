"""The decisions file: what the desk decided and what came of it, without anything that differs between two equal runs.

One JSON line an event, in order: decisions, refusals, intents, fills, stop-outs. No process time, epoch, pid or order reference, so that the SHA-256
of two runs over the same market is the same, or they did not decide the same.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TextIO

from robo_trader.desk.events import Decided, Event, Rearmed, Refused
from robo_trader.orders.events import Ended, Fill, Intended


class DecisionFile:
    """Writes to `path`, or only counts the digest when there is none."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None
        self._digest = hashlib.sha256()

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
        if self._file is not None:
            self._file.write(line)

    def close(self) -> None:
        """Flush and close."""
        if self._file is not None:
            self._file.close()


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

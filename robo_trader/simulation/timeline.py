"""The history of a world: every line that anybody would want to read, and one hash over all of them.

Same seed, same build, same hash (I30). The lines themselves are kept only for a reader who asked (`explain`); counts are always kept, since a run
over many worlds is judged by what it reached: faults by kind, crash points, life-cycle rows.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from robo_trader.values import NS_PER_SECOND

LINES_KEPT_MAX: Final = 200_000


@dataclass(slots=True)
class Timeline:
    """Lines are (process ns since the world's start, who, what)."""

    start_ns: int
    keep: bool = False
    lines: deque[tuple[int, str, str]] = field(default_factory=lambda: deque(maxlen=LINES_KEPT_MAX))
    faults: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def say(self, now: int, who: str, what: str) -> None:
        """One line of history."""
        self._digest.update(f"{now}\x1f{who}\x1f{what}\n".encode())
        if self.keep:
            self.lines.append((now - self.start_ns, who, what))

    def fault(self, now: int, kind: str, what: str) -> None:
        """A fault struck."""
        self.faults[kind] += 1
        self.say(now, f"fault {kind}", what)

    def point(self, now: int, name: str, who: str) -> None:
        """A process died at a crash point."""
        self.points[name] += 1
        self.say(now, f"crash {name}", who)

    @property
    def hash(self) -> str:
        """The history so far, in 16 hexadecimal digits."""
        return self._digest.hexdigest()[:16]

    def told(self) -> list[str]:
        """The lines kept, for people: seconds, who, what."""
        return [f"{at / NS_PER_SECOND:10.3f}  {who:<14} {what}" for at, who, what in self.lines]

"""Who was called, and for what: a call about one thing excuses nothing else.

Shares without a stop are excused for as long as a call about that very symbol's cover stands: from the desk (`bare`, over when it says so or when
its process is gone) or from the second eyes (`uncovered`, over when they see cover again). A rejected order, a stranger's trade or a process that
was given up are told too, and say nothing about cover.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from robo_trader.desk.effects import Alert, Severity
from robo_trader.desk.state import REFUSED
from robo_trader.orders.order import Purpose
from robo_trader.risk.halt import Halt

BARE, UNCOVERED = "bare", "uncovered"
EXPLAINS: Final = frozenset({"drift", "net-below-books", f"{Purpose.PROTECT}{REFUSED}"})
"""Reasons of a standing halt that leave a symbol as it is until a person acts."""


class Calls:
    """All calls of one world."""

    def __init__(self) -> None:
        self.critical: Counter[str] = Counter()
        """How often each key was called for."""
        self._standing: dict[str, str] = {}

    def told(self, alert: Alert) -> None:
        """Somebody tells a person something."""
        reason, _, symbol = alert.key.partition("/")
        if alert.severity is Severity.CRITICAL:
            self.critical[alert.key] += 1
            if reason in {BARE, UNCOVERED}:
                self._standing[alert.key] = symbol
        elif alert.severity is Severity.INFO:
            self._standing.pop(alert.key, None)

    def covered(self, symbol: str) -> None:
        """The second eyes see cover again."""
        self._standing.pop(f"{UNCOVERED}/{symbol}", None)

    def desk_gone(self) -> None:
        """What its desk timed is timed anew by the next."""
        self._standing = {key: symbol for key, symbol in self._standing.items() if not key.startswith(BARE)}

    @property
    def about_cover(self) -> frozenset[str]:
        """Symbols about whose missing cover a call stands."""
        return frozenset(self._standing.values())


def explained(halts: Iterable[Halt]) -> frozenset[str]:
    """Symbols that a standing halt says to be in need of a person."""
    return frozenset(halt.target for halt in halts if halt.reason in EXPLAINS)

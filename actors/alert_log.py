"""Alerts of one process, numbered, so that whoever delivers them can ask for what it has not seen and nothing is told twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from robo_trader.desk.effects import Alert, Severity

ALERTS_KEPT_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class NumberedAlert:
    """An alert with its number (from 1 in its process's life) and the wall clock's instant in ns UTC."""

    number: int
    at_ns: int
    alert: Alert

    def as_dict(self) -> dict[str, Any]:
        """For people and for other processes."""
        return {"number": self.number, "at_ns": self.at_ns, "severity": str(self.alert.severity), "key": self.alert.key, "text": self.alert.text}


class AlertLog:
    """The last alerts. `note` is told each as a line."""

    def __init__(self, wall_ns: Callable[[], int], note: Callable[[str], None]) -> None:
        self._wall_ns, self._note = wall_ns, note
        self._kept: deque[NumberedAlert] = deque(maxlen=ALERTS_KEPT_MAX)
        self._number = 0

    def add(self, alert: Alert) -> None:
        """Keep an alert and say it."""
        self._number += 1
        self._kept.append(NumberedAlert(self._number, self._wall_ns(), alert))
        self._note(f"{alert.severity}: {alert.text}")

    def say(self, severity: Severity, key: str, text: str) -> None:
        """The same, from its parts."""
        self.add(Alert(severity, key, text))

    def after(self, number: int) -> list[dict[str, Any]]:
        """The alerts after `number`, oldest first, as far back as they are kept."""
        return [kept.as_dict() for kept in self._kept if kept.number > number]

    def lines(self, count: int) -> list[str]:
        """The newest `count` alerts as people read them."""
        return [f"{kept.alert.severity}: {kept.alert.text}" for kept in list(self._kept)[-count:]]

"""The channel between two processes: ordered, possibly late, and gone with either end.

What a process wrote before it died is still read by the other, as from any socket; what was on its way to the dead is lost. A channel that breaks
between two living ends loses what was on its way in both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from robo_trader.simulation.agenda import Agenda, Life
from robo_trader.simulation.faults import Faults

HOP_NS: Final = 400_000
CLOSED_NS: Final = 5_000_000
"""How long the end of one side takes to be noticed at the other."""
LATE_SECONDS_MAX: Final = 5.0
PENDING_MAX: Final = 65_536


class Pipe:
    """One connection. `received` of each end gets messages in order, `closed` the reason, once."""

    def __init__(self, agenda: Agenda, faults: Faults, ends: tuple[Life, Life]) -> None:
        self._agenda, self._faults = agenda, faults
        self.ends = ends
        self.received: dict[str, Callable[[object], None]] = {}
        self.closed: dict[str, Callable[[str], None]] = {}
        self.open = True
        self._pending = {end.name: 0 for end in ends}
        self.broken = False
        self._last: dict[str, int] = {}

    @property
    def pending(self) -> int:
        """Messages on their way to the living."""
        return sum(self._pending[end.name] for end in self.ends if end.alive)

    def send(self, to: Life, message: object) -> bool:
        """Send to an end; False if the channel is known to be closed."""
        if not self.open:
            return False
        late = self._faults.pick("F05", 0, LATE_SECONDS_MAX) if self._faults.strikes("F05", f"a message to {to.name} is late", 0.2) else 0
        at = self._last[to.name] = max(self._last.get(to.name, 0), self._agenda.now + HOP_NS + late)
        self._pending[to.name] += 1
        self._agenda.at(at, to, lambda: self._deliver(to, message))
        return True

    def _deliver(self, to: Life, message: object) -> None:
        self._pending[to.name] -= 1
        if not self.broken:
            self.received[to.name](message)

    def end(self, reason: str, *, broken: bool = False) -> None:
        """The channel is over; `broken` loses what is on its way, else each end reads what was sent to it and then hears of the end."""
        if not self.open:
            return
        self.open = False
        self.broken = broken
        for life in self.ends:
            at = max(self._last.get(life.name, 0) if not broken else 0, self._agenda.now + CLOSED_NS)
            self._agenda.at(at, life, lambda life=life: self.closed[life.name](reason))  # type: ignore[misc]

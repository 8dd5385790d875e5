"""How the exchange's word is bent on its way to the clients: withheld in an outage, told twice, or late. What is logged is never bent."""

from __future__ import annotations

from collections import deque
from typing import Final

from robo_trader.simulated_gateway.fault_kinds import LateCommission, Outage
from robo_trader.simulated_gateway.faults import Faults
from robo_trader.simulated_gateway.model import CommissionNote, Execution, Happening, OrderReport
from robo_trader.simulated_gateway.server_log import Scribe
from robo_trader.values import NS_PER_SECOND, Instant

WITHHELD_MAX: Final = 100_000
LATE_MAX: Final = 100_000


class Telling:
    """What waits to be told, and how often a thing is told."""

    def __init__(self, faults: Faults, scribe: Scribe) -> None:
        """Asks `faults`, and notes in the log what is held back."""
        self._faults = faults
        self._scribe = scribe
        self._withheld: deque[Happening] = deque(maxlen=WITHHELD_MAX)
        self._late: deque[tuple[Instant, CommissionNote]] = deque(maxlen=LATE_MAX)

    def times_told(self, happening: Happening, now: Instant) -> int:
        """How often a happening is told now: 0 if it is withheld, late or lost."""
        outage = self._faults.lasting(Outage)
        if outage is not None:
            if outage.fills == "after":
                self._withheld.append(happening)
            return 0
        if isinstance(happening, CommissionNote) and (late := self._faults.late()) is not None:
            self._hold_back(happening, late, now)
            return 0
        return self._faults.copies() if isinstance(happening, OrderReport | Execution | CommissionNote) else 1

    def _hold_back(self, note: CommissionNote, late: LateCommission, now: Instant) -> None:
        self._scribe.fault("late_commission", "befalls", exec_id=note.exec_id, missing=late.missing)
        if not late.missing:
            self._late.append((Instant(now + round(late.market_seconds * NS_PER_SECOND)), note))

    def is_late(self, exec_id: str) -> bool:
        """Whether this execution's commission is not known yet; one that is only never reported can be asked for."""
        return any(note.exec_id == exec_id for _, note in self._late)

    def ripe(self, now: Instant) -> list[CommissionNote]:
        """The late commissions whose time has come; each is told once."""
        ripe = [note for at, note in self._late if at <= now]
        if ripe:
            self._late = deque(((at, note) for at, note in self._late if at > now), maxlen=LATE_MAX)
        return ripe

    def released(self) -> list[Happening]:
        """What an outage withheld, in order; each is told once."""
        withheld = list(self._withheld)
        self._withheld.clear()
        return withheld

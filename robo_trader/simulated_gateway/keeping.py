"""What clients were told outlives the gateway: whatever must not be undone is kept before anybody hears of it.

That is an order, what becomes of it, an execution, a permanent id, a payment. What time alone brings comes again by itself: one seed is one market,
so the clock may be a second old after a kill.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from robo_trader.simulated_gateway.model import Happening, OrderError


def _nowhere() -> None:
    """Without a state directory nothing is kept."""


@dataclass(slots=True)
class Keeping:
    """What of one gateway is not kept yet; `keep` makes it last, and `changes` counts whatever a saved state would differ by."""

    keep: Callable[[], None] = _nowhere
    changes: int = 0
    _due: bool = False

    def passed(self) -> None:
        """Time has passed."""
        self.changes += 1

    def happened(self) -> None:
        """Something happened that must not be undone once it was told."""
        self.changes += 1
        self._due = True

    def told(self, happening: Happening) -> None:
        """What is about to be told happened, but for an error alone."""
        if not isinstance(happening, OrderError):
            self.happened()

    def settle(self) -> None:
        """Keep what is not kept yet."""
        if self._due:
            self._due = False
            self.keep()

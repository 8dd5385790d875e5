"""The bounds that every order is held to, given once by configuration and never changed while running.

A limit that is not configured refuses (C01): None never means 'no limit'.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from robo_trader.errors import ConfigurationError
from robo_trader.market.calendar import Session
from robo_trader.values import Money


@dataclass(frozen=True, slots=True)
class Limits:
    """Quantities in shares, notional in dollars, the collar in percent of the mid quote, ages in seconds of market time.

    `sessions` are the regular sessions in which orders may go out, in order of time. A value that is zero, negative or not a number raises
    `ConfigurationError`.
    """

    max_quantity: int | None = None
    max_notional: Money | None = None
    max_position: int | None = None
    collar_percent: Decimal | None = None
    quote_age_seconds_max: int = 5
    entries_per_day_max: int = 60
    sessions: tuple[Session, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be a limit."""
        for name in ("max_quantity", "max_notional", "max_position", "collar_percent", "quote_age_seconds_max", "entries_per_day_max"):
            _positive(name, getattr(self, name))


def _positive(name: str, value: int | Decimal | None) -> None:
    """Also turns away NaN, which no comparison would."""
    if value is None:
        return
    if not Decimal(value).is_finite() or value <= 0:
        raise ConfigurationError(f"{name} is {value}", "give a number above zero")

"""What the desk is told once, at its start: who it is, which books it keeps and what bounds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from robo_trader.risk.limits import Limits
from robo_trader.values import NS_PER_SECOND, BookId

ACK_QUERY_NS: Final = 5 * NS_PER_SECOND
"""Process time without an answer after which the broker is asked (C24)."""
ACK_UNKNOWN_NS: Final = 30 * NS_PER_SECOND
"""Process time without an answer after which an order is UNKNOWN (C24)."""
UNANSWERED_ORDERS_MAX: Final = 4
"""Orders of any kind without an answer at which a further entry waits (C08): so many slip at most when the gateway stands still (DESIGN 5)."""
SWEEPS_APART_NS: Final = 10 * NS_PER_SECOND
"""Two sweeps decide together only if they were asked at least this far apart."""
RETRY_PAUSES_NS: Final = tuple(seconds * NS_PER_SECOND for seconds in (1, 5, 30))
"""Process time before an exit or stop that came back is tried again (DESIGN 3f); then the symbol is halted."""
STOP_DOUBT_NS: Final = 5 * NS_PER_SECOND
"""How long an UNKNOWN stop is trusted before a second one joins its group (DESIGN 3g)."""


@dataclass(frozen=True, slots=True)
class BookSettings:
    """One sub-book's fixed size (shares) and its stop distance (percent of each slice's fill)."""

    quantity: int
    stop_percent: Decimal


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The desk's identity and bounds. `baseline_external` accepts an account that is not flat at the first start."""

    system: str
    account: str
    epoch: int
    client_id: int
    config_hash: str
    books: Mapping[BookId, BookSettings]
    limits: Limits
    baseline_external: bool = False

"""What the desk is told once, at its start: who it is, which books it keeps and what bounds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from robo_trader.market.announced import Announced
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
PARTIAL_LOOKS_NS: Final = 60 * NS_PER_SECOND
"""How long looks at the broker may stay without a full answer before nothing counts as reconciled any more."""
RETRY_PAUSES_NS: Final = tuple(seconds * NS_PER_SECOND for seconds in (1, 5, 30))
"""Process time before an exit or stop that came back is tried again (DESIGN 3f); then the symbol is halted."""
STOP_DOUBT_NS: Final = 5 * NS_PER_SECOND
"""How long an UNKNOWN stop is trusted before a second one joins its group (DESIGN 3g)."""
WAY_OUT_OF_DRIFT: Final = (
    "If no late execution explains it, no trade puts it right: `robo-trader down`, close the position by hand, and begin a new system"
    " with `robo-trader run --system NAME`"
)
"""What a person is told who has to deal with a difference that executions do not explain."""
OWN_ENTRY_WAIT_NS: Final = 2 * NS_PER_SECOND
"""Process time that an exit gives the cancel of an own entry it could trade with (C16); then it goes, for an exit must have a path."""


class Execution(StrEnum):
    """How an entry meets the market."""

    MARKET = "market"
    MARKETABLE_LIMIT = "marketable-limit"  # a limit some ticks beyond the far side: it fills now, or not at any price
    LIMIT = "limit"  # a limit at the near side, replaced where the market leaves it behind


@dataclass(frozen=True, slots=True)
class BookSettings:
    """One sub-book's fixed size (shares), its stop distance (percent of each slice's fill), and how its entries meet the market.

    `limit_ticks` is how far beyond the far side a marketable limit goes. An entry at the near side that the market leaves behind is replaced after
    `rest_seconds` (market time), at most `replacements_max` times a bar; the last one rests until its signal ends.
    """

    quantity: int
    stop_percent: Decimal
    execution: Execution = Execution.MARKET
    limit_ticks: int = 2
    rest_seconds: int = 10
    replacements_max: int = 3


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The desk's identity and bounds. `baseline_external` accepts an account that is not flat at the first start.

    `announced` are the corporate actions to expect, in order of time.
    """

    system: str
    account: str
    epoch: int
    client_id: int
    config_hash: str
    books: Mapping[BookId, BookSettings]
    limits: Limits
    baseline_external: bool = False
    announced: tuple[Announced, ...] = ()

"""One order inside the exchange, and where it is in its life there.

    HELD      accepted, but the exchange is closed for it
    WAITING   a stop whose trigger has not been touched
    WORKING   at the exchange: a market order (a triggered stop is one) looks for displayed shares, a limit order may also rest
    FILLED, CANCELLED, INACTIVE   the ends; INACTIVE is the end of an order that was refused

The words that clients read ("PreSubmitted", ...) follow from the phase and are never stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from robo_trader.errors import ImpossibleStep
from robo_trader.simulated_gateway.model import OrderReport, Ticket
from robo_trader.values import Instant, Money, Side

AVERAGE_STEP: Final = Decimal("1E-8")
TRIGGER: Final = "trigger"
ZERO: Final = Decimal(0)


class Phase(StrEnum):
    """Where an order is in its life; see the module's head."""

    HELD = "HELD"
    WAITING = "WAITING"
    WORKING = "WORKING"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    INACTIVE = "INACTIVE"


LIVE: Final = frozenset({Phase.HELD, Phase.WAITING, Phase.WORKING})
NEXT: Final = {
    Phase.HELD: frozenset({Phase.WAITING, Phase.WORKING, Phase.CANCELLED, Phase.INACTIVE}),
    Phase.WAITING: frozenset({Phase.WORKING, Phase.HELD, Phase.CANCELLED}),
    Phase.WORKING: frozenset({Phase.FILLED, Phase.HELD, Phase.CANCELLED}),
    Phase.FILLED: frozenset[Phase](),
    Phase.CANCELLED: frozenset[Phase](),
    Phase.INACTIVE: frozenset[Phase](),
}
STATUS: Final = {
    Phase.HELD: "PreSubmitted",
    Phase.WAITING: "PreSubmitted",
    Phase.WORKING: "Submitted",
    Phase.FILLED: "Filled",
    Phase.CANCELLED: "Cancelled",
    Phase.INACTIVE: "Inactive",
}


@dataclass(slots=True)
class BookOrder:
    """The exchange's record of an order; `priority` is its place in time among orders of one price."""

    ticket: Ticket
    perm_id: int
    priority: int
    phase: Phase = Phase.HELD
    filled: int = 0
    fills: int = 0
    value: Money = ZERO
    last_price: Decimal = ZERO
    commission: Money = ZERO
    triggered: bool = False
    resting: bool = False  # a limit that has met a quote it did not reach: from then on its own limit is its price
    completed_at: Instant | None = None
    cancelled_by_all: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """(client id, order id)."""
        return self.ticket.client_id, self.ticket.order_id

    @property
    def live(self) -> bool:
        """Whether it may still fill."""
        return self.phase in LIVE

    @property
    def remaining(self) -> int:
        """Shares not filled."""
        return self.ticket.quantity - self.filled

    @property
    def limit(self) -> Decimal | None:
        """The worst price it may fill at; None for a market order and a stop."""
        return self.ticket.limit_price if self.ticket.order_type == "LMT" else None

    @property
    def rank(self) -> tuple[int, Decimal, int]:
        """Sort key of price-time priority: market orders, then limits from the most generous, the elder first."""
        limit = self.limit
        return (0, ZERO, self.priority) if limit is None else (1, -limit * self.ticket.side.sign, self.priority)

    @property
    def average_price(self) -> Decimal:
        """Dollars per filled share, to 1e-8."""
        return (self.value / self.filled).quantize(AVERAGE_STEP) if self.filled else ZERO

    def move(self, to: Phase, at: Instant) -> None:
        """Step to another phase; ImpossibleStep if the life has no such step."""
        if to not in NEXT[self.phase]:
            raise ImpossibleStep(f"order {self.perm_id} cannot go from {self.phase} to {to}")
        self.phase = to
        self.resting = False
        if to not in LIVE:
            self.completed_at = at

    def touched_by(self, last: Decimal) -> bool:
        """Whether a trade at `last` triggers this stop: at or above a buy stop, at or below a sell stop."""
        stop = self.ticket.stop_price
        assert stop is not None, "a stop order has a stop price"
        return last >= stop if self.ticket.side is Side.BUY else last <= stop

    def reached_by(self, price: Decimal) -> bool:
        """Whether a price is as good as its limit or better; any price is for a market order."""
        limit = self.limit
        return limit is None or (price - limit) * self.ticket.side.sign <= 0

    def book(self, quantity: int, price: Decimal) -> None:
        """Take a fill into the order's own sums."""
        assert 0 < quantity <= self.remaining, "an order never fills beyond its quantity"
        self.filled += quantity
        self.fills += 1
        self.value += price * quantity
        self.last_price = price

    def resize(self, quantity: int) -> None:
        """Set the total quantity (an OCA reduction)."""
        assert quantity > self.filled, "a reduction leaves something to fill"
        self.ticket = replace(self.ticket, quantity=quantity)

    def report(self, *, status: str | None = None, open_order: bool = True) -> OrderReport:
        """The exchange's word on it now; `status` overrides the phase's word."""
        waits = self.ticket.order_type == "STP" and not self.triggered and self.phase in (Phase.HELD, Phase.WAITING)
        return OrderReport(
            ticket=self.ticket,
            perm_id=self.perm_id,
            status=status or STATUS[self.phase],
            filled=self.filled,
            remaining=self.remaining,
            average_price=self.average_price,
            last_price=self.last_price,
            why_held=TRIGGER if waits else "",
            open_order=open_order,
            commission=self.commission or None,
            completed_at=self.completed_at,
        )

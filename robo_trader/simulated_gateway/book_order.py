"""One order inside the exchange, and where it is in its life there.

    KEPT      not transmitted: it is known by its name, and nobody hears of it
    HELD      accepted, but the exchange is closed for it
    ATTACHED  accepted, and waits for its parent to fill
    LOCATING  a short sale that is held while shares are located
    CONDITIONAL  waits for its conditions, or for the time that it is good after
    WAITING   a stop whose trigger has not been touched
    SENT      on its way to the exchange
    AUCTION   at the exchange, for the opening or the closing print
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
from robo_trader.simulated_gateway.order_kinds import LIMITS, STOPS, TRAILING
from robo_trader.values import Instant, Money, Side

AVERAGE_STEP: Final = Decimal("1E-8")
TRIGGER: Final = "trigger"
CHILD: Final = "child"
LOCATE: Final = "locate"
CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)


class Phase(StrEnum):
    """Where an order is in its life; see the module's head."""

    KEPT = "KEPT"
    HELD = "HELD"
    ATTACHED = "ATTACHED"
    LOCATING = "LOCATING"
    CONDITIONAL = "CONDITIONAL"
    WAITING = "WAITING"
    SENT = "SENT"
    AUCTION = "AUCTION"
    WORKING = "WORKING"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    INACTIVE = "INACTIVE"


LIVE: Final = frozenset({Phase.HELD, Phase.ATTACHED, Phase.LOCATING, Phase.CONDITIONAL, Phase.WAITING, Phase.SENT, Phase.AUCTION, Phase.WORKING})
ENDS: Final = frozenset({Phase.FILLED, Phase.CANCELLED, Phase.INACTIVE})
_STARTS: Final = frozenset({Phase.ATTACHED, Phase.LOCATING, Phase.CONDITIONAL, Phase.WAITING, Phase.SENT, Phase.AUCTION, Phase.WORKING})
NEXT: Final = {
    Phase.KEPT: frozenset({Phase.HELD, Phase.CANCELLED, Phase.INACTIVE}),
    Phase.HELD: _STARTS | {Phase.CANCELLED, Phase.INACTIVE},
    Phase.ATTACHED: frozenset({Phase.HELD, Phase.CANCELLED}),
    Phase.LOCATING: frozenset({Phase.HELD, Phase.CANCELLED}),
    Phase.CONDITIONAL: frozenset({Phase.HELD, Phase.CANCELLED}),
    Phase.WAITING: frozenset({Phase.WORKING, Phase.HELD, Phase.CANCELLED}),
    Phase.SENT: frozenset({Phase.WORKING, Phase.AUCTION, Phase.HELD, Phase.CANCELLED}),
    Phase.AUCTION: frozenset({Phase.FILLED, Phase.HELD, Phase.CANCELLED}),
    Phase.WORKING: frozenset({Phase.FILLED, Phase.HELD, Phase.CANCELLED}),
    Phase.FILLED: frozenset[Phase](),
    Phase.CANCELLED: frozenset[Phase](),
    Phase.INACTIVE: frozenset[Phase](),
}
STATUS: Final = {
    Phase.KEPT: "PreSubmitted",
    Phase.HELD: "PreSubmitted",
    Phase.ATTACHED: "PreSubmitted",
    Phase.LOCATING: "PreSubmitted",
    Phase.CONDITIONAL: "PreSubmitted",
    Phase.WAITING: "PreSubmitted",
    Phase.SENT: "PreSubmitted",
    Phase.AUCTION: "Submitted",
    Phase.WORKING: "Submitted",
    Phase.FILLED: "Filled",
    Phase.CANCELLED: "Cancelled",
    Phase.INACTIVE: "Inactive",
}


@dataclass(slots=True)
class BookOrder:
    """The exchange's record of an order; `priority` is its place in time among orders of one price, `tick` the step of its prices.

    `ahead` counts the shares of others in front of it at its price, None while nobody knows. `stop_now` is where a trailing stop stands.
    """

    ticket: Ticket
    perm_id: int
    priority: int
    phase: Phase = Phase.HELD
    filled: int = 0
    fills: int = 0
    value: Money = ZERO
    last_price: Decimal = ZERO
    commission: Money = ZERO
    passed_on: Money = ZERO  # the part of its commission that others charge
    triggered: bool = False
    resting: bool = False  # a limit that has met a quote it did not reach: from then on its own limit is its price
    completed_at: Instant | None = None
    cancelled_by_all: bool = False
    tick: Decimal = CENT
    ahead: int | None = None
    stop_now: Decimal | None = None
    limit_now: Decimal | None = None  # of a TRAIL LIMIT, once it is triggered
    located: bool = False
    attached: bool = False  # its OCA group is its parent's, not the client's
    conditions_met: bool = False
    refused_for: str = ""  # in the broker's words

    @property
    def key(self) -> tuple[int, int]:
        """(client id, order id)."""
        return self.ticket.client_id, self.ticket.order_id

    @property
    def told_key(self) -> tuple[int, int]:
        """(client id, order id) as clients hear it: a twin's is that of its first."""
        return self.ticket.client_id, self.ticket.told_id

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
        """The worst price it may fill at; None for a market order and a plain stop."""
        if self.limit_now is not None:
            return self.limit_now
        return self.ticket.limit_price if self.ticket.order_type in LIMITS else None

    @property
    def is_stop(self) -> bool:
        """Whether it waits, or waited, for a trigger."""
        return self.ticket.order_type in STOPS

    @property
    def trails(self) -> bool:
        """Whether its stop follows the market."""
        return self.ticket.order_type in TRAILING

    @property
    def stop(self) -> Decimal | None:
        """The price that triggers it; None for a trailing stop that has not seen the market yet."""
        return self.stop_now if self.trails else self.ticket.stop_price

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
        self.ahead = None
        if to in ENDS:
            self.completed_at = at

    def touched_by(self, last: Decimal) -> bool:
        """Whether a trade at `last` triggers this stop: at or above a buy stop, at or below a sell stop."""
        stop = self.stop
        if stop is None:
            return False
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

    @property
    def why_held(self) -> str:
        """What it waits for, in the broker's words."""
        reasons = []
        if self.phase is Phase.ATTACHED:
            reasons.append(CHILD)
        if self.phase is Phase.LOCATING:
            reasons.append(LOCATE)
        if self.is_stop and not self.triggered and self.phase in (Phase.HELD, Phase.WAITING, Phase.ATTACHED):
            reasons.append(TRIGGER)
        return ",".join(reasons)

    def report(self, *, status: str | None = None, open_order: bool = True) -> OrderReport:
        """The exchange's word on it now; `status` overrides the phase's word."""
        return OrderReport(
            ticket=self.ticket,
            perm_id=self.perm_id,
            status=status or STATUS[self.phase],
            filled=self.filled,
            remaining=self.remaining,
            average_price=self.average_price,
            last_price=self.last_price,
            why_held=self.why_held,
            open_order=open_order,
            commission=self.commission or None,
            completed_at=self.completed_at,
            stop_now=self.stop_now,
            limit_now=self.limit_now,
            refused_for=self.refused_for,
        )

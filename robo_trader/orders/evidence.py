"""Evidence: what the broker says about orders, executions and positions, parsed once at the edge.

Nothing here is state. The desk must live with duplicates, omissions and any order among these: a status may be missing for a fast fill, an execution
may precede its open order, and absence from a list proves nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from robo_trader.values import Instant, Money, Side, Symbol


class BrokerStatus(StrEnum):
    """The statuses of orderStatus and openOrder."""

    API_PENDING = "ApiPending"
    PENDING_SUBMIT = "PendingSubmit"
    PENDING_CANCEL = "PendingCancel"
    PRE_SUBMITTED = "PreSubmitted"
    SUBMITTED = "Submitted"
    API_CANCELLED = "ApiCancelled"
    CANCELLED = "Cancelled"
    FILLED = "Filled"
    INACTIVE = "Inactive"


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An open order as the broker holds it (openOrder), ours or not; `order_ref` is empty for manual orders.

    `order_id` is 0 for orders of completed-order answers and for manual ones.
    """

    symbol: Symbol
    side: Side
    quantity: int
    order_type: str
    status: BrokerStatus
    order_id: int
    client_id: int
    perm_id: int
    order_ref: str
    oca_group: str
    filled: int | None = None  # only completed orders state it


@dataclass(frozen=True, slots=True)
class StatusSeen:
    """orderStatus: the broker's word on one order of this client. Quantities in shares."""

    order_id: int
    client_id: int
    perm_id: int
    status: BrokerStatus
    filled: int
    remaining: int
    why_held: str = ""


@dataclass(frozen=True, slots=True)
class ExecutionSeen:
    """One execution (execDetails), of any client. Positions move by these alone. `price` is dollars per share."""

    exec_id: str
    symbol: Symbol
    side: Side
    quantity: int
    price: Money
    at: Instant
    order_id: int
    client_id: int
    perm_id: int
    order_ref: str


@dataclass(frozen=True, slots=True)
class CommissionSeen:
    """commissionReport for one execution; `realised` is the broker's average-cost figure, None while it states none."""

    exec_id: str
    commission: Money
    realised: Money | None


@dataclass(frozen=True, slots=True)
class BrokerError:
    """An error message that names an id; whether it is an order's, and what it means, is decided in orders/."""

    id: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class PositionSeen:
    """The broker's pushed net position in a symbol: never copied into a book, only compared."""

    symbol: Symbol
    quantity: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """A whole look at the broker: None for a part means that the question was not answered, never 'nothing there'.

    `number` grows by one a sweep; `asked_process_ns` is when it was asked (CLOCK_BOOTTIME). A light one asks for open orders and positions only.
    Executions (of all clients) and their commissions arrive inside, so the sweep is judged as one piece.
    """

    number: int
    asked_process_ns: int
    open_orders: tuple[OrderSeen, ...] | None
    completed: tuple[OrderSeen, ...] | None
    executions: tuple[ExecutionSeen, ...] | None
    commissions: tuple[CommissionSeen, ...]
    positions: tuple[PositionSeen, ...] | None
    light: bool = False

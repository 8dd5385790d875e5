"""News: everything the desk can be told. Facts from the broker, wishes from strategies, the operator's halts, the passing of time.

News is what happened, never what to do. Broker news arrives from the gateway's numbered log in the order in which the broker said it; the desk must
live with duplicates, omissions and any order among them (spec: no order is guaranteed between open order, status and execution).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from robo_trader.risk.halt import Halt
from robo_trader.values import BookId, Instant, Instrument, Money, Quote, Side, Symbol


@dataclass(frozen=True, slots=True)
class Signal:
    """A strategy's stated target for its book: a stance of -1, 0 or +1, decided on the bar that ended at `bar_end`.

    `backfilled` marks a bar rebuilt from history after a gap: it may reduce, never increase (DESIGN 5).
    """

    book: BookId
    stance: int
    bar_end: Instant
    valid_until: Instant
    backfilled: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """A session is up: the expected account and nextValidId were both received."""

    account: str
    next_order_id: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The session ended, or may have; nothing more can be learnt until `Connected`."""

    reason: str


@dataclass(frozen=True, slots=True)
class InstrumentKnown:
    """Contract details of a symbol we trade."""

    instrument: Instrument


@dataclass(frozen=True, slots=True)
class QuoteSeen:
    """The latest quote of a symbol (conflated; older ones may have been skipped)."""

    quote: Quote


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
class AccountSeen:
    """Account figures in dollars, as the broker states them; for display and the end-of-day comparison only."""

    cash: Money | None
    equity: Money | None
    realised: Money | None


@dataclass(frozen=True, slots=True)
class Sweep:
    """A whole look at the broker: None for a part means that the question was not answered, never 'nothing there'.

    `number` grows by one a sweep; `asked_process_ns` is when it was asked (CLOCK_BOOTTIME).
    Executions (of all clients) and their commissions arrive inside, so the sweep is judged as one piece.
    """

    number: int
    asked_process_ns: int
    open_orders: tuple[OrderSeen, ...] | None
    completed: tuple[OrderSeen, ...] | None
    executions: tuple[ExecutionSeen, ...] | None
    commissions: tuple[CommissionSeen, ...]
    positions: tuple[PositionSeen, ...] | None


@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway wrote this intent's frame to the socket."""

    intent: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The gateway's last line refused the command and wrote nothing: proof that the broker never saw it."""

    intent: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelNotSent:
    """The gateway could not send a cancel; the order may still work."""

    intent: str
    reason: str


@dataclass(frozen=True, slots=True)
class HaltSeen:
    """A halt stands in the fence (already effective at the gateway)."""

    halt: Halt


@dataclass(frozen=True, slots=True)
class ResumeSeen:
    """The halt with this id was lifted in the fence by an authorised person."""

    halt_id: str


@dataclass(frozen=True, slots=True)
class DrainAsked:
    """Ctrl-C or job stop: no entries from now on, cancel working entries, keep stops; in memory only (DESIGN 3i)."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing but the clocks moved; timers are judged."""


News = (
    Signal
    | Connected
    | Disconnected
    | InstrumentKnown
    | QuoteSeen
    | OrderSeen
    | StatusSeen
    | ExecutionSeen
    | CommissionSeen
    | BrokerError
    | PositionSeen
    | AccountSeen
    | Sweep
    | Sent
    | NotSent
    | CancelNotSent
    | HaltSeen
    | ResumeSeen
    | DrainAsked
    | TimePassed
)

"""Order events: the part of the journal's vocabulary that moves orders, positions and money.

Each class is one `kind` of row; its fields are the row's payload. Kinds and field names are part of the journal's format: they may gain fields with
defaults, and are never renamed. Instants are nanoseconds UTC of market time; prices of orders are ticks, prices of fills dollars per share.
"""

from __future__ import annotations

from dataclasses import dataclass

from robo_trader.orders.order import Outcome, Purpose
from robo_trader.values import BookId, Instant, Money, Side, Symbol, Ticks


@dataclass(frozen=True, slots=True)
class Intended:
    """An order intent, durable before anything is sent. `cause` is the decision's bar end or the causing event's id."""

    intent: str
    book: BookId
    purpose: Purpose
    cause: str
    slice: str
    k: int
    order_id: int
    order_ref: str
    side: Side
    quantity: int
    order_type: str
    price: Ticks | None
    oca_group: str
    decision_bar_end: Instant
    signal_bar_end: Instant
    at: Instant


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker knows this intent; an intent has more than one permId only if a modify was torn (B03)."""

    intent: str
    perm_id: int


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """We asked the broker to cancel."""

    intent: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelFailed:
    """The broker would not cancel (already filled, not found): the order's own messages decide what it is."""

    intent: str
    detail: str


@dataclass(frozen=True, slots=True)
class Resized:
    """The broker changed the working quantity itself (an OCA reduction); `remaining` shares still work."""

    intent: str
    remaining: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The intent is terminal; executions may still arrive and still count."""

    intent: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class TwinEnded:
    """One of the broker's two orders for an intent is over; the intent itself ends with the last of them (B03)."""

    intent: str
    perm_id: int
    detail: str


@dataclass(frozen=True, slots=True)
class WentUnknown:
    """No answer in time: counted in full, never resent, resolved by evidence only."""

    intent: str


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution of one of our intents; `slice` is where the shares are kept (a new one for an increase).

    One of no shares is a bust: it takes an earlier version of the same execution back. `perm_id` is 0 where the broker did not say which order.
    """

    exec_id: str
    intent: str
    book: BookId
    side: Side
    quantity: int
    price: Money
    at: Instant
    slice: str
    perm_id: int = 0


@dataclass(frozen=True, slots=True)
class ExternalFill:
    """An execution in the account that no intent of ours explains."""

    exec_id: str
    symbol: Symbol
    side: Side
    quantity: int
    price: Money
    at: Instant
    order_ref: str


@dataclass(frozen=True, slots=True)
class CommissionCharged:
    """The broker's commission for an execution, and its own realised figure where it states one."""

    exec_id: str
    commission: Money
    realised: Money | None


@dataclass(frozen=True, slots=True)
class SplitApplied:
    """The broker's position became what an announced split makes of it: `new` shares for `old`, and dollars in lieu of a fraction."""

    action: str
    symbol: Symbol
    new: int
    old: int
    at: Instant
    in_lieu: Money


@dataclass(frozen=True, slots=True)
class CashPaid:
    """A dividend or a fee for shares borrowed: dollars received (negative: paid) for the shares held when it was decided."""

    action: str
    symbol: Symbol
    shares: int
    amount: Money
    at: Instant


@dataclass(frozen=True, slots=True)
class OrderIdRaised:
    """The next order id is at least this: from nextValidId or an id seen in the account. It never falls."""

    next_order_id: int


OrderEvent = (
    Intended
    | Acknowledged
    | CancelAsked
    | CancelFailed
    | Resized
    | Ended
    | WentUnknown
    | Fill
    | ExternalFill
    | CommissionCharged
    | OrderIdRaised
    | TwinEnded
    | SplitApplied
    | CashPaid
)

"""What the parts of the simulated gateway say to each other: tickets in, happenings out.

The exchange knows nothing of sockets and the session nothing of matching; these values are all that passes between them. Prices are dollars
as `Decimal`, quantities whole shares, instants nanoseconds UTC of the simulated clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from robo_trader.simulated_gateway.conditions import Condition
from robo_trader.simulated_gateway.instrument import SMART
from robo_trader.values import Instant, Side, Symbol


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as a client asked for it; (client_id, order_id) names it, a second submit with the same name is a modify.

    A twin, the second order that a fault makes of one, has the negative of its first's order id, which no client's order has; clients hear one id.

    A trailing order keeps `trail_amount` dollars or `trail_percent` behind the market; its `stop_price` is where it is to begin, if the client says.
    `limit_offset` is how far behind its stop the limit of a TRAIL LIMIT lies. `good_till_text` is the client's own word for `good_till`, and
    `good_after_text` that for `good_after`, before which the order does nothing.
    A child with `auto_cancel_parent` takes its parent along when it is cancelled. `exchange` is where the client sent the order.
    """

    client_id: int
    order_id: int
    symbol: Symbol
    side: Side
    quantity: int
    order_type: str  # one of `order_kinds`
    limit_price: Decimal | None
    stop_price: Decimal | None
    time_in_force: str  # one of `order_kinds`
    oca_group: str
    oca_type: int  # 1 cancel with block, 2 reduce with block, 3 reduce without block
    order_ref: str
    account: str
    outside_rth: bool = False
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    limit_offset: Decimal | None = None
    good_till: Instant | None = None
    good_till_text: str = ""
    parent_id: int = 0
    transmit: bool = True
    auto_cancel_parent: bool = False
    exchange: str = SMART
    conditions: tuple[Condition, ...] = ()
    conditions_ignore_rth: bool = False
    conditions_cancel: bool = False  # they cancel the order, and do not hold it
    algorithm: str = ""  # told, and carried out as the plain order
    algorithm_parameters: tuple[tuple[str, str], ...] = ()
    good_after: Instant | None = None
    good_after_text: str = ""

    @property
    def told_id(self) -> int:
        """The order id that clients hear."""
        return abs(self.order_id)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the exchange does not take an order, in the broker's number and words; `after_ack`: it was acknowledged before that came out."""

    code: int
    text: str
    after_ack: bool = False


@dataclass(frozen=True, slots=True)
class OrderReport:
    """The exchange's word on one order: to be told as openOrder + orderStatus (status in the broker's words), or as a part of that.

    `ticket.quantity` is the current total (an OCA reduction lowers it); filled + remaining = total.
    """

    ticket: Ticket
    perm_id: int
    status: str
    filled: int
    remaining: int
    average_price: Decimal
    last_price: Decimal
    why_held: str
    open_order: bool = True  # False: no openOrder is sent (a cancel)
    order_status: bool = True  # False: no orderStatus is sent
    told_client: int | None = None  # the client id in orderStatus, where it is not the owner's
    told_as: str = ""  # the status that clients are told in its place, where a rule says so
    refused_for: str = ""  # why the exchange did not take it
    commission: Decimal | None = None  # of the whole order so far; None until the first commission is known
    completed_at: Instant | None = None  # set once the order is Filled, Cancelled or Inactive
    stop_now: Decimal | None = None  # where a trailing stop stands
    limit_now: Decimal | None = None  # the limit of a TRAIL LIMIT, once it is triggered


@dataclass(frozen=True, slots=True)
class Margins:
    """What an order would do to the account, in dollars: the answer to a what-if."""

    initial_before: Decimal
    initial_change: Decimal
    maintenance_before: Decimal
    maintenance_change: Decimal
    equity_before: Decimal
    equity_change: Decimal
    commission: Decimal


@dataclass(frozen=True, slots=True)
class Execution:
    """One match: to be told as execDetails to the order's owner, and kept for reqExecutions."""

    exec_id: str
    ticket: Ticket
    perm_id: int
    quantity: int
    price: Decimal
    at: Instant
    cumulative: int
    average_price: Decimal
    added: bool = False  # the order had been resting and gave liquidity
    corrects: str = ""  # the id of the version before: this is no match, but what the exchange made of one


@dataclass(frozen=True, slots=True)
class CommissionNote:
    """The commission of one execution, and the realised profit by average cost (None for an opening execution)."""

    exec_id: str
    client_id: int
    commission: Decimal
    realised: Decimal | None


@dataclass(frozen=True, slots=True)
class OrderError:
    """An error that belongs to an order: 201, 202, 10326, 10147, 10148, 161, 110, 103 ..."""

    client_id: int
    order_id: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class PositionReport:
    """The account's position in a symbol after a change; `average_cost` in dollars per share, commissions included, as IB states it."""

    symbol: Symbol
    quantity: int
    average_cost: Decimal


@dataclass(frozen=True, slots=True)
class QuoteChange:
    """Best bid and ask of a symbol; a price of None means that the side is absent.

    `bid_depth` and `ask_depth` are the levels behind the best, nearest first, as (price, shares); empty where a market shows only its best.
    """

    symbol: Symbol
    bid: Decimal | None
    ask: Decimal | None
    bid_size: int
    ask_size: int
    at: Instant
    bid_depth: tuple[tuple[Decimal, int], ...] = ()
    ask_depth: tuple[tuple[Decimal, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TradePrint:
    """A public trade; the ground of real-time bars and history."""

    symbol: Symbol
    price: Decimal
    size: int
    at: Instant


OrderHappening = OrderReport | Execution | CommissionNote | OrderError | PositionReport
MarketHappening = QuoteChange | TradePrint
Happening = OrderHappening | MarketHappening

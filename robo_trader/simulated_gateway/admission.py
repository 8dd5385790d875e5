"""May this ticket become an order? What is wrong with a ticket, in the broker's numbers.

Two kinds of no: a *fault* is told by an error alone and leaves no order behind (the ticket made no sense); a *reason* refuses an order that
made sense (error 201, and the order ends Inactive).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.account import GROSS_LEVERAGE_MAX, Account, Mark
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.hours import NEW_YORK, Session
from robo_trader.simulated_gateway.model import OrderError, Refusal, Ticket
from robo_trader.values import NS_PER_SECOND, Instant, Side

ORDER_TYPES: Final = ("MKT", "LMT", "STP")
TIMES_IN_FORCE: Final = ("DAY", "GTC")
OCA_TYPES: Final = (1, 2, 3)
_INVALID: Final = "Error validating request.-'bF' : cause - "
_OFF_TICK: Final = "The price does not conform to the minimum price variation for this contract."
REJECTED: Final = 201
PRICE_LIMIT: Final = Decimal(10) ** 12  # beyond it nothing conforms: a remainder would have more digits than there are
OCA_REVISION: Final = (10326, "OCA group revision is not allowed")
ZERO: Final = Decimal(0)


def fault(ticket: Ticket, contract: Contract | None, account_id: str) -> OrderError | None:
    """Why the ticket makes no sense: unknown contract (200), a bad field (321), a price between ticks (110); None if it does."""
    if contract is None:
        return _error(ticket, 200, "No security definition has been found for the request")
    cause = _bad_field(ticket, account_id)
    if cause is not None:
        return _error(ticket, 321, _INVALID + cause)
    price = _price(ticket)
    if price is not None and (price >= PRICE_LIMIT or price % contract.min_tick):
        return _error(ticket, 110, _OFF_TICK)
    return None


def rejection(reason: str) -> Refusal:
    """The broker's no to an order that made sense."""
    return Refusal(REJECTED, f"Order rejected - reason:{reason}")


def held_notice(order: BookOrder, contract: Contract, session: Session | None) -> OrderError:
    """The note (399) that an order waits for the next open, that of `session`; None if none is known."""
    ticket = order.ticket
    opens = "further notice" if session is None else f"{_new_york_time(session.open)} US/Eastern"
    named = f"{ticket.side} {ticket.quantity} {ticket.symbol} {contract.primary_exchange}.{contract.trading_class}"
    text = f"Order Message:\n{named}\nWarning: Your order will not be placed at the exchange until {opens}."
    return _error(ticket, 399, text)


def _new_york_time(at: Instant) -> str:
    return f"{datetime.fromtimestamp(at // NS_PER_SECOND, NEW_YORK):%Y-%m-%d %H:%M:%S}"


def _error(ticket: Ticket, code: int, text: str) -> OrderError:
    return OrderError(ticket.client_id, ticket.order_id, code, text)


def _bad_field(ticket: Ticket, account_id: str) -> str | None:
    price = _price(ticket)
    checks = (
        (ticket.order_type in ORDER_TYPES, "Invalid order type was entered"),
        (ticket.quantity > 0, "The size of an order must be above zero"),
        (ticket.time_in_force in TIMES_IN_FORCE, "Invalid time in force was entered"),
        (ticket.account == account_id, f"Invalid account code '{ticket.account}'"),
        (not ticket.oca_group or ticket.oca_type in OCA_TYPES, "Invalid OCA type was entered"),
        (ticket.order_type == "MKT" or (price is not None and price.is_finite() and price > 0), "A price above zero is needed"),
    )
    return next((cause for passes, cause in checks if not passes), None)


def _price(ticket: Ticket) -> Decimal | None:
    """The price that the ticket's type uses."""
    return {"LMT": ticket.limit_price, "STP": ticket.stop_price}.get(ticket.order_type)


def margin_reason(ticket: Ticket, working: Iterable[BookOrder], account: Account, mark: Mark) -> str | None:
    """Why the account cannot carry the order; None if it can, or if the order makes the position smaller.

    Gross position value, as it would be if all of the symbol's orders on the worse side filled (a group counts once, by its largest
    member), may reach four times the equity. A symbol without any price counts as nothing.
    """
    held = account.position(ticket.symbol)
    if abs(held + ticket.side.sign * ticket.quantity) <= abs(held):
        return None
    price = mark(ticket.symbol) or _price(ticket) or ZERO
    others = account.gross_value(mark) - abs(account.market_value(ticket.symbol, mark))
    gross = others + _worst_position(ticket, working, held) * price
    allowed = GROSS_LEVERAGE_MAX * account.equity(mark)
    if gross <= allowed:
        return None
    return f"The order would raise the gross position value to {gross:.2f} USD; the account carries up to {allowed:.2f} USD"


def _worst_position(ticket: Ticket, working: Iterable[BookOrder], held: int) -> int:
    """Shares held if every order on the ticket's side fills, the ticket included."""
    groups = {f"group {ticket.oca_group}" if ticket.oca_group else "ticket": ticket.quantity}
    for order in working:
        if order.ticket.side is ticket.side and order.ticket.symbol == ticket.symbol:
            name = f"group {order.ticket.oca_group}" if order.ticket.oca_group else f"order {order.perm_id}"
            groups[name] = max(order.remaining, groups.get(name, 0))
    total = sum(groups.values())
    return abs(held + (total if ticket.side is Side.BUY else -total))


def revision_refusal(order: BookOrder, ticket: Ticket) -> tuple[int, str] | None:
    """Why `ticket` may not replace that of `order`, as (code, text); None if it may. The order itself lives on."""
    old = order.ticket
    if not order.live:
        return (104, "Cannot modify a filled order.") if order.phase is Phase.FILLED else (103, "Duplicate order id")
    if old.oca_group or ticket.oca_group:
        return OCA_REVISION
    same_kind = ticket.order_type == old.order_type or (old.order_type, ticket.order_type) == ("LMT", "MKT")
    if (ticket.symbol, ticket.side) != (old.symbol, old.side) or not same_kind:
        return 105, "Order being modified does not match original order"
    if ticket.quantity <= order.filled:
        return 201, f"Order rejected - reason:{order.filled} shares are filled already, the quantity must be larger"
    return None

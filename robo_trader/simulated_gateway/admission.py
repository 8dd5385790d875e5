"""May this ticket become an order? What is wrong with a ticket, in the broker's numbers.

Two kinds of no: a *fault* is told by an error alone and leaves no order behind (the ticket made no sense); a *reason* refuses an order that
made sense (error 201, and the order ends Inactive).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.account import GROSS_LEVERAGE_MAX, Account, Mark
from robo_trader.simulated_gateway.admission_fields import prices_of, wrong_fields
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.hours import NEW_YORK, Session
from robo_trader.simulated_gateway.model import OrderError, Refusal, Ticket
from robo_trader.simulated_gateway.order_kinds import ONE_CHANCE, OUTSIDE_HOURS
from robo_trader.simulated_gateway.venue import Venue
from robo_trader.values import NS_PER_SECOND, Instant, Side

_IGNORED: Final = (
    "Order Event Warning: Attribute 'Outside Regular Trading Hours' is ignored based on the order type and destination. PlaceOrder is now processed."
)
DEFAULT_OCA_TYPE: Final = 3
REJECTED: Final = 201
OCA_REVISION: Final = (10326, "OCA group revision is not allowed")
ZERO: Final = Decimal(0)
_UNDECIDED: Final = frozenset({Phase.ATTACHED, Phase.CONDITIONAL})
"""Where an order still waits for its conditions or its time."""


def fault(ticket: Ticket, contract: Contract | None, account_id: str) -> OrderError | None:
    """Why the ticket makes no sense: an id that is never free (103), unknown contract (200), or what `admission_fields` finds; None if it does."""
    if ticket.order_id <= 0:  # told as it came: with its sign off it would be another order's
        return OrderError(ticket.client_id, ticket.order_id, 103, "Duplicate order id")
    if contract is None:
        return _error(ticket, 200, "No security definition has been found for the request")
    wrong = wrong_fields(ticket, contract, account_id)
    return None if wrong is None else _error(ticket, *wrong)


def normal(ticket: Ticket, account_id: str) -> Ticket:
    """Fill in what a client may leave blank, and keep `outside_rth` only where it means something."""
    return replace(
        ticket,
        account=ticket.account or account_id,
        time_in_force=ticket.time_in_force or "DAY",
        oca_type=ticket.oca_type or DEFAULT_OCA_TYPE,
        outside_rth=ticket.outside_rth and ticket.order_type in OUTSIDE_HOURS,
    )


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
    return OrderError(ticket.client_id, ticket.told_id, code, text)


def notices(ticket: Ticket, asked: Ticket, *, tells_preset: bool) -> list[OrderError]:
    """What is told beside an order that lives: that it got a time in force (10349), that an attribute is ignored (2109)."""
    told = []
    if tells_preset and not asked.time_in_force:
        told.append(_error(ticket, 10349, f"Order TIF was set to {ticket.time_in_force} based on order preset."))
    if asked.outside_rth and not ticket.outside_rth:
        told.append(_error(ticket, 2109, _IGNORED))
    return told


def located_notice(ticket: Ticket) -> OrderError:
    """The note (404) that a short sale waits for its shares."""
    return _error(ticket, 404, "Order held while securities are located.")


def too_late(order: BookOrder, by_client: int) -> OrderError:
    """A cancel that came after its order's end."""
    order_id, status = order.ticket.told_id, order.report().status
    return OrderError(by_client, order_id, 10148, f"OrderId {order_id} that needs to be cancelled can not be cancelled, state: {status}.")


def venue_refusal(ticket: Ticket, venue: Venue, now: Instant, *, refuses_fok: bool) -> Refusal | None:
    """Why the exchange itself does not take what the account could carry: a halt (154); 201 if it is over, and without FOK."""
    if venue.halts and venue.halted(ticket.symbol, now):
        return Refusal(154, "Orders cannot be transmitted for a halted security.")
    if ticket.good_till is not None and ticket.good_till <= now:
        return rejection("The date and time that the order is good till have passed.")
    if refuses_fok and ticket.time_in_force == "FOK":
        return rejection("The time-in-force FOK is invalid for this combination of exchange and security type.")
    return None


def short_refusal(ticket: Ticket, working: Iterable[BookOrder], account: Account, venue: Venue, coming: int = 0) -> Refusal | None:
    """Why there are no shares to borrow for a sale (201); None if there are, or if it needs none."""
    if ticket.symbol in venue.shares_to_borrow and shares_short(ticket, working, account, coming) > venue.shares_to_borrow[ticket.symbol]:
        return rejection("The contract is not available for short sale.")
    return None


def shares_short(ticket: Ticket, working: Iterable[BookOrder], account: Account, coming: int = 0) -> int:
    """Shares that would be sold short if every sell order of the symbol filled, the ticket included, and `coming` were bought; 0 for a buy."""
    if ticket.side is Side.BUY:
        return 0
    return max(0, _worst_filled(ticket, working) - account.position(ticket.symbol) - coming)


def margin_reason(ticket: Ticket, working: Iterable[BookOrder], account: Account, mark: Mark, coming: int = 0) -> str | None:
    """Why the account cannot carry the order; None if it can, or if the position becomes no larger whatever of its side fills.

    Gross position value, as it would be if all of the symbol's orders on the worse side filled (a group counts once, by its largest
    member), may reach four times the equity. A symbol without any price counts as nothing. `coming` shares of the other side fill before, and count
    as held.
    """
    held = account.position(ticket.symbol) - coming * ticket.side.sign
    worst = _worst_position(ticket, working, held)
    if worst <= abs(held):
        return None
    price = mark(ticket.symbol) or next(iter(prices_of(ticket)), ZERO)
    others = account.gross_value(mark) - abs(account.market_value(ticket.symbol, mark))
    gross = others + worst * price
    allowed = GROSS_LEVERAGE_MAX * account.equity(mark)
    if gross <= allowed:
        return None
    return f"The order would raise the gross position value to {gross:.2f} USD; the account carries up to {allowed:.2f} USD"


def _worst_position(ticket: Ticket, working: Iterable[BookOrder], held: int) -> int:
    """Shares held if every order on the ticket's side fills, the ticket included."""
    total = _worst_filled(ticket, working)
    return abs(held + (total if ticket.side is Side.BUY else -total))


def _worst_filled(ticket: Ticket, working: Iterable[BookOrder]) -> int:
    """Shares of the ticket and of every other order on its side; a group counts by its largest member, and a child not before its parent filled."""
    groups = {f"group {ticket.oca_group}" if ticket.oca_group else "ticket": ticket.quantity}
    for order in working:
        if order.ticket.side is ticket.side and order.ticket.symbol == ticket.symbol and order.phase is not Phase.ATTACHED:
            name = f"group {order.ticket.oca_group}" if order.ticket.oca_group else f"order {order.perm_id}"
            groups[name] = max(order.remaining, groups.get(name, 0))
    return sum(groups.values())


def revision_refusal(order: BookOrder, ticket: Ticket) -> tuple[int, str] | None:
    """Why `ticket` may not replace that of `order`, as (code, text); None if it may. The order itself lives on."""
    old = order.ticket
    if not order.live:
        return (104, "Can't modify a filled order.") if order.phase is Phase.FILLED else (103, "Duplicate order id")
    if (old.oca_group or ticket.oca_group) and not (order.attached and ticket.oca_group == old.oca_group):
        return OCA_REVISION
    same_kind = ticket.order_type == old.order_type or (old.order_type, ticket.order_type) == ("LMT", "MKT")
    same_time = ticket.time_in_force == old.time_in_force or not {ticket.time_in_force, old.time_in_force} & ONE_CHANCE
    if (ticket.symbol, ticket.side) != (old.symbol, old.side) or not (same_kind and same_time):
        return 105, "Order being modified does not match original order"
    if (ticket.conditions, ticket.good_after) != (old.conditions, old.good_after) and order.phase not in _UNDECIDED:
        return 105, "Order being modified does not match original order"
    if ticket.quantity <= order.filled:
        return 201, f"Order rejected - reason:{order.filled} shares are filled already, the quantity must be larger"
    return None

"""Where a resting limit order stands in the queue at its price, and what a print at that price leaves for it.

An order that joins a price has the shares displayed there in front of it. Prints at the price, and shares that leave the display, shorten the queue;
nobody is put in front of an order that waits. It keeps its place when it is changed to fewer shares, and loses it to a change of price or type. While
its price is not displayed, because better ones are, nobody knows the queue.
"""

from __future__ import annotations

from robo_trader.simulated_gateway.book_order import BookOrder
from robo_trader.simulated_gateway.display import Shown
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.simulated_gateway.trailing import course


def shares_shown(order: BookOrder, own_side: Shown) -> int | None:
    """Shares displayed at the order's price on its own side; 0 if it is the best there, None where the display does not reach so deep."""
    if own_side.best is None or order.limit is None:
        return None
    if (order.limit - own_side.best) * order.ticket.side.sign > 0:
        return 0
    return next((size for price, size in own_side.levels if price == order.limit), None)


def look(order: BookOrder, own_side: Shown) -> None:
    """Take in what is displayed now: the queue never becomes longer."""
    shown = shares_shown(order, own_side)
    if shown is not None:
        order.ahead = shown if order.ahead is None else min(order.ahead, shown)


def reached(order: BookOrder, size: int) -> int:
    """Of a print of `size` shares at the order's price, those that come past the queue to it; shortens the queue."""
    if order.ahead is None:
        return 0
    before = min(order.ahead, size)
    order.ahead -= before
    return size - before


def keeps_place(old: Ticket, new: Ticket) -> bool:
    """Whether a changed order stays where it stands: at the same price, of the same type, for no more shares."""
    return _terms(new) == _terms(old) and new.quantity <= old.quantity


def _terms(ticket: Ticket) -> tuple[object, ...]:
    return ticket.order_type, ticket.limit_price, ticket.limit_offset, course(ticket)

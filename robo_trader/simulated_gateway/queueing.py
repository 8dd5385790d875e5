"""Where a resting limit order stands in the queue at its price, and what a print at that price leaves for it.

An order that joins a price has the shares displayed there in front of it. Prints at the price, and shares that leave the display, shorten the queue;
nobody is put in front of an order that waits. While its price is not displayed, because better ones are, nobody knows the queue.
"""

from __future__ import annotations

from robo_trader.simulated_gateway.book_order import BookOrder
from robo_trader.simulated_gateway.display import Shown


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

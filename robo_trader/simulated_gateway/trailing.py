"""Trailing stops: a stop that follows the last price at a distance, towards the market only.

The distance is dollars, or percent of the last price. A client may say where the stop is to begin; else it begins its distance away from the first
price that the order sees. A sell stop only rises and a buy stop only falls, each to the order's tick.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from robo_trader.simulated_gateway.book_order import BookOrder
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.values import Side

PERCENT = Decimal(100)


def follow(order: BookOrder, last: Decimal) -> None:
    """Move the stop of a trailing order to where a trade at `last` takes it."""
    ticket = order.ticket
    begin = ticket.stop_price if order.stop_now is None else order.stop_now
    there = _to_tick(last + _distance(ticket, last) * ticket.side.sign, order.tick)
    if begin is None:
        order.stop_now = there
    else:
        order.stop_now = max(begin, there) if ticket.side is Side.SELL else min(begin, there)


def begin(order: BookOrder, last: Decimal | None) -> None:
    """The stop of an order that has just been accepted or changed: where its client says, or at its distance from the last price."""
    order.stop_now = order.ticket.stop_price
    if last is not None:
        follow(order, last)


def course(ticket: Ticket) -> tuple[object, ...]:
    """What a stop's way hangs on: an order that is changed in it begins anew."""
    return ticket.trail_amount, ticket.trail_percent, ticket.stop_price


def limit_at_trigger(order: BookOrder) -> Decimal | None:
    """The limit of a TRAIL LIMIT that is triggered now: its offset beyond the stop."""
    if order.ticket.order_type != "TRAIL LIMIT" or order.stop_now is None:
        return None
    return order.stop_now + (order.ticket.limit_offset or Decimal(0)) * order.ticket.side.sign


def _distance(ticket: Ticket, last: Decimal) -> Decimal:
    if ticket.trail_percent is not None:
        return last * ticket.trail_percent / PERCENT
    assert ticket.trail_amount is not None, "a trailing order has a distance"
    return ticket.trail_amount


def _to_tick(price: Decimal, tick: Decimal) -> Decimal:
    return (price / tick).to_integral_value(ROUND_HALF_UP) * tick

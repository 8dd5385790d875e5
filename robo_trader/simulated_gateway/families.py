"""Parents, children, and what is not transmitted yet.

An order that its client does not transmit is kept: it has a name and nothing else, and nobody hears of it. When a member of its family is
transmitted, the whole family is: the parent, the children in the order in which they came, and their children after them. A child joins the group of
its parent's children (one cancels the others, a partial fill reduces them), unless its client named a group of its own. It never changes its parent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.expiry import KEEPS_OVER_NIGHT
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.values import Instant

REDUCES: Final = 3
GENERATIONS_MAX: Final = 20
"""Deeper families are refused: what befalls a parent reaches its children by one call inside another."""
_FOLLOWS: Final = frozenset({Phase.ATTACHED, Phase.KEPT})


def missing_parent(ticket: Ticket, book: Book) -> tuple[int, str] | None:
    """Why a ticket cannot be a child, as (code, text): there is no such parent, or none that could still fill; None if it can, or is none.

    A parent that is too deep down its family is as good as none. So is a twin, which is kept under a negative id.
    """
    if not ticket.parent_id:
        return None
    parent = book.find(ticket.client_id, ticket.parent_id) if ticket.parent_id > 0 else None
    if parent is not None and (parent.live or parent.phase is Phase.KEPT) and len(_line(parent, book)) < GENERATIONS_MAX:
        return None
    return 135, f"Can't find order with id ={ticket.parent_id}"


def to_transmit(order: BookOrder, book: Book) -> list[BookOrder]:
    """What goes to the exchange with an order that is being transmitted, itself included: what is kept of its family, each behind its parent."""
    family = following(_line(order, book)[-1], book)
    return [member for member in family if member is order or member.phase is Phase.KEPT]


def following(first: BookOrder, book: Book) -> list[BookOrder]:
    """An order and all those below it, each behind its parent."""
    generation, family = [first], {first.key: first}
    while generation := [child for member in generation for child in book.children(member) if child.key not in family]:
        family |= {child.key: child for child in generation}
    return list(family.values())


def begins(order: BookOrder, book: Book) -> Instant:
    """Before when an order does nothing: the latest time that it, or a parent that it still waits for, is good after; 0 where none names any."""
    latest = Instant(0)
    for member in _line(order, book):
        latest = max(latest, member.ticket.good_after or latest)
        if member.phase not in _FOLLOWS:
            break
    return latest


def is_for_the_day(order: BookOrder, book: Book, close: Instant) -> bool:
    """Whether an order is for the day that this close ends; what begins at the very close is for the next one."""
    return order.ticket.time_in_force not in KEEPS_OVER_NIGHT and begins(order, book) < close


def _line(order: BookOrder, book: Book) -> list[BookOrder]:
    """An order, its parent, and so on to the first of them; each once, for older states let orders be each other's parents."""
    line = {order.key: order}
    last = order
    while (parent := book.parent(last)) is not None and parent.key not in line:
        last = line[parent.key] = parent
    return list(line.values())


def adopt(order: BookOrder, book: Book) -> None:
    """Put a child into the group of its parent's children."""
    parent = book.parent(order)
    if parent is not None and not order.ticket.oca_group:
        order.ticket = replace(order.ticket, oca_group=str(parent.perm_id), oca_type=REDUCES)
        order.attached = True


def as_child(ticket: Ticket, child: BookOrder) -> Ticket:
    """A change of a child as its client writes it, with or without the group and the parent that the gateway told: it stays in both."""
    old = child.ticket
    if child.attached and ticket.oca_group in ("", old.oca_group):
        ticket = replace(ticket, oca_group=old.oca_group, oca_type=old.oca_type)
    return replace(ticket, parent_id=old.parent_id)


def shares_coming(order: BookOrder, book: Book) -> int:
    """Shares that a child can count on, for its parent will bring them before it has filled."""
    parent = book.parent(order)
    return parent.remaining if parent is not None and parent.live and parent.ticket.side is not order.ticket.side else 0

"""Who is transmitted with whom, and who is whose."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.families import adopt, as_child, missing_parent, shares_coming, to_transmit
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.values import Instant
from tests.support.exchange_bench import SELL, ticket


def kept(book: Book, some: Ticket) -> BookOrder:
    order = BookOrder(some, book.next_perm_id(), book.next_priority(), Phase.KEPT)
    book.add(order)
    return order


def bracket() -> tuple[Book, list[BookOrder]]:
    book = Book()
    tickets = [ticket(1, transmit=False), ticket(2, SELL, limit="11.00", parent_id=1, transmit=False), ticket(3, SELL, stop="9.00", parent_id=1)]
    return book, [kept(book, some) for some in tickets]


def test_a_parent_goes_first_and_its_children_follow_in_their_order() -> None:
    book, (parent, profit, stop) = bracket()
    assert to_transmit(stop, book) == [parent, profit, stop]
    assert to_transmit(parent, book) == [parent, profit, stop]


def test_who_is_at_the_exchange_already_does_not_go_again() -> None:
    book, (parent, profit, stop) = bracket()
    for order in (parent, profit):
        order.move(Phase.HELD, Instant(1))
    assert to_transmit(stop, book) == [stop]


def test_a_parent_that_is_unknown_or_has_ended_is_135() -> None:
    book, (parent, *_) = bracket()
    assert missing_parent(ticket(9), book) is None
    assert missing_parent(ticket(9, parent_id=1), book) is None
    assert missing_parent(ticket(9, parent_id=1, client=8), book) == (135, "Can't find order with id =1")
    parent.move(Phase.CANCELLED, Instant(1))
    assert missing_parent(ticket(9, parent_id=1), book) == (135, "Can't find order with id =1")


def test_children_share_a_group_named_after_their_parent_that_reduces() -> None:
    book, (parent, profit, stop) = bracket()
    for child in (profit, stop):
        adopt(child, book)
        assert (child.ticket.oca_group, child.ticket.oca_type, child.attached) == (str(parent.perm_id), 3, True)
    own = kept(book, ticket(4, SELL, group="mine", parent_id=1))
    adopt(own, book)
    assert (own.ticket.oca_group, own.attached) == ("mine", False)


def test_a_changed_child_stays_in_its_group_and_with_its_parent() -> None:
    book, (parent, profit, _) = bracket()
    adopt(profit, book)
    for change in (ticket(2, SELL, limit="12.00"), replace(profit.ticket, parent_id=0)):
        changed = as_child(change, profit)
        assert (changed.oca_group, changed.oca_type, changed.parent_id) == (str(parent.perm_id), 3, 1)
    assert as_child(ticket(2, SELL, limit="12.00", group="other"), profit).oca_group == "other"


def test_a_child_can_count_on_the_shares_that_its_parent_has_still_to_fill() -> None:
    book, (parent, profit, _) = bracket()
    assert shares_coming(profit, book) == 0, "the parent may never be transmitted"
    parent.move(Phase.HELD, Instant(1))
    parent.book(60, Decimal(10))
    assert shares_coming(profit, book) == 40
    assert shares_coming(parent, book) == 0
    same_side = kept(book, ticket(4, parent_id=1))
    assert shares_coming(same_side, book) == 0
    parent.move(Phase.CANCELLED, Instant(1))
    assert shares_coming(profit, book) == 0

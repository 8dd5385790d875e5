"""Orders are found by name, symbol and group; ids are never given twice."""

from __future__ import annotations

import json

import pytest

from robo_trader.simulated_gateway.book import FIRST_PERM_ID, Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.values import Instant
from tests.support.exchange_bench import IBM, SPY, ticket


def added(book: Book, some: Ticket) -> BookOrder:
    order = BookOrder(some, book.next_perm_id(), book.next_priority())
    book.add(order)
    return order


def test_permanent_ids_begin_at_the_first_and_order_ids_count_by_client() -> None:
    book = Book()
    assert book.next_order_id(7) == 1
    first = added(book, ticket(5))
    assert (first.perm_id, book.next_perm_id()) == (FIRST_PERM_ID, FIRST_PERM_ID + 1)
    assert (book.next_order_id(7), book.next_order_id(8)) == (6, 1)


def test_permanent_ids_have_as_many_digits_as_the_broker_s_and_fit_in_32_bits() -> None:
    assert len(str(FIRST_PERM_ID)) == 10
    assert FIRST_PERM_ID + 10**9 < 2**31


def test_of_two_orders_of_one_name_a_client_means_the_one_that_lives_and_the_first_of_two_that_do() -> None:
    book = Book()
    first, twin = added(book, ticket(5)), added(book, ticket(-5))
    assert (first.told_key, twin.told_key, book.next_order_id(7)) == ((7, 5), (7, 5), 6)
    assert book.named(7, 5) is first
    first.move(Phase.CANCELLED, Instant(1))
    assert book.named(7, 5) is twin
    twin.move(Phase.CANCELLED, Instant(1))
    assert book.named(7, 5) is first
    assert book.named(7, 6) is None


def test_a_client_names_nothing_by_a_negative_id_or_by_none() -> None:
    book = Book()
    added(book, ticket(5))
    added(book, ticket(-5))
    assert book.named(7, -5) is book.named(7, 0) is None


def test_live_orders_are_told_by_symbol_oldest_first() -> None:
    book = Book()
    orders = [added(book, ticket(1)), added(book, ticket(2, symbol=IBM)), added(book, ticket(3))]
    assert book.live(SPY) == [orders[0], orders[2]]
    orders[0].move(Phase.CANCELLED, Instant(9))
    assert book.live() == orders[1:]
    assert book.live(SPY) == [orders[2]]
    assert book.has_live(IBM)
    assert book.find(7, 1) is orders[0]
    assert list(book.completed()) == [orders[0]]


def test_siblings_are_the_other_live_members_of_the_group() -> None:
    book = Book()
    stop, exit_, alone = added(book, ticket(1, group="g")), added(book, ticket(2, group="g")), added(book, ticket(3))
    assert book.siblings(stop) == [exit_]
    assert book.siblings(alone) == []


def test_a_name_is_used_once() -> None:
    book = Book()
    added(book, ticket(1))
    with pytest.raises(AssertionError):
        added(book, ticket(1))


def test_a_restored_book_gives_the_same_answers() -> None:
    book, twin = Book(), Book()
    added(book, ticket(1)).move(Phase.CANCELLED, Instant(9))
    added(book, ticket(2, limit="10.00"))
    twin.restore(json.loads(json.dumps(book.state())))
    assert twin.state() == book.state()
    assert twin.live() == book.live()
    assert twin.next_perm_id() == book.next_perm_id()
    assert twin.next_order_id(7) == 3


def test_children_are_found_by_their_parent_and_once_however_often_a_book_is_restored() -> None:
    book = Book()
    parent, child = added(book, ticket(1)), added(book, ticket(2, parent_id=1))
    added(book, ticket(3, parent_id=1, client=8))
    assert (book.parent(child), book.children(parent)) == (parent, [child])
    for _ in range(2):
        book.restore(json.loads(json.dumps(book.state())))
    assert [order.key for order in book.children(parent)] == [child.key]
    child = book.children(parent)[0]
    child.move(Phase.CANCELLED, Instant(9))
    assert book.children(parent) == []


def test_an_order_that_is_kept_is_live_once_it_was_woken_in_its_place() -> None:
    book = Book()
    kept = BookOrder(ticket(1), book.next_perm_id(), book.next_priority(), Phase.KEPT)
    book.add(kept)
    younger = added(book, ticket(2))
    assert (book.live(SPY), book.kept()) == ([younger], [kept])
    kept.move(Phase.HELD, Instant(9))
    book.wake(kept)
    assert (book.live(SPY), book.kept()) == ([kept, younger], [])


def test_the_others_of_an_order_are_the_live_ones_of_its_symbol() -> None:
    book = Book()
    orders = [added(book, ticket(1)), added(book, ticket(2, symbol=IBM)), added(book, ticket(3)), added(book, ticket(4))]
    orders[3].move(Phase.CANCELLED, Instant(9))
    assert book.others(orders[0]) == [orders[2]]
    assert book.others(orders[3]) == [orders[0], orders[2]]


def test_what_has_ended_is_forgotten_but_for_the_parents_of_what_has_not_and_no_id_is_given_again() -> None:
    book = Book()
    parent, child, sibling, alone = (added(book, some) for some in (ticket(1), ticket(2, parent_id=1), ticket(3, parent_id=1), ticket(4)))
    for order in (parent, sibling, alone):
        order.move(Phase.CANCELLED, Instant(9))
    book.forget_ended()
    assert [order["perm_id"] for order in book.state()["orders"]] == [parent.perm_id, child.perm_id]
    assert (book.parent(child), book.children(parent), book.live()) == (parent, [child], [child])
    child.move(Phase.CANCELLED, Instant(10))
    book.forget_ended()
    assert (book.state()["orders"], book.find(7, 1), book.next_order_id(7)) == ([], None, 5)


def test_live_orders_of_all_symbols_are_told_by_age() -> None:
    book = Book()
    orders = [added(book, ticket(number, symbol=symbol)) for number, symbol in enumerate((SPY, IBM, SPY, IBM), start=1)]
    assert book.live() == orders

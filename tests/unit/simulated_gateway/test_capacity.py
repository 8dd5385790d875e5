"""What the account can carry, and when that is asked of a child: when it is to work, and of what is left of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.capacity import Capacity
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.simulated_gateway.venue import Venue
from robo_trader.values import Side, Symbol
from tests.support.exchange_bench import BUY, SELL, SPY, at, exchange, quote, ticket, told, trade

LAST = trade("09:30:40", "10.00")
REACHED = quote("09:31:01", "9.40", "9.50", 10_000, 10_000)
LARGE = 400_000
"""Shares that, at ten dollars, are four times the account's equity."""


def waiting_child(venue: Exchange, side: Side, quantity: int) -> None:
    """A child whose parent, to buy 100, rests at 9.50."""
    venue.submit(ticket(1, limit="9.50", transmit=False))
    assert told(venue.submit(ticket(2, side, quantity, limit="9.00" if side is BUY else "11.00", parent_id=1)))[1].endswith("child")


def of_child(heard: list[str]) -> list[str]:
    return [word for word in heard if word.startswith("2 ")]


@pytest.mark.parametrize(("side", "quantity"), [(BUY, LARGE), (SELL, LARGE + 200)])
def test_a_child_that_would_make_the_position_larger_than_the_account_carries_is_refused_when_it_is_to_work(side: Side, quantity: int) -> None:
    venue = exchange(LAST, REACHED)
    waiting_child(venue, side, quantity)
    venue.submit(ticket(3, SELL, limit="12.00", parent_id=2))
    heard = told(venue.advance(at("09:31:01")))
    assert of_child(heard) == ["2 error 201", f"2 Inactive 0/{quantity}"]
    assert heard[-2:] == ["3 Cancelled 0/100", "3 error 202"], "its own children end with it"
    assert venue.open_orders() == []
    (refused,) = [report for report in venue.completed() if report.status == "Inactive"]
    assert "would raise the gross position value" in refused.refused_for


@pytest.mark.parametrize(("side", "quantity"), [(BUY, 100), (SELL, 100), (SELL, 200), (SELL, 390_000)])
def test_a_child_that_the_account_carries_works(side: Side, quantity: int) -> None:
    venue = exchange(LAST, REACHED)
    waiting_child(venue, side, quantity)
    assert of_child(told(venue.advance(at("09:31:01")))) == [f"2 PreSubmitted 0/{quantity}", f"2 Submitted 0/{quantity}"]


def test_a_child_is_not_judged_by_margin_where_nobody_is() -> None:
    venue = exchange(LAST, REACHED, venue=Venue(margin_check=False))
    waiting_child(venue, BUY, LARGE)
    assert of_child(told(venue.advance(at("09:31:01")))) == [f"2 PreSubmitted 0/{LARGE}", f"2 Submitted 0/{LARGE}"]


def test_a_child_that_starts_after_a_saved_exchange_went_on_is_judged_all_the_same() -> None:
    before, after = exchange(LAST, REACHED), exchange(LAST, REACHED)
    waiting_child(before, BUY, LARGE)
    after.restore(before.state())
    assert of_child(told(after.advance(at("09:31:01")))) == ["2 error 201", f"2 Inactive 0/{LARGE}"]


def at_ten(_symbol: Symbol) -> Decimal:
    return Decimal(10)


def working(book: Book, some: Ticket) -> BookOrder:
    order = BookOrder(some, book.next_perm_id(), book.next_priority(), Phase.WORKING)
    book.add(order)
    return order


def small() -> Capacity:
    """An account of 1000 dollars, which carries 400 shares."""
    return Capacity(Account(cash=Decimal(1000)), Book(), Venue(shares_to_borrow={SPY: 50}), at_ten)


def test_an_order_is_refused_for_its_margin_and_a_sale_first_for_its_shares() -> None:
    capacity = small()
    assert capacity.refusal(ticket(1, BUY, 400), []) is None
    for refused, reason in ((ticket(1, BUY, 401), "gross position value"), (ticket(1, SELL, 401), "not available for short sale")):
        refusal = capacity.refusal(refused, [])
        assert refusal is not None
        assert (refusal.code, reason in refusal.text) == (201, True)


def test_shares_that_a_childs_parent_has_still_to_bring_are_as_good_as_held() -> None:
    capacity = replace(small(), venue=Venue())
    parent = working(capacity.book, ticket(1, BUY, 700))
    child = working(capacity.book, ticket(2, SELL, 700, limit="11.00", parent_id=1))
    parent.book(10, Decimal(10))
    capacity.account.fill(SPY, BUY, 10, Decimal(10), Decimal(0))
    assert capacity.child_refusal(child) is None, "both filled, nothing is held"
    child.ticket = replace(child.ticket, quantity=1401)  # short of more than the 700 that will be held
    assert capacity.child_refusal(child) is not None


def test_what_a_child_has_filled_is_not_asked_for_again() -> None:
    capacity = small()
    working(capacity.book, ticket(1)).move(Phase.FILLED, at("09:31:00"))
    child = working(capacity.book, ticket(2, SELL, 100, limit="11.00", parent_id=1))
    child.book(60, Decimal(11))
    capacity.account.fill(SPY, SELL, 10, Decimal(10), Decimal(0))
    assert capacity.child_refusal(child) is None, "40 are left, and 10 are short: 50 can be"
    assert capacity.sells_short(child)


def test_a_sale_of_what_is_held_borrows_nothing() -> None:
    capacity = small()
    capacity.account.fill(SPY, BUY, 100, Decimal(10), Decimal(0))
    assert not capacity.sells_short(working(capacity.book, ticket(1, SELL, 100)))

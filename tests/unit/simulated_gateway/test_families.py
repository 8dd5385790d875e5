"""Who is transmitted with whom, who is whose, and who ends with whom."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.families import GENERATIONS_MAX, adopt, as_child, missing_parent, shares_coming, to_transmit
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.model import Refusal, Ticket
from robo_trader.values import Instant
from tests.support.exchange_bench import BUY, DAY, IBM, SELL, SPY, at, exchange, exchange_on, quote, ticket, told

TOMORROW = DAY + timedelta(days=1)


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


def test_a_negative_id_is_nobodys_parent_though_a_twin_is_kept_under_it() -> None:
    book, _ = bracket()
    kept(book, ticket(-1)).move(Phase.HELD, Instant(1))
    assert missing_parent(ticket(9, parent_id=-1), book) == (135, "Can't find order with id =-1")


def test_a_family_of_an_older_state_whose_members_are_each_others_parents_goes_to_the_exchange_once() -> None:
    book = Book()
    first, second = kept(book, ticket(1, parent_id=2)), kept(book, ticket(2, parent_id=1))
    assert to_transmit(first, book) == [second, first]
    assert missing_parent(ticket(3, parent_id=2), book) is None


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


# Children of children


WIDE = quote("09:30:30", "10.00", "10.02", 10_000, 10_000)


def deep(venue: Exchange, times: tuple[str, str, str], *, first: int = 1, transmit: bool = True) -> list[str]:
    """To buy at 9.50, then to sell at 11.00, then to buy back at 9.00; told once the last is sent."""
    heard = venue.submit(ticket(1, limit="9.50", tif=times[0], transmit=first == 2))
    heard += venue.submit(ticket(2, SELL, limit="11.00", tif=times[1], parent_id=1, transmit=False))
    return told(heard + venue.submit(ticket(3, limit="9.00", tif=times[2], parent_id=2, transmit=transmit)))


def test_a_family_goes_to_the_exchange_whole_however_deep_it_is() -> None:
    venue = exchange(WIDE, quote("09:31:01", "9.40", "9.50"), quote("09:31:02", "11.00", "11.02"))
    assert deep(venue, ("DAY", "DAY", "DAY")) == [
        "1 PreSubmitted 0/100",
        "2 PreSubmitted 0/100 child",
        "3 PreSubmitted 0/100 child",
        "1 PreSubmitted 0/100",
        "1 Submitted 0/100",
    ]
    assert told(venue.advance(at("09:31:01")))[-2:] == ["2 PreSubmitted 0/100", "2 Submitted 0/100"]
    assert told(venue.advance(at("09:31:02")))[-2:] == ["3 PreSubmitted 0/100", "3 Submitted 0/100"]


def test_a_middle_member_takes_its_children_along_and_waits_for_its_parent() -> None:
    venue = exchange(WIDE)
    deep(venue, ("DAY", "DAY", "DAY"), first=2, transmit=False)
    assert told(venue.submit(ticket(2, SELL, limit="11.00", parent_id=1))) == ["2 PreSubmitted 0/100 child", "3 PreSubmitted 0/100 child"]


def test_a_member_that_was_not_transmitted_keeps_its_parent_whatever_a_change_says() -> None:
    venue = exchange(WIDE)
    deep(venue, ("DAY", "DAY", "DAY"), transmit=False)
    for own_child in (2, 3):
        assert venue.submit(ticket(2, SELL, limit="11.00", parent_id=own_child, transmit=False)) == []
    assert told(venue.submit(ticket(1, limit="9.50")))[1:3] == ["2 PreSubmitted 0/100 child", "3 PreSubmitted 0/100 child"]


def test_what_was_not_transmitted_ends_with_the_first_of_its_family_however_deep_it_is() -> None:
    venue = exchange(WIDE)
    deep(venue, ("GTC", "GTC", "GTC"), first=2, transmit=False)
    assert told(venue.cancel(7, 1, 7)) == ["1 Cancelled 0/100", "1 error 202"], "of the others nobody ever heard"
    assert told(venue.submit(ticket(3, limit="9.00"))) == ["3 error 103"], "it does not come back on its own"


NIGHTS = [("GTC", "GTC", "GTC"), ("DAY", "GTC", "GTC"), ("GTC", "DAY", "GTC"), ("GTC", "GTC", "DAY")]
LEFT = [[1, 2, 3], [], [1], [1, 2]]


def over_night(venue: Exchange, again: Exchange) -> tuple[Exchange, list[str]]:
    """The exchange that a gateway restarted in the night goes on with, and what was told until then."""
    heard = told(venue.advance(at("16:00:00")))
    again.restore(json.loads(json.dumps(venue.state())))
    return again, heard + told(again.advance(at("09:15:00", TOMORROW)))


@pytest.mark.parametrize(("first", "transmit"), [(1, True), (2, False), (1, False)], ids=["all live", "children kept", "all kept"])
@pytest.mark.parametrize(("times", "left"), [*zip(NIGHTS, LEFT, strict=True)])
def test_over_night_a_member_stays_while_it_and_all_before_it_do(times: tuple[str, str, str], left: list[int], first: int, transmit: bool) -> None:
    venue = exchange(now="15:59:00")
    deep(venue, times, first=first, transmit=transmit)
    again, heard = over_night(venue, exchange(now="15:59:00"))
    known = [order_id for order_id in (1, 2, 3) if again.ticket(7, order_id) is not None]
    assert known == left
    live = [1, 2, 3] if transmit else [1] if first == 2 else []
    assert [report.ticket.order_id for report in again.open_orders()] == [order_id for order_id in left if order_id in live]
    assert [word for word in heard if "Cancelled" in word] == [f"{n} Cancelled 0/100" for n in live if n not in left]


def test_a_family_that_was_kept_over_night_lives_its_life_the_next_day() -> None:
    venue, again = (exchange_on(GeneratedMarket((SPY, IBM), 11, DAY, days=2), at("15:59:00")) for _ in range(2))
    deep(venue, ("GTC", "GTC", "GTC"))
    again, _ = over_night(venue, again)
    again.advance(at("09:31:00", TOMORROW))
    assert again.open_orders()[2].why_held == "child"
    heard = told(again.submit(ticket(1, limit="9000.00", tif="GTC"))) + told(again.advance(at("09:35:00", TOMORROW)))
    assert heard[-2:] == ["3 PreSubmitted 0/100", "3 Submitted 0/100"], "each waited for the one before it"
    assert again.positions() == []


CHAIN = 600
"""Generations that would have a step of each call itself beyond what Python bears."""


def chain(venue: Exchange, *, first_kept: bool = True, rest_kept: bool = True, **more: Any) -> list[str]:
    """Each order the child of the one before it; what was told of those that are too deep."""
    venue.submit(ticket(1, transmit=not first_kept, **({"limit": "9.50"} | more)))
    heard = [venue.submit(ticket(n, BUY if n % 2 else SELL, parent_id=n - 1, transmit=not rest_kept, **more)) for n in range(2, CHAIN + 1)]
    return told(happening for some in heard[GENERATIONS_MAX - 1 :] for happening in some)


TOO_DEEP = [f"{n} error 135" for n in range(GENERATIONS_MAX + 1, CHAIN + 1)]


@pytest.mark.parametrize("rest_kept", [True, False], ids=["kept", "transmitted"])
def test_an_order_deeper_than_families_may_be_is_refused_and_the_first_takes_all_others_along(rest_kept: bool) -> None:
    venue = exchange(WIDE)
    assert chain(venue, first_kept=False, rest_kept=rest_kept) == TOO_DEEP
    heard = told(venue.cancel(7, 1, 7))
    assert [word for word in heard if "Cancelled" in word] == [f"{n} Cancelled 0/100" for n in range(1, 2 if rest_kept else GENERATIONS_MAX + 1)]
    assert venue.open_orders() == []


def test_a_deep_family_that_was_never_transmitted_is_over_at_the_close() -> None:
    venue = exchange(WIDE, now="15:59:00")
    assert chain(venue) == TOO_DEEP
    assert told(venue.advance(at("16:00:00"))) == []
    assert told(venue.submit(ticket(GENERATIONS_MAX))) == [f"{GENERATIONS_MAX} error 103"]


def test_a_deep_family_is_refused_with_its_first_and_its_last_takes_it_along() -> None:
    venue = exchange(WIDE)
    chain(venue)
    refused = told(venue.submit(ticket(1, limit="9.50"), refusal=Refusal(201, "no")))
    assert [word for word in refused if "Inactive" in word] == [f"{n} Inactive 0/100" for n in range(1, GENERATIONS_MAX + 1)]
    venue = exchange(WIDE)
    chain(venue, first_kept=False, rest_kept=False, auto_cancel_parent=True)
    venue.cancel(7, GENERATIONS_MAX, 7)
    assert venue.open_orders() == []


def test_a_deep_family_of_market_orders_fills_one_after_the_other() -> None:
    venue = exchange(WIDE)
    chain(venue, limit=None)
    heard = told(venue.submit(ticket(1)))
    assert [word.split()[0] for word in heard if " exec " in word] == [str(n) for n in range(1, GENERATIONS_MAX + 1)]


def test_a_member_as_deep_as_may_be_can_be_changed() -> None:
    venue = exchange(WIDE)
    chain(venue, first_kept=False, rest_kept=False)
    deepest = ticket(GENERATIONS_MAX, SELL, 50, parent_id=GENERATIONS_MAX - 1)
    assert told(venue.submit(deepest)) == [f"{GENERATIONS_MAX} PreSubmitted 0/50 child"]

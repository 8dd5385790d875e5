"""How a ticket becomes an order, changes one, or is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.model import Margins, OrderError, OrderReport, Refusal, Ticket
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.venue import Halt, Venue
from tests.support.exchange_bench import BUY, DAY, IBM, SELL, SPY, at, exchange, quote, ticket, told, trade

WIDE = quote("09:30:30", "10.00", "10.02", 10_000, 10_000)


def bracket(venue: Exchange, *, entry: str | None = None, quantity: int = 100) -> list[str]:
    """An entry, its profit at 11.00 and its stop at 9.00, as a client sends them."""
    heard = venue.submit(ticket(1, quantity=quantity, limit=entry, transmit=False))
    heard += venue.submit(ticket(2, SELL, quantity, limit="11.00", tif="GTC", parent_id=1, transmit=False))
    return told(heard + venue.submit(ticket(3, SELL, quantity, stop="9.00", tif="GTC", parent_id=1)))


def test_nothing_is_told_of_a_bracket_until_its_last_member_is_transmitted() -> None:
    venue = exchange(WIDE)
    assert venue.submit(ticket(1, limit="9.50", transmit=False)) == []
    assert venue.submit(ticket(2, SELL, limit="11.00", parent_id=1, transmit=False)) == []
    assert venue.open_orders() == []
    assert venue.next_order_id(7) == 3, "its id is used all the same"
    assert told(venue.submit(ticket(3, SELL, stop="9.00", parent_id=1))) == [
        "1 PreSubmitted 0/100",
        "2 PreSubmitted 0/100 child",
        "3 PreSubmitted 0/100 child,trigger",
        "1 PreSubmitted 0/100",
        "1 Submitted 0/100",
    ]
    parent, profit, stop = venue.open_orders()
    assert {child.ticket.oca_group for child in (profit, stop)} == {str(parent.perm_id)}
    assert {(child.ticket.oca_type, child.ticket.parent_id) for child in (profit, stop)} == {(3, 1)}


def test_a_bracket_whose_parent_fills_at_once_tells_its_children_before() -> None:
    assert bracket(exchange(WIDE)) == [
        "1 PreSubmitted 0/100",
        "2 PreSubmitted 0/100 child",
        "3 PreSubmitted 0/100 child,trigger",
        "1 PreSubmitted 0/100",
        "1 exec 100 @ 10.02",
        "1 Filled 100/0",
        "1 Filled 100/0",
        "fee 1.00",
        "position 100",
        "2 PreSubmitted 0/100",
        "2 Submitted 0/100",
        "3 PreSubmitted 0/100 trigger",
    ]


def test_an_order_that_is_not_transmitted_goes_when_it_is_sent_again() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.50", transmit=False))
    assert venue.submit(ticket(1, limit="9.40", transmit=False)) == []
    assert told(venue.submit(ticket(1, limit="9.30"))) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]
    assert [report.ticket.limit_price for report in venue.open_orders()] == [Decimal("9.30")]


def test_a_kept_order_can_be_cancelled_and_takes_its_children_along() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.50", transmit=False))
    venue.submit(ticket(2, SELL, limit="11.00", parent_id=1, transmit=False))
    assert told(venue.cancel(7, 1, 7)) == ["1 Cancelled 0/100", "1 error 202"]
    assert told(venue.submit(ticket(2, SELL, limit="11.00", parent_id=1))) == ["2 error 135"]


def test_a_parent_that_is_refused_leaves_no_child_and_each_child_is_told() -> None:
    venue = exchange(WIDE, trade("09:30:40", "10.00"))
    assert bracket(venue, quantity=500_000) == [word for n in (1, 2, 3) for word in (f"{n} error 201", f"{n} Inactive 0/500000")]
    assert venue.open_orders() == []


def test_a_child_of_nobody_is_135_and_so_is_one_that_names_a_filled_parent() -> None:
    venue = exchange(WIDE)
    assert told(venue.submit(ticket(5, SELL, stop="9.00", parent_id=3))) == ["5 error 135"]
    bracket(venue)
    assert told(venue.submit(ticket(4, SELL, stop="9.00", parent_id=1))) == ["4 error 135"]
    assert told(venue.submit(ticket(3, SELL, stop="9.10", tif="GTC", parent_id=1))) == ["3 error 135"], "a change with the stale parent"
    assert told(venue.submit(ticket(3, SELL, stop="9.10", tif="GTC"))) == ["3 PreSubmitted 0/100 trigger"]
    assert venue.open_orders()[-1].ticket.stop_price == Decimal("9.10")


@pytest.mark.parametrize(("asked", "code"), [("", 10349), ("DAY", None)])
def test_a_gateway_with_a_preset_says_which_time_in_force_an_order_got(asked: str, code: int | None) -> None:
    venue = exchange(WIDE, rules=Rules(duplicates=False, tells_preset=True))
    heard = told(venue.submit(ticket(1, limit="9.50", tif=asked)))
    assert heard == [f"1 error {code}"] * (code is not None) + ["1 PreSubmitted 0/100", "1 Submitted 0/100"]


def test_a_halted_symbol_takes_no_orders_by_154() -> None:
    venue = exchange(WIDE, venue=Venue(halts=(Halt(SPY, at("09:31:00"), at("09:36:00")),)))
    assert told(venue.submit(ticket(1))) == ["1 error 154", "1 Inactive 0/100"]
    assert told(venue.submit(ticket(2, symbol=IBM, limit="9.00")))[0] == "2 PreSubmitted 0/100"


def test_shares_that_cannot_be_borrowed_are_201_and_a_sale_of_what_is_held_is_not() -> None:
    venue = exchange(WIDE, venue=Venue(shares_to_borrow={SPY: 50}))
    assert told(venue.submit(ticket(1, SELL, 51))) == ["1 error 201", "1 Inactive 0/51"]
    venue.submit(ticket(2, BUY, 100))
    assert told(venue.submit(ticket(3, SELL, 100)))[0] == "3 PreSubmitted 0/100"
    assert told(venue.submit(ticket(4, SELL, 50)))[0] == "4 PreSubmitted 0/50"
    assert told(venue.submit(ticket(5, SELL, 1)))[0] == "5 error 201", "the account is short by all there is"


def test_sales_that_still_work_count_as_borrowed() -> None:
    venue = exchange(WIDE, venue=Venue(shares_to_borrow={SPY: 50}))
    venue.submit(ticket(1, SELL, 50, limit="11.00"))
    assert told(venue.submit(ticket(2, SELL, 1, limit="11.00"))) == ["2 error 201", "2 Inactive 0/1"]


def test_a_child_needs_no_margin_before_it_is_to_work() -> None:
    venue = exchange(WIDE, trade("09:30:40", "10.00"))
    venue.submit(ticket(1, limit="9.50"))
    assert told(venue.submit(ticket(2, SELL, 400_001, limit="11.00", parent_id=1))) == ["2 PreSubmitted 0/400001 child"]


def test_a_gateway_may_refuse_fok_as_a_real_one_did() -> None:
    venue = exchange(WIDE, rules=Rules(duplicates=False, refuses_fok=True))
    assert told(venue.submit(ticket(1, tif="FOK"))) == ["1 error 201", "1 Inactive 0/100"]


def test_a_date_that_has_passed_is_201() -> None:
    venue = exchange(WIDE)
    assert told(venue.submit(ticket(1, limit="9.00", tif="GTD", good_till=at("09:30:00"), good_till_text="x")))[0] == "1 error 201"


def test_a_what_if_is_answered_with_margins_and_places_nothing() -> None:
    venue = exchange(WIDE, trade("09:30:40", "10.00"))
    answer = venue.what_if(ticket(1, quantity=400))
    assert not isinstance(answer, OrderError)
    report, margins = answer
    assert isinstance(report, OrderReport)
    assert (report.status, report.perm_id > 0) == ("PreSubmitted", True)
    assert isinstance(margins, Margins)
    assert (margins.initial_change, margins.commission) == (Decimal(1000), Decimal("2.00"))
    assert venue.open_orders() == venue.completed() == []
    assert venue.next_order_id(7) == 1
    wrong = venue.what_if(ticket(1, limit="10.005"))
    assert isinstance(wrong, OrderError)
    assert wrong.code == 110


def test_a_scripted_refusal_befalls_a_kept_order_too() -> None:
    venue = exchange(WIDE)
    assert told(venue.submit(ticket(1, transmit=False), refusal=Refusal(201, "no"))) == ["1 error 201", "1 Inactive 0/100"]


def test_the_margin_check_can_be_switched_off() -> None:
    events = (WIDE, trade("09:30:40", "10.00"))
    for venue, refused in ((exchange(*events), True), (exchange(*events, venue=Venue(margin_check=False)), False)):
        assert (told(venue.submit(ticket(1, quantity=500_000)))[0] == "1 error 201") is refused
        venue.submit(ticket(2, limit="9.00"))
        assert (told(venue.submit(ticket(2, limit="9.00", quantity=500_000))) == ["2 error 201"]) is refused


def test_an_order_does_not_become_one_that_has_a_single_chance() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.00"))
    assert told(venue.submit(ticket(1, limit="9.00", tif="IOC"))) == ["1 error 105"]
    assert told(venue.submit(ticket(1, limit="9.00", tif="GTC"))) == ["1 Submitted 0/100"]


NOTHING_TO_BORROW = Venue(shares_to_borrow={SPY: 0})


def test_a_child_is_no_short_sale_before_its_parent_has_filled_nor_for_what_it_brings() -> None:
    venue = exchange(WIDE, venue=NOTHING_TO_BORROW)
    assert bracket(venue)[-3:] == ["2 PreSubmitted 0/100", "2 Submitted 0/100", "3 PreSubmitted 0/100 trigger"]
    venue.submit(ticket(4, limit="9.50"))
    venue.submit(ticket(5, SELL, stop="9.00", parent_id=4))
    venue.submit(ticket(6, BUY, 30))
    assert told(venue.submit(ticket(7, SELL, 30)))[0] == "7 PreSubmitted 0/30", "what a child may sell one day is not sold yet"
    assert told(venue.submit(ticket(8, SELL, 1)))[0] == "8 error 201"


@pytest.mark.parametrize("switch", [False, True])
def test_a_child_that_would_sell_more_than_its_parent_brought_is_refused_when_it_is_to_work(switch: bool) -> None:
    rules = Rules(duplicates=False, status_may_precede_execution=False, children_at_first_fill=switch)
    venue = exchange(quote("09:30:30", "10.00", "10.02", 60, 60), quote("09:31:01", "10.00", "10.02", 60, 61), venue=NOTHING_TO_BORROW, rules=rules)
    venue.submit(ticket(1, transmit=False))
    venue.submit(ticket(2, SELL, 101, limit="11.00", parent_id=1, transmit=False))
    heard = told(venue.submit(ticket(3, SELL, 100, stop="9.00", parent_id=1))) + told(venue.advance(at("09:31:01")))
    assert [word for word in heard if word.startswith("2 ")] == ["2 PreSubmitted 0/101 child", "2 error 201", "2 Inactive 0/101"]
    assert [report.ticket.order_id for report in venue.open_orders()] == [3]


def test_a_change_to_more_shares_than_can_be_borrowed_or_to_a_date_that_has_passed_is_201_and_changes_nothing() -> None:
    venue = exchange(WIDE, venue=Venue(shares_to_borrow={SPY: 50}))
    venue.submit(ticket(1, SELL, 50, limit="11.00"))
    assert told(venue.submit(ticket(1, SELL, 51, limit="11.00"))) == ["1 error 201"]
    assert told(venue.submit(ticket(1, SELL, 50, limit="11.00", tif="GTD", good_till=at("09:30:00"), good_till_text="x"))) == ["1 error 201"]
    assert told([*venue.open_orders()]) == ["1 Submitted 0/50"]
    assert told(venue.submit(ticket(1, SELL, 50, limit="11.01"))) == ["1 Submitted 0/50"]


def test_a_child_may_be_made_larger_before_its_parent_fills() -> None:
    venue = exchange(WIDE, venue=NOTHING_TO_BORROW)
    bracket(venue, entry="9.50")
    assert told(venue.submit(ticket(3, SELL, 200, stop="9.00", tif="GTC", parent_id=1))) == ["3 PreSubmitted 0/200 child,trigger"]


def test_the_groups_largest_member_may_be_changed_and_the_group_fills_that_much_and_no_more() -> None:
    venue = exchange(WIDE, quote("09:31:01", "11.00", "11.02", 50, 50), trade("09:31:02", "9.00"), quote("09:31:03", "9.00", "9.02", 500, 500))
    bracket(venue)
    assert told(venue.submit(ticket(3, SELL, 120, stop="9.00", tif="GTC"))) == ["3 PreSubmitted 0/120 trigger"]
    venue.advance(at("09:31:01"))
    assert told(venue.submit(ticket(3, SELL, 500, stop="9.00", tif="GTC"))) == ["3 PreSubmitted 0/70 trigger"]
    venue.advance(at("09:31:03"))
    assert [held.quantity for held in venue.positions()] == [-20]
    assert venue.open_orders() == []


def test_an_order_is_carried_only_as_far_as_the_account_carries_what_works_beside_it() -> None:
    venue = exchange(WIDE, trade("09:30:40", "10.00"))
    venue.submit(ticket(1, BUY, 10_000))
    for order_id in range(2, 40):
        venue.submit(ticket(order_id, SELL, 10_000, limit="11.00"))
    assert told(venue.submit(ticket(40, SELL, 10_000, limit="11.00")))[0] == "40 PreSubmitted 0/10000"
    assert told(venue.submit(ticket(43, SELL, 20_000, limit="11.00")))[0] == "43 error 201"


def test_a_scripted_refusal_of_a_change_is_an_error_alone_and_of_a_kept_order_its_end() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.50"))
    assert told(venue.submit(ticket(1, limit="9.60"), refusal=Refusal(110, "no", after_ack=True))) == ["1 error 110"]
    assert [report.ticket.limit_price for report in venue.open_orders()] == [Decimal("9.50")]
    venue.submit(ticket(2, limit="9.50", transmit=False))
    assert told(venue.submit(ticket(2, limit="9.50"), refusal=Refusal(110, "no"))) == ["2 error 110", "2 Inactive 0/100"]


def twice(venue: Exchange, order: Ticket) -> list[str]:
    """What an order and its twin are told as; the second's words alone."""
    venue.submit(order)
    return told(venue.submit_twin(order))


def test_a_twin_is_an_order_of_the_same_words_and_name_with_a_permanent_id_of_its_own() -> None:
    venue = exchange(WIDE)
    assert twice(venue, ticket(1, limit="9.50")) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]
    first, twin = venue.open_orders()
    assert first.perm_id != twin.perm_id
    assert (twin.ticket.told_id, twin.ticket.order_ref) == (1, first.ticket.order_ref)
    assert venue.next_order_id(7) == 2
    assert told(venue.cancel(7, 1, 7)) == told(venue.cancel(7, 1, 7)) == ["1 Cancelled 0/100", "1 error 202"]
    assert venue.open_orders() == []


def test_both_of_two_fill_unless_they_are_in_one_group() -> None:
    venue = exchange(WIDE)
    assert "1 exec 100 @ 10.02" in twice(venue, ticket(1))
    assert [held.quantity for held in venue.positions()] == [200]
    assert twice(venue, ticket(2, SELL, 200, group="g")) == [], "the first has filled the group"
    assert venue.positions() == []


def test_a_twin_outlives_a_night_and_its_first_and_can_be_cancelled_by_its_name() -> None:
    venue = exchange(WIDE, now="15:59:00")
    twice(venue, ticket(1, limit="9.50", tif="GTC"))
    venue.cancel(7, 1, 7)
    again = exchange(WIDE, now="15:59:00")
    again.restore(json.loads(json.dumps(venue.state())))
    again.advance(at("09:00:00", DAY + timedelta(days=1)))
    assert [word for word in told(again.cancel(7, 1, 7)) if "Cancelled" in word] == ["1 Cancelled 0/100"]


def test_what_was_cancelled_at_once_has_no_twin() -> None:
    """A twin of a stop whose parent found nothing would work without any position."""
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.50", tif="IOC", transmit=False))
    assert twice(venue, ticket(2, SELL, stop="9.00", parent_id=1)) == twice(venue, ticket(3, limit="9.50", tif="IOC")) == []
    assert venue.open_orders() == []


def test_what_is_not_transmitted_or_was_refused_has_no_twin() -> None:
    venue = exchange(WIDE, trade("09:30:40", "10.00"))
    assert twice(venue, ticket(1, transmit=False)) == twice(venue, ticket(2, quantity=500_000)) == twice(venue, ticket(3, limit="9.505")) == []
    assert twice(venue, ticket(4, quantity=250_000, limit="9.50")) == [], "the account carries one of them and not both"
    assert [report.ticket.order_id for report in venue.open_orders()] == [4]

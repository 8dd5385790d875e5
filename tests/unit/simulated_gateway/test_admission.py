"""What is wrong with a ticket, in the broker's numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.admission import fault, held_notice, margin_reason, rejection, revision_refusal
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulated_gateway.model import Refusal, Ticket
from robo_trader.values import Instant, Symbol
from tests.support.exchange_bench import BUY, DAY, SELL, SPY, ticket

SPY_CONTRACT = Contracts().find("SPY")
GOOD = replace(ticket(1, limit="10.00"), account="DU1000001")


def test_a_good_ticket_has_no_fault() -> None:
    assert fault(GOOD, SPY_CONTRACT, "DU1000001") is None


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"order_type": "FOO"}, 321, "order type"),
        ({"quantity": 0}, 321, "size"),
        ({"quantity": -5}, 321, "size"),
        ({"time_in_force": "FOO"}, 321, "time in force"),
        ({"account": "DU9"}, 321, "DU9"),
        ({"oca_group": "g", "oca_type": 4}, 321, "OCA"),
        ({"limit_price": None}, 321, "price"),
        ({"limit_price": Decimal(-1)}, 321, "price"),
        ({"limit_price": Decimal("NaN")}, 321, "price"),
        ({"limit_price": Decimal("Infinity")}, 321, "price"),
        ({"limit_price": Decimal("10.005")}, 110, "minimum price variation"),
        ({"order_type": "STP", "stop_price": Decimal("10.005")}, 110, "minimum price variation"),
        ({"limit_price": Decimal("1e308")}, 110, "minimum price variation"),
    ],
)
def test_a_bad_field_is_told_by_its_number(change: dict[str, object], code: int, says: str) -> None:
    found = fault(replace(GOOD, **change), SPY_CONTRACT, "DU1000001")  # type: ignore[arg-type]
    assert found is not None
    assert (found.client_id, found.order_id, found.code) == (7, 1, code)
    assert says in found.text


def test_an_unknown_contract_is_200() -> None:
    found = fault(GOOD, None, "DU1000001")
    assert found is not None
    assert found.code == 200


@pytest.mark.parametrize("order_id", [0, -1])
def test_an_id_that_is_not_positive_is_as_used_as_any_below_the_next_and_told_as_it_came(order_id: int) -> None:
    for quantity in (100, 0):
        found = fault(replace(GOOD, order_id=order_id, quantity=quantity), SPY_CONTRACT, "DU1000001")
        assert found is not None
        assert (found.order_id, found.code) == (order_id, 103)


def at_ten(_: Symbol) -> Decimal:
    return Decimal(10)


def order_of(some: Ticket) -> BookOrder:
    return BookOrder(some, some.order_id, some.order_id, phase=Phase.WORKING)


def test_four_times_the_equity_may_be_held_and_no_share_more() -> None:
    account = Account(cash=Decimal(1000))
    assert margin_reason(ticket(1, quantity=400), [], account, at_ten) is None
    reason = margin_reason(ticket(1, quantity=401), [], account, at_ten)
    assert reason is not None
    assert "4010.00" in reason


def test_working_orders_on_the_same_side_count_and_a_group_counts_once() -> None:
    account = Account(cash=Decimal(1000))
    working = [order_of(ticket(2, quantity=300))]
    assert margin_reason(ticket(1, quantity=101), working, account, at_ten) is not None
    assert margin_reason(ticket(1, SELL, quantity=101), working, account, at_ten) is None
    grouped = [order_of(ticket(2, quantity=300, group="g"))]
    assert margin_reason(ticket(1, quantity=300, group="g"), grouped, account, at_ten) is None


def test_an_order_that_makes_the_position_smaller_is_always_carried() -> None:
    account = Account(cash=Decimal(1000))
    account.fill(SPY, BUY, 500, Decimal(10), Decimal(0))
    assert margin_reason(ticket(1, SELL, quantity=500), [], account, at_ten) is None
    assert margin_reason(ticket(1, BUY, quantity=1), [], account, at_ten) is not None


def test_an_order_that_sells_what_is_still_to_come_makes_the_position_smaller_too() -> None:
    account = Account(cash=Decimal(1000))
    account.fill(Symbol("IBM"), BUY, 500, Decimal(10), Decimal(0))
    account.fill(SPY, BUY, 10, Decimal(10), Decimal(0))
    for sold in (10, 50, 100):
        assert margin_reason(ticket(1, SELL, quantity=sold), [], account, at_ten, coming=90) is None
    assert margin_reason(ticket(1, SELL, quantity=201), [], account, at_ten, coming=90) is not None, "short by more than there was"


def test_what_sells_again_after_a_short_position_was_bought_back_makes_it_larger() -> None:
    account = Account(cash=Decimal(1000))
    account.fill(Symbol("IBM"), BUY, 500, Decimal(10), Decimal(0))
    account.fill(SPY, SELL, 100, Decimal(10), Decimal(0))
    assert margin_reason(ticket(1, SELL, quantity=50), [], account, at_ten, coming=100) is not None


def test_what_works_beside_an_order_counts_though_the_order_alone_would_make_the_position_smaller() -> None:
    account = Account(cash=Decimal(1000))
    account.fill(SPY, BUY, 100, Decimal(10), Decimal(0))
    working = [order_of(ticket(2, SELL, quantity=400))]
    assert margin_reason(ticket(1, SELL, quantity=100), working, account, at_ten) is None
    assert margin_reason(ticket(1, SELL, quantity=101), working, account, at_ten) is not None
    working[0].phase = Phase.ATTACHED
    assert margin_reason(ticket(1, SELL, quantity=200), working, account, at_ten) is None, "a child waits for its parent"


def test_an_order_may_be_revised_in_price_and_quantity_only() -> None:
    order = order_of(ticket(1, limit="10.00"))
    assert revision_refusal(order, ticket(1, limit="10.01", quantity=200)) is None
    assert revision_refusal(order, ticket(1)) is None, "a limit order may become a market order"
    for other in (ticket(1, SELL, limit="10.00"), ticket(1, limit="10.00", symbol=Symbol("IBM")), ticket(1, stop="10.00")):
        refusal = revision_refusal(order, other)
        assert refusal is not None
        assert refusal[0] == 105


def test_a_member_of_a_group_may_not_be_revised_nor_an_order_join_one() -> None:
    member = order_of(ticket(1, group="g"))
    assert revision_refusal(member, ticket(1, group="g")) == (10326, "OCA group revision is not allowed")
    assert revision_refusal(order_of(ticket(1)), ticket(1, group="g")) == (10326, "OCA group revision is not allowed")


def test_what_has_filled_or_ended_may_not_be_revised() -> None:
    order = order_of(ticket(1))
    order.book(100, Decimal(10))
    assert revision_refusal(order, ticket(1))[0] == 201  # type: ignore[index]
    order.move(Phase.FILLED, Instant(1))
    assert revision_refusal(order, ticket(1)) == (104, "Can't modify a filled order.")
    ended = order_of(ticket(2))
    ended.move(Phase.CANCELLED, Instant(1))
    assert revision_refusal(ended, ticket(2))[0] == 103  # type: ignore[index]


def test_a_rejection_is_201_in_the_brokers_words() -> None:
    assert rejection("no") == Refusal(201, "Order rejected - reason:no")


@pytest.mark.parametrize(("day", "says"), [(DAY, "2013-10-07 09:30:00 US/Eastern."), (None, "until further notice.")])
def test_a_held_order_is_told_when_it_will_work(day: date | None, says: str) -> None:
    assert SPY_CONTRACT is not None
    notice = held_notice(BookOrder(GOOD, 1_000_001, 1), SPY_CONTRACT, None if day is None else regular_hours(day))
    assert (notice.order_id, notice.code) == (1, 399)
    assert notice.text.endswith(says)

"""In which sequence clients hear of an order."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderHappening, OrderReport, PositionReport, Refusal
from robo_trader.simulated_gateway.sequences import Rules, Teller
from robo_trader.values import Instant
from tests.support.exchange_bench import PLAIN, SPY, ticket, told


def filled_order() -> BookOrder:
    order = BookOrder(ticket(1), 1_000_001, 1, phase=Phase.WORKING)
    order.book(100, Decimal("10.00"))
    order.commission = Decimal("1.00")
    order.move(Phase.FILLED, Instant(5))
    return order


def fill(teller: Teller) -> list[OrderHappening]:
    order = filled_order()
    execution = Execution("x.01", order.ticket, order.perm_id, 100, Decimal("10.00"), Instant(5), 100, Decimal("10.00"))
    return teller.filled(order, execution, CommissionNote("x.01", 7, Decimal("1.00"), None), PositionReport(SPY, 100, Decimal("10.01")))


def test_an_execution_is_followed_by_the_state_twice_then_the_commission_then_the_position() -> None:
    happenings = fill(Teller(PLAIN, seed=1))
    assert told(happenings) == ["1 exec 100 @ 10.00", "1 Filled 100/0", "1 Filled 100/0", "fee 1.00", "position 100"]
    reports = [happening for happening in happenings if isinstance(happening, OrderReport)]
    assert [report.commission for report in reports] == [None, Decimal("1.00")]


def test_a_cancel_is_told_by_the_status_alone_and_then_202() -> None:
    order = BookOrder(ticket(1), 1_000_001, 1)
    order.move(Phase.CANCELLED, Instant(5))
    happenings = Teller(PLAIN, seed=1).cancelled(order)
    assert told(happenings) == ["1 Cancelled 0/100", "1 error 202"]
    assert isinstance(happenings[0], OrderReport)
    assert not happenings[0].open_order


def test_a_refusal_is_told_by_201_and_then_the_state() -> None:
    order = BookOrder(ticket(1), 1_000_001, 1)
    order.move(Phase.INACTIVE, Instant(5))
    assert told(Teller(PLAIN, seed=1).rejected(order, Refusal(201, "no"))) == ["1 error 201", "1 Inactive 0/100"]


def test_a_refusal_after_the_acknowledgement_is_told_in_that_order() -> None:
    order = BookOrder(ticket(1), 1_000_001, 1)
    order.move(Phase.INACTIVE, Instant(5))
    heard = told(Teller(PLAIN, seed=1).rejected(order, Refusal(110, "no", after_ack=True)))
    assert heard == ["1 PreSubmitted 0/100", "1 error 110", "1 Inactive 0/100"]


def test_some_reports_repeat_and_some_states_overtake_their_execution() -> None:
    teller = Teller(Rules(), seed=1)
    fills = [told(fill(teller)) for _ in range(200)]
    overtaking = [words for words in fills if words[0] == "1 Filled 100/0"]
    assert 5 < len(overtaking) < 60
    assert {len(words) for words in fills} == {5, 6}
    assert all(words[-2:] == ["fee 1.00", "position 100"] for words in fills)


def test_chance_goes_on_where_it_was_saved() -> None:
    first, second = Teller(Rules(), seed=3), Teller(Rules(), seed=3)
    for _ in range(50):
        fill(first)
    second.tosses = first.tosses
    assert [told(fill(first)) for _ in range(50)] == [told(fill(second)) for _ in range(50)]


def test_switches_do_not_move_the_chance_of_others() -> None:
    noisy, quiet = Teller(Rules(), seed=3), Teller(PLAIN, seed=3)
    fill(noisy)
    fill(quiet)
    assert noisy.tosses == quiet.tosses

"""In which sequence clients hear of an order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderHappening, OrderReport, PositionReport, Refusal
from robo_trader.simulated_gateway.sequences import LateModify, Rules, Teller
from robo_trader.values import Instant
from tests.support.exchange_bench import PLAIN, SPY, exchange, quote, ticket, told


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


def test_a_refusal_may_be_told_as_a_cancelled_order_and_stays_what_it_is() -> None:
    order = BookOrder(ticket(1), 1_000_001, 1)
    order.move(Phase.INACTIVE, Instant(5))
    (_, report) = Teller(replace(PLAIN, rejects_end_cancelled=True), seed=1).rejected(order, Refusal(201, "no"))
    assert isinstance(report, OrderReport)
    assert (report.status, report.told_as) == ("Inactive", "Cancelled")


@pytest.mark.parametrize(("answer", "words"), [("104", ["1 error 104"]), ("201", ["1 error 201"]), ("silence", [])])
def test_a_change_of_a_filled_order_is_answered_in_one_of_three_ways_and_any_other_in_one(answer: str, words: list[str]) -> None:
    teller = Teller(replace(PLAIN, modify_of_filled=LateModify(answer)), seed=1)
    assert told(teller.unchanged(filled_order(), (104, "Can't modify a filled order."))) == words
    assert told(teller.unchanged(filled_order(), (105, "no"))) == ["1 error 105"]


def test_a_cancel_of_an_unknown_order_may_have_an_older_code() -> None:
    assert told([Teller(PLAIN, seed=1).unknown(7, 5)]) == ["5 error 10147"]
    older = Teller(replace(PLAIN, unknown_cancel_is_135=True), seed=1).unknown(7, 5)
    assert (older.code, older.text) == (135, "Can't find order with id =5")


def heard(rules: Rules, *orders: str | None) -> list[str]:
    """Status and messages of each state of orders, at market or with a limit, that clients are told: P pre-submitted, S submitted, F filled."""
    venue = exchange(quote("09:30:30", "10.00", "10.02"), rules=rules)
    reports = [one for number, limit in enumerate(orders, 1) for one in venue.submit(ticket(number, limit=limit)) if isinstance(one, OrderReport)]
    parts = [(one.told_as or one.status, "o" * one.open_order + "s" * one.order_status) for one in reports]
    return [f"{word[0]}{part}" for word, part in parts if part]


def test_the_first_state_that_is_told_may_be_submitted() -> None:
    assert heard(PLAIN, None, "9.00") == ["Pos", "Fos", "Fos", "Pos", "Sos"]
    assert heard(replace(PLAIN, submitted_at_once=True), None, "9.00") == ["Sos", "Fos", "Fos", "Sos"]


def test_a_market_order_that_fills_at_once_may_have_no_status() -> None:
    assert heard(replace(PLAIN, fast_fills_without_status=True), None, "10.05") == ["Po", "Fo", "Fo", "Pos", "Fos", "Fos"]


def test_an_order_that_waits_is_pre_submitted_under_any_rules() -> None:
    venue = exchange(now="09:20:00", rules=replace(PLAIN, submitted_at_once=True, fast_fills_without_status=True))
    (_, report) = venue.submit(ticket(1))
    assert isinstance(report, OrderReport)
    assert (report.status, report.told_as, report.open_order, report.order_status) == ("PreSubmitted", "", True, True)

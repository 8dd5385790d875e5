"""How quotes and prints fill orders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from robo_trader.simulated_gateway.model import QuoteChange
from robo_trader.simulated_gateway.venue import Venue
from tests.support.exchange_bench import SELL, SPY, at, exchange, executions, quote, ticket, told, trade

FIRST = quote("09:30:30", "10.00", "10.02", 60, 60)


def test_a_market_order_takes_what_is_displayed_and_waits_for_the_next_quote() -> None:
    venue = exchange(FIRST, quote("09:31:01", "10.00", "10.03", 60, 500))
    assert told(venue.submit(ticket(1))) == [
        "1 PreSubmitted 0/100",
        "1 exec 60 @ 10.02",
        "1 Submitted 60/40",
        "1 Submitted 60/40",
        "fee 1.00",
        "position 60",
    ]
    assert told(venue.advance(at("09:31:02"))) == ["1 exec 40 @ 10.03", "1 Filled 100/0", "1 Filled 100/0", "fee 0.00", "position 100"]


def test_a_market_order_goes_through_the_levels_behind_the_best() -> None:
    deep = QuoteChange(SPY, Decimal("10.00"), Decimal("10.02"), 60, 60, at("09:30:30"), (), ((Decimal("10.03"), 30), (Decimal("10.04"), 500)))
    fills = executions(exchange(deep).submit(ticket(1)))
    assert [(fill.quantity, str(fill.price)) for fill in fills] == [(60, "10.02"), (30, "10.03"), (10, "10.04")]
    assert (fills[-1].cumulative, fills[-1].average_price) == (100, Decimal("10.025"))


def test_displayed_shares_are_taken_once() -> None:
    venue = exchange(FIRST, quote("09:31:00.5", "9.99", "10.02", 60, 60))
    venue.submit(ticket(1))
    assert executions(venue.submit(ticket(2))) == []
    assert executions(venue.advance(at("09:31:00.4"))) == []


def test_a_limit_takes_displayed_prices_within_it_and_rests_with_the_remainder() -> None:
    venue = exchange(FIRST, quote("09:31:01", "10.01", "10.04", 60, 60), quote("09:31:02", "9.99", "10.01", 60, 30))
    assert told(venue.submit(ticket(1, limit="10.02")))[1:3] == ["1 exec 60 @ 10.02", "1 Submitted 60/40"]
    fills = executions(venue.advance(at("09:31:03")))
    assert [(fill.quantity, str(fill.price)) for fill in fills] == [(30, "10.02")], "it rested at 10.02 when the quote crossed it"


def test_a_resting_limit_does_not_fill_at_its_price_but_when_traded_through() -> None:
    venue = exchange(FIRST, trade("09:31:01", "9.95"), trade("09:31:02", "9.94", 70), trade("09:31:03", "9.94", 70))
    assert told(venue.submit(ticket(1, limit="9.95"))) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]
    fills = executions(venue.advance(at("09:31:04")))
    assert [(fill.quantity, str(fill.price), fill.at) for fill in fills] == [(70, "9.95", at("09:31:02")), (30, "9.95", at("09:31:03"))]


def test_the_shares_of_a_print_are_shared_out_once_by_price_then_time() -> None:
    venue = exchange(FIRST, trade("09:31:01", "9.90", 150))
    for order_id, limit in ((1, "9.95"), (2, "9.96"), (3, "9.95")):
        venue.submit(ticket(order_id, limit=limit))
    fills = executions(venue.advance(at("09:31:02")))
    assert [(fill.ticket.order_id, fill.quantity) for fill in fills] == [(2, 100), (1, 50)]


def test_a_stop_waits_for_a_trade_at_its_price_and_then_is_a_market_order() -> None:
    venue = exchange(FIRST, trade("09:31:01", "9.96"), trade("09:31:02", "9.95"), quote("09:31:02.5", "9.94", "9.96", 100, 100))
    assert told(venue.submit(ticket(1, SELL, stop="9.95"))) == ["1 PreSubmitted 0/100 trigger"]
    assert told(venue.advance(at("09:31:02.1"))) == [
        "1 Submitted 0/100",
        "1 exec 60 @ 10.00",
        "1 Submitted 60/40",
        "1 Submitted 60/40",
        "fee 1.00",
        "position -60",
    ]
    assert [(fill.quantity, str(fill.price)) for fill in executions(venue.advance(at("09:31:03")))] == [(40, "9.94")]


def test_a_quote_through_a_stop_does_not_trigger_it() -> None:
    venue = exchange(FIRST, quote("09:31:01", "9.80", "9.82"))
    venue.submit(ticket(1, SELL, stop="9.95"))
    assert told(venue.advance(at("09:31:02"))) == []


def test_a_stop_that_the_last_trade_has_passed_is_triggered_at_once() -> None:
    venue = exchange(FIRST, trade("09:30:40", "9.90"))
    assert told(venue.submit(ticket(1, SELL, quantity=60, stop="9.95")))[:3] == [
        "1 PreSubmitted 0/60 trigger",
        "1 Submitted 0/60",
        "1 exec 60 @ 10.00",
    ]


def test_a_type_1_group_keeps_only_its_filler_after_a_partial_fill() -> None:
    venue = exchange(FIRST, trade("09:30:40", "10.01"))
    venue.submit(ticket(1, SELL, stop="9.90", group="g", oca_type=1))
    heard = told(venue.submit(ticket(2, SELL, group="g", oca_type=1)))
    assert heard[1] == "2 exec 60 @ 10.00"
    assert heard[-2:] == ["1 Cancelled 0/100", "1 error 202"]
    assert told(venue.submit(ticket(3, SELL, group="g", oca_type=1))) == ["3 error 201", "3 Inactive 0/100"]


def test_a_type_2_group_shrinks_by_each_fill_and_is_over_when_a_member_is_done() -> None:
    venue = exchange(FIRST, quote("09:31:01", "9.99", "10.02", 60, 60))
    venue.submit(ticket(1, SELL, stop="9.90", group="g"))
    assert told(venue.submit(ticket(2, SELL, group="g")))[-1] == "1 PreSubmitted 0/40 trigger"
    assert told(venue.advance(at("09:31:02")))[-2:] == ["1 Cancelled 0/40", "1 error 202"]
    assert told(venue.submit(ticket(3, SELL, group="g"))) == ["3 error 201", "3 Inactive 0/100"]


def test_a_stop_and_an_exit_that_meet_fill_their_quantity_once() -> None:
    venue = exchange(FIRST, trade("09:31:01", "9.90"), quote("09:31:01.5", "9.89", "9.91", 1000, 1000))
    venue.submit(ticket(1, SELL, stop="9.90", group="g"))
    half = executions(venue.submit(ticket(2, SELL, group="g")))
    fills = half + executions(venue.advance(at("09:31:02")))
    assert sum(fill.quantity for fill in fills) == 100


def test_an_exit_that_joins_after_half_a_stop_has_filled_may_fill_the_other_half() -> None:
    venue = exchange(FIRST, trade("09:31:01", "9.90"), quote("09:31:02", "9.89", "9.91", 1000, 1000))
    venue.submit(ticket(1, SELL, stop="9.90", group="g"))
    assert executions(venue.advance(at("09:31:01")))[0].quantity == 60
    assert told(venue.submit(ticket(2, SELL, group="g")))[0] == "2 PreSubmitted 0/40"
    assert sum(fill.quantity for fill in executions(venue.advance(at("09:31:03")))) == 40


def test_execution_ids_name_the_order_and_the_count_of_its_fills() -> None:
    venue = exchange(FIRST, quote("09:31:01", "10.00", "10.03", 60, 500))
    ids = [fill.exec_id for fill in executions(venue.submit(ticket(1))) + executions(venue.advance(at("09:31:02")))]
    assert ids == ["0000e0d5.4190ab01.01.01", "0000e0d5.4190ab01.02.01"]


def test_an_absent_side_fills_nothing() -> None:
    venue = exchange(replace(FIRST, ask=None, ask_size=0))
    assert told(venue.submit(ticket(1))) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]


QUEUE = Venue(queue=True)


def test_a_limit_in_a_queue_is_filled_by_prints_at_its_price_once_the_shares_before_it_are_through() -> None:
    events = [trade("09:31:01", "10.00", 50), trade("09:31:02", "10.00", 80), trade("09:31:03", "10.00", 500)]
    venue = exchange(FIRST, *events, venue=QUEUE)
    venue.submit(ticket(1, limit="10.00"))
    fills = executions(venue.advance(at("09:31:04")))
    assert [(fill.quantity, str(fill.price), fill.added) for fill in fills] == [(70, "10.00", True), (30, "10.00", True)]


def test_without_a_queue_a_print_at_the_limit_fills_nothing() -> None:
    venue = exchange(FIRST, trade("09:31:03", "10.00", 5000))
    venue.submit(ticket(1, limit="10.00"))
    assert executions(venue.advance(at("09:31:04"))) == []


def test_a_print_at_the_price_is_shared_out_once_and_to_the_elder_first() -> None:
    venue = exchange(FIRST, trade("09:31:01", "10.00", 200), venue=QUEUE)
    venue.submit(ticket(1, limit="10.00"))
    venue.submit(ticket(1, limit="10.00", client=8))
    fills = executions(venue.advance(at("09:31:02")))
    assert [(fill.ticket.client_id, fill.quantity) for fill in fills] == [(7, 100), (8, 40)]


def test_orders_of_two_clients_meet_where_the_venue_lets_them_and_nowhere_else() -> None:
    for venue, prices in ((exchange(FIRST, venue=Venue(orders_meet=True)), ["10.01", "10.01", "10.02"]), (exchange(FIRST), ["10.02"])):
        venue.submit(ticket(1, SELL, 60, limit="10.01", client=8))
        fills = executions(venue.submit(ticket(1, quantity=100, limit="10.02")))
        assert [str(fill.price) for fill in fills] == prices
        assert [fill.added for fill in fills] == [False, True, False][: len(prices)]


def test_the_display_comes_before_a_resting_order_of_no_better_price() -> None:
    venue = exchange(FIRST, venue=Venue(orders_meet=True))
    venue.submit(ticket(1, SELL, 60, limit="10.02", client=8))
    assert [fill.ticket.client_id for fill in executions(venue.submit(ticket(1, quantity=60)))] == [7]


def test_members_of_one_group_do_not_meet() -> None:
    venue = exchange(FIRST, venue=Venue(orders_meet=True))
    venue.submit(ticket(1, SELL, 60, limit="10.01", group="g"))
    assert [str(fill.price) for fill in executions(venue.submit(ticket(2, quantity=60, group="g")))] == ["10.02"]


def test_tiered_commissions_tell_takers_from_makers() -> None:
    venue = exchange(FIRST, trade("09:31:01", "9.99", 500), venue=Venue(commissions="tiered"))
    taker = [word for word in told(venue.submit(ticket(1, quantity=50))) if word.startswith("fee")]
    venue.submit(ticket(2, quantity=50, limit="10.00"))
    maker = [word for word in told(venue.advance(at("09:31:02"))) if word.startswith("fee")]
    assert [Decimal(word.removeprefix("fee ")) for word in taker + maker] == [Decimal("0.51025725"), Decimal("0.26025725")]


def test_of_two_orders_for_the_opening_in_a_group_the_first_fills_and_the_other_is_cancelled() -> None:
    for oca_type in (1, 2, 3):
        venue = exchange(trade("09:30:01", "10.00", 5000), now="09:29:00")
        venue.submit(ticket(1, tif="OPG", group="g", oca_type=oca_type))
        venue.submit(ticket(2, tif="OPG", group="g", oca_type=oca_type))
        heard = told(venue.advance(at("09:30:01")))
        assert [word for word in heard if "exec" in word or "error" in word] == ["1 exec 100 @ 10.00", "2 error 202"]
        assert [held.quantity for held in venue.positions()] == [100]


def test_a_parent_and_its_child_in_one_group_end_together_and_once() -> None:
    venue = exchange(FIRST)
    venue.submit(ticket(1, limit="9.00", group="g"))
    venue.submit(ticket(2, limit="9.00", group="g", parent_id=1))
    heard = told(venue.submit(ticket(3, quantity=60, group="g")))
    assert heard[-4:] == ["1 Cancelled 0/100", "1 error 202", "2 Cancelled 0/100", "2 error 202"]


def test_where_orders_meet_a_child_finds_what_its_parent_left_of_the_other_order() -> None:
    venue = exchange(FIRST, venue=Venue(orders_meet=True))
    venue.submit(ticket(1, SELL, 100, limit="10.01", client=8))
    venue.submit(ticket(1, quantity=60, limit="10.01", transmit=False))
    fills = executions(venue.submit(ticket(2, quantity=60, limit="10.01", parent_id=1)))
    assert [(fill.ticket.client_id, fill.ticket.order_id, fill.quantity) for fill in fills] == [(7, 1, 60), (8, 1, 60), (7, 2, 40), (8, 1, 40)]


def test_a_change_keeps_the_place_in_the_queue_unless_it_asks_for_more_or_for_another_price() -> None:
    for change, filled in (({"quantity": 90}, [(7, 90), (8, 10)]), ({"quantity": 110}, [(8, 100)]), ({"limit": "9.99"}, [(8, 100)])):
        venue = exchange(FIRST, quote("09:31:01", "10.00", "10.02", 60, 60), trade("09:31:02", "10.00", 160), venue=QUEUE)
        venue.submit(ticket(1, limit="10.00"))
        venue.submit(ticket(1, limit="10.00", client=8))
        venue.submit(ticket(1, **({"limit": "10.00"} | change)))  # type: ignore[arg-type]
        fills = executions(venue.advance(at("09:31:03")))
        assert [(fill.ticket.client_id, fill.quantity) for fill in fills] == filled

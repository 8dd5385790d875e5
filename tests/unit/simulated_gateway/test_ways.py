"""What becomes of an order once it was accepted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.venue import Halt, Venue
from robo_trader.values import NS_PER_SECOND
from tests.support.exchange_bench import BUY, DAY, IBM, PLAIN, SELL, SPY, at, exchange, exchange_on, executions, quote, ticket, told, trade
from tests.unit.simulated_gateway.test_intake import bracket

WIDE = quote("09:30:30", "10.00", "10.02", 10_000, 10_000)
LATE = {"now": "15:59:00"}


# At once or not at all


def test_what_an_ioc_order_cannot_fill_at_once_is_cancelled() -> None:
    venue = exchange(quote("09:30:30", "10.00", "10.02", 60, 60))
    assert told(venue.submit(ticket(1, limit="10.02", tif="IOC"))) == [
        "1 PreSubmitted 0/100",
        "1 exec 60 @ 10.02",
        "1 Submitted 60/40",
        "1 Submitted 60/40",
        "fee 1.00",
        "position 60",
        "1 PendingCancel 60/40",
        "1 Cancelled 60/40",
        "1 error 202",
    ]
    assert told(venue.submit(ticket(2, limit="9.00", tif="IOC"))) == [
        "2 PreSubmitted 0/100",
        "2 Submitted 0/100",
        "2 PendingCancel 0/100",
        "2 Cancelled 0/100",
        "2 error 202",
    ]


def test_a_fok_order_fills_whole_or_not_at_all() -> None:
    venue = exchange(quote("09:30:30", "10.00", "10.02", 60, 60))
    assert executions(venue.submit(ticket(1, quantity=61, tif="FOK"))) == []
    assert [fill.quantity for fill in executions(venue.submit(ticket(2, quantity=60, tif="FOK")))] == [60]
    assert venue.open_orders() == []


def test_an_ioc_order_outside_the_session_is_cancelled_and_not_held() -> None:
    venue = exchange(WIDE, now="09:29:00")
    assert told(venue.submit(ticket(1, tif="IOC"))) == ["1 PreSubmitted 0/100", "1 PendingCancel 0/100", "1 Cancelled 0/100", "1 error 202"]


# Stops


def test_a_stop_limit_becomes_a_limit_order_when_it_is_touched() -> None:
    venue = exchange(WIDE, trade("09:31:01", "10.05"), quote("09:31:02", "10.03", "10.05"), quote("09:31:03", "10.00", "10.04"))
    assert told(venue.submit(ticket(1, limit="10.04", stop="10.05", kind="STP LMT"))) == ["1 PreSubmitted 0/100 trigger"]
    assert told(venue.advance(at("09:31:02"))) == [
        "1 Submitted 0/100",
        "1 exec 100 @ 10.02",
        "1 Filled 100/0",
        "1 Filled 100/0",
        "fee 1.00",
        "position 100",
    ]


def test_a_stop_limit_that_is_touched_beyond_its_limit_rests_there() -> None:
    venue = exchange(quote("09:30:30", "10.05", "10.08"), trade("09:31:01", "10.06"), quote("09:31:03", "10.00", "10.03"))
    venue.submit(ticket(1, limit="10.04", stop="10.05", kind="STP LMT"))
    assert told(venue.advance(at("09:31:02"))) == ["1 Submitted 0/100"]
    assert [str(fill.price) for fill in executions(venue.advance(at("09:31:04")))] == ["10.04"]


@pytest.mark.parametrize("distance", [{"trail_amount": Decimal("0.50")}, {"trail_percent": Decimal(5)}])
def test_a_trailing_stop_follows_the_market_and_is_triggered_where_it_stands(distance: dict[str, Decimal]) -> None:
    prints = [trade("09:30:40", "10.00"), trade("09:31:01", "11.00"), trade("09:31:02", "10.52"), trade("09:31:03", "10.45")]
    venue = exchange(WIDE, *prints)
    assert told(venue.submit(ticket(1, SELL, kind="TRAIL", **distance))) == ["1 PreSubmitted 0/100 trigger"]
    assert venue.open_orders()[0].stop_now == Decimal("9.50")
    assert told(venue.advance(at("09:31:02"))) == []
    assert venue.open_orders()[0].stop_now in (Decimal("10.50"), Decimal("10.45"))
    assert told(venue.advance(at("09:31:03")))[:2] == ["1 Submitted 0/100", "1 exec 100 @ 10.00"]


def test_a_trailing_limit_rests_at_its_offset_from_where_it_was_triggered() -> None:
    venue = exchange(quote("09:30:30", "9.00", "9.02"), trade("09:30:40", "10.00"), trade("09:31:01", "9.40"), quote("09:31:02", "9.39", "9.50"))
    venue.submit(ticket(1, SELL, kind="TRAIL LIMIT", trail_amount=Decimal("0.50"), limit_offset=Decimal("0.12")))
    assert told(venue.advance(at("09:31:01"))) == ["1 Submitted 0/100"]
    assert [str(fill.price) for fill in executions(venue.advance(at("09:31:02")))] == ["9.38"]


# Auctions


def test_orders_for_the_opening_fill_at_the_first_print_of_the_session() -> None:
    events = [trade("09:29:55", "9.00"), quote("09:30:00", "9.90", "10.10"), trade("09:30:01", "10.03"), trade("09:30:02", "10.04")]
    venue = exchange(*events, now="09:29:00")
    assert told(venue.submit(ticket(1, quantity=5000, tif="OPG"))) == ["1 error 399", "1 PreSubmitted 0/5000"]
    venue.submit(ticket(2, limit="10.03", tif="OPG"))
    venue.submit(ticket(3, limit="10.02", tif="OPG"))
    heard = venue.advance(at("09:30:02"))
    assert [(fill.ticket.order_id, fill.quantity, str(fill.price)) for fill in executions(heard)] == [(1, 5000, "10.03"), (2, 100, "10.03")]
    assert told(heard)[-2:] == ["3 Cancelled 0/100", "3 error 202"]


def test_an_order_for_the_opening_that_comes_in_the_session_waits_for_the_next() -> None:
    venue = exchange(WIDE, trade("09:31:30", "10.00"))
    assert told(venue.submit(ticket(1, tif="OPG"))) == ["1 error 399", "1 PreSubmitted 0/100"]
    assert told(venue.advance(at("16:00:00"))) == []
    assert len(venue.open_orders()) == 1


def test_orders_for_the_close_fill_at_the_last_print_of_the_session() -> None:
    events = [quote("15:58:00", "9.90", "10.10", 10, 10), trade("15:59:58", "10.03"), trade("16:00:00", "12.00")]
    venue = exchange(*events, **LATE)
    assert told(venue.submit(ticket(1, SELL, 5000, kind="MOC"))) == ["1 PreSubmitted 0/5000", "1 Submitted 0/5000"]
    venue.submit(ticket(2, limit="10.03", kind="LOC"))
    venue.submit(ticket(3, limit="10.02", kind="LOC"))
    assert executions(venue.advance(at("15:59:59"))) == []
    heard = venue.advance(at("16:00:01"))
    assert [(fill.ticket.order_id, fill.quantity, str(fill.price)) for fill in executions(heard)] == [(1, 5000, "10.03"), (2, 100, "10.03")]
    assert told(heard)[-2:] == ["3 Cancelled 0/100", "3 error 202"]


def test_without_a_print_in_the_session_there_is_no_closing_price() -> None:
    venue = exchange(trade("09:29:00", "10.00"), now="15:59:00")
    venue.submit(ticket(1, kind="MOC"))
    assert told(venue.advance(at("16:00:00"))) == ["1 Cancelled 0/100", "1 error 202"]


# How long


def test_an_order_that_is_good_till_an_instant_is_cancelled_then() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.00", tif="GTD", good_till=at("09:40:00"), good_till_text="x"))
    assert told(venue.advance(at("09:39:59"))) == []
    assert told(venue.advance(at("09:40:00"))) == ["1 Cancelled 0/100", "1 error 202"]


def test_a_change_moves_the_end_of_an_order() -> None:
    venue = exchange(WIDE)
    first = ticket(1, limit="9.00", tif="GTD", good_till=at("09:40:00"), good_till_text="x")
    venue.submit(first)
    venue.submit(replace(first, good_till=at("09:50:00")))
    assert told(venue.advance(at("09:45:00"))) == []
    assert told(venue.advance(at("09:50:00"))) == ["1 Cancelled 0/100", "1 error 202"]


def test_a_day_order_for_outside_hours_lives_until_the_evening() -> None:
    venue = exchange_on(GeneratedMarket((SPY, IBM), 11, DAY, days=2), at("15:59:00"))
    venue.submit(ticket(1, limit="1.00", outside_rth=True))
    venue.submit(ticket(2, limit="1.00"))
    assert told(venue.advance(at("16:04:00"))) == ["2 Cancelled 0/100", "2 error 202"]
    assert told(venue.advance(at("09:15:00", DAY + timedelta(days=1)))) == ["1 Cancelled 0/100", "1 error 202"]


def test_a_day_order_for_outside_hours_that_comes_after_the_close_is_for_this_evening() -> None:
    venue = exchange_on(GeneratedMarket((SPY, IBM), 11, DAY, days=2), at("15:59:00"))
    venue.advance(at("16:01:00"))
    venue.submit(ticket(1, limit="1.00", outside_rth=True))
    assert told(venue.advance(at("09:15:00", DAY + timedelta(days=1)))) == ["1 Cancelled 0/100", "1 error 202"]


# Families


def test_a_childs_fill_cancels_its_sibling() -> None:
    venue = exchange(WIDE, quote("09:31:01", "11.00", "11.02"))
    bracket(venue)
    heard = told(venue.advance(at("09:31:01")))
    assert heard[0] == "2 exec 100 @ 11.00"
    assert heard[-2:] == ["3 Cancelled 0/100", "3 error 202"]
    assert venue.positions() == []


def test_a_childs_partial_fill_reduces_its_sibling() -> None:
    venue = exchange(WIDE, quote("09:31:01", "11.00", "11.02", 40, 40))
    bracket(venue)
    assert told(venue.advance(at("09:31:01")))[-1] == "3 PreSubmitted 0/60 trigger"


@pytest.mark.parametrize(("switch", "children"), [(False, ["child", "child,trigger"]), (True, ["", "trigger"])])
def test_children_wait_for_their_parents_last_share_unless_switched(switch: bool, children: list[str]) -> None:
    venue = exchange(quote("09:30:30", "10.00", "10.02", 60, 60), rules=replace(PLAIN, children_at_first_fill=switch))
    bracket(venue)
    assert [report.why_held for report in venue.open_orders()[1:]] == children


def test_cancelling_a_parent_cancels_its_children() -> None:
    venue = exchange(WIDE)
    bracket(venue, entry="9.50")
    assert told(venue.cancel(7, 1, 7)) == ["1 Cancelled 0/100", "1 error 202", "2 Cancelled 0/100", "2 error 202", "3 Cancelled 0/100", "3 error 202"]


def test_a_child_that_says_so_takes_its_parent_along_and_that_its_other_children() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.50"))
    venue.submit(ticket(2, SELL, limit="11.00", parent_id=1, auto_cancel_parent=True))
    venue.submit(ticket(3, SELL, stop="9.00", parent_id=1))
    assert [word for word in told(venue.cancel(7, 2, 7)) if "Cancelled" in word] == ["2 Cancelled 0/100", "1 Cancelled 0/100", "3 Cancelled 0/100"]
    assert venue.open_orders() == []


def test_children_end_with_a_parent_that_expires_and_with_one_that_its_group_cancels() -> None:
    venue = exchange(WIDE, now="15:59:00")
    bracket(venue, entry="9.50")
    assert [word for word in told(venue.advance(at("16:00:00"))) if "Cancelled" in word] == [
        "1 Cancelled 0/100",
        "2 Cancelled 0/100",
        "3 Cancelled 0/100",
    ]
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.50", group="g"))
    venue.submit(ticket(2, SELL, stop="9.00", parent_id=1))
    assert told(venue.submit(ticket(3, group="g")))[-4:] == ["1 Cancelled 0/100", "1 error 202", "2 Cancelled 0/100", "2 error 202"]


def test_a_bracket_before_the_open_waits_and_then_lives_its_life() -> None:
    venue = exchange(quote("09:30:01", "10.00", "10.02"), now="09:29:00")
    assert "1 error 399" in bracket(venue)
    heard = told(venue.advance(at("09:31:00")))
    assert heard[:2] == ["1 Submitted 0/100", "1 exec 100 @ 10.02"]
    assert heard[-3:] == ["2 PreSubmitted 0/100", "2 Submitted 0/100", "3 PreSubmitted 0/100 trigger"]


# The venue


def test_with_latency_an_order_arrives_later_and_meets_the_market_of_then() -> None:
    venue = exchange(WIDE, quote("09:31:00.4", "10.10", "10.12"), venue=Venue(latency_ns=NS_PER_SECOND // 2))
    assert told(venue.submit(ticket(1))) == ["1 PreSubmitted 0/100"]
    assert [str(fill.price) for fill in executions(venue.advance(at("09:31:01")))] == ["10.12"]


def test_with_latency_a_fill_may_overtake_a_cancel() -> None:
    venue = exchange(WIDE, quote("09:31:01.2", "9.50", "9.50"), venue=Venue(latency_ns=NS_PER_SECOND // 2))
    venue.submit(ticket(1, limit="9.50"))
    venue.submit(ticket(2, limit="9.00"))
    venue.advance(at("09:31:01"))
    assert venue.cancel(7, 1, 7) == venue.cancel(7, 2, 7) == []
    heard = told(venue.advance(at("09:31:02")))
    assert heard[0] == "1 exec 100 @ 9.50"
    assert heard[-3:] == ["1 error 10148", "2 Cancelled 0/100", "2 error 202"]


def test_a_short_sale_is_held_by_404_until_its_shares_are_located() -> None:
    venue = exchange(WIDE, venue=Venue(locate_seconds={SPY: 30}))
    assert told(venue.submit(ticket(1, SELL))) == ["1 PreSubmitted 0/100 locate", "1 error 404"]
    assert told(venue.advance(at("09:31:29"))) == []
    assert told(venue.advance(at("09:31:30")))[:2] == ["1 PreSubmitted 0/100", "1 exec 100 @ 10.00"]
    assert told(venue.submit(ticket(2, BUY)))[0] == "2 PreSubmitted 0/100"


def test_nothing_fills_and_nothing_triggers_while_a_symbol_is_halted() -> None:
    halted = Halt(SPY, at("09:32:00"), at("09:37:00"))
    events = [trade("09:33:00", "9.00"), quote("09:34:00", "8.00", "8.02"), quote("09:37:00", "9.00", "9.02"), trade("09:37:01", "9.01")]
    venue = exchange(WIDE, *events, venue=Venue(halts=(halted,)))
    venue.submit(ticket(1, limit="9.50"))
    venue.submit(ticket(2, SELL, stop="9.50"))
    assert told(venue.advance(at("09:36:59"))) == []
    heard = executions(venue.advance(at("09:38:00")))
    assert [(fill.ticket.order_id, str(fill.price)) for fill in heard] == [(1, "9.50"), (2, "9.00")]


def test_a_saved_exchange_goes_on_with_what_was_due_and_whose_is_whose() -> None:
    def fresh() -> Exchange:
        return exchange(WIDE, quote("09:31:30", "11.00", "11.02"), rules=Rules(duplicates=False), venue=Venue(latency_ns=NS_PER_SECOND))

    venue, twin = fresh(), fresh()
    bracket(venue)
    twin.restore(json.loads(json.dumps(venue.state())))
    assert twin.state() == venue.state()
    assert told(twin.advance(at("09:32:00"))) == told(venue.advance(at("09:32:00")))
    assert twin.positions() == venue.positions() == []


def test_a_stop_that_was_triggered_outside_hours_is_not_asked_to_wait_for_its_trigger_again() -> None:
    venue = exchange(quote("16:01:00", "9.90", "9.92"), trade("16:03:00", "10.00"), now="16:02:00")
    venue.submit(ticket(1, limit="9.80", stop="9.95", kind="STP LMT", tif="GTC", outside_rth=True))
    venue.advance(at("16:04:00"))
    assert told(venue.submit(ticket(1, limit="9.80", stop="9.95", kind="STP LMT", tif="GTC"))) == ["1 error 399", "1 PreSubmitted 0/100"]
    again = venue.submit(ticket(1, limit="9.80", stop="9.95", kind="STP LMT", tif="GTC", outside_rth=True))
    assert told(again) == ["1 PreSubmitted 0/100", "1 Submitted 0/100"]

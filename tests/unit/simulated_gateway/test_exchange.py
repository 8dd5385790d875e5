"""The exchange from outside: what clients may ask, the session, what is conserved, and that nothing depends on how time is cut."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.market_replay import ReplayMarket
from robo_trader.simulated_gateway.model import CommissionNote, Execution, Happening, OrderError, OrderReport, QuoteChange, Refusal, TradePrint
from robo_trader.simulated_gateway.sequences import Rules
from robo_trader.simulated_gateway.venue import Venue
from robo_trader.values import Side, Symbol
from tests.support.exchange_bench import CLIENT, IBM, SELL, SPY, at, exchange, exchange_on, executions, later, quote, ticket, told, trade
from tests.support.exchange_scripts import GROUP_SHARES, Action, actions, conserved, generated, run, tickets

WIDE = quote("09:30:30", "10.00", "10.02", 10_000, 10_000)


def test_a_market_order_in_the_session_is_told_as_a_real_gateway_tells_it() -> None:
    assert told(exchange(WIDE).submit(ticket(1))) == [
        "1 PreSubmitted 0/100",
        "1 exec 100 @ 10.02",
        "1 Filled 100/0",
        "1 Filled 100/0",
        "fee 1.00",
        "position 100",
    ]


def test_an_order_before_the_open_is_held_and_filled_by_the_first_quote_after_it() -> None:
    venue = exchange(quote("09:00:00", "8.00", "12.00"), quote("09:30:00.5", "10.00", "10.02"), now="09:29:00")
    heard = venue.submit(ticket(1))
    assert told(heard) == ["1 error 399", "1 PreSubmitted 0/100"]
    assert isinstance(heard[0], OrderError)
    assert heard[0].text == (
        "Order Message:\nBUY 100 SPY ARCA.SPY\nWarning: Your order will not be placed at the exchange until 2013-10-07 09:30:00 US/Eastern."
    )
    assert told(venue.advance(at("09:30:00"))) == ["1 Submitted 0/100"]
    assert [str(fill.price) for fill in executions(venue.advance(at("09:31:00")))] == ["10.02"]


def test_a_stop_is_not_triggered_by_trades_before_the_open() -> None:
    venue = exchange(quote("09:00:00", "9.98", "10.02"), trade("09:29:30", "9.00"), trade("09:30:01", "9.99"), now="09:29:00")
    venue.submit(ticket(1, SELL, stop="9.95", tif="GTC"))
    assert told(venue.advance(at("09:31:00"))) == []
    assert told([*venue.open_orders()]) == ["1 PreSubmitted 0/100 trigger"]


def test_only_a_limit_order_may_work_outside_the_session() -> None:
    venue = exchange(quote("09:00:00", "9.98", "10.02"), now="09:29:00")
    assert told(venue.submit(ticket(1, limit="10.02", outside_rth=True)))[1] == "1 exec 100 @ 10.02"
    assert told(venue.submit(ticket(2, outside_rth=True)))[:2] == ["2 error 2109", "2 error 399"], "the order lives, without the attribute"


def test_at_the_close_day_orders_expire_and_gtc_orders_are_held() -> None:
    venue = exchange(WIDE, now="15:59:00")
    venue.submit(ticket(1, limit="9.00"))
    venue.submit(ticket(2, limit="9.00", tif="GTC"))
    venue.submit(ticket(3, SELL, stop="9.00", tif="GTC"))
    assert told(venue.advance(at("16:00:00"))) == [
        "1 Cancelled 0/100",
        "1 error 202",
        "2 PreSubmitted 0/100",
        "3 PreSubmitted 0/100 trigger",
    ]
    assert [report.ticket.order_id for report in venue.open_orders()] == [2, 3]
    assert [report.status for report in venue.completed()] == ["Cancelled"]


def test_a_cancel_is_status_and_202_and_outside_the_session_it_is_acknowledged_first() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.00"))
    assert told(venue.cancel(7, 1, 7)) == ["1 Cancelled 0/100", "1 error 202"]
    early = exchange(WIDE, now="09:29:00")
    early.submit(ticket(1))
    assert told(early.cancel(7, 1, 7)) == ["1 PendingCancel 0/100", "1 PendingCancel 0/100", "1 Cancelled 0/100", "1 error 202"]


def test_a_cancel_that_cannot_be_is_told_why_to_who_asked() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1))
    venue.submit(ticket(2, limit="9.00"))
    venue.submit(ticket(3, limit="9.00"))
    venue.cancel(7, 3, 7)
    assert told(venue.cancel(7, 9, 7)) == ["9 error 10147"]
    assert told(venue.cancel(7, 2, 8)) == ["2 error 10147"], "another client's order is not found"
    (late,) = venue.cancel(7, 1, 7)
    assert isinstance(late, OrderError)
    assert (late.code, late.text) == (10148, "OrderId 1 that needs to be cancelled can not be cancelled, state: Filled.")
    assert told(venue.cancel(7, 3, 7)) == ["3 error 10148"]
    assert told(venue.cancel(7, 2, 0)) == ["2 Cancelled 0/100", "2 error 202"], "client 0 may cancel any order"


def test_a_global_cancel_reaches_every_client_and_a_later_cancel_is_161() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.00"))
    venue.submit(ticket(1, limit="9.00", client=8))
    heard = venue.global_cancel(9)
    assert told(heard) == ["1 Cancelled 0/100", "1 error 202"] * 2
    assert [happening.client_id for happening in heard if isinstance(happening, OrderError)] == [7, 8]
    assert told(venue.cancel(7, 1, 7)) == ["1 error 161"]
    assert venue.open_orders() == []


def test_an_id_below_one_already_used_is_103_and_changes_nothing() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(5, limit="9.00"))
    assert told(venue.submit(ticket(4))) == ["4 error 103"]
    assert venue.next_order_id(7) == 6
    venue.cancel(7, 5, 7)
    assert told(venue.submit(ticket(5))) == ["5 error 103"]
    assert told(venue.submit(ticket(1, client=8, limit="9.00")))[0] == "1 PreSubmitted 0/100", "ids are counted by client"


def test_a_ticket_without_sense_leaves_no_order() -> None:
    venue = exchange(WIDE)
    assert told(venue.submit(ticket(1, symbol=Symbol("NOPE")))) == ["1 error 200"]
    assert told(venue.submit(ticket(1, limit="10.005"))) == ["1 error 110"]
    assert told(venue.submit(ticket(1, quantity=0))) == ["1 error 321"]
    assert venue.open_orders() == venue.completed() == []
    assert venue.next_order_id(7) == 1


def test_an_order_beyond_the_buying_power_is_201_and_ends_inactive() -> None:
    venue = exchange(WIDE, trade("09:30:40", "10.00"))
    assert told(venue.submit(ticket(1, quantity=400_001))) == ["1 error 201", "1 Inactive 0/400001"]
    assert [report.status for report in venue.completed()] == ["Inactive"]


def test_a_modify_changes_price_and_quantity_and_may_fill() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.00"))
    assert told(venue.submit(ticket(1, limit="9.50", quantity=200))) == ["1 Submitted 0/200"]
    assert told(venue.submit(ticket(1, limit="10.02", quantity=200)))[1] == "1 exec 200 @ 10.02"
    assert told(venue.submit(ticket(1, limit="10.02"))) == ["1 error 104"]


def test_a_modified_stop_that_is_passed_already_is_triggered() -> None:
    venue = exchange(WIDE, trade("09:30:40", "10.00"))
    venue.submit(ticket(1, SELL, stop="9.00"))
    assert told(venue.submit(ticket(1, SELL, stop="10.00")))[:3] == ["1 PreSubmitted 0/100 trigger", "1 Submitted 0/100", "1 exec 100 @ 10.00"]


def test_modifying_a_member_of_a_group_is_10326_and_cancels_it_unless_switched_off() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, SELL, stop="9.00", group="g"))
    assert told(venue.submit(ticket(1, SELL, stop="9.01", group="g"))) == ["1 error 10326", "1 Cancelled 0/100", "1 error 202"]
    kind = exchange(WIDE, rules=Rules(duplicates=False, cancel_modified_oca_members=False))
    kind.submit(ticket(1, SELL, stop="9.00", group="g"))
    assert told(kind.submit(ticket(1, SELL, stop="9.01", group="g"))) == ["1 error 10326"]
    assert [report.ticket.stop_price for report in kind.open_orders()] == [Decimal("9.00")]


def test_a_blank_account_and_validity_are_filled_in() -> None:
    venue = exchange(WIDE)
    venue.submit(ticket(1, limit="9.00", tif=""))
    (report,) = venue.open_orders()
    assert (report.ticket.account, report.ticket.time_in_force) == ("DU1000001", "DAY")


def test_positions_and_marks_follow_the_market() -> None:
    venue = exchange(WIDE, trade("09:31:01", "10.50"))
    assert venue.mark(SPY) == Decimal("10.01")
    assert venue.mark(IBM) is None
    venue.submit(ticket(1))
    venue.advance(at("09:31:02"))
    assert venue.mark(SPY) == Decimal("10.50")
    assert [(held.symbol, held.quantity, held.average_cost) for held in venue.positions()] == [(SPY, 100, Decimal("10.03"))]
    assert venue.commission_of(venue.executions()[0].exec_id) == CommissionNote(venue.executions()[0].exec_id, 7, Decimal("1.00"), None)
    assert venue.commission_of("nope") is None


# A stretch of random orders on a generated market


@settings(max_examples=15, deadline=None)
@given(actions(tickets()), st.sampled_from([1.0, 0.3, 60.0, 7.77]))
def test_how_time_is_cut_changes_nothing_that_is_told(script: list[Action], step: float) -> None:
    assert run(generated(Rules()), script, step) == run(generated(Rules()), script)


@settings(max_examples=25, deadline=None)
@given(actions(tickets()))
def test_no_order_fills_beyond_its_quantity_and_cash_and_shares_are_conserved(script: list[Action]) -> None:
    venue = generated()
    heard = run(venue, script)
    filled = conserved(venue, heard)
    last_total = {happening.ticket.order_id: happening.filled for happening in heard if isinstance(happening, OrderReport)}
    assert all(last_total[order_id] == total for order_id, total in filled.items())
    assert [execution.exec_id for execution in venue.executions()] == [execution.exec_id for execution in executions(heard)]


@settings(max_examples=25, deadline=None)
@given(actions(tickets()))
def test_a_group_never_fills_more_than_its_largest_member_asked_for(script: list[Action]) -> None:
    filled = defaultdict[str, int](int)
    for execution in executions(run(generated(), script)):
        filled[execution.ticket.oca_group] += execution.quantity
    assert all(total <= GROUP_SHARES for group, total in filled.items() if group)


@settings(max_examples=25, deadline=None)
@given(actions(tickets(kinds=st.sampled_from(["MKT", "STP"]))))
def test_between_two_quotes_no_more_is_filled_than_was_displayed(script: list[Action]) -> None:
    displayed: dict[tuple[Symbol, Side], int] = {}
    for happening in run(generated(), script):
        if isinstance(happening, QuoteChange):
            displayed[happening.symbol, Side.BUY] = happening.ask_size + sum(size for _, size in happening.ask_depth)
            displayed[happening.symbol, Side.SELL] = happening.bid_size + sum(size for _, size in happening.bid_depth)
        if isinstance(happening, Execution) and (happening.ticket.symbol, happening.ticket.side) in displayed:
            displayed[happening.ticket.symbol, happening.ticket.side] -= happening.quantity
            assert displayed[happening.ticket.symbol, happening.ticket.side] >= 0


@settings(max_examples=15, deadline=None)
@given(actions(tickets()), actions(tickets()))
def test_a_restored_exchange_goes_on_as_if_nothing_had_happened(before: list[Action], after: list[Action]) -> None:
    venue = generated(Rules())
    run(venue, before)
    twin = generated(Rules())
    twin.restore(json.loads(json.dumps(venue.state())))
    assert twin.state() == venue.state()
    assert run(twin, after, first=len(before) + 1) == run(venue, after, first=len(before) + 1)
    assert twin.state() == venue.state()


def test_the_recorded_day_passes_whole_and_ends_with_the_books_it_told(data_dir: Path) -> None:
    venue = exchange_on(ReplayMarket(data_dir / "intraday", [SPY, IBM], date(2013, 10, 7)), at("09:29:30"), rules=Rules())
    heard: list[Happening] = []
    for number in range(1, 40):
        heard += venue.submit(ticket(number, Side.BUY if number % 2 else Side.SELL, 1000, symbol=SPY if number % 3 else IBM))
        heard += venue.advance(later(venue.now, 600))
    heard += venue.advance(venue.market.end)
    assert sum(isinstance(happening, QuoteChange | TradePrint) for happening in heard) > 75_000
    bought = sum(fill.ticket.side.sign * fill.quantity for fill in executions(heard))
    assert bought == sum(held.quantity for held in venue.positions())
    assert venue.open_orders() == []


def test_the_state_of_another_market_is_refused() -> None:
    with pytest.raises(DataError, match="another state directory"):
        exchange(WIDE).restore(generated().state())


def test_a_scripted_refusal_uses_up_the_order_id_and_leaves_no_live_order() -> None:
    it = exchange(WIDE)
    assert told(it.submit(ticket(1), refusal=Refusal(110, "no"))) == ["1 error 110", "1 Inactive 0/100"]
    assert it.open_orders() == []
    assert it.next_order_id(CLIENT) == 2
    assert it.ticket(CLIENT, 1) is not None
    assert it.ticket(CLIENT, 2) is None


def test_a_symbols_orders_are_withdrawn_at_once_whoever_is_whose_child() -> None:
    it = exchange(WIDE, venue=Venue(latency_ns=1000))
    it.submit(ticket(1, limit="9.00"))
    it.submit(ticket(2, SELL, stop="8.00", parent_id=1))
    it.submit(ticket(3, limit="9.00", transmit=False))
    it.submit(ticket(4, limit="9.00", symbol=IBM))
    assert told(it.withdraw(SPY)) == ["1 Cancelled 0/100", "1 error 202", "2 Cancelled 0/100", "2 error 202"]
    assert [report.ticket.order_id for report in it.open_orders()] == [4]
    assert told(it.submit(ticket(3, limit="9.00"))) == ["3 error 103"], "what was kept is gone too"


def test_only_the_master_means_another_clients_order_by_an_id_it_does_not_have() -> None:
    it = exchange(WIDE)
    it.submit(ticket(3, limit="9.00", client=8))
    assert (it.owner_of(3, 0), it.owner_of(3, 7), it.owner_of(4, 0)) == (8, 7, 0)
    it.submit(ticket(3, limit="9.00", client=0))
    assert it.owner_of(3, 0) == 0


def test_a_negative_id_reaches_no_twin() -> None:
    venue = exchange(quote("09:30:30", "10.00", "10.02"))
    venue.submit(ticket(5, limit="9.50"))
    venue.submit_twin(ticket(5, limit="9.50"))
    assert told(venue.cancel(7, -5, 7)) == ["-5 error 10147"]
    assert told(venue.submit(ticket(-5, limit="9.60"))) == ["-5 error 103"]
    assert venue.submit_twin(ticket(-5, limit="9.60")) == []
    asked = venue.what_if(ticket(-5, limit="9.60"))
    assert isinstance(asked, OrderError) and (asked.order_id, asked.code) == (-5, 103)
    assert [str(report.ticket.limit_price) for report in venue.open_orders()] == ["9.50", "9.50"]

"""When faults are due: counting what arrives, watching both clocks, and using up what is told twice or late."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.fault_kinds import (
    Cut,
    DuplicateCallbacks,
    FarmsDown,
    ForeignOrder,
    LateCommission,
    LoginWait,
    ManualOrder,
    Outage,
    RejectOrder,
    Restart,
)
from robo_trader.simulated_gateway.fault_kinds_told import BadQuotes, CompetingSession
from robo_trader.simulated_gateway.fault_kinds_wire import Pacing
from robo_trader.simulated_gateway.faults import Faults, by_hand, by_program, refusal_of
from robo_trader.simulated_gateway.model import Refusal
from robo_trader.simulated_gateway.scenario import parse
from robo_trader.values import NS_PER_SECOND, Instant, Side
from tests.support.exchange_bench import BUY, SELL, at, later, ticket

START = at("09:31:00")
PROCESS = 1_000 * NS_PER_SECOND


def plan(*lines: dict[str, Any]) -> Faults:
    return Faults(parse(json.dumps(line) for line in lines), START, PROCESS)


def test_the_nth_order_and_the_next_ones_become_two() -> None:
    faults = plan({"fault": "twin_order", "when": {"order": 2}, "times": 2})
    assert [faults.ordered(ticket(n)).doubled for n in (1, 2, 3, 4)] == [False, True, True, False]


def test_the_nth_order_and_the_next_ones_are_lost() -> None:
    faults = plan({"fault": "swallow_order", "when": {"order": 2}, "times": 2})
    assert [faults.ordered(ticket(n)).lost for n in range(1, 6)] == [False, True, True, False, False]


def test_only_orders_that_pass_the_filter_are_counted() -> None:
    faults = plan({"fault": "swallow_order", "when": {"order": 2, "side": "SELL"}})
    told = [faults.ordered(ticket(n, side)).lost for n, side in enumerate((SELL, BUY, BUY, SELL, SELL), start=1)]
    assert told == [False, False, False, True, False]


def test_a_refusal_and_what_else_the_order_sets_off_come_together() -> None:
    faults = plan({"fault": "reject_order", "when": {"order": 1}, "code": 110}, {"fault": "cut", "when": {"order": 1}})
    fate = faults.ordered(ticket(1))
    assert fate.refused == RejectOrder(code=110)
    assert fate.begins == (Cut(),)
    assert not fate.lost
    assert faults.ordered(ticket(2)) == type(fate)()


def test_cancels_and_fills_are_counted_apart() -> None:
    faults = plan({"fault": "swallow_cancel", "when": {"cancel": 1}}, {"fault": "cut", "when": {"fill": 2}})
    assert not faults.ordered(ticket(1)).lost
    assert faults.cancelled(ticket(1)).lost
    assert faults.filled(ticket(1)) == ()
    assert faults.filled(ticket(1)) == (Cut(),)


def test_a_market_time_comes_once_and_not_before_its_time() -> None:
    faults = plan({"fault": "cut", "when": {"market_time": "2013-10-07T09:32:00"}})
    assert faults.due(later(START, 59), PROCESS) == []
    assert faults.due(later(START, 60), PROCESS) == [Cut()]
    assert faults.due(later(START, 61), PROCESS) == []


def test_a_market_time_before_the_start_is_past() -> None:
    faults = plan({"fault": "cut", "when": {"market_time": "2013-10-07T09:30:59"}})
    assert faults.due(later(START, 3600), PROCESS) == []


def test_wall_seconds_count_from_the_start() -> None:
    faults = plan({"fault": "cut", "when": {"wall_seconds": 2.5}})
    assert faults.due(START, PROCESS + 2 * NS_PER_SECOND) == []
    assert faults.due(START, PROCESS + 5 * NS_PER_SECOND // 2) == [Cut()]


def test_two_equal_lines_are_two_faults() -> None:
    line = {"fault": "cut", "when": {"market_time": "2013-10-07T09:32:00"}}
    assert plan(line, line).due(later(START, 60), PROCESS) == [Cut(), Cut()]


def test_a_restart_is_over_when_both_clocks_say_so() -> None:
    faults = plan()
    faults.begin(Restart(seconds=5, market_seconds=60), START, PROCESS)
    assert faults.lasting(Restart) is not None
    assert faults.alone_until() == later(START, 60)
    assert faults.ended(later(START, 60), PROCESS + 4 * NS_PER_SECOND) == []
    assert faults.ended(later(START, 59), PROCESS + 5 * NS_PER_SECOND) == []
    (spell,) = faults.ended(later(START, 60), PROCESS + 5 * NS_PER_SECOND)
    assert spell.fault == Restart(seconds=5, market_seconds=60)
    assert faults.lasting(Restart) is None
    assert faults.alone_until() is None


@pytest.mark.parametrize("fault", [Outage(market_seconds=30), LoginWait(market_seconds=30)])
def test_clients_cannot_be_there_while_the_gateway_is_cut_off(fault: Outage | LoginWait) -> None:
    faults = plan()
    faults.begin(fault, START, PROCESS)
    assert faults.alone_until() == later(START, 30)


def test_an_outage_ends_by_the_market_alone_and_farms_leave_clients_connected() -> None:
    faults = plan()
    faults.begin(Outage(market_seconds=30), START, PROCESS)
    faults.begin(FarmsDown(market_seconds=60), START, PROCESS)
    assert [spell.fault for spell in faults.ended(later(START, 30), PROCESS)] == [Outage(market_seconds=30)]
    assert faults.alone_until() is None
    assert faults.lasting(FarmsDown) is not None


def test_callbacks_are_told_again_until_the_stock_is_used_up() -> None:
    faults = plan()
    assert faults.copies() == 1
    assert faults.begin(DuplicateCallbacks(times=2, copies=3), START, PROCESS) is None
    faults.begin(DuplicateCallbacks(times=1, copies=1), START, PROCESS)
    assert [faults.copies() for _ in range(5)] == [4, 4, 2, 1, 1]


def test_commissions_are_late_until_the_stock_is_used_up() -> None:
    faults = plan()
    late = LateCommission(times=2)
    faults.begin(late, START, PROCESS)
    assert [faults.late() for _ in range(3)] == [late, late, None]


def test_what_the_exchange_is_told_to_refuse_and_to_trade() -> None:
    assert refusal_of(RejectOrder(code=110, text="no", moment="after_ack")) == Refusal(110, "no", after_ack=True)
    order = by_hand(ManualOrder(symbol="SPY", side="SELL", quantity=30, client=5), order_id=9)
    assert (order.client_id, order.order_id, order.side, order.quantity, order.order_ref) == (5, 9, Side.SELL, 30, "")
    assert (order.order_type, order.limit_price, order.stop_price) == ("MKT", None, None)


@pytest.mark.parametrize(("side", "limit"), [("BUY", "98.99"), ("SELL", "100.99")])
def test_another_programs_order_rests_away_from_the_price_or_is_at_market_without_one(side: str, limit: str) -> None:
    fault = ForeignOrder(symbol="SPY", side=side, quantity=30, order_ref="theirs")
    order = by_program(fault, 9, Decimal("99.99"))
    assert (order.client_id, order.order_type, order.limit_price, order.order_ref) == (99, "LMT", Decimal(limit), "theirs")
    assert by_program(fault, 9, None).order_type == by_program(replace(fault, order_type="MKT"), 9, Decimal(1)).order_type == "MKT"


def test_who_takes_the_connection_keeps_clients_away_and_who_takes_the_data_does_not() -> None:
    faults = plan()
    faults.begin(CompetingSession(market_seconds=10), START, PROCESS)
    assert faults.competed() and not faults.away
    faults.begin(CompetingSession(market_seconds=20, takes="connection"), START, PROCESS)
    assert faults.away
    assert faults.alone_until() == later(START, 20)


def test_a_connection_is_strict_by_process_time_and_quotes_are_bad_by_the_markets() -> None:
    faults = plan()
    faults.begin(Pacing(seconds=5), START, PROCESS)
    faults.begin(BadQuotes(market_seconds=5), START, PROCESS)
    assert [spell.fault for spell in faults.ended(later(START, 5), PROCESS)] == [BadQuotes(market_seconds=5)]
    assert [spell.fault for spell in faults.ended(START, PROCESS + 5 * NS_PER_SECOND)] == [Pacing(seconds=5)]


def test_instants_compare_as_whole_nanoseconds() -> None:
    faults = plan({"fault": "cut", "when": {"market_time": "2013-10-07T09:31:00.000001"}})
    assert faults.due(Instant(START + 999), PROCESS) == []
    assert faults.due(Instant(START + 1000), PROCESS) == [Cut()]

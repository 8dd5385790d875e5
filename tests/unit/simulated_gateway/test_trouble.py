"""Faults as clients of the real library meet them, without sockets; the exchange's log tells what was true meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import Stock
from ib_insync.objects import ExecutionFilter
from ib_insync.order import LimitOrder, MarketOrder, Order

from robo_trader.simulated_gateway.verify import verify
from tests.support.exchange_bench import quote, trade
from tests.support.gateway_bench import Bench, BenchClient, names

SPY = Stock("SPY", "SMART", "USD")
EVENTS = (
    quote("09:30:30", "168.10", "168.12", 500, 500),
    trade("09:30:40", "168.11"),
    quote("09:31:10.5", "167.00", "167.02", 100, 100),
    quote("09:31:40.5", "168.10", "168.12", 500, 500),
)
PLACED = ["openOrder", "orderStatus"]
FILLED = [*PLACED, "execDetails", *PLACED, *PLACED, "commissionReport"]


def bench(directory: Path, *scenario: dict[str, Any]) -> Bench:
    return Bench(directory, *EVENTS, scenario=scenario)


def place(order_id: int, order: Order | None = None) -> Callable[[Client], None]:
    order = order or MarketOrder("BUY", 100)
    order.tif, order.orderRef = "DAY", f"rt:t:1:i{order_id}"
    return lambda it: it.placeOrder(order_id, SPY, order)


def resting(order_id: int) -> Callable[[Client], None]:
    return place(order_id, LimitOrder("BUY", 100, 167.02))


def steps(it: Bench) -> list[tuple[str, str]]:
    return [(line["fault"], line["step"]) for line in it.lines() if line["k"] == "fault"]


def logged_on(client: BenchClient) -> list[str]:
    """What a new client heard after the greeting."""
    return names(client.heard()[1:])


def fails_to_log_on(client: BenchClient) -> bool:
    return client.wire.aborted or "nextValidId" not in logged_on(client)


def test_a_swallowed_order_is_in_the_log_and_nowhere_else(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "swallow_order", "when": {"order": 1}})
    client = it.client()
    assert client.say(place(1)) == []
    assert it.gateway.exchange.positions() == []
    assert [line["f"][1] for line in it.lines() if line["k"] == "in" and line["f"][0] == "3"] == ["1"]
    assert steps(it) == [("swallow_order", "befalls")]
    assert client.say(lambda c: c.reqIds(1)) == [("9", "1", "1")]
    assert names(client.say(place(2))) == FILLED


def test_a_refused_order_is_told_with_the_scenarios_code_and_ends_inactive(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "reject_order", "when": {"order": 1}, "code": 110, "text": "no"})
    heard = it.client().say(place(1))
    assert names(heard) == ["error 110", *PLACED]
    assert heard[-1][2] == "Inactive"
    assert it.gateway.exchange.positions() == []
    assert [line["status"] for line in it.lines() if line["k"] == "order"] == ["Inactive"]


def test_a_refusal_may_follow_an_acknowledgement(tmp_path: Path) -> None:
    heard = bench(tmp_path, {"fault": "reject_order", "when": {"order": 1}, "moment": "after_ack"}).client().say(place(1))
    assert names(heard) == [*PLACED, "error 201", *PLACED]
    assert (heard[1][2], heard[-1][2]) == ("PreSubmitted", "Inactive")


def test_a_swallowed_cancel_leaves_the_order_working_and_a_cancel_of_nothing_does_not_count(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "swallow_cancel", "when": {"cancel": 1}})
    client = it.client()
    assert names(client.say(lambda c: c.cancelOrder(99, ""))) == ["error 10147"]
    client.say(resting(1))
    assert client.say(lambda c: c.cancelOrder(1, "")) == []
    assert len(it.gateway.exchange.open_orders()) == 1
    assert names(client.say(lambda c: c.cancelOrder(1, ""))) == ["orderStatus", "error 202"]


def test_an_order_that_cuts_the_connection_is_at_the_exchange_and_its_answer_is_lost(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "cut", "when": {"order": 1}})
    client = it.client()
    assert client.say(place(1)) == []
    assert client.wire.aborted
    assert it.gateway.exchange.positions()[0].quantity == 100
    assert not fails_to_log_on(it.client())


def test_an_order_that_is_swallowed_and_cuts_the_connection_is_lost_itself(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "swallow_order", "when": {"order": 1}}, {"fault": "cut", "when": {"order": 1}})
    client = it.client()
    client.say(place(1))
    assert client.wire.aborted
    assert it.gateway.exchange.open_orders() == it.gateway.exchange.completed() == []


def test_one_client_is_cut_and_the_others_stay(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "cut", "when": {"market_time": "2013-10-07T09:31:02"}, "client": 8})
    stays, goes = it.client(7), it.client(8)
    it.pass_seconds(2)
    assert (stays.wire.aborted, goes.wire.aborted) == (False, True)


def test_a_half_open_connection_is_deaf_and_dumb_and_holds_its_id(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "half_open", "when": {"wall_seconds": 1}, "zombie_seconds": 5})
    client = it.client()
    it.process.pass_seconds(1)
    it.gateway.beat()
    assert client.say(place(1)) == []
    assert not (client.wire.closed or client.wire.aborted)
    assert it.gateway.exchange.positions() == []
    assert logged_on(it.client())[-1] == "error 326"
    it.process.pass_seconds(5)
    assert not fails_to_log_on(it.client())
    it.gateway.close()
    assert client.wire.aborted


def test_a_restart_takes_the_port_away_and_gives_it_back(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "restart", "when": {"market_time": "2013-10-07T09:31:05"}, "seconds": 5, "zombie_seconds": 3})
    port: list[bool] = []
    it.gateway.trouble.listening = port.append
    client = it.client()
    it.pass_seconds(5)
    assert client.wire.aborted
    assert port == [False]
    assert it.client().wire.aborted
    it.process.pass_seconds(5)
    it.gateway.beat()
    assert port == [False, True]
    assert logged_on(it.client())[-1] == "error 326"
    it.process.pass_seconds(3)
    assert not fails_to_log_on(it.client())
    assert steps(it) == [("restart", "begins"), ("restart", "ends")]


def test_a_restart_may_roll_the_next_id_back_until_an_order_beyond_it(tmp_path: Path) -> None:
    when = {"market_time": "2013-10-07T09:31:05"}
    it = bench(tmp_path, {"fault": "restart", "when": when, "seconds": 1, "next_valid_id": "rolled_back", "rolled_back_by": 4})
    it.client().say(place(41))
    it.pass_seconds(5)
    it.process.pass_seconds(1)
    it.gateway.beat()
    client = it.client()
    assert ("9", "1", "38") in client.heard()
    assert names(client.say(place(40))) == ["error 103"]
    client.say(place(42))
    assert client.say(lambda c: c.reqIds(1)) == [("9", "1", "43")]


def test_while_it_waits_for_a_login_the_gateway_greets_and_says_no_more(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "login_wait", "when": {"market_time": "2013-10-07T09:31:05"}, "seconds": 30})
    before = it.client()
    it.pass_seconds(5)
    assert before.wire.aborted
    waits = it.client()
    assert len(waits.heard()) == 1
    it.process.pass_seconds(30)
    it.gateway.beat()
    assert waits.wire.aborted
    assert not fails_to_log_on(it.client())


OUTAGE = {"fault": "outage", "when": {"market_time": "2013-10-07T09:31:05"}, "market_seconds": 20}


def test_fills_of_an_outage_are_told_after_it(tmp_path: Path) -> None:
    it = bench(tmp_path, OUTAGE)
    client = it.client()
    client.say(resting(1), lambda c: c.reqPositions(), lambda c: c.reqMktData(9, SPY, "", False, False, []))
    it.pass_seconds(5)
    assert names(client.heard()) == ["error 1100"]
    it.pass_seconds(19)
    assert client.heard() == []
    assert it.gateway.exchange.positions()[0].quantity == 100
    it.pass_seconds(1)
    heard = names(client.heard())
    assert heard[0] == "error 1102"
    assert heard.count("execDetails") == heard.count("commissionReport") == heard.count("position") == 1
    it.pass_seconds(20)
    assert "tickPrice" in names(client.heard())


def test_fills_of_an_outage_may_never_be_told_but_can_be_asked_for(tmp_path: Path) -> None:
    it = bench(tmp_path, OUTAGE | {"fills": "never", "ends_with": 1101})
    client = it.client()
    client.say(resting(1), lambda c: c.reqMktData(9, SPY, "", False, False, []))
    it.pass_seconds(25)
    assert names(client.heard()) == ["error 1100", "error 1101"]
    assert "execDetails" in names(client.say(lambda c: c.reqExecutions(5, ExecutionFilter())))
    it.pass_seconds(20)
    assert client.heard() == [], "subscriptions died with 1101"


def test_a_refused_cancel_leaves_the_order_working(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "reject_cancel", "when": {"cancel": 1}})
    client = it.client()
    client.say(resting(1))
    assert names(client.say(lambda c: c.cancelOrder(1, ""))) == ["error 161"]
    assert len(it.gateway.exchange.open_orders()) == 1


@pytest.mark.parametrize(("orders", "filled"), [("held", 100), ("lost", 0)])
def test_orders_of_an_outage_wait_for_its_end_or_are_lost(tmp_path: Path, orders: str, filled: int) -> None:
    it = bench(tmp_path, OUTAGE | {"orders": orders})
    client = it.client()
    it.pass_seconds(5)
    assert names(client.say(place(1), lambda c: c.reqCurrentTime())) == ["currentTime"]
    assert it.gateway.exchange.positions() == []
    it.pass_seconds(20)
    assert sum(report.quantity for report in it.gateway.exchange.positions()) == filled


def test_whoever_connects_in_an_outage_is_told_of_it(tmp_path: Path) -> None:
    it = bench(tmp_path, OUTAGE)
    it.pass_seconds(5)
    heard = logged_on(it.client())
    assert {"nextValidId", "error 2110", "error 2103"} <= set(heard)
    assert it.gateway.alone_until is not None


def test_without_farms_there_is_no_market_data_and_no_history_but_orders_work(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "farms_down", "when": {"market_time": "2013-10-07T09:31:05"}, "market_seconds": 20})
    client = it.client()
    client.say(lambda c: c.reqMktData(9, SPY, "", False, False, []), lambda c: c.reqRealTimeBars(8, SPY, 5, "TRADES", True, []))
    it.pass_seconds(5)
    assert names(client.heard())[-2:] == ["error 2103", "error 2105"]
    history = client.say(lambda c: c.reqHistoricalData(3, SPY, "", "60 S", "1 min", "TRADES", 1, 1, False, []))
    assert names(history) == ["error 162"]
    assert names(client.say(place(1))) == FILLED
    it.pass_seconds(20)
    assert names(client.heard()) == ["error 2104", "error 2106"]
    it.pass_seconds(20)
    assert "tickPrice" in names(client.heard())


def test_callbacks_are_told_twice_with_the_same_execution_id_and_logged_once(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "duplicate_callbacks", "when": {"fill": 1}})
    heard = it.client().say(place(1))
    assert names(heard).count("execDetails") == 2
    assert names(heard).count("commissionReport") == 2
    assert len({fields for fields in heard if fields[0] == "11"}) == 1
    assert len([line for line in it.lines() if line["k"] == "match"]) == 1


def test_a_late_commission_is_told_in_its_time_and_not_known_before(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "late_commission", "when": {"fill": 1}, "market_seconds": 3})
    client = it.client()
    assert "commissionReport" not in names(client.say(place(1)))
    assert names(client.say(lambda c: c.reqExecutions(5, ExecutionFilter()))) == ["execDetails", "execDetailsEnd"]
    it.pass_seconds(2)
    assert "commissionReport" not in names(client.heard())
    it.pass_seconds(1)
    assert names(client.heard()).count("commissionReport") == 1
    assert "commissionReport" in names(client.say(lambda c: c.reqExecutions(6, ExecutionFilter())))


def test_a_missing_commission_is_told_to_who_asks(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "late_commission", "when": {"fill": 1}, "missing": True})
    client = it.client()
    client.say(place(1))
    it.pass_seconds(60)
    assert "commissionReport" not in names(client.heard())
    assert "commissionReport" in names(client.say(lambda c: c.reqExecutions(5, ExecutionFilter())))


def test_another_client_trades_in_the_account(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "manual_order", "when": {"order": 1}, "symbol": "SPY", "side": "SELL", "quantity": 30})
    client = it.client()
    client.say(lambda c: c.reqPositions())
    heard = client.say(place(1))
    assert [fields for fields in heard if fields[0] == "61"][-1][14] == "70"
    assert [(line["client"], line["ref"], line["qty"]) for line in it.lines() if line["k"] == "match"] == [(7, "rt:t:1:i1", 100), (0, "", 30)]


def test_the_verdict_on_a_bad_day_is_by_the_same_rules(tmp_path: Path) -> None:
    it = bench(
        tmp_path,
        {"fault": "duplicate_callbacks", "when": {"order": 1}, "copies": 5},
        {"fault": "reject_order", "when": {"order": 2}},
        {"fault": "swallow_order", "when": {"order": 3}},
        {"fault": "cut", "when": {"order": 4}},
    )
    it.client().say(*(place(n, MarketOrder("BUY" if n % 2 else "SELL", 10)) for n in range(1, 5)))
    it.log.close()
    report = verify(it.log.path.read_text().splitlines())
    assert (report.fills, report.orders_per_intent_max, report.positions) == (2, 1, {})

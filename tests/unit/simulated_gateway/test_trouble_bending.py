"""Messages made wrong, dropped, late and out of order, as clients of the real library meet them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import Stock
from ib_insync.order import LimitOrder, MarketOrder, Order

from robo_trader.simulated_gateway.fault_kinds_told import ClockSkew, DropCallbacks, LateCallbacks, ReorderCallbacks, WrongAccount
from robo_trader.simulated_gateway.fault_parameters import Fault
from robo_trader.simulated_gateway.trouble_bending import Bending
from tests.support.exchange_bench import at, later, quote
from tests.support.gateway_bench import Bench, names

SPY = Stock("SPY", "SMART", "USD")
EVENTS = (
    quote("09:30:30", "168.10", "168.12", 500, 500),
    quote("09:31:10.1", "168.10", "168.12", 600, 500),
    quote("09:31:40.1", "168.20", "168.22", 600, 500),
)
SOON = {"market_time": "2013-10-07T09:31:05"}
NOW = at("09:31:00")


class Ear:
    number = 1

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []

    def say(self, fields: tuple[str, ...]) -> None:
        self.heard.append(fields)


def bending(*faults: Fault) -> Bending:
    it = Bending(lambda _connection, _req_id: "SPY", lambda *_: None)
    for fault in faults:
        it.begin(fault)
    return it


def bench(directory: Path, *scenario: dict[str, Any]) -> Bench:
    return Bench(directory, *EVENTS, scenario=scenario)


def place(order_id: int, order: Order | None = None) -> Callable[[Client], None]:
    order = order or MarketOrder("BUY", 100)
    order.tif = "DAY"
    return lambda it: it.placeOrder(order_id, SPY, order)


def watch(req_id: int = 9) -> Callable[[Client], None]:
    return lambda it: it.reqMktData(req_id, SPY, "", False, False, [])


def prices(messages: list[tuple[str, ...]], kind: str = "1") -> list[str]:
    return [fields[4] for fields in messages if fields[0] == "1" and fields[3] == kind]


def test_on_a_good_day_nothing_is_bent_and_nothing_is_asked(tmp_path: Path) -> None:
    it = bench(tmp_path)
    it.client().say(place(1))
    assert it.gateway.trouble.bend is None


@pytest.mark.parametrize(("what", "lost"), [("orders", "openOrder"), ("executions", "execDetails"), ("commissions", "commissionReport")])
def test_what_is_dropped_is_never_told_and_the_rest_is(tmp_path: Path, what: str, lost: str) -> None:
    whole = names(bench(tmp_path).client().say(place(1)))
    it = bench(tmp_path, {"fault": "drop_callbacks", "when": {"order": 1}, "what": what, "times": 1})
    heard = names(it.client().say(place(1)))
    assert heard.count(lost) == whole.count(lost) - 1
    assert len(heard) == len(whole) - 1


def test_an_answer_that_is_dropped_leaves_its_request_unanswered_and_the_next_one_is_answered(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "drop_callbacks", "when": SOON, "what": "answers"})
    client = it.client()
    it.pass_seconds(5)
    assert client.say(lambda c: c.reqCurrentTime()) == []
    assert names(client.say(lambda c: c.reqCurrentTime())) == ["currentTime"]
    assert it.gateway.trouble.bend is None, "the stock is used up"
    assert [line["message"] for line in it.lines() if line.get("step") == "befalls"] == ["49"]


def test_a_late_message_comes_in_its_time_as_it_was_and_once(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "late_callbacks", "when": {"order": 1}, "what": "orders", "times": 4, "market_seconds": 3})
    client = it.client()
    resting = LimitOrder("BUY", 100, 100.0)
    assert client.say(place(1, resting)) == []
    assert names(client.say(lambda c: c.cancelOrder(1, ""))) == ["orderStatus", "error 202"]
    it.pass_seconds(2)
    assert client.heard() == []
    it.pass_seconds(1)
    heard = client.heard()
    assert names(heard) == ["openOrder", "orderStatus"] * 2
    assert [fields[2] for fields in heard if fields[0] == "3"] == ["PreSubmitted", "Submitted"]
    it.pass_seconds(10)
    assert client.heard() == []


def test_a_late_message_to_who_has_left_is_nobodys(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "late_callbacks", "when": {"order": 1}, "what": "any", "times": 1000})
    client = it.client()
    client.say(place(1))
    client.connection.abort()
    it.gateway.dismiss(client.connection)
    it.pass_seconds(10)
    assert client.heard() == []


def test_what_is_late_is_not_told_in_an_outage(tmp_path: Path) -> None:
    late = {"fault": "late_callbacks", "when": {"order": 1}, "what": "executions", "market_seconds": 8}
    outage = {"fault": "outage", "when": SOON, "market_seconds": 20}
    it = bench(tmp_path, late, outage)
    client = it.client()
    client.say(place(1))
    it.pass_seconds(24)
    assert names(client.heard()) == ["error 1100"]
    it.pass_seconds(2)
    assert sorted(names(client.heard())) == ["error 1102", "execDetails"]


def test_late_messages_ripen_in_the_order_of_their_times() -> None:
    it, ear = bending(LateCallbacks(what="errors", market_seconds=9), LateCallbacks(what="any", market_seconds=2)), Ear()
    assert it.bent(ear, ("4", "first due"), NOW) == it.bent(ear, ("3", "second due"), NOW) == []
    assert it.ripe(later(NOW, 1)) == []
    assert [fields for _, fields in it.ripe(later(NOW, 10))] == [("3", "second due"), ("4", "first due")]
    assert it.ripe(later(NOW, 11)) == []


def test_the_order_of_what_one_event_says_is_drawn_and_nothing_is_lost(tmp_path: Path) -> None:
    whole = bench(tmp_path).client().say(place(1))
    told = [bench(tmp_path, {"fault": "reorder_callbacks", "when": {"order": 1}, "seed": seed}).client().say(place(1)) for seed in (1, 1, 2)]
    assert sorted(names(told[0])) == sorted(names(whole))
    assert told[0] == told[1] != told[2]
    assert names(told[0]) != names(whole)


def test_out_of_order_is_used_up_by_events_and_a_single_message_uses_nothing() -> None:
    it, ear = bending(ReorderCallbacks(times=1)), Ear()
    for event in (["3"], ["3", "5", "11"], ["3", "5"]):
        told = [fields for kind in event for fields in it.bent(ear, (kind,), NOW)]
        assert sorted([*told, *(fields for _, fields in it.shuffled())]) == sorted((kind,) for kind in event)
    assert not it.active


def test_a_greeting_is_not_any_message_and_no_message_is_dropped_twice() -> None:
    it, ear = bending(DropCallbacks(what="any"), WrongAccount(what="account")), Ear()
    assert it.bent(ear, ("9", "1", "1"), NOW) == [("9", "1", "1")]
    assert it.bent(ear, ("3", "x"), NOW) == []
    assert it.bent(ear, ("3", "x"), NOW) == [("3", "x")]


def test_what_is_made_wrong_may_be_dropped_too_and_uses_up_both() -> None:
    it, ear = bending(DropCallbacks(what="any"), WrongAccount(what="account")), Ear()
    assert it.bent(ear, ("6", "2", "Cash", "5", "USD", "DU1"), NOW) == []
    assert not it.active


def test_a_skew_lasts_until_its_end() -> None:
    it, ear, fault = bending(ClockSkew(off_seconds=5)), Ear(), ClockSkew(off_seconds=5)
    assert it.bent(ear, ("49", "1", "100"), NOW) == [("49", "1", "105")]
    it.end(fault)
    assert it.bent(ear, ("49", "1", "100"), NOW) == [("49", "1", "100")]


def test_a_client_hears_a_clock_that_is_off_for_as_long_as_it_is(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "clock_skew", "when": SOON, "off_seconds": 3600, "market_seconds": 5})
    client = it.client()
    told = []
    for _ in range(3):
        it.pass_seconds(5)
        ((_, _, said),) = client.say(lambda c: c.reqCurrentTime())
        told.append(int(said) - it.gateway.now // 10**9)
    assert told == [3600, 0, 0]


def test_an_account_is_told_wrong_so_often_and_the_account_itself_is_right(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "wrong_account", "when": {"order": 1}, "what": "positions", "told": "tenfold"})
    client = it.client()
    client.say(lambda c: c.reqPositions())
    (told,) = [fields for fields in client.say(place(1)) if fields[0] == "61"]
    assert told[14] == "1000"
    assert it.gateway.exchange.positions()[0].quantity == 100
    assert [fields[14] for fields in client.say(lambda c: c.reqPositions()) if fields[0] == "61"] == ["100"]


@pytest.mark.parametrize(("told", "bids"), [("stale", []), ("zero", ["0", "0"]), ("nan", ["NaN", "NaN"])])
def test_quotes_are_wrong_while_the_fault_lasts_and_then_told_as_they_are(tmp_path: Path, told: str, bids: list[str]) -> None:
    it = bench(tmp_path, {"fault": "bad_quotes", "when": SOON, "told": told, "market_seconds": 50})
    client = it.client()
    it.pass_seconds(5)
    whole = client.say(watch())
    assert prices(whole) == bids[:1]
    it.pass_seconds(49)
    assert prices(client.heard()) == bids[1:]
    it.pass_seconds(1)
    assert prices(client.heard()) == ["168.2"]


def test_quotes_of_one_symbol_are_wrong_and_the_others_are_right(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "bad_quotes", "when": SOON, "told": "zero", "symbol": "IBM"})
    it.pass_seconds(5)
    assert prices(it.client().say(watch())) == ["168.1"]


def test_the_log_has_what_was_sent_and_what_befell(tmp_path: Path) -> None:
    it = bench(tmp_path, {"fault": "drop_callbacks", "when": {"order": 1}, "what": "executions"})
    client = it.client()
    client.say(place(1))
    lines = it.lines()
    assert [line["f"][0] for line in lines if line["k"] == "out" and line["f"][0] == "11"] == []
    assert len([line for line in lines if line["k"] == "match"]) == 1
    steps = [json.dumps([line["fault"], line["step"]]) for line in lines if line["k"] == "fault"]
    assert steps == ['["drop_callbacks", "begins"]', '["drop_callbacks", "befalls"]']

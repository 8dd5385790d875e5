"""What the scribe writes: each fact once, in the log's words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ib_insync.contract import Stock
from ib_insync.order import LimitOrder, MarketOrder

from tests.support.exchange_bench import at, quote, trade
from tests.support.gateway_bench import Bench

SPY = Stock("SPY", "SMART", "USD")
EVENTS = (quote("09:30:30", "168.10", "168.12", 40, 500), trade("09:30:40", "168.11"))


def kinds(bench: Bench, kind: str) -> list[dict[str, Any]]:
    return [line for line in bench.lines() if line["k"] == kind]


def test_the_log_begins_with_the_books(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    (start,) = kinds(bench, "start")
    assert start | {"t": 0, "c": 0} == {
        "t": 0,
        "c": 0,
        "k": "start",
        "account": "DU1000001",
        "cash": "1000000",
        "positions": {},
        "seed": 1,
        "market": "bench",
    }


def test_every_frame_in_and_out_is_written_with_its_connection_and_client(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    client = bench.client()
    client.say(lambda it: it.reqCurrentTime())
    assert [(line["conn"], line["client"], line["f"]) for line in kinds(bench, "in")] == [(1, 7, ["71", "2", "7", ""]), (1, 7, ["49", "1"])]
    assert kinds(bench, "out")[-1]["f"] == ["49", "1", str(at("09:31:00") // 10**9)]


def test_connections_come_and_go(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.gateway.dismiss(bench.client().connection)
    assert [(line["k"], line["conn"], line["client"]) for line in bench.lines() if line["k"] in ("open", "close")] == [
        ("open", 1, None),
        ("close", 1, 7),
    ]


def test_an_order_is_written_once_for_each_state_and_a_match_with_its_commission(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    order = MarketOrder("SELL", 100, tif="DAY", orderRef="rt:t:1:x", ocaGroup="g", ocaType=2)
    bench.client().say(lambda it: it.placeOrder(3, SPY, order))
    states = [(line["status"], line["filled"], line["remaining"], line["total"]) for line in kinds(bench, "order")]
    assert states == [("PreSubmitted", 0, 100, 100), ("Submitted", 40, 60, 100)]
    told = kinds(bench, "order")[0]
    assert (told["client"], told["order_id"], told["ref"], told["side"], told["type"], told["oca"], told["oca_type"]) == (
        7,
        3,
        "rt:t:1:x",
        "SELL",
        "MKT",
        "g",
        2,
    )
    (match,) = kinds(bench, "match")
    assert (match["qty"], match["price"], match["commission"], match["perm_id"]) == (40, "168.10", "1.00", told["perm_id"])


def test_telling_the_open_orders_again_writes_no_order_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(lambda it: it.placeOrder(3, SPY, LimitOrder("BUY", 100, 160.0, tif="DAY")))
    before = len(kinds(bench, "order"))
    client.say(lambda it: it.reqOpenOrders())
    assert len(kinds(bench, "order")) == before


def test_each_move_of_the_clock_is_written_before_what_it_brings(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.pass_seconds(2)
    assert [(line["c"], line["to"]) for line in kinds(bench, "clock")] == [
        (at("09:31:00"), at("09:31:01")),
        (at("09:31:01"), at("09:31:02")),
    ]


def test_on_another_day_the_scribe_remembers_only_what_lives(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(lambda it: it.placeOrder(1, SPY, MarketOrder("BUY", 100, tif="DAY")))
    client.say(lambda it: it.placeOrder(2, SPY, LimitOrder("BUY", 100, 160.0, tif="GTC")))
    assert len(bench.gateway.scribe._told) == 2
    bench.gateway.step(at("09:00:00", date(2013, 10, 8)))
    (state,) = bench.gateway.scribe._told.values()
    assert state[-1] == "PreSubmitted"


def test_who_joins_and_leaves_the_lockstep_is_written(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.gateway.joined(7)
    bench.gateway.left(7, crash=True)
    assert [(line["k"], line["client"], line.get("crash")) for line in bench.lines()[-2:]] == [("register", 7, None), ("unregister", 7, True)]

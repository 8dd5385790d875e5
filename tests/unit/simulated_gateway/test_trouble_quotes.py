"""Bursts of quotes, and somebody else who has the market data."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from ib_insync.client import Client
from ib_insync.contract import Stock

from robo_trader.simulated_gateway.trouble_quotes import lines_on, symbol_of
from tests.support.exchange_bench import IBM, quote, trade
from tests.support.gateway_bench import Bench, names

EVENTS = (
    quote("09:30:30", "168.10", "168.12", 500, 500),
    trade("09:30:40", "168.11"),
    quote("09:30:30", "180.10", "180.12", 500, 500, IBM),
    quote("09:31:10.1", "168.20", "168.22", 600, 500),
)
SOON = {"market_time": "2013-10-07T09:31:05"}


def bench(directory: Path, **fault: Any) -> Bench:
    return Bench(directory, *EVENTS, scenario=[{"when": SOON, **fault}])


def watch(req_id: int = 9, symbol: str = "SPY") -> Callable[[Client], None]:
    return lambda it: it.reqMktData(req_id, Stock(symbol, "SMART", "USD"), "", False, False, [])


def sizes(messages: list[tuple[str, ...]]) -> list[str]:
    return [fields[4] for fields in messages if fields[0] == "2" and fields[3] == "0"]


def test_a_burst_tells_so_many_sizes_a_second_no_two_in_a_row_alike_and_then_the_truth(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="quote_burst", per_second=2_000, market_seconds=3)
    client = it.client()
    client.say(watch())
    it.pass_seconds(5)
    client.heard()
    it.pass_seconds(2)
    told = sizes(client.heard())
    assert len(told) == 4_000
    assert all(size != after for size, after in pairwise(told))
    it.pass_seconds(1)
    heard = client.heard()
    assert [fields[5] for fields in heard if fields[0] == "1" and fields[3] == "1"] == ["500"]
    it.pass_seconds(1)
    assert client.heard() == []


def test_of_two_bursts_alike_the_first_end_leaves_the_other(tmp_path: Path) -> None:
    burst = {"fault": "quote_burst", "per_second": 100, "market_seconds": 5}
    it = Bench(tmp_path, *EVENTS, scenario=[burst | {"when": SOON}, burst | {"when": {"market_time": "2013-10-07T09:31:08"}}])
    client = it.client()
    client.say(watch())
    it.pass_seconds(11)
    client.heard()
    it.pass_seconds(1)
    assert len(sizes(client.heard())) == 100


def test_a_burst_is_shared_by_the_lines_of_its_symbol(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="quote_burst", symbol="IBM", per_second=100)
    client = it.client()
    client.say(watch(9), watch(10, "IBM"), watch(11, "IBM"))
    it.pass_seconds(6)
    told = [fields[2] for fields in client.heard() if fields[0] == "2"]
    assert (told.count("9"), told.count("10"), told.count("11")) == (0, 50, 50)


def test_a_burst_that_nobody_watches_is_not_owed_to_who_comes_later(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="quote_burst", per_second=100)
    it.pass_seconds(7)
    client = it.client()
    assert sizes(client.say(watch())) == []
    it.pass_seconds(1)
    assert len(sizes(client.heard())) == 100


def test_lines_are_told_who_competes_and_are_silent_until_it_is_over(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="competing_session", market_seconds=30)
    client = it.client()
    client.say(watch(), lambda c: c.reqRealTimeBars(8, Stock("SPY", "SMART", "USD"), 5, "TRADES", True, []))
    it.pass_seconds(5)
    told = client.heard()
    assert [(fields[2], fields[3]) for fields in told if fields[0] == "4"] == [("9", "10197"), ("8", "10197")]
    it.pass_seconds(29)
    assert client.heard() == []
    assert names(client.say(watch(10)))[:3] == ["marketDataType", "tickReqParams", "error 10197"]
    it.pass_seconds(1)
    bids = [(fields[2], fields[4]) for fields in client.heard() if fields[0] == "1" and fields[3] == "1"]
    assert bids == [("9", "168.2"), ("10", "168.2")]


def test_whoever_takes_the_connection_keeps_everybody_away(tmp_path: Path) -> None:
    it = bench(tmp_path, fault="competing_session", takes="connection", market_seconds=30)
    doors: list[bool] = []
    it.gateway.trouble.listening = doors.append
    client = it.client()
    it.pass_seconds(5)
    assert client.wire.aborted and it.client().wire.aborted
    assert it.gateway.alone_until is not None
    it.pass_seconds(30)
    assert doors == [False, True]
    assert "nextValidId" in names(it.client().heard()[1:])


def test_what_ends_in_an_outage_is_told_right_after_it(tmp_path: Path) -> None:
    burst = {"fault": "bad_quotes", "when": SOON, "told": "zero", "market_seconds": 10}
    outage = {"fault": "outage", "when": {"market_time": "2013-10-07T09:31:08"}, "market_seconds": 20}
    it = Bench(tmp_path, *EVENTS, scenario=[burst, outage])
    client = it.client()
    client.say(watch())
    it.pass_seconds(27)
    assert names(client.heard()) == ["error 1100"]
    it.pass_seconds(1)
    assert names(client.heard())[:2] == ["error 1102", "tickPrice"]


def test_a_line_is_found_by_its_name(tmp_path: Path) -> None:
    it = Bench(tmp_path, *EVENTS)
    client = it.client()
    client.say(watch(9), watch(10, "IBM"))
    number = client.connection.number
    assert symbol_of(it.gateway, number, 10) == "IBM"
    assert symbol_of(it.gateway, number, 11) is None
    assert [line.req_id for line in lines_on(it.gateway, None)] == [9, 10]
    assert [line.req_id for line in lines_on(it.gateway, "IBM")] == [10]

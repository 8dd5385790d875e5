"""Single ticks as clients hear of them, as they come and of the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import Crypto, Stock

from robo_trader.simulated_gateway.entitlement import Entitlement
from robo_trader.simulated_gateway.model import TradePrint
from tests.support.exchange_bench import SPY as SYMBOL
from tests.support.exchange_bench import at, quote, trade
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import told

SPY = Stock("SPY", "SMART", "USD")
AAPL = Stock("AAPL", "SMART", "USD")
NOPE = Stock("NOPE", "SMART", "USD")
EVENTS = (
    TradePrint(SYMBOL, Decimal("167.25"), 70, at("15:59:00", date(2013, 10, 4))),
    trade("08:00:00", "167.50", 10),
    trade("09:30:10.5", "168.00", 100),
    quote("09:30:30", "168.10", "168.12", 500, 500),
    trade("09:30:40.5", "168.11", 200),
    quote("09:31:02.1", "168.11", "168.13", 500, 500),
    trade("09:31:02.2", "168.13", 300),
    quote("09:31:02.25", "168.11", "168.13", 400, 500),
    trade("09:31:02.3", "168.12", 50),
)


def by_tick(kind: str, *, req_id: int = 5, count: int = 0, ignore_size: bool = False, contract: Stock = SPY) -> Callable[[Client], None]:
    return lambda it: it.reqTickByTickData(req_id, contract, kind, count, ignore_size)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("Last", "tickByTickAllLast", [(1, 168.13, 300.0), (1, 168.12, 50.0)]),
        ("AllLast", "tickByTickAllLast", [(2, 168.13, 300.0), (2, 168.12, 50.0)]),
        ("BidAsk", "tickByTickBidAsk", [(168.11, 168.13, 500.0, 500.0), (168.11, 168.13, 400.0, 500.0)]),
        ("MidPoint", "tickByTickMidPoint", [(168.12,)]),
    ],
)
def test_each_tick_is_told_by_itself(tmp_path: Path, kind: str, name: str, expected: list[tuple[Any, ...]]) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    assert client.say(by_tick(kind)) == []
    bench.pass_seconds(5)
    heard = told(*client.heard())
    assert {told_name for told_name, _ in heard} == {name}
    seconds = at("09:31:02") // 10**9
    at_place = 2 if "Last" in kind else 1
    assert {arguments[at_place] for _, arguments in heard} == {seconds}
    values = [(arguments[1], *arguments[3:5]) if "Last" in kind else arguments[2 : 2 + len(expected[0])] for _, arguments in heard]
    assert values == expected


def test_a_line_that_ignores_sizes_is_told_prices_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(by_tick("BidAsk", ignore_size=True))
    bench.pass_seconds(5)
    assert len(client.heard()) == 1


def test_the_ticks_before_are_told_first_where_they_are_asked_for(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    heard = client.say(by_tick("AllLast", count=2))
    ((name, (_, ticks, done)),) = told(*heard)
    assert (name, [tick.price for tick in ticks], done) == ("historicalTicksLast", [168.0, 168.11], True)
    bench.pass_seconds(5)
    assert names(client.heard()) == ["tickByTick", "tickByTick"]
    assert names(client.say(by_tick("BidAsk", count=1, req_id=6), by_tick("MidPoint", count=1, req_id=7))) == [
        "historicalTicksBidAsk",
        "historicalTicks",
    ]


def test_a_cancelled_line_is_silent_and_one_that_never_was_is_an_error(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    assert client.say(by_tick("Last"), lambda it: it.cancelTickByTickData(5)) == []
    bench.pass_seconds(5)
    assert client.heard() == []
    assert names(client.say(lambda it: it.cancelTickByTickData(5))) == ["error 300"]


def test_ticks_that_cannot_be_told_are_refused(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    assert names(client.say(by_tick("Every"), by_tick("Last", count=1001), by_tick("Last", contract=NOPE))) == ["error 321", "error 321", "error 200"]
    assert names(client.say(by_tick("Last", contract=AAPL))) == ["error 10189"]
    lines = [by_tick("Last", req_id=number) for number in range(10, 16)]
    assert names(client.say(*lines)) == ["error 10190"]


@pytest.mark.parametrize(
    ("paid", "code"), [("delayed", "error 10189"), ("terminal", "error 10189"), ("none", "error 10189"), ("competing", "error 10197")]
)
def test_who_has_not_paid_has_no_single_ticks(tmp_path: Path, paid: str, code: str) -> None:
    client = Bench(tmp_path, *EVENTS, market_data=Entitlement(paid)).client()
    assert names(client.say(by_tick("Last"))) == [code]
    assert names(client.say(past("TRADES", end=NOW))) == ["error 10187"]


NOW = "20131007 09:31:00 US/Eastern"


def past(what: str, *, start: str = "", end: str = "", count: int = 10, rth: bool = False, ignore_size: bool = False) -> Callable[[Client], None]:
    return lambda it: it.reqHistoricalTicks(5, SPY, start, end, count, what, rth, ignore_size, [])


def prices(heard: list[tuple[str, ...]]) -> list[float]:
    ((_, (_, ticks, done)),) = told(*heard)
    assert done
    return [tick.price for tick in ticks]


def test_trades_of_the_past_go_forward_from_a_start_and_back_from_an_end(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    assert prices(client.say(past("TRADES", end=NOW))) == [167.25, 167.5, 168.0, 168.11]
    assert prices(client.say(past("TRADES", end=NOW, count=2))) == [168.0, 168.11]
    assert prices(client.say(past("TRADES", end=NOW, rth=True))) == [167.25, 168.0, 168.11]
    assert prices(client.say(past("TRADES", start="20131004-13:30:00", count=2))) == [167.25, 167.5]
    assert prices(client.say(past("TRADES", start=NOW))) == []
    assert prices(client.say(past("TRADES", start="19990101-00:00:00", count=1))) == [167.25]


def test_the_future_is_in_no_answer(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    assert prices(client.say(past("TRADES", end="20131007 15:00:00 US/Eastern")))[-1] == 168.11
    assert prices(client.say(past("TRADES", start="20131007 09:30:00 US/Eastern")))[-1] == 168.11


def test_quotes_of_the_past_are_changes(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS, now="09:32:00").client()
    ((name, (_, ticks, _)),) = told(*client.say(past("BID_ASK", start="20131007 09:30:00 US/Eastern")))
    assert name == "historicalTicksBidAsk"
    assert [(tick.priceBid, tick.priceAsk, tick.sizeBid) for tick in ticks] == [(168.1, 168.12, 500), (168.11, 168.13, 500), (168.11, 168.13, 400)]
    ((_, (_, ticks, _)),) = told(*client.say(past("BID_ASK", start="20131007 09:30:00 US/Eastern", ignore_size=True)))
    assert len(ticks) == 2
    assert prices(client.say(past("MIDPOINT", end="20131007 09:32:00 US/Eastern"))) == [168.11, 168.12]
    assert prices(client.say(past("MIDPOINT", start="20131007 09:30:00 US/Eastern", count=1))) == [168.11]
    ((_, (_, ticks, _)),) = told(*client.say(past("BID_ASK", start="20131007 09:30:00 US/Eastern", count=1)))
    assert [tick.sizeBid for tick in ticks] == [500]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (past("TRADES"), "321"),
        (past("TRADES", start=NOW, end=NOW), "321"),
        (past("NOTHING", end=NOW), "321"),
        (past("TRADES", end=NOW, count=1001), "321"),
        (past("TRADES", end="never"), "10314"),
        (past("TRADES", start="never"), "10314"),
    ],
)
def test_past_ticks_that_make_no_sense_are_refused(tmp_path: Path, call: Callable[[Client], None], code: str) -> None:
    assert names(Bench(tmp_path, *EVENTS).client().say(call)) == [f"error {code}"]


def test_ticks_of_what_is_no_stock_are_refused(tmp_path: Path) -> None:
    (fields,) = Bench(tmp_path, *EVENTS).client().say(by_tick("Last", contract=Crypto("BTC", "PAXOS", "USD")))
    assert fields[2:5] == ("5", "10189", "Failed to request tick-by-tick data.No market data permissions for PAXOS CRYPTO")

"""Market data and time as clients hear of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ib_insync.client import Client
from ib_insync.contract import Future, Stock

from robo_trader.simulated_gateway.entitlement import Entitlement
from robo_trader.simulated_gateway.model import TradePrint
from robo_trader.simulated_gateway.venue import Halt, Venue
from tests.support.exchange_bench import MORNING, at
from tests.support.exchange_bench import SPY as SYMBOL
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import told

SPY = Stock("SPY", "SMART", "USD")
NOPE = Stock("NOPE", "SMART", "USD")
AAPL = Stock("AAPL", "SMART", "USD")


def market_data(contract: Stock = SPY, *, snapshot: bool = False, req_id: int = 5) -> Callable[[Client], None]:
    return lambda it: it.reqMktData(req_id, contract, "", snapshot, False, [])


def real_time_bars(what: str = "TRADES", contract: Stock = SPY, *, req_id: int = 6) -> Callable[[Client], None]:
    return lambda it: it.reqRealTimeBars(req_id, contract, 5, what, True, [])


def test_the_time_is_the_simulated_clocks(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.client().say(lambda it: it.reqCurrentTime()) == [("49", "1", str(at("09:31:00") // 10**9))]


def test_an_answer_of_the_time_finds_everything_read_before_in_the_logs_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    client = bench.client()
    seen: list[bool] = []
    client.wire.write = lambda _: seen.append('"in"' in bench.log.path.read_text().splitlines()[-2])  # type: ignore[method-assign]
    client.say(lambda it: it.reqCurrentTime())
    assert seen == [True]


@pytest.mark.parametrize("call", [lambda it: it.reqContractDetails(5, NOPE), market_data(NOPE), real_time_bars(contract=NOPE)])
def test_an_unknown_contract_is_answered_by_200(tmp_path: Path, call: Callable[[Client], None]) -> None:
    assert names(Bench(tmp_path).client().say(call)) == ["error 200"]


def test_a_line_begins_with_its_kind_its_parameters_and_all_that_is_known(tmp_path: Path) -> None:
    heard = Bench(tmp_path, *MORNING).client().say(market_data())
    begun = ["marketDataType", "tickReqParams", "tickPrice", "tickPrice", *["tickString"] * 3, "tickPrice", "tickString", "tickSize"]
    assert names(heard) == [*begun, "tickPrice", "tickPrice", "tickPrice", "tickGeneric"]
    assert [fields[3:5] for fields in heard if fields[0] == "46" and fields[3] != "45"] == [("32", "P"), ("33", "P"), ("84", "P")]
    assert heard[9] == ("2", "6", "5", "8", "310")
    assert [fields[3:5] for fields in heard[10:]] == [("6", "168.11"), ("7", "168.0"), ("14", "168.0"), ("49", "0.0")]


def test_a_line_is_told_samples_of_what_happens(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    client.say(market_data())
    bench.pass_seconds(2)
    assert client.heard() == []
    bench.pass_seconds(1)
    heard = client.heard()
    prices = [(fields[3], fields[4]) for fields in heard if fields[0] == "1"]
    assert prices == [
        ("1", "168.11"),
        ("2", "168.13"),
        ("4", "168.13"),
        ("6", "168.13"),
        ("4", "168.12"),
    ]  # the second print came after a quarter second


def test_a_snapshot_is_told_once_and_ended(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    assert names(client.say(market_data(snapshot=True)))[-1] == "tickSnapshotEnd"
    bench.pass_seconds(5)
    assert client.heard() == []


def test_a_line_that_was_cancelled_is_silent_and_one_that_never_was_is_an_error(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    client.say(market_data())
    assert client.say(lambda it: it.cancelMktData(5)) == []
    bench.pass_seconds(5)
    assert client.heard() == []
    assert names(client.say(lambda it: it.cancelMktData(5), lambda it: it.cancelRealTimeBars(9))) == ["error 300", "error 300"]


def test_a_five_second_bar_is_told_when_it_is_over(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    client.say(real_time_bars())
    bench.pass_seconds(4)
    assert client.heard() == []
    bench.pass_seconds(1)
    ((_, arguments),) = told(*client.heard())
    assert arguments[1] == at("09:31:00") // 10**9
    assert arguments[2:7] == (168.13, 168.13, 168.12, 168.12, 350)


def test_bars_that_were_cancelled_are_not_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    client.say(real_time_bars(), lambda it: it.cancelRealTimeBars(6))
    bench.pass_seconds(5)
    assert client.heard() == []


def test_bars_may_be_of_quotes_but_not_of_both_sides(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    assert client.say(real_time_bars("MIDPOINT")) == []
    bench.pass_seconds(5)
    ((_, arguments),) = told(*client.heard())
    assert arguments[2:] == (168.11, 168.12, 168.11, 168.12, -1.0, -1.0, -1)
    for what in ("BID_ASK", "NOTHING"):
        (fault,) = client.say(real_time_bars(what))
        assert (fault[3], fault[4].rpartition(" : cause - ")[2]) == ("321", "What to show field is missing or incorrect.")


def test_details_are_told_of_what_does_not_trade_here_and_its_market_data_is_refused(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    assert names(client.say(lambda it: it.reqContractDetails(5, AAPL))) == ["contractDetails", "contractDetailsEnd"]
    assert names(client.say(market_data(AAPL))) == ["tickReqParams", "error 354"]
    assert names(client.say(real_time_bars(contract=AAPL))) == ["error 420"]


FUTURES = Future("ES", "201312", "CME")


def test_data_of_what_is_no_stock_are_refused(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING).client()
    asked: list[Callable[[Client], object]] = [
        lambda it: it.reqMktData(5, FUTURES, "", False, False, []),
        lambda it: it.reqRealTimeBars(5, FUTURES, 5, "TRADES", True, []),
    ]
    heard = [client.say(call)[0] for call in asked]
    assert [fields[2:5] for fields in heard] == [
        ("5", "354", "Requested market data is not subscribed."),
        ("5", "420", "Invalid Real-time Query:No market data permissions for CME FUT"),
    ]


def test_a_snapshot_has_the_day_and_the_close_before_it(tmp_path: Path) -> None:
    before = TradePrint(SYMBOL, Decimal("167.25"), 100, at("15:59:00", date(2013, 10, 4)))
    heard = Bench(tmp_path, before, *MORNING).client().say(market_data(snapshot=True))
    assert {fields[3]: fields[4] for fields in heard if fields[0] == "1" and fields[3] in ("6", "7", "9", "14")} == {
        "6": "168.11", "7": "168.0", "9": "167.25", "14": "168.0"
    }  # fmt: skip


def test_each_trade_is_told_with_the_days_turnover_to_who_asks_for_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    client.say(lambda it: it.reqMktData(5, SPY, "233", False, False, []))
    bench.pass_seconds(3)
    volumes = [fields[4].split(";") for fields in client.heard() if fields[0] == "46" and fields[3] == "48"]
    assert [(price, size, volume, single) for price, size, _, volume, _, single in volumes] == [
        ("168.13", "300", "610", "true"), ("168.12", "50", "660", "true")
    ]  # fmt: skip


def test_generic_ticks_that_stocks_do_not_have_and_those_of_snapshots_are_refused(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING).client()
    (fault,) = client.say(lambda it: it.reqMktData(5, SPY, "233,999", False, False, []))
    assert (fault[3], "Incorrect generic tick list of 233,999.  Legal ones for (STK) are: 100(" in fault[4]) == ("321", True)
    assert names(client.say(lambda it: it.reqMktData(5, SPY, "233", True, False, []))) == ["error 321"]
    assert "error 321" not in names(client.say(lambda it: it.reqMktData(5, SPY, "mdoff,292:BRFG+DJNL", False, False, [])))


def test_one_client_has_at_most_a_hundred_lines(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING).client()
    for start in (0, 50):
        client.say(*(market_data(req_id=number) for number in range(start, start + 50)))
    assert names(client.say(market_data(req_id=100))) == ["error 101"]
    for start in (0, 40, 80):
        heard = client.say(*(real_time_bars(req_id=number) for number in range(start, start + 40)))
    assert names(heard) == ["error 101"] * 20
    client.say(lambda it: it.cancelMktData(7))
    assert "error 101" not in names(client.say(market_data(req_id=100)))


@pytest.mark.parametrize(
    ("paid", "wanted", "expected"),
    [
        ("live", 3, ["marketDataType", "tickReqParams"]),
        ("delayed", 1, ["tickReqParams", "error 354"]),
        ("delayed", 3, ["marketDataType", "tickReqParams", "error 10167"]),
        ("terminal", 1, ["tickReqParams", "error 10089"]),
        ("terminal", 4, ["marketDataType", "tickReqParams", "error 10167"]),
        ("none", 1, ["tickReqParams", "error 354"]),
        ("none", 3, ["tickReqParams", "error 10168"]),
        ("competing", 1, ["tickReqParams", "error 10197"]),
    ],
)
def test_what_was_paid_for_is_what_is_told(tmp_path: Path, paid: str, wanted: int, expected: list[str]) -> None:
    client = Bench(tmp_path, *MORNING, market_data=Entitlement(paid)).client()
    heard = names(client.say(lambda it: it.reqMarketDataType(wanted), market_data()))
    assert heard[: len(expected)] == expected
    assert (heard == expected) == (expected[0] == "tickReqParams")


def test_delayed_data_is_a_quarter_of_an_hour_old_and_has_its_own_types(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING, market_data=Entitlement.DELAYED)
    client = bench.client()
    heard = client.say(lambda it: it.reqMarketDataType(3), market_data())
    assert heard[0] == ("58", "1", "5", "3")
    assert [fields[3:5] for fields in heard if fields[0] == "1"] == [("68", "167.5")]  # what traded before the open, and no quote yet
    bench.pass_seconds(15 * 60)
    assert client.heard() == []
    bench.pass_seconds(3)
    prices = [(fields[3], fields[4]) for fields in client.heard() if fields[0] == "1"]
    assert prices == [("66", "168.11"), ("67", "168.13"), ("68", "168.13"), ("72", "168.13"), ("68", "168.12")]


def test_what_is_told_as_delayed_is_all_that_was_known_then_and_nothing_more(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING, market_data=Entitlement.DELAYED, now="09:45:30").client()
    heard = client.say(lambda it: it.reqMarketDataType(3), market_data(snapshot=True))
    prices = {fields[3]: fields[4] for fields in heard if fields[0] == "1"}
    assert prices == {"66": "168.1", "67": "168.12", "68": "168.0", "72": "168.0", "73": "168.0", "76": "168.0"}
    assert [fields[4] for fields in heard if fields[0] == "2" and fields[3] == "74"] == ["110"]
    assert names(heard)[-1] == "tickSnapshotEnd"


def test_frozen_data_is_told_as_such_while_the_exchange_is_closed(tmp_path: Path) -> None:
    assert Bench(tmp_path, *MORNING).client().say(lambda it: it.reqMarketDataType(2), market_data())[0][3] == "1"
    closed = Bench(tmp_path, *MORNING, now="16:02:00").client()
    assert closed.say(lambda it: it.reqMarketDataType(2), market_data())[0][3] == "2"
    assert names(closed.say(lambda it: it.reqMarketDataType(5))) == ["error 321"]


def test_an_id_in_use_is_refused_for_the_same_kind_of_line_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    client.say(market_data(), real_time_bars(req_id=5), lambda it: it.reqTickByTickData(5, SPY, "Last", 0, False))
    assert client.say(lambda it: it.reqHistoricalData(5, SPY, "", "1 D", "1 min", "TRADES", True, 1, True, []))[0][0] == "17"
    again = client.say(
        market_data(snapshot=True),
        real_time_bars(req_id=5),
        lambda it: it.reqTickByTickData(5, SPY, "Last", 0, False),
        lambda it: it.reqHistoricalData(5, SPY, "", "1 D", "1 min", "TRADES", True, 1, False, []),
    )
    assert [(fields[2], fields[3], "Duplicate ticker" in fields[4]) for fields in again] == [("5", "322", True)] * 4
    client.say(lambda it: it.cancelMktData(5))
    assert "error 322" not in names(client.say(market_data()))
    assert "error 322" not in names(bench.client(8).say(market_data()))


def test_a_halt_is_told_to_a_line_at_its_bounds_and_to_a_snapshot(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.gateway.exchange.venue = Venue(halts=(Halt(SYMBOL, at("09:31:02"), at("09:31:04")),))
    client = bench.client()
    assert client.say(market_data())[-1] == ("45", "6", "5", "49", "0.0")
    bench.pass_seconds(2)
    assert client.heard() == [("45", "6", "5", "49", "1.0")]
    assert client.say(market_data(snapshot=True, req_id=6))[-2:] == [("45", "6", "6", "49", "1.0"), ("57", "1", "6")]
    bench.pass_seconds(2)
    assert client.heard() == [("45", "6", "5", "49", "0.0")]

"""Contracts, market data, history and time as clients hear of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import Stock

from tests.support.exchange_bench import at, quote, trade
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import told

SPY = Stock("SPY", "SMART", "USD")
NOPE = Stock("NOPE", "SMART", "USD")
EVENTS = (
    trade("08:00:00", "167.50", 10),
    quote("09:30:30", "168.10", "168.12", 500, 500),
    trade("09:30:10.5", "168.00", 100),
    trade("09:30:40.5", "168.11", 200),
    quote("09:31:02.1", "168.11", "168.13", 500, 500),
    trade("09:31:02.2", "168.13", 300),
    trade("09:31:02.3", "168.12", 50),
)


def market_data(contract: Stock = SPY, *, snapshot: bool = False, req_id: int = 5) -> Callable[[Client], None]:
    return lambda it: it.reqMktData(req_id, contract, "", snapshot, False, [])


def history(**changes: Any) -> Callable[[Client], None]:
    facts = {"end": "", "duration": "1 D", "size": "1 min", "what": "TRADES", "rth": True, "format_date": 1, "keep": False} | changes
    return lambda it: it.reqHistoricalData(
        5, SPY, facts["end"], facts["duration"], facts["size"], facts["what"], facts["rth"], facts["format_date"], facts["keep"], []
    )


def real_time_bars(what: str = "TRADES", contract: Stock = SPY) -> Callable[[Client], None]:
    return lambda it: it.reqRealTimeBars(6, contract, 5, what, True, [])


def bars_of(messages: list[tuple[str, ...]]) -> list[Any]:
    return [arguments[1] for name, arguments in told(*messages) if name == "historicalData"]


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


def test_contract_details_name_the_contract_and_end(tmp_path: Path) -> None:
    heard = Bench(tmp_path).client().say(lambda it: it.reqContractDetails(5, SPY))
    assert names(heard) == ["contractDetails", "contractDetailsEnd"]
    details = told(*heard)[0][1][1]
    assert (details.contract.conId, details.minTick, details.contract.primaryExchange) == (756733, 0.01, "ARCA")
    assert details.liquidHours.startswith("20131007:0930-20131007:1600;")


@pytest.mark.parametrize("call", [lambda it: it.reqContractDetails(5, NOPE), market_data(NOPE), real_time_bars(contract=NOPE)])
def test_an_unknown_contract_is_answered_by_200(tmp_path: Path, call: Callable[[Client], None]) -> None:
    assert names(Bench(tmp_path).client().say(call)) == ["error 200"]


def test_a_line_begins_with_its_kind_its_parameters_and_all_that_is_known(tmp_path: Path) -> None:
    heard = Bench(tmp_path, *EVENTS).client().say(market_data())
    assert names(heard) == ["marketDataType", "tickReqParams", "tickPrice", "tickPrice", "tickString", "tickPrice", "tickSize"]
    assert heard[-1] == ("2", "6", "5", "8", "310")


def test_a_line_is_told_samples_of_what_happens(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(market_data())
    bench.pass_seconds(2)
    assert client.heard() == []
    bench.pass_seconds(1)
    heard = client.heard()
    prices = [(fields[3], fields[4]) for fields in heard if fields[0] == "1"]
    assert prices == [("1", "168.11"), ("2", "168.13"), ("4", "168.13"), ("4", "168.12")]  # the second print came after a quarter second


def test_a_snapshot_is_told_once_and_ended(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    assert names(client.say(market_data(snapshot=True)))[-1] == "tickSnapshotEnd"
    bench.pass_seconds(5)
    assert client.heard() == []


def test_a_line_that_was_cancelled_is_silent_and_one_that_never_was_is_an_error(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(market_data())
    assert client.say(lambda it: it.cancelMktData(5)) == []
    bench.pass_seconds(5)
    assert client.heard() == []
    assert names(client.say(lambda it: it.cancelMktData(5), lambda it: it.cancelRealTimeBars(9))) == ["error 300", "error 300"]


def test_a_five_second_bar_is_told_when_it_is_over(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(real_time_bars())
    bench.pass_seconds(4)
    assert client.heard() == []
    bench.pass_seconds(1)
    ((_, arguments),) = told(*client.heard())
    assert arguments[1] == at("09:31:00") // 10**9
    assert arguments[2:7] == (168.13, 168.13, 168.12, 168.12, 350)


def test_bars_that_were_cancelled_or_are_not_of_trades_are_not_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(real_time_bars(), lambda it: it.cancelRealTimeBars(6))
    bench.pass_seconds(5)
    assert client.heard() == []
    assert names(client.say(real_time_bars("MIDPOINT"))) == ["error 321"]


def test_history_and_real_time_bars_agree(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(real_time_bars())
    bench.pass_seconds(5)
    ((_, live),) = told(*client.heard())
    last = bars_of(client.say(history(size="5 secs", duration="5 S", format_date=2)))[-1]
    assert (last.open, last.high, last.low, last.close, last.volume) == live[2:7]


def test_history_is_dated_as_asked(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    assert [bar.date for bar in bars_of(client.say(history()))] == ["20131007 09:30:00 US/Eastern"]
    assert [bar.date for bar in bars_of(client.say(history(format_date=2)))] == [str(at("09:30:00") // 10**9)]
    assert [bar.date for bar in bars_of(client.say(history(size="1 day")))] == ["20131007"]


def test_history_never_tells_the_future(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    assert [bar.close for bar in bars_of(client.say(history(end="20131007 15:00:00 US/Eastern")))] == [168.11]


@pytest.mark.parametrize(
    "changes",
    [{"what": "MIDPOINT"}, {"keep": True}, {"end": "later"}, {"duration": "1 Y"}, {"size": "7 mins"}],
)
def test_history_that_is_not_served_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert names(Bench(tmp_path, *EVENTS).client().say(history(**changes))) == ["error 321"]


def test_more_bars_than_anybody_can_be_told_are_162_at_once(tmp_path: Path) -> None:
    (told,) = Bench(tmp_path).client().say(history(duration="400 D", size="1 secs"))
    assert told[3] == "162" and "Time length exceed max" in told[4]


def test_no_data_is_162(tmp_path: Path) -> None:
    assert names(Bench(tmp_path).client().say(history())) == ["error 162"]
    assert names(Bench(tmp_path).client().say(lambda it: it.cancelHistoricalData(5))) == ["error 366"]

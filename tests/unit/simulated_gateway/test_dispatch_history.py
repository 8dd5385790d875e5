"""History as clients hear of it: bars of every size and kind, schedules, and where a history begins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import Contract, Forex, Stock

from robo_trader.simulated_gateway.entitlement import Entitlement
from robo_trader.simulated_gateway.model import TradePrint
from tests.support.exchange_bench import MORNING, at, trade
from tests.support.exchange_bench import SPY as SYMBOL
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import told

SPY = Stock("SPY", "SMART", "USD")
AAPL = Stock("AAPL", "SMART", "USD")
FRIDAY = TradePrint(SYMBOL, Decimal("167.25"), 100, at("15:59:00", date(2013, 10, 4)))


def history(**changes: Any) -> Callable[[Client], None]:
    facts = {"end": "", "duration": "1 D", "size": "1 min", "what": "TRADES", "rth": True, "format_date": 1, "keep": False, "req_id": 5} | changes
    return lambda it: it.reqHistoricalData(
        facts["req_id"], SPY, facts["end"], facts["duration"], facts["size"], facts["what"], facts["rth"], facts["format_date"], facts["keep"], []
    )


def bars_of(messages: list[tuple[str, ...]]) -> list[Any]:
    return [arguments[1] for name, arguments in told(*messages) if name == "historicalData"]


def test_history_and_real_time_bars_agree(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING)
    client = bench.client()
    client.say(lambda it: it.reqRealTimeBars(6, SPY, 5, "TRADES", True, []))
    bench.pass_seconds(5)
    ((_, live),) = told(*client.heard())
    last = bars_of(client.say(history(size="5 secs", duration="5 S", format_date=2)))[-1]
    assert (last.open, last.high, last.low, last.close, last.volume) == live[2:7]


def test_history_is_dated_as_asked(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING).client()
    assert [bar.date for bar in bars_of(client.say(history()))] == ["20131007 09:30:00 US/Eastern"]
    assert [bar.date for bar in bars_of(client.say(history(format_date=2)))] == [str(at("09:30:00") // 10**9)]
    assert [bar.date for bar in bars_of(client.say(history(size="1 day")))] == ["20131007"]


def test_a_history_is_bounded_by_wall_clocks_that_name_no_zone(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING).client()
    ((_, _, begin, end, *_),) = client.say(history(format_date=2))
    assert (begin, end) == ("20131007  09:30:00", "20131007  09:31:00")


def test_the_past_of_what_is_no_stock_is_refused(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING).client()
    euro = Forex("EURUSD")
    asked: list[Callable[[Client], object]] = [
        lambda it: it.reqHistoricalData(5, euro, "", "1 D", "1 min", "MIDPOINT", False, 1, False, []),
        lambda it: it.reqHeadTimeStamp(5, euro, "MIDPOINT", False, 1),
        lambda it: it.reqHistogramData(5, euro, False, "1 day"),
        lambda it: it.reqHistoricalTicks(5, euro, "", "20131007 09:30:00", 10, "MIDPOINT", False, False, []),
    ]
    heard = [client.say(call)[0] for call in asked]
    assert [fields[3] for fields in heard] == ["162", "162", "10188", "10187"]
    assert all(fields[4].endswith(":No market data permissions for IDEALPRO CASH") for fields in heard)


def test_history_never_tells_the_future(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING).client()
    assert [bar.close for bar in bars_of(client.say(history(end="20131007 15:00:00 US/Eastern")))] == [168.11]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"what": "OPTION_IMPLIED_VOLATILITY"}, "321", "What to show field is missing or incorrect."),
        ({"size": "7 mins"}, "321", "Historical data bar size setting is invalid. Legal ones are: 1 secs, 5 secs,"),
        ({"end": "later"}, "10314", "End Date/Time: The date, time, or time-zone entered is invalid."),
        ({"duration": "1 Q"}, "321", "Invalid duration"),
        ({"duration": "400 D"}, "321", "must be made in years"),
        ({"duration": "1 Y", "size": "1 secs"}, "162", "Time length exceed max."),
        ({"keep": True, "end": "20131007 09:30:00 US/Eastern"}, "321", "End date not supported"),
        ({"keep": True, "size": "1 secs"}, "321", "5 secs or more"),
        ({"what": "ADJUSTED_LAST", "end": "20131007 09:30:00 US/Eastern"}, "321", "End date not supported with adjusted last"),
        ({"what": "SCHEDULE"}, "321", "1 day bars"),
        ({"what": "SCHEDULE", "size": "1 day", "keep": True}, "321", "no real-time updates"),
    ],
)
def test_history_that_is_not_served_is_refused_as_the_broker_does(tmp_path: Path, changes: dict[str, Any], code: str, words: str) -> None:
    ((kind, _, req_id, told_code, text, _),) = Bench(tmp_path, *MORNING).client().say(history(**changes))
    assert (kind, req_id, told_code, words in text) == ("4", "5", code, True)


@pytest.mark.parametrize(
    ("what", "prices"),
    [
        ("BID", (168.10, 168.11, 168.10, 168.11)),
        ("ASK", (168.12, 168.13, 168.12, 168.13)),
        ("MIDPOINT", (168.11, 168.12, 168.11, 168.12)),
        ("BID_ASK", (168.107, 168.13, 168.10, 168.127)),  # three of ten seconds at the first quote
    ],
)
def test_bars_of_quotes_are_what_the_quotes_went_through(tmp_path: Path, what: str, prices: tuple[float, ...]) -> None:
    bench = Bench(tmp_path, *MORNING)
    bench.pass_seconds(7)
    (bar,) = bars_of(bench.client().say(history(what=what, size="10 secs", duration="7 S")))
    assert (bar.open, bar.high, bar.low, bar.close) == pytest.approx(prices, abs=0.0005)
    assert (bar.volume, bar.barCount) == (-1, -1)


def test_a_history_that_is_kept_up_to_date_is_told_its_newest_bar_every_five_seconds(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MORNING, trade("09:32:01", "169.00", 10))
    client = bench.client()
    assert names(client.say(history(keep=True))) == ["historicalData"]
    bench.pass_seconds(4)
    assert client.heard() == []
    bench.pass_seconds(1)
    ((name, (req_id, bar)),) = told(*client.heard())
    assert (name, req_id, bar.date) == ("historicalDataUpdate", 5, "20131007 09:31:00 US/Eastern")
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.barCount) == (168.13, 168.13, 168.12, 168.12, 350, 2)
    bench.pass_seconds(55)
    assert client.heard() == []  # nothing traded, so nothing new
    bench.pass_seconds(5)
    ((_, (_, bar)),) = told(*client.heard())
    assert (bar.date, bar.open, bar.volume) == ("20131007 09:32:00 US/Eastern", 169.0, 10)
    assert client.say(lambda it: it.cancelHistoricalData(5))[0][3:5] == (
        "162", "Historical Market Data Service error message:API historical data query cancelled: 5"
    )  # fmt: skip
    bench.pass_seconds(30)
    assert client.heard() == []


def test_histories_that_are_kept_up_to_date_are_bounded(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MORNING).client()
    for start in (0, 30):
        heard = client.say(*(history(keep=True, req_id=number) for number in range(start, start + 30)))
    assert names(heard).count("error 162") == 10
    assert names(heard).count("historicalData") == 20


def test_weeks_and_months_are_made_of_days(tmp_path: Path) -> None:
    client = Bench(tmp_path, FRIDAY, *MORNING, now="15:00:00").client()
    days = bars_of(client.say(history(size="1 day", duration="1 M")))
    assert [(bar.date, bar.close) for bar in days] == [("20131004", 167.25), ("20131007", 168.12)]
    weeks = bars_of(client.say(history(size="1 week", duration="1 M")))
    assert [(bar.date, bar.open, bar.close) for bar in weeks] == [("20131004", 167.25, 167.25), ("20131007", 168.0, 168.12)]
    (month,) = bars_of(client.say(history(size="1M", duration="1 M")))
    assert (month.date, month.open, month.high, month.low, month.close, month.volume) == ("20131007", 167.25, 168.13, 167.25, 168.12, 750)


def test_a_schedule_names_the_sessions_and_no_prices(tmp_path: Path) -> None:
    heard = Bench(tmp_path, *MORNING).client().say(history(what="SCHEDULE", size="1 day", duration="2 D"))
    ((name, (_, start, end, zone, sessions)),) = told(*heard)
    assert (name, start, end, zone) == ("historicalSchedule", "20131004-09:30:00", "20131007-16:00:00", "US/Eastern")
    assert [(row.startDateTime, row.endDateTime, row.refDate) for row in sessions] == [
        ("20131004-09:30:00", "20131004-16:00:00", "20131004"),
        ("20131007-09:30:00", "20131007-16:00:00", "20131007"),
    ]


def head(what: str = "TRADES", *, rth: bool = True, form: int = 1, contract: Stock = SPY) -> Callable[[Client], None]:
    return lambda it: it.reqHeadTimeStamp(5, contract, what, rth, form)


def test_a_history_begins_with_its_first_session(tmp_path: Path) -> None:
    client = Bench(tmp_path, FRIDAY, *MORNING).client()
    assert client.say(head()) == [("88", "5", "20131004-13:30:00")]
    assert client.say(head(form=2)) == [("88", "5", str(at("09:30:00", date(2013, 10, 4)) // 10**9))]
    assert client.say(head("MIDPOINT", rth=False)) == [("88", "5", "20131007-08:00:00")]
    assert names(client.say(head("NOTHING"))) == ["error 321"]
    assert names(client.say(head(contract=AAPL))) == ["error 162"]
    assert names(client.say(head(contract=Stock("NOPE", "SMART", "USD")))) == ["error 200"]


def test_a_histogram_counts_shares_by_price(tmp_path: Path) -> None:
    client = Bench(tmp_path, FRIDAY, *MORNING).client()
    ((name, (_, rows)),) = told(*client.say(lambda it: it.reqHistogramData(5, SPY, True, "1 week")))
    assert (name, [(row.price, row.count) for row in rows]) == ("histogramData", [(167.25, 100), (168.0, 100), (168.11, 200)])
    assert names(client.say(lambda it: it.reqHistogramData(5, SPY, True, "a while"))) == ["error 321"]


def test_what_is_to_be_shown_may_be_written_in_any_case(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FRIDAY, *MORNING)
    client = bench.client()
    assert client.say(head("Trades")) == client.say(head("TRADES"))
    assert client.say(history(what="Midpoint")) == client.say(history(what="MIDPOINT"))
    asked = [lambda it, what=what: it.reqHistoricalTicks(5, SPY, "", "20131007 16:00:00", 10, what, True, False, []) for what in ("trades", "TRADES")]
    assert client.say(asked[0]) == client.say(asked[1])
    client.say(lambda it: it.reqRealTimeBars(6, SPY, 5, "Trades", True, []))
    bench.pass_seconds(5)
    assert names(client.heard()) == ["realTimeBar"]


@pytest.mark.parametrize("paid", ["delayed", "terminal", "none", "competing"])
def test_who_has_not_paid_has_no_history(tmp_path: Path, paid: str) -> None:
    client = Bench(tmp_path, *MORNING, market_data=Entitlement(paid)).client()
    ((_, _, _, code, text, _),) = client.say(history())
    assert code == "162"
    assert ("different IP address" if paid == "competing" else "No market data permissions for ARCA STK") in text
    assert names(client.say(head())) == ["error 162"]
    ((_, _, _, code, text, _),) = client.say(lambda it: it.reqHistogramData(5, SPY, True, "1 day"))
    assert (code, text.partition(":")[0]) == ("10188", "Failed to request histogram data")


def test_no_data_is_162(tmp_path: Path) -> None:
    assert names(Bench(tmp_path).client().say(history())) == ["error 162"]
    assert names(Bench(tmp_path).client().say(lambda it: it.cancelHistoricalData(5))) == ["error 366"]


@pytest.mark.parametrize("contract", [Stock("NOPE"), Stock("SPY", "", "USD"), Contract(conId=756733)])
def test_history_without_an_exchange_is_asked_for_one_before_the_contract_is_looked_up(tmp_path: Path, contract: Contract) -> None:
    client = Bench(tmp_path, *MORNING).client()
    (fields,) = client.say(lambda it: it.reqHistoricalData(5, contract, "", "1 D", "1 min", "TRADES", True, 1, False, []))
    assert fields[2:5] == ("5", "321", "Error validating request.-'bN' : cause - Please enter exchange")

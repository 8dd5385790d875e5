"""Older versions of the protocol: the real client at each of its versions, and by hand a client that is older than it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ib_insync.contract import Contract, Stock, TagValue
from ib_insync.objects import WshEventData
from ib_insync.order import LimitOrder, Order, PriceCondition, TimeCondition
from ib_insync.util import UNSET_DOUBLE

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.contracts import Contract as OurContract
from robo_trader.simulated_gateway.dialect import laid_out_otherwise, said_in
from robo_trader.simulated_gateway.fields_text import UNSET_INT
from robo_trader.simulated_gateway.frames import encode
from robo_trader.simulated_gateway.messages import NEWEST, OLDEST, SERVER, client_messages, message_id, server_messages
from robo_trader.simulated_gateway.requests import CancelOrder, ContractDetails, Malformed, PlaceOrder, Question
from robo_trader.simulated_gateway.requests_parse import parse
from robo_trader.values import Symbol
from tests.support.drawn_messages import drawn
from tests.support.exchange_bench import quote, trade
from tests.support.gateway_bench import Bench, BenchClient, names
from tests.support.real_client import Client, said, understood

SPY = Stock("SPY", "SMART", "USD")
OLDER = range(OLDEST, NEWEST)
SPOKEN = range(157, NEWEST + 1)  # by ib_insync


@pytest.mark.parametrize("version", OLDER)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_message_said_anew_is_what_the_older_table_would_have_written(version: int, data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(sorted(map(int, laid_out_otherwise(version)))))
    record = drawn(SERVER[number].layout, data)
    assert said_in(version, SERVER[number].write(record)) == server_messages(version)[number].write(record)


def test_a_message_that_all_versions_lay_out_alike_is_said_as_it_is_however_bent() -> None:
    position = ("61", "3", "DU1", "756733", "SPY", "STK", "", "0.0", "", "", "SMART", "USD", "SPY", "SPY", "NaN", "")
    assert [said_in(version, position) is position for version in range(OLDEST, NEWEST + 1)] == [True] * 26
    assert laid_out_otherwise(NEWEST) == {}


ORDERS: tuple[tuple[Contract, dict[str, Any]], ...] = (
    (SPY, {"orderType": "LMT", "lmtPrice": 10.0}),
    (SPY, {"orderType": "PEG BEST", "minCompeteSize": 5, "competeAgainstBestOffset": float("inf"), "midOffsetAtHalf": 0.01}),
    (SPY, {"orderType": "PEG MID", "midOffsetAtWhole": 0.01}),
    (Stock("SPY", "IBKRATS", "USD"), {"orderType": "MKT", "minTradeQty": 3}),
)


@pytest.mark.parametrize("version", SPOKEN)
@pytest.mark.parametrize(("contract", "order"), ORDERS)
def test_an_order_of_the_real_client_is_read_whole_at_every_version(version: int, contract: Contract, order: dict[str, Any]) -> None:
    last = {
        "usePriceMgmtAlgo": True,
        "duration": 60,
        "postToAts": 2,
        "autoCancelParent": True,
        "advancedErrorOverride": "8229",
        "manualOrderTime": "t",
    }
    placed = Order(**{"action": "BUY", "totalQuantity": 100, "orderRef": "mine"} | order | last)
    fields = said(lambda it: it.placeOrder(5, contract, placed), version)
    record = client_messages(version)[3].read(fields)
    since = dict.fromkeys(order, 170) | {"duration": 158, "postToAts": 160, "autoCancelParent": 162, "advancedErrorOverride": 166}
    since |= {"manualOrderTime": 169, "orderType": 0, "lmtPrice": 0}
    assert {name for name in since if name in record} == {name for name, first in since.items() if first <= version}
    assert (record["usePriceMgmtAlgo"], record.get("duration", 60), record.get("manualOrderTime", "t")) == (1, 60, "t")
    assert client_messages(version)[3].write(record)[0] == "3"
    assert isinstance(parse(fields, version), PlaceOrder)


REQUESTS: tuple[tuple[Callable[[Client], object], type[object]], ...] = (
    (lambda it: it.cancelOrder(5, "20131007-13:00:00"), CancelOrder),
    (lambda it: it.reqContractDetails(5, SPY), ContractDetails),
    (lambda it: it.replaceFA(5, 1, "<xml/>"), Question),
    (lambda it: it.reqWshEventData(5, WshEventData(filter="f", startDate="20131007")), Question),
    (lambda it: it.calculateOptionPrice(5, SPY, 1.0, 2.0, []), Question),
)


@pytest.mark.parametrize("version", SPOKEN)
@pytest.mark.parametrize(("call", "request_type"), REQUESTS)
def test_a_request_of_the_real_client_is_read_at_every_version(version: int, call: Callable[[Client], object], request_type: type[object]) -> None:
    fields = said(call, version)
    assert type(parse(fields, version)) is request_type
    message = client_messages(version)[message_id(fields)]
    assert message.read(message.write(message.read(fields))) == message.read(fields)


def test_a_request_of_another_version_is_refused_and_not_guessed() -> None:
    for version, other in ((168, 169), (169, 168), (157, 176)):
        answer = parse(said(lambda it: it.placeOrder(5, SPY, LimitOrder("BUY", 100, 10.0)), version), other)
        assert isinstance(answer, Malformed)
        assert (answer.req_or_order_id, answer.code) == (5, 320)


NAME = "L'OR\xc9AL"
DETAILS = replies.contract_details(4, OurContract(Symbol("SPY"), 756733, "ARCA", NAME, "ETF"), trading_hours="t", liquid_hours="l")


@pytest.mark.parametrize("version", SPOKEN)
def test_the_real_client_understands_what_it_is_told_in_every_version(version: int) -> None:
    _, details = understood("contractDetails", said_in(version, DETAILS), version)
    assert (details.minTick, details.longName, details.stockType, details.validExchanges) == (0.01, NAME, "ETF", "SMART,ARCA")
    assert (details.minSize, details.suggestedSizeIncrement) == ((1, 100) if version >= 164 else (0, 1 if version == 163 else 0))
    assert understood("error", said_in(version, replies.error(5, 201, "x")), version) == (5, 201, "x", "")
    sample = {"conId": 8314, "symbol": "IBM", "secType": "STK", "primaryExchange": "NYSE", "currency": "USD", "description": "INTL"}
    _, samples = understood("symbolSamples", said_in(version, SERVER[79].write({"reqId": 5, "samples": [sample, sample]})), version)
    assert [found.contract.description for found in samples] == ["INTL" if version == NEWEST else ""] * 2


@pytest.mark.parametrize("version", SPOKEN)
@pytest.mark.parametrize("number", [5, 101])
def test_the_real_client_understands_an_order_in_every_version(version: int, number: int) -> None:
    values = {"orderId": 5, "conId": 1, "totalQuantity": Decimal(10), "clientId": 7, "permId": 3, "status": "Submitted", "postToAts": 4}
    values |= {"usePriceMgmtAlgo": 1, "duration": 9, "autoCancelParent": True, "minTradeQty": 6, "midOffsetAtHalf": Decimal("0.5")}
    fields = said_in(version, SERVER[number].write(values))
    *_, order, state = understood("openOrder" if number == 5 else "completedOrder", fields, version)
    assert (order.totalQuantity, order.permId, state.status) == (10, 3, "Submitted")
    assert (order.minTradeQty, order.midOffsetAtHalf) == ((6, 0.5) if version >= 170 else (UNSET_INT, UNSET_DOUBLE))
    assert order.autoCancelParent is (version >= 162 or number == 101)
    if number == 5:  # the client itself reads the duration a version too late
        assert (order.usePriceMgmtAlgo, order.duration) == (True, 9 if version > 158 else UNSET_INT)
        assert order.postToAts == (4 if version >= 160 else UNSET_INT)


@pytest.mark.parametrize("version", SPOKEN)
def test_a_child_with_conditions_and_an_algorithm_is_taken_and_told_in_every_version(version: int, tmp_path: Path) -> None:
    conditions = [TimeCondition(isMore=True, time="20131007-19:00:00"), PriceCondition(conId=756733, exch="SMART", price=999.0, conjunction="o")]
    asked = {"algoStrategy": "Twap", "algoParams": [TagValue("a", "b")], "conditions": conditions, "conditionsIgnoreRth": True}
    parent = LimitOrder("BUY", 100, 160.0)
    child = LimitOrder("SELL", 100, 170.0, parentId=1, autoCancelParent=True, **asked)
    client = OlderClient(Bench(tmp_path, quote("09:30:30", "168.10", "168.12"), trade("09:30:40", "168.11")), version).client
    for order_id, order in ((1, parent), (2, child)):
        client.feed(encode(said(lambda it, number=order_id, placed=order: it.placeOrder(number, SPY, placed), version)))
    opened = [fields for fields in client.heard() if fields[0] == "5"]
    _, _, order, state = understood("openOrder", opened[-1], version)
    assert {name: getattr(order, name) for name in asked} == asked
    assert (order.orderId, order.parentId, state.status, order.autoCancelParent) == (2, 1, "PreSubmitted", version >= 162)
    client.feed(encode(said(lambda it: it.cancelOrder(2, ""), version)))
    ended = [fields[1] for fields in client.heard() if fields[:1] + fields[2:3] == ("3", "Cancelled")]
    assert ended == (["2", "1"] if version >= 162 else ["2"])


LARGEST = "1.797693135e+308"  # as a Go client writes what is unset
PLACED = (
    "3|{id}|0|SPY|STK||0|||SMART||USD|||||BUY|100|{kind}|{limit}||DAY|||O|0|mine|1|"
    "0|0|0|0|0|0|0||0||||||||0||-1|0|||0|||0|0||0||||||0|||||0|||||||||||0|||0|0|||0||0|0|0|0|"
    f"|{LARGEST}|{LARGEST}|{LARGEST}|{LARGEST}|{LARGEST}|0||||{LARGEST}|||||0|0|0|0"
)
"""An order as a client of version 151 writes it."""


def hello(versions: bytes) -> bytes:
    return b"API\0" + len(versions).to_bytes(4, "big") + versions


class OlderClient:
    """A client of versions 100 to `version`, whose frames are written by hand."""

    def __init__(self, bench: Bench, version: int) -> None:
        self.client: BenchClient = bench.client(7, hello=hello(f"v100..{version}".encode()))
        self.begin = self.client.heard()

    def say(self, line: str) -> list[tuple[str, ...]]:
        self.client.feed(encode(line.split("|")))
        return self.client.heard()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(version=st.integers(OLDEST, NEWEST - 1), number=st.sampled_from([3, 4, 9, 19, 102]), data=st.data())
def test_whatever_an_older_client_asks_the_gateway_goes_on(tmp_path: Path, version: int, number: int, data: st.DataObject) -> None:
    client = OlderClient(Bench(tmp_path), version)
    message = client_messages(version)[number]
    client.client.feed(encode(message.write(drawn(message.layout, data))))
    assert names(client.say("49|1"))[-1] == "currentTime"


BEFORE_THE_REAL_CLIENT = range(OLDEST, SPOKEN[0])


@pytest.mark.parametrize("version", BEFORE_THE_REAL_CLIENT)
def test_an_older_client_trades(version: int, tmp_path: Path) -> None:
    client = OlderClient(Bench(tmp_path, quote("09:30:30", "168.10", "168.12", 500, 500), trade("09:30:40", "168.11")), version)
    assert client.begin[0][0] == str(version)
    assert {len(fields) for fields in client.begin if fields[0] == "4"} == {5}
    opened, status = client.say(PLACED.format(id=1, kind="LMT", limit="160"))[-2:]
    assert (opened[0], len(opened), status[2]) == ("5", 128, "Submitted")
    assert (opened[1], opened[13], opened[14], opened[15], opened[16]) == ("1", "BUY", "100", "LMT", "160.0")
    assert opened[-1] == "0", "usePriceMgmtAlgo is the last of version 151"
    assert [fields[:4] for fields in client.say("4|1|1")] == [("3", "1", "Cancelled", "0"), ("4", "2", "1", "202")]
    assert names(client.say(PLACED.format(id=2, kind="MKT", limit="")))[-1] == "commissionReport"
    execution, commission, end = client.say("7|3|9|0||||||")
    assert (execution[0], len(execution), execution[1], execution[2], commission[0], end) == ("11", 31, "9", "2", "59", ("55", "1", "9"))
    completed = [fields for fields in client.say("99|0") if fields[0] == "101"]
    assert {(len(fields), fields[-1]) for fields in completed} == {(96, "Cancelled by Trader"), (96, "Filled Size: 100")}


@pytest.mark.parametrize("version", BEFORE_THE_REAL_CLIENT)
def test_an_older_client_is_told_details_as_it_reads_them(version: int, tmp_path: Path) -> None:
    details, _ = OlderClient(Bench(tmp_path), version).say("9|8|4|0|SPY|STK||0|||SMART||USD|||0||")
    assert details[:5] == ("10", "8", "4", "SPY", "STK")
    assert details[13:17] == ("756733", "0.01", "1", "")
    assert details[-1] == ("ETF" if version >= 152 else "")
    assert len(details) == (41 if version >= 152 else 40), "its ISIN is one tag of two fields"
    assert said_in(version, DETAILS)[21] == (NAME if version < 153 else "L'OR\\u00c9AL")


@pytest.mark.parametrize("version", BEFORE_THE_REAL_CLIENT)
def test_an_older_advisor_names_no_request(version: int, tmp_path: Path) -> None:
    client = OlderClient(Bench(tmp_path), version)
    assert names(client.say("19|1|1|<xml/>")) == ["error 321"]
    assert names(client.say("19|1|1|<xml/>|5")) == ["error 320"]


def test_what_the_log_keeps_of_an_older_client_is_what_was_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    heard = OlderClient(bench, 151).say("9|8|4|0|NOPE|STK||0|||SMART||USD|||0||")
    assert [len(fields) for fields in heard] == [5]
    assert [tuple(line["f"]) for line in bench.lines() if line["k"] == "out"][-1] == heard[0]

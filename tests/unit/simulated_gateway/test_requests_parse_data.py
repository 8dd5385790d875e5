"""From what clients ask of data to requests: the real client is the judge."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import get_args

import pytest
from ib_insync.contract import Stock, TagValue
from ib_insync.objects import ScannerSubscription

from robo_trader.simulated_gateway import requests_data as ask
from robo_trader.simulated_gateway.contracts import ContractSpec
from robo_trader.simulated_gateway.messages_data import CLIENT_DATA
from robo_trader.simulated_gateway.requests import Malformed
from robo_trader.simulated_gateway.requests_parse import parse
from robo_trader.simulated_gateway.requests_parse_data import BUILDERS_DATA, DataRequest
from robo_trader.simulated_gateway.scanner import Scan
from tests.support.real_client import Client, said

SPY = Stock("SPY", "SMART", "USD", primaryExchange="ARCA", conId=756733)
SPEC = ContractSpec(756733, "SPY", "STK", "", Decimal(0), "", "", "SMART", "ARCA", "USD", "", "")
REQUESTS: list[tuple[Callable[[Client], object], DataRequest]] = [
    (lambda it: it.reqPositionsMulti(5, "DU1", "m"), ask.PositionsMulti(5, "DU1", "m")),
    (lambda it: it.cancelPositionsMulti(5), ask.CancelPositionsMulti(5)),
    (lambda it: it.reqPnL(5, "DU1", "m"), ask.Profit(5, "DU1", "m")),
    (lambda it: it.cancelPnL(5), ask.CancelProfit(5)),
    (lambda it: it.reqPnLSingle(5, "DU1", "m", 8314), ask.PositionProfit(5, "DU1", "m", 8314)),
    (lambda it: it.cancelPnLSingle(5), ask.CancelPositionProfit(5)),
    (lambda it: it.reqTickByTickData(5, SPY, "BidAsk", 3, True), ask.TickByTick(5, SPEC, "BidAsk", 3, ignore_size=True)),
    (lambda it: it.cancelTickByTickData(5), ask.CancelTickByTick(5)),
    (
        lambda it: it.reqHistoricalTicks(5, SPY, "", "20131007 10:00:00", 10, "TRADES", True, False, []),
        ask.HistoricalTicks(5, SPEC, "", "20131007 10:00:00", 10, "TRADES", rth=True, ignore_size=False),
    ),
    (lambda it: it.reqHeadTimeStamp(5, SPY, "BID", True, 2), ask.HeadTimestamp(5, SPEC, rth=True, what="BID", format_date=2)),
    (lambda it: it.reqHistogramData(5, SPY, False, "3 days"), ask.Histogram(5, SPEC, rth=False, period="3 days")),
    (lambda it: it.reqMatchingSymbols(5, "SP"), ask.MatchingSymbols(5, "SP")),
    (
        lambda it: it.reqScannerSubscription(
            5, ScannerSubscription(20, "STK", "STK.US", "MOST_ACTIVE", 1.0, 500.0, 1000), [], [TagValue("changePercAbove", "2.5")]
        ),
        ask.ScannerSubscription(
            5,
            Scan("MOST_ACTIVE", "STK", "STK.US", 20, Decimal(1), Decimal(500), 1000, filters={"changePercAbove": Decimal("2.5")}),
        ),
    ),
    (lambda it: it.cancelScannerSubscription(5), ask.CancelScannerSubscription(5)),
    (lambda it: it.queryDisplayGroups(5), ask.QueryGroups(5)),
    (lambda it: it.subscribeToGroupEvents(5, 2), ask.FollowGroup(5, 2)),
    (lambda it: it.updateDisplayGroup(5, "8314@SMART"), ask.ShowInGroup(5, "8314@SMART")),
    (lambda it: it.unsubscribeFromGroupEvents(5), ask.LeaveGroup(5)),
]


@pytest.mark.parametrize(("call", "expected"), REQUESTS, ids=[type(expected).__name__ for _, expected in REQUESTS])
def test_what_the_real_client_asks_is_what_the_gateway_understands(call: Callable[[Client], object], expected: DataRequest) -> None:
    assert parse(said(call)) == expected


def test_a_question_has_the_id_that_its_message_has() -> None:
    asked, general = parse(said(lambda it: it.reqUserInfo(5))), parse(said(lambda it: it.reqNewsProviders()))
    assert isinstance(asked, ask.Question)
    assert isinstance(general, ask.Question)
    assert (asked.number, asked.req_id, general.number, general.req_id) == (104, 5, 85, None)


@pytest.mark.parametrize(
    "call",
    [
        lambda it: it.reqFundamentalData(5, SPY, "ReportSnapshot", []),
        lambda it: it.calculateImpliedVolatility(5, SPY, 1.0, 2.0, []),
        lambda it: it.calculateOptionPrice(5, SPY, 1.0, 2.0, []),
    ],
)
def test_options_are_understood_with_their_count_and_without(call: Callable[[Client], object]) -> None:
    fields = said(call)
    counted, uncounted = parse(fields), parse((*fields[:-2], "a=b;"))
    assert isinstance(counted, ask.Question)
    assert isinstance(uncounted, ask.Question)
    assert (uncounted.req_id, uncounted.said.text("options"), counted.said["optionCount"], counted.said.keys() - uncounted.said.keys()) == (
        *(5, "a=b;", 0),
        {"optionCount"},
    )
    assert isinstance(parse(fields[:-2]), Malformed)


@pytest.mark.parametrize("number", ["80", "82", "85"])
def test_a_request_without_fields_may_say_a_version_and_nothing_more(number: str) -> None:
    bare, versioned, longer = parse((number,)), parse((number, "1")), parse((number, "1", "1"))
    assert isinstance(bare, ask.Question)
    assert isinstance(versioned, ask.Question)
    assert (versioned.number, versioned.req_id) == (bare.number, bare.req_id) == (int(number), None)
    assert isinstance(longer, Malformed)


def test_every_kind_and_every_message_has_its_builder() -> None:
    assert {type(expected) for _, expected in REQUESTS} | {ask.Question} == set(get_args(DataRequest))
    assert set(BUILDERS_DATA) == {number for number, _, _ in CLIENT_DATA}

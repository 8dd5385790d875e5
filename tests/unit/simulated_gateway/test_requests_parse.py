"""From what clients send to requests: the real client is the judge, and nonsense becomes an answer rather than a crash."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ib_insync.contract import Contract, Stock
from ib_insync.objects import ExecutionFilter
from ib_insync.order import LimitOrder, MarketOrder, Order, StopOrder, TimeCondition

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.messages import CLIENT, NEWEST, OLDEST, UNSUPPORTED
from robo_trader.simulated_gateway.requests_parse import parse
from robo_trader.simulated_gateway.requests_parse_data import DataRequest
from robo_trader.values import Side
from tests.support.real_client import Client, TagValue, said

SPY = Stock("SPY", "SMART", "USD", primaryExchange="ARCA", conId=756733)
SPEC = ask.ContractSpec(756733, "SPY", "STK", "", Decimal(0), "", "", "SMART", "ARCA", "USD", "", "")


def history(client: Client) -> None:
    client.reqHistoricalData(5, SPY, "20131007-20:00:00", "2 D", "1 min", "TRADES", useRTH=True, formatDate=2, keepUpToDate=False, chartOptions=[])


def executions(client: Client) -> None:
    client.reqExecutions(5, ExecutionFilter(3, "DU1", "20131007-13:00:00", "SPY", "STK", "SMART", "BUY"))


REQUESTS: list[tuple[Callable[[Client], object], ask.Request]] = [
    (lambda client: client.startApi(), ask.StartApi(7, "")),
    (
        lambda client: client.reqMktData(5, SPY, "233,mdoff", snapshot=True, regulatorySnapshot=False, mktDataOptions=[]),
        ask.MarketData(5, SPEC, "233,mdoff", snapshot=True),
    ),
    (
        lambda client: client.reqMktData(5, SPY, "", snapshot=False, regulatorySnapshot=True, mktDataOptions=[]),
        ask.MarketData(5, SPEC, "", snapshot=True),
    ),
    (lambda client: client.cancelMktData(5), ask.CancelMarketData(5)),
    (lambda client: client.cancelOrder(5), ask.CancelOrder(5)),
    (lambda client: client.cancelOrder(5, "20131007-13:00:00"), ask.CancelOrder(5)),
    (lambda client: client.reqOpenOrders(), ask.OpenOrders()),
    (lambda client: client.reqAllOpenOrders(), ask.AllOpenOrders()),
    (lambda client: client.reqAutoOpenOrders(bAutoBind=True), ask.AutoOpenOrders(bind=True)),
    (lambda client: client.reqAccountUpdates(subscribe=False, acctCode="DU1"), ask.AccountUpdates(subscribe=False, account="DU1")),
    (executions, ask.Executions(5, 3, "DU1", "20131007-13:00:00", "SPY", "STK", "SMART", "BUY")),
    (lambda client: client.reqExecutions(5, ExecutionFilter()), ask.Executions(5, 0, "", "", "", "", "", "")),
    (lambda client: client.reqIds(1), ask.Ids()),
    (lambda client: client.reqContractDetails(5, SPY), ask.ContractDetails(5, SPEC)),
    (lambda client: client.setServerLogLevel(2), ask.ServerLogLevel(2)),
    (lambda client: client.reqManagedAccts(), ask.ManagedAccounts()),
    (history, ask.HistoricalData(5, SPEC, "20131007-20:00:00", "1 min", "2 D", True, "TRADES", 2, keep_up_to_date=False)),
    (lambda client: client.cancelHistoricalData(5), ask.CancelHistoricalData(5)),
    (lambda client: client.reqCurrentTime(), ask.CurrentTime()),
    (
        lambda client: client.reqRealTimeBars(5, SPY, 5, "TRADES", useRTH=True, realTimeBarsOptions=[]),
        ask.RealTimeBars(5, SPEC, "TRADES", rth=True),
    ),
    (lambda client: client.cancelRealTimeBars(5), ask.CancelRealTimeBars(5)),
    (lambda client: client.reqGlobalCancel(), ask.GlobalCancel()),
    (lambda client: client.reqMarketDataType(3), ask.MarketDataType(3)),
    (lambda client: client.reqPositions(), ask.Positions()),
    (lambda client: client.cancelPositions(), ask.CancelPositions()),
    (lambda client: client.reqAccountSummary(5, "All", "NetLiquidation,BuyingPower"), ask.AccountSummary(5, "All", "NetLiquidation,BuyingPower")),
    (lambda client: client.cancelAccountSummary(5), ask.CancelAccountSummary(5)),
    (lambda client: client.reqAccountUpdatesMulti(5, "DU1", "m", ledgerAndNLV=True), ask.AccountUpdatesMulti(5, "DU1", "m", ledger_and_nlv=True)),
    (lambda client: client.cancelAccountUpdatesMulti(5), ask.CancelAccountUpdatesMulti(5)),
    (lambda client: client.reqCompletedOrders(apiOnly=True), ask.CompletedOrders(api_only=True)),
    (lambda client: client.verifyMessage("x"), ask.Unsupported(66, ("66", "1", "x"))),
]


@pytest.mark.parametrize(("call", "expected"), REQUESTS, ids=[type(expected).__name__ for _, expected in REQUESTS])
def test_what_the_real_client_asks_is_what_the_gateway_understands(call: Callable[[Client], object], expected: ask.Request) -> None:
    assert parse(said(call)) == expected


def test_every_kind_of_request_is_among_those_asked() -> None:
    asked = {type(expected) for _, expected in REQUESTS} | {ask.PlaceOrder, ask.Malformed}
    assert asked | set(get_args(DataRequest)) == set(get_args(ask.Request))


def placed(order: Order, contract: Contract = SPY) -> ask.Request:
    return parse(said(lambda client: client.placeOrder(5, contract, order)))


def test_a_limit_order_of_the_real_client_keeps_every_word() -> None:
    order = LimitOrder(
        "BUY", 100, 187.25, tif="GTC", ocaGroup="g", ocaType=2, account="DU1", orderRef="rt:a:1:x", outsideRth=True, transmit=False, parentId=3
    )
    assert placed(order) == ask.PlaceOrder(
        order_id=5,
        contract=SPEC,
        side=Side.BUY,
        quantity=Decimal(100),
        order_type="LMT",
        limit_price=Decimal("187.25"),
        stop_price=None,
        time_in_force="GTC",
        oca_group="g",
        oca_type=2,
        account="DU1",
        order_ref="rt:a:1:x",
        outside_rth=True,
        transmit=False,
        parent_id=3,
        what_if=False,
        extras=(),
    )


def test_a_stop_order_has_its_price_as_the_stop_price() -> None:
    order = placed(StopOrder("SELL", 50.0, 185.5))
    assert isinstance(order, ask.PlaceOrder)
    assert (order.side, order.quantity, order.order_type, order.limit_price, order.stop_price) == (Side.SELL, 50, "STP", None, Decimal("185.5"))


def test_an_order_without_time_in_force_is_for_the_day() -> None:
    order = placed(MarketOrder("BUY", 1, tif="", whatIf=True))
    assert isinstance(order, ask.PlaceOrder)
    assert (order.time_in_force, order.what_if, order.extras) == ("", True, ())


@pytest.mark.parametrize(
    ("attributes", "extras"),
    [
        ({"trailStopPrice": 1.5, "goodTillDate": "20131008", "openClose": "C"}, ()),
        ({"triggerMethod": 2, "overridePercentageConstraints": True, "usePriceMgmtAlgo": True}, ()),
        ({"deltaNeutralOrderType": "None", "adjustedOrderType": "None", "volatilityType": 0}, ()),
        ({"allOrNone": True, "minQty": 10}, ("allOrNone", "minQty")),
        ({"algoStrategy": "Vwap", "algoParams": [TagValue("a", "b")]}, ()),
        ({"conditions": [TimeCondition(time="20131007 15:00:00")]}, ()),
        ({"cashQty": 500.0}, ("cashQty",)),
        ({"hidden": True}, ("hidden",)),
    ],
)
def test_an_order_says_what_it_is_beyond_the_ordinary(attributes: dict[str, Any], extras: tuple[str, ...]) -> None:
    order = placed(MarketOrder("BUY", 1, **attributes))
    assert isinstance(order, ask.PlaceOrder)
    assert order.extras == extras


def test_a_combination_is_beyond_the_ordinary() -> None:
    order = placed(MarketOrder("BUY", 1), Contract(secType="BAG", symbol="SPY", comboLegs=[]))
    assert isinstance(order, ask.PlaceOrder)
    assert order.contract.sec_type == "BAG"


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (MarketOrder("BUY", float("nan")), '"nan" (totalQuantity)'),
        (LimitOrder("BUY", 1, float("nan")), '"nan" (lmtPrice)'),
        (LimitOrder("BUY", 1, float("inf")), '"Infinite" (lmtPrice)'),
        (MarketOrder("BUY", 1, outsideRth=np.bool_(1)), '"True" (outsideRth)'),
        (MarketOrder("BUY", 1, ocaType=2**31), '"2147483648" (ocaType)'),
    ],
)
def test_an_order_that_cannot_be_read_is_answered_320_under_its_own_id(order: Order, text: str) -> None:
    answer = placed(order)
    assert isinstance(answer, ask.Malformed)
    assert (answer.message_id, answer.req_or_order_id, answer.code) == (3, 5, 320)
    assert text in answer.text


@pytest.mark.parametrize("order", [MarketOrder("SSHORT", 1), MarketOrder("", 1), MarketOrder("BUY", -5)])
def test_an_order_that_makes_no_sense_is_answered_321_under_its_own_id(order: Order) -> None:
    answer = placed(order)
    assert isinstance(answer, ask.Malformed)
    assert (answer.message_id, answer.req_or_order_id, answer.code) == (3, 5, 321)


@pytest.mark.parametrize(
    ("fields", "own_id"),
    [
        (("4", "1", "5"), 5),
        (("4", "1", "5", "", "more"), 5),
        (("4", "1", "", ""), None),
        (("4", "1", "2147483648", ""), None),
        (("4", "1", "nan", ""), None),
        (("4",), None),
        (("1", "11", "9", "x"), 9),
        (("20", "8"), 8),
        (("6", "2", "True", ""), None),
        (("99", "2"), None),
    ],
)
def test_a_message_that_does_not_fit_its_table_is_answered_under_the_id_it_tells(fields: tuple[str, ...], own_id: int | None) -> None:
    answer = parse(fields)
    assert isinstance(answer, ask.Malformed)
    assert (answer.req_or_order_id, answer.code) == (own_id, 320)


@pytest.mark.parametrize("strike", ["0.0", "0", "", "1.7976931348623157e+308"])
def test_every_spelling_of_no_strike_is_no_strike(strike: str) -> None:
    fields = list(said(lambda client: client.reqContractDetails(5, SPY)))
    fields[7] = strike
    assert parse(fields) == ask.ContractDetails(5, SPEC)


def test_a_contract_may_be_named_by_its_security_id() -> None:
    request = parse(said(lambda client: client.reqContractDetails(5, Contract(secType="STK", secIdType="ISIN", secId="US78462F1030"))))
    assert isinstance(request, ask.ContractDetails)
    assert (request.contract.sec_id_type, request.contract.sec_id, request.contract.con_id) == ("ISIN", "US78462F1030", 0)


def test_a_request_that_the_protocol_does_not_have_ends_the_conversation() -> None:
    with pytest.raises(ProtocolError, match="no request 60"):
        parse(("60", "1"))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(CLIENT.keys() | UNSUPPORTED)),
    st.lists(st.sampled_from(["", "0", "1", "-1", "nan", "BAG", "9" * 30, "x"]), max_size=130),
    st.integers(OLDEST, NEWEST),
)
def test_any_fields_of_a_known_message_become_a_request(number: int, fields: list[str], version: int) -> None:
    assert isinstance(parse((str(number), *fields), version), get_args(ask.Request))


@settings(deadline=None)
@given(st.integers(0, 114), st.text(max_size=5))
def test_an_order_with_one_field_spoilt_still_becomes_a_request(at: int, text: str) -> None:
    fields = [*ORDER_FIELDS]
    fields[at] = text if at else "3"
    assert isinstance(parse(fields), ask.PlaceOrder | ask.Malformed)


ORDER_FIELDS = said(lambda client: client.placeOrder(5, SPY, LimitOrder("BUY", 1, 10)))

"""The long tables of orders: against a recorded answer of a real gateway, and against everything the real client can put into an order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from decimal import Decimal
from typing import Any

import pytest
from ib_insync.contract import ComboLeg, Contract, DeltaNeutralContract, Stock
from ib_insync.objects import SoftDollarTier
from ib_insync.order import (
    ExecutionCondition,
    MarginCondition,
    Order,
    OrderComboLeg,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)

from robo_trader.simulated_gateway.fields import Field, Layout, Record, When, field_names, spec
from robo_trader.simulated_gateway.fields_text import KINDS
from robo_trader.simulated_gateway.messages import CLIENT, SERVER
from robo_trader.simulated_gateway.messages_orders import PLACE_ORDER
from tests.support.real_client import TagValue, said, told, understood

U = "1.7976931348623157E308"
RECORDED = (
    "5|5|265598|AAPL|STK||0|?||SMART|USD|AAPL|NMS|BUY|100|MKT|0.0|0.0|DAY||DU1234567||0||100|600745656|0|0|0||600745656.0/DU1234567/100"
    "||||||||||0||-1|0||||||2147483647|0|0|0||3|0|0||0|0||0|None||0||||?|0|0||0|0||||||0|0|0|2147483647|2147483647|||0||IB|0|0||0|0|PreSubmitted"
    f"{f'|{U}' * 9}||||||0|0|0|None{f'|{U}' * 6}|0||||0|1|0|0|0|||0||100|0.02||"
)
"""An openOrder of a real gateway; fields joined by bars."""

SPY = Stock("SPY", "SMART", "USD")
PLAIN_FIELDS = 115


def record_of(order: Order, contract: Contract = SPY) -> Record:
    fields = said(lambda client: client.placeOrder(5, contract, order))
    record = CLIENT[3].read(fields)
    assert CLIENT[3].read(CLIENT[3].write(record)) == record
    return record


def test_the_recorded_open_order_is_read_and_written_identically() -> None:
    fields = tuple(RECORDED.split("|"))
    assert len(fields) == 136
    record = SERVER[5].read(fields)
    assert (record["permId"], record["sharesAllocation"], record["competeAgainstBestOffset"]) == (
        600745656,
        "600745656.0/DU1234567/100",
        Decimal("0.02"),
    )
    assert SERVER[5].write(record) == fields


def test_the_recorded_open_order_is_the_tables_default_but_for_what_names_the_order() -> None:
    record = SERVER[5].read(tuple(RECORDED.split("|")))
    named = field_names(
        spec("orderId conId symbol secType exchange currency localSymbol tradingClass action totalQuantity orderType tif account clientId permId")
    )
    told = {name: record[name] for name in [*named, "sharesAllocation", "status"]}
    assert SERVER[5].write(told) == tuple(RECORDED.split("|"))


def test_a_plain_order_has_the_number_of_fields_that_version_176_has() -> None:
    assert len(said(lambda client: client.placeOrder(5, SPY, Order(action="BUY", totalQuantity=1, orderType="MKT")))) == PLAIN_FIELDS
    plain = {"orderId": 5, "totalQuantity": Decimal(1)}
    assert len(CLIENT[3].write(plain)) == PLAIN_FIELDS


def test_a_plain_completed_order_has_the_number_of_fields_that_version_176_has() -> None:
    completed = {"conId": 1, "totalQuantity": Decimal(1), "permId": 2}
    assert len(SERVER[101].write(completed)) == 101


def test_a_combination_brings_its_legs_prices_and_routing() -> None:
    legs = [ComboLeg(conId=1, ratio=2, action="BUY", exchange="SMART", exemptCode=-1), ComboLeg(conId=3, ratio=1, action="SELL", exchange="SMART")]
    order = Order(orderComboLegs=[OrderComboLeg(1.5), OrderComboLeg()], smartComboRoutingParams=[TagValue("NonGuaranteed", "1")])
    record = record_of(order, Contract(secType="BAG", symbol="SPY", comboLegs=legs))
    assert [(leg["conId"], leg["ratio"], leg["action"]) for leg in record.groups("legs")] == [(1, 2, "BUY"), (3, 1, "SELL")]
    assert record.groups("legPrices") == [{"price": Decimal("1.5")}, {"price": None}]
    assert record.groups("routing") == [{"tag": "NonGuaranteed", "value": "1"}]


SPECIAL: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"deltaNeutralOrderType": "MKT", "deltaNeutralConId": 9, "deltaNeutralDesignatedLocation": "X"},
        {"deltaNeutralConId": 9, "deltaNeutralDesignatedLocation": "X"},
    ),
    (
        {"scalePriceIncrement": 0.25, "scaleInitPosition": 4, "scaleRandomPercent": True},
        {"scaleInitPosition": 4, "scaleRandomPercent": True, "scaleProfitOffset": None},
    ),
    ({"scalePriceIncrement": 0.0}, {"scalePriceIncrement": 0}),
    ({"hedgeType": "P", "hedgeParam": "2"}, {"hedgeParam": "2"}),
    ({"algoStrategy": "Vwap", "algoParams": [TagValue("maxPctVol", "0.1")]}, {"algoParams": [{"tag": "maxPctVol", "value": "0.1"}]}),
    ({"algoStrategy": "Vwap"}, {"algoParams": []}),
    (
        {"orderType": "PEG BENCH", "referenceContractId": 8, "peggedChangeAmount": 0.5, "referenceExchangeId": "ISLAND"},
        {"referenceContractId": 8, "peggedChangeAmount": Decimal("0.5"), "referenceExchangeId": "ISLAND"},
    ),
    ({"orderType": "PEG MID", "midOffsetAtWhole": 0.01}, {"midOffsetAtWhole": Decimal("0.01"), "midOffsetAtHalf": None}),
    (
        {"orderType": "PEG BEST", "minCompeteSize": 50, "competeAgainstBestOffset": 0.02},
        {"minCompeteSize": 50, "competeAgainstBestOffset": Decimal("0.02")},
    ),
    (
        {"orderType": "PEG BEST", "competeAgainstBestOffset": math.inf, "midOffsetAtHalf": 0.005},
        {"competeAgainstBestOffset": Decimal("Infinity"), "midOffsetAtHalf": Decimal("0.005")},
    ),
]


@pytest.mark.parametrize(("order", "expected"), SPECIAL, ids=[" ".join(order) for order, _ in SPECIAL])
def test_a_conditional_group_of_the_real_client_is_read_where_it_stands(order: dict[str, Any], expected: dict[str, Any]) -> None:
    record = record_of(Order(**order, manualOrderTime="last"))
    assert {name: record[name] for name in expected} == expected
    assert record.text("manualOrderTime") == "last"


def test_a_venue_with_a_minimum_trade_size_brings_it() -> None:
    assert record_of(Order(minTradeQty=3), Stock("SPY", "IBKRATS", "USD"))["minTradeQty"] == 3


def test_a_delta_neutral_contract_brings_its_underlying() -> None:
    record = record_of(Order(), Contract(secType="STK", symbol="SPY", deltaNeutralContract=DeltaNeutralContract(7, 0.5, 10.0)))
    assert (record["underlyingConId"], record["underlyingDelta"], record["underlyingPrice"]) == (7, Decimal("0.5"), 10)


def test_every_kind_of_condition_is_read_with_its_own_fields() -> None:
    conditions = [
        PriceCondition(isMore=True, price=187.5, conId=756733, exch="SMART", triggerMethod=2),
        TimeCondition(isMore=True, time="20131007 15:00:00 US/Eastern"),
        MarginCondition(isMore=False, percent=30),
        ExecutionCondition(secType="STK", exch="SMART", symbol="IBM"),
        VolumeCondition(isMore=True, volume=1000, conId=8314, exch="SMART"),
        PercentChangeCondition(isMore=True, changePercent=1.5, conId=8314, exch="SMART"),
    ]
    record = record_of(Order(conditions=conditions, conditionsCancelOrder=True))
    told = record.groups("conditions")
    assert [condition["type"] for condition in told] == [1, 3, 4, 5, 6, 7]
    assert [told[0]["price"], told[1]["time"], told[2]["percent"], told[3]["symbol"], told[4]["volume"], told[5]["changePercent"]] == [
        Decimal("187.5"),
        "20131007 15:00:00 US/Eastern",
        30,
        "IBM",
        1000,
        Decimal("1.5"),
    ]
    assert record.flag("conditionsCancelOrder") and not record.flag("conditionsIgnoreRth")


def test_the_real_decoder_reads_a_told_order_with_every_group() -> None:
    told = {
        "orderId": 5, "conId": 1, "totalQuantity": Decimal(10), "clientId": 7, "permId": 3, "orderType": "PEG BENCH", "status": "Submitted",
        "legs": [{"conId": 1, "ratio": 1, "action": "BUY", "exchange": "SMART", "openClose": 0, "shortSaleSlot": 0, "exemptCode": -1}],
        "legPrices": [{"price": Decimal("1.25")}], "routing": [{"tag": "a", "value": "b"}],
        "scalePriceIncrement": Decimal("0.5"), "scaleInitPosition": 11, "hedgeType": "P", "hedgeParam": "2",
        "deltaNeutral": True, "underlyingConId": 4, "underlyingDelta": Decimal("0.5"), "underlyingPrice": Decimal(9),
        "algoStrategy": "Vwap", "algoParams": [{"tag": "c", "value": "d"}], "referenceContractId": 6, "referenceExchangeId": "ISLAND",
        "conditions": [{"type": 3, "conjunction": "a", "isMore": True, "time": "20131007 15:00:00"}], "conditionsCancelOrder": True,
        "adjustedOrderType": "STP", "midOffsetAtHalf": Decimal("0.5"),
    }  # fmt: skip
    _, contract, order, state = understood("openOrder", SERVER[5].write(told))
    assert (contract.comboLegs[0].conId, order.orderComboLegs[0].price, order.smartComboRoutingParams) == (1, 1.25, [TagValue("a", "b")])
    assert (order.scaleInitPosition, order.hedgeParam, contract.deltaNeutralContract.price) == (11, "2", 9.0)
    assert (order.algoParams, order.referenceContractId, order.referenceExchangeId) == ([TagValue("c", "d")], 6, "ISLAND")
    assert (order.conditions[0].time, order.conditionsCancelOrder, order.adjustedOrderType) == ("20131007 15:00:00", True, "STP")
    assert (order.midOffsetAtHalf, state.status) == (0.5, "Submitted")


ORDINARY = ("usePriceMgmtAlgo",)  # the table reads a number where the client has a flag, because others send a blank
SWITCHED = frozenset({"deltaNeutral", "whatIf"})  # these switch groups on, or mean more than themselves


def fields_in(layout: Layout) -> Iterator[Field]:
    for item in layout:
        if isinstance(item, Field):
            yield item
        elif isinstance(item, When):
            yield from fields_in(item.items)


def distinct(layout: Layout, flag: str) -> dict[str, Any]:
    """A value of its own for every field of an order that uses no steering word; of the flags only `flag` is set."""
    values: dict[str, Any] = {}
    for at, field in enumerate(fields_in(layout), start=1):
        value: Any = field.name if field.kind is KINDS["text"] else field.name == flag if field.kind is KINDS["flag"] else at
        values[field.name] = Decimal(at) + Decimal("0.5") if field.kind in DECIMALS else value
    return {**values, "secType": "STK", "exchange": "SMART", "orderType": "LMT"}


DECIMALS = [kind for name, kind in KINDS.items() if name.startswith(("double", "decimal", "infinite"))]
CONTRACT_FIELDS = {"expiry": "lastTradeDateOrContractMonth"}


def flags_of(layout: Layout) -> list[str]:
    return [field.name for field in fields_in(layout) if field.kind is KINDS["flag"] and field.name not in SWITCHED]


def attribute(name: str, *objects: object) -> Any:
    return next((getattr(owner, name) for owner in objects if hasattr(owner, name)), None)


@pytest.mark.parametrize("flag", flags_of(PLACE_ORDER))
def test_each_attribute_that_the_client_sets_is_read_under_its_own_name(flag: str) -> None:
    values = distinct(PLACE_ORDER, flag)
    known = {field.name: field for field in dataclass_fields(Order)}
    given = {
        name: bool(value) if isinstance(known[name].default, bool) else float(value) if isinstance(known[name].default, float) else value
        for name, value in values.items()
        if name in known and known[name].name not in {"conditions", "algoParams", "orderMiscOptions", "orderId", *ORDINARY}
    }
    record = record_of(Order(**given, softDollarTier=SoftDollarTier("name", "value")))
    assert {name: record[name] for name in given if name in record} == {name: values[name] for name in given if name in record}
    assert (record["softDollarName"], record["softDollarValue"]) == ("name", "value")


@pytest.mark.parametrize("number", [5, 101])
def test_each_value_that_is_told_is_heard_under_its_own_name(number: int) -> None:
    layout = SERVER[number].layout
    for flag in flags_of(layout):
        fields = SERVER[number].write(distinct(layout, flag))
        *_, contract, order, state = told(fields)[0][1]
        for name, value in SERVER[number].read(fields).items():
            heard = attribute(CONTRACT_FIELDS.get(name, name), order, contract, state)
            if heard is not None and name not in ORDINARY and not isinstance(value, list):
                assert heard == (str(value) if isinstance(heard, str) else value), (flag, name)

"""What of an order is understood, over everything the real client can set."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ib_insync.contract import Stock, TagValue
from ib_insync.order import Order

from robo_trader.simulated_gateway.requests import Malformed
from robo_trader.simulated_gateway.requests_orders import PlaceOrder
from robo_trader.simulated_gateway.requests_parse import parse
from tests.support.real_client import said


def placed(**attributes: Any) -> object:
    order = Order(**{"action": "BUY", "totalQuantity": 100} | attributes)
    return parse(said(lambda client: client.placeOrder(5, Stock("SPY", "SMART", "USD"), order)))


def test_a_trailing_stop_is_told_by_its_amount_or_percent_and_where_it_begins() -> None:
    order = placed(orderType="TRAIL", auxPrice=0.5, trailStopPrice=99.5)
    assert isinstance(order, PlaceOrder)
    assert (order.stop_price, order.trail_stop_price, order.trailing_percent, order.extras) == (Decimal("0.5"), Decimal("99.5"), None, ())
    order = placed(orderType="TRAIL LIMIT", trailingPercent=1.5, lmtPriceOffset=0.1)
    assert isinstance(order, PlaceOrder)
    assert (order.stop_price, order.trailing_percent, order.limit_offset, order.extras) == (None, Decimal("1.5"), Decimal("0.1"), ())


def test_a_stop_limit_has_both_prices_and_a_date_is_kept_in_its_clients_words() -> None:
    order = placed(orderType="STP LMT", lmtPrice=101.0, auxPrice=100.5, tif="GTD", goodTillDate="20260302 15:00:00 US/Eastern")
    assert isinstance(order, PlaceOrder)
    assert (order.limit_price, order.stop_price, order.good_till_date) == (Decimal("101.0"), Decimal("100.5"), "20260302 15:00:00 US/Eastern")


def test_a_time_before_which_nothing_is_done_is_kept_in_its_clients_words() -> None:
    order = placed(orderType="LMT", lmtPrice=101.0, goodAfterTime="20300101-01:01:01")
    assert isinstance(order, PlaceOrder)
    assert (order.good_after_time, order.extras) == ("20300101-01:01:01", ())


def test_a_bracket_member_says_whose_it_is_and_whether_it_goes() -> None:
    order = placed(orderType="LMT", lmtPrice=101.0, parentId=4, transmit=False, whatIf=True)
    assert isinstance(order, PlaceOrder)
    assert (order.parent_id, order.transmit, order.what_if) == (4, False, True)


@pytest.mark.parametrize("attributes", [{"action": "SSHORT"}, {"totalQuantity": -5}])
def test_a_side_or_a_quantity_that_is_none_is_321(attributes: dict[str, Any]) -> None:
    answer = placed(**{"orderType": "MKT"} | attributes)
    assert isinstance(answer, Malformed)
    assert (answer.req_or_order_id, answer.code) == (5, 321)


def test_a_quantity_of_zero_has_a_code_of_its_own() -> None:
    answer = placed(orderType="MKT", totalQuantity=0)
    assert isinstance(answer, Malformed)
    assert (answer.req_or_order_id, answer.code, answer.text) == (5, 434, "The order size cannot be zero.")


def test_who_decided_on_an_order_when_and_by_whose_leave_changes_nothing() -> None:
    order = placed(
        orderType="MKT",
        manualOrderTime="20220314-13:00:00",
        advancedErrorOverride="8229=IBDBUYTX",
        extOperator="me",
        orderMiscOptions=[TagValue("a", "b")],
        mifid2DecisionMaker="me",
        mifid2DecisionAlgo="it",
        mifid2ExecutionTrader="me",
        mifid2ExecutionAlgo="it",
    )
    assert isinstance(order, PlaceOrder)
    assert order.extras == ()


def test_a_child_may_take_its_parent_along() -> None:
    order = placed(orderType="MKT", parentId=4, autoCancelParent=True)
    assert isinstance(order, PlaceOrder)
    assert (order.auto_cancel_parent, order.extras) == (True, ())

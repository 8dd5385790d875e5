"""What conditions say, and when they are met."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from ib_insync.contract import Stock
from ib_insync.order import ExecutionCondition, MarginCondition, Order, PercentChangeCondition, PriceCondition, TimeCondition, VolumeCondition

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.conditions import Condition, met, moments, read, unreadable
from robo_trader.simulated_gateway.messages import CLIENT
from robo_trader.simulated_gateway.model import OrderReport
from tests.support.exchange_bench import at, ticket
from tests.support.real_client import said, understood

NOW = at("09:31:00")
ALL = [
    PriceCondition(conjunction="a", isMore=True, price=168.5, conId=756733, exch="SMART", triggerMethod=1),
    TimeCondition(conjunction="o", isMore=True, time="20131007 09:35:00 US/Eastern"),
    MarginCondition(conjunction="a", isMore=False, percent=30),
    ExecutionCondition(conjunction="a", secType="CASH", exch="IDEALPRO", symbol="EUR.USD"),
    VolumeCondition(conjunction="a", isMore=True, volume=100, conId=208813720, exch="SMART"),
    PercentChangeCondition(conjunction="a", isMore=True, changePercent=15.0, conId=208813720, exch="SMART"),
]


def parsed(*conditions: Any) -> tuple[Condition, ...]:
    order = Order(action="BUY", totalQuantity=1, orderType="MKT", conditions=list(conditions))
    return read(CLIENT[3].read(said(lambda it: it.placeOrder(5, Stock("SPY", "SMART", "USD"), order))))


def price(value: str, *, more: bool = True, con_id: int = 756733, joined: str = "a") -> Condition:
    return Condition(1, joined, is_more=more, price=Decimal(value), con_id=con_id)


def time(wall: str, *, more: bool = True, joined: str = "a") -> Condition:
    return Condition(3, joined, is_more=more, at=at(wall))


def last(con_id: int) -> Decimal | None:
    return Decimal("168.00") if con_id == 756733 else None


def test_every_kind_is_told_as_its_client_wrote_it() -> None:
    report = OrderReport(ticket(1, conditions=parsed(*ALL), conditions_cancel=True), 1, "PreSubmitted", 0, 100, Decimal(0), Decimal(0), "")
    order = understood("openOrder", replies.open_order(report, 756733))[2]
    assert order.conditions == ALL
    assert (order.conditionsCancelOrder, order.conditionsIgnoreRth) == (True, False)
    assert understood("completedOrder", replies.completed_order(report, 756733, "", ""))[1].conditions == ALL


def test_a_time_is_an_instant_and_one_that_is_none_is_found() -> None:
    (good,) = parsed(TimeCondition(time="20131007 09:35:00 US/Eastern"))
    bad = parsed(TimeCondition(time="soon"))[0]
    assert (good.at, bad.at) == (at("09:35:00"), None)
    assert unreadable([good, price("1")]) is None
    assert unreadable([good, bad]) == bad


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (price("168.00"), True),
        (price("168.01"), False),
        (price("168.00", more=False), True),
        (price("167.99", more=False), False),
        (price("1.00", con_id=1), False),
        (time("09:31:00"), True),
        (time("09:31:01"), False),
        (time("09:31:00", more=False), True),
        (time("09:30:59", more=False), False),
        (Condition(3, "a", is_more=True), False),
        (Condition(1, "a", is_more=True, con_id=756733), False),
        *((Condition(kind, "a", is_more=True), False) for kind in (4, 5, 6, 7)),
    ],
)
def test_times_and_prices_are_met_from_their_value_on_and_all_else_never(condition: Condition, holds: bool) -> None:
    assert met([condition], NOW, last) is holds


def test_without_conditions_nothing_is_missing() -> None:
    assert met([], NOW, last)


@pytest.mark.parametrize("holds", list(product([True, False], repeat=3)))
@pytest.mark.parametrize("joined", list(product("ao", repeat=2)))
def test_and_binds_closer_than_or(holds: tuple[bool, bool, bool], joined: tuple[str, str]) -> None:
    conditions = [
        time("09:31:00", more=one, joined=word) if one else time("09:32:00", joined=word) for one, word in zip(holds, [*joined, "a"], strict=True)
    ]
    words = {"a": "and", "o": "or"}
    expected = eval(f"{holds[0]} {words[joined[0]]} {holds[1]} {words[joined[1]]} {holds[2]}")
    assert met(conditions, NOW, last) is expected


def test_a_time_from_which_on_something_holds_is_a_moment_to_look() -> None:
    assert moments([time("09:35:00"), time("09:40:00", more=False), price("1.00")]) == [at("09:35:00")]

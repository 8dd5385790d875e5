"""The broker's objects, in our words or not at all."""

import math
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge import ib_translate as translate
from robo_trader.edge.ib_event_loop import loop_for_import
from robo_trader.errors import ProtocolError
from robo_trader.market.bar import Bar
from robo_trader.orders.evidence import BrokerStatus, CommissionSeen, PositionSeen
from robo_trader.values import Instrument, Side, Symbol

with loop_for_import():
    from ib_insync import BarData, CommissionReport, Contract, Execution, Order

UNSET = sys.float_info.max
SPY = Instrument(Symbol("SPY"), 756733, Decimal("0.01"))


def contract(**changes):
    return Contract(**{"conId": 756733, "symbol": "SPY", "secType": "STK", "currency": "USD", **changes})


def order(**changes):
    usual = {"orderId": 7, "clientId": 1, "permId": 1000001, "action": "BUY", "totalQuantity": 100.0, "orderType": "MKT"}
    return Order(**{**usual, "orderRef": "rt:s:1:abc", "ocaGroup": "g", "account": "DU1", **changes})


def execution(**changes):
    usual = {"execId": "0000e0d5.1.01.01", "time": datetime(2013, 10, 7, 14, 31, 8, tzinfo=UTC), "side": "BOT", "shares": 40.0, "price": 167.43}
    return Execution(**{**usual, "orderId": 7, "clientId": 1, "permId": 1000001, "orderRef": "rt:s:1:abc", **changes})


def report(**changes):
    return CommissionReport(**{"execId": "e", "commission": 1.00012, "realizedPNL": UNSET, **changes})


def historical_bar(date="1381152600"):
    return BarData(date=date, open=1.0, high=2.0, low=0.5, close=1.5, volume=1200.0)


@given(st.integers(-(10**9), 10**9))
def test_whole_shares_pass_as_they_are(number):
    assert translate.shares(float(number), "x") == number


@given(st.floats(allow_nan=True, allow_infinity=True).filter(lambda x: not math.isfinite(x) or x != int(x)))
def test_a_fraction_of_a_share_is_never_cut_off_silently(number):
    with pytest.raises(ProtocolError, match="the position in SPY"):
        translate.position_seen(contract(), number)


@pytest.mark.parametrize("number", [math.nan, UNSET, -UNSET, math.inf, -math.inf])
def test_unset_doubles_and_nan_state_nothing(number):
    assert translate.stated(number) is None


@given(st.decimals(-(10**9), 10**9, places=4))
def test_money_is_the_shortest_decimal_that_reads_back_the_same(amount):
    assert translate.stated(float(amount)) == amount


@pytest.mark.parametrize("other", [contract(secType="OPT"), contract(currency="CAD"), contract(secType="CFD", conId=5)])
def test_what_is_not_a_us_stock_is_never_taken_for_one(other):
    assert translate.symbol_of(contract()) == "SPY"
    assert translate.symbol_of(other) != "SPY"
    assert ":" in translate.symbol_of(other)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(-12, 12))  # noqa: DTZ001
def test_an_aware_time_becomes_exact_nanoseconds_in_any_zone(naive, hours):
    time = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    nanoseconds = translate.instant_of(time)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000) == time
    assert nanoseconds % 1000 == 0


def test_an_open_order_states_no_fill_and_a_completed_one_does():
    assert translate.order_seen(contract(), order(filledQuantity=40.0), "Submitted").filled is None
    completed = translate.order_seen(contract(), order(filledQuantity=40.0, orderId=0), "Filled", completed=True)
    assert (completed.filled, completed.order_id, completed.status) == (40, 0, BrokerStatus.FILLED)
    assert translate.order_seen(contract(), order(), "Cancelled", completed=True).filled is None


def test_an_order_keeps_every_field_by_which_it_is_recognised():
    seen = translate.order_seen(contract(), order(), "PreSubmitted")
    assert (seen.order_id, seen.client_id, seen.perm_id, seen.order_ref, seen.oca_group) == (7, 1, 1000001, "rt:s:1:abc", "g")
    assert (seen.symbol, seen.side, seen.quantity, seen.order_type) == ("SPY", Side.BUY, 100, "MKT")


@pytest.mark.parametrize("status", ["", "Odd", "filled"])
def test_an_undocumented_status_is_a_protocol_error(status):
    with pytest.raises(ProtocolError, match="status"):
        translate.order_seen(contract(), order(), status)


@pytest.mark.parametrize("side", ["", "HOLD", "buy"])
def test_an_unknown_side_is_a_protocol_error(side):
    with pytest.raises(ProtocolError, match="side"):
        translate.execution_seen(contract(), execution(side=side))


def test_an_execution_is_exact_in_price_time_and_side():
    seen = translate.execution_seen(contract(), execution(side="SLD"))
    assert (seen.side, seen.quantity, seen.price) == (Side.SELL, 40, Decimal("167.43"))
    assert seen.at == 1381156268 * 10**9


def test_the_unset_order_id_of_a_manual_execution_is_zero():
    assert translate.execution_seen(contract(), execution(orderId=2**31 - 1)).order_id == 0


def test_a_commission_without_a_realised_figure_says_none_and_one_without_an_amount_is_an_error():
    assert translate.commission_seen(report()) == CommissionSeen("e", Decimal("1.00012"), None)
    assert translate.commission_seen(report(realizedPNL=-3.25)).realised == Decimal("-3.25")
    with pytest.raises(ProtocolError, match="no amount"):
        translate.commission_seen(report(commission=UNSET))


def test_a_position_is_signed():
    assert translate.position_seen(contract(), -100.0) == PositionSeen(Symbol("SPY"), -100)


def test_a_live_bar_is_in_ticks_and_a_historical_one_is_marked():
    assert translate.bar_of(SPY, 10, 5, (1.0, 1.02, 0.99, 1.01), 300.0) == Bar(SPY.symbol, 10 * 10**9, 5, 100, 102, 99, 101, 300)
    assert translate.bar_of(SPY, 10, 5, (1.0, 1.0, 1.0, 1.0), -1.0).volume == 0
    history = translate.history_bar(SPY, historical_bar(), 60)
    assert (history.start, history.seconds, history.high, history.volume, history.backfilled) == (1381152600 * 10**9, 60, 200, 1200, True)


def test_a_historical_bar_must_be_dated_in_epoch_seconds():
    with pytest.raises(ProtocolError, match="epoch"):
        translate.history_bar(SPY, historical_bar(date="20131007 09:30:00 US/Eastern"), 60)

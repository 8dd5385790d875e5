"""What the gateway says about orders, executions and itself, as the real client's decoder understands it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ib_insync.util import UNSET_DOUBLE

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderReport, Ticket
from robo_trader.simulated_gateway.other_instruments import options, undated
from robo_trader.values import Instant, Side, Symbol
from tests.support.real_client import told, understood

SPY = Symbol("SPY")
CON_ID = 756733
LIMIT = Ticket(7, 5, SPY, Side.BUY, 100, "LMT", Decimal("187.25"), None, "GTC", "group", 2, "rt:a:1:x", "DU1", outside_rth=True)
MARKET = Ticket(7, 6, SPY, Side.SELL, 100, "MKT", None, None, "DAY", "", 0, "", "DU1")
STOP = Ticket(7, 8, SPY, Side.SELL, 40, "STP", None, Decimal("185.5"), "GTC", "", 0, "", "DU1")


def report(ticket: Ticket, **changes: object) -> OrderReport:
    made = OrderReport(ticket, 1_000_001, "Submitted", 40, ticket.quantity - 40, Decimal("187.2"), Decimal("187.19"), "")
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def test_an_open_order_tells_the_ticket_it_came_from() -> None:
    order_id, contract, order, state = understood("openOrder", replies.open_order(report(dataclasses.replace(LIMIT, parent_id=3)), CON_ID))
    assert (order_id, order.clientId, order.permId, order.parentId) == (5, 7, 1_000_001, 3)
    assert (contract.conId, contract.symbol, contract.secType, contract.exchange, contract.currency) == (CON_ID, "SPY", "STK", "SMART", "USD")
    assert (contract.localSymbol, contract.tradingClass) == ("SPY", "SPY")
    assert (order.action, order.totalQuantity, order.orderType, order.lmtPrice, order.auxPrice) == ("BUY", 100, "LMT", 187.25, 0.0)
    assert (order.tif, order.ocaGroup, order.ocaType, order.orderRef, order.account, order.outsideRth) == ("GTC", "group", 2, "rt:a:1:x", "DU1", True)
    assert (state.status, state.commission, state.commissionCurrency, order.whatIf) == ("Submitted", UNSET_DOUBLE, "", False)


def test_an_open_order_is_echoed_as_a_real_gateway_normalises_it() -> None:
    fields = replies.open_order(report(MARKET), CON_ID, trading_class="NMS")
    _, contract, order, _ = understood("openOrder", fields)
    assert (contract.right, contract.strike, contract.tradingClass) == ("?", 0.0, "NMS")
    assert (order.lmtPrice, order.auxPrice, order.ocaType, order.clearingIntent) == (0.0, 0.0, 3, "IB")
    assert (order.deltaNeutralOrderType, order.adjustedOrderType) == ("None", "None")
    assert "1000001.0/DU1/100" in fields


@pytest.mark.parametrize(("ticket", "price"), [(LIMIT, 188.25), (STOP, 185.5), (MARKET, UNSET_DOUBLE)])
def test_an_order_that_does_not_trail_has_a_trail_stop_price_all_the_same(ticket: Ticket, price: float) -> None:
    for fields in (replies.open_order(report(ticket), CON_ID), replies.completed_order(report(ticket), CON_ID, "", "")):
        *_, order, _ = told(fields)[0][1]
        assert order.trailStopPrice == price


def test_a_stop_order_is_told_with_its_stop_price() -> None:
    _, _, order, _ = understood("openOrder", replies.open_order(report(STOP), CON_ID))
    assert (order.orderType, order.auxPrice, order.lmtPrice) == ("STP", 185.5, 0.0)


def test_an_open_order_tells_its_commission_once_it_is_known() -> None:
    _, _, _, state = understood("openOrder", replies.open_order(report(LIMIT, commission=Decimal("1.00012"), status="Filled"), CON_ID))
    assert (state.commission, state.commissionCurrency, state.status) == (1.00012, "USD", "Filled")


def test_a_what_if_is_answered_with_margins_before_change_and_after() -> None:
    margins = replies.Margins(Decimal(10), Decimal(5), Decimal(8), Decimal(4), Decimal(1000), Decimal(-1), Decimal(1))
    _, _, order, state = understood("openOrder", replies.open_order(report(LIMIT), CON_ID, margins=margins))
    assert (order.whatIf, state.status, state.commission) == (True, "PreSubmitted", 1.0)
    assert (state.initMarginBefore, state.initMarginChange, state.initMarginAfter) == ("10.0", "5.0", "15.0")
    assert (state.maintMarginBefore, state.maintMarginChange, state.maintMarginAfter) == ("8.0", "4.0", "12.0")
    assert (state.equityWithLoanBefore, state.equityWithLoanChange, state.equityWithLoanAfter) == ("1000.0", "-1.0", "999.0")


def test_an_order_status_tells_what_is_filled_and_what_remains() -> None:
    held = report(dataclasses.replace(LIMIT, parent_id=3), why_held="trigger")
    assert understood("orderStatus", replies.order_status(held)) == (
        5, "Submitted", 40.0, 60.0, 187.2, 1_000_001, 3, 187.19, 7, "trigger", 0.0,
    )  # fmt: skip


def test_a_completed_order_tells_how_and_when_it_ended() -> None:
    ended = report(LIMIT, status="Cancelled")
    contract, order, state = understood(
        "completedOrder", replies.completed_order(ended, CON_ID, "20131007 15:00:00 US/Eastern", "Cancelled by Trader", trading_class="NMS")
    )
    assert (contract.conId, contract.symbol, contract.tradingClass) == (CON_ID, "SPY", "NMS")
    assert (order.permId, order.action, order.totalQuantity, order.filledQuantity) == (1_000_001, "BUY", 100, 40)
    assert (order.orderType, order.lmtPrice, order.tif, order.ocaGroup, order.ocaType, order.orderRef) == (
        "LMT", 187.25, "GTC", "group", 2, "rt:a:1:x",
    )  # fmt: skip
    assert (order.orderId, order.clientId, order.account) == (0, 0, "DU1")
    assert (state.status, state.completedTime, state.completedStatus) == ("Cancelled", "20131007 15:00:00 US/Eastern", "Cancelled by Trader")


def test_a_completed_order_that_filled_has_only_what_was_filled_for_a_quantity() -> None:
    _, order, _ = understood("completedOrder", replies.completed_order(report(LIMIT, status="Filled"), CON_ID, "", ""))
    assert (order.totalQuantity, order.filledQuantity) == (0, 40)


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "BOT"), (Side.SELL, "SLD")])
def test_an_execution_tells_the_match(side: Side, word: str) -> None:
    ticket = dataclasses.replace(LIMIT, side=side)
    match = Execution("0000e0d5.00000001.01.01", ticket, 1_000_001, 40, Decimal("187.19"), Instant(0), 60, Decimal("187.2"))
    req_id, contract, execution = understood("execDetails", replies.exec_details(9, match, CON_ID, "20131007 14:30:05 UTC", exchange="ARCA"))
    assert (req_id, contract.conId, contract.symbol, contract.exchange, contract.right, contract.strike) == (9, CON_ID, "SPY", "ARCA", "", 0.0)
    assert (execution.orderId, execution.clientId, execution.permId, execution.orderRef) == (5, 7, 1_000_001, "rt:a:1:x")
    assert (execution.execId, execution.acctNumber, execution.exchange) == ("0000e0d5.00000001.01.01", "DU1", "ARCA")
    assert (execution.side, execution.shares, execution.price, execution.cumQty, execution.avgPrice) == (word, 40.0, 187.19, 60.0, 187.2)


def test_an_execution_with_a_zone_in_its_time_is_understood_to_the_second() -> None:
    match = Execution("e", LIMIT, 1, 1, Decimal(1), Instant(0), 1, Decimal(1), added=True)
    req_id, _, execution = understood("execDetails", replies.exec_details(None, match, CON_ID, "20131007 10:30:05 US/Eastern"))
    assert (req_id, execution.time, execution.lastLiquidity) == (-1, datetime(2013, 10, 7, 14, 30, 5, tzinfo=UTC), 1)


@pytest.mark.parametrize(("realised", "heard"), [(Decimal("-12.34"), -12.34), (Decimal(0), 0.0), (None, UNSET_DOUBLE)])
def test_a_commission_report_tells_the_realised_profit_of_a_closing_execution_only(realised: Decimal | None, heard: float) -> None:
    (commission,) = understood("commissionReport", replies.commission_report(CommissionNote("e", 7, Decimal("0.00012"), realised)))
    assert (commission.execId, commission.commission, commission.currency, commission.realizedPNL) == ("e", 0.00012, "USD", heard)
    assert (commission.yield_, commission.yieldRedemptionDate) == (UNSET_DOUBLE, 0)


def test_numbers_beyond_everyday_size_are_written_as_java_writes_them() -> None:
    fields = replies.commission_report(CommissionNote("e", 7, Decimal("0.00012"), None))
    assert fields == ("59", "1", "e", "1.2E-4", "USD", "1.7976931348623157E308", "1.7976931348623157E308", "")


def test_a_contracts_details_are_told_whole() -> None:
    contract = Contract(Symbol("AAPL"), 265598, "NASDAQ", "APPLE INC", "COMMON", min_tick=Decimal("0.0001"))
    hours = "20131007:0930-20131007:1600"
    req_id, details = understood("contractDetails", replies.contract_details(4, contract, trading_hours=hours, liquid_hours=hours))
    named = details.contract
    assert (req_id, named.symbol, named.conId, named.primaryExchange, named.exchange) == (4, "AAPL", 265598, "NASDAQ", "SMART")
    assert (named.secType, named.currency, named.tradingClass, named.localSymbol) == ("STK", "USD", "NMS", "AAPL")
    assert (details.minTick, details.longName, details.stockType, details.marketName) == (0.0001, "APPLE INC", "COMMON", "NMS")
    assert (details.tradingHours, details.liquidHours, details.timeZoneId) == (hours, hours, "US/Eastern")
    assert (details.validExchanges, details.minSize, details.sizeIncrement) == ("SMART,NASDAQ", 1.0, 1.0)


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
def test_a_long_name_of_any_letters_is_written_in_ascii_and_understood(name: str) -> None:
    fields = replies.contract_details(4, Contract(SPY, CON_ID, "ARCA", name, "ETF"))
    assert all(field.isascii() for field in fields)
    _, details = understood("contractDetails", fields)
    assert details.longName.encode("utf-16", "surrogatepass").decode("utf-16") == name


def test_an_error_is_told_under_its_id_or_under_none() -> None:
    assert understood("error", replies.error(5, 201, "Order rejected - reason:x")) == (5, 201, "Order rejected - reason:x", "")
    assert understood("error", replies.error(None, 2104, "OK")) == (-1, 2104, "OK", "")
    assert len(replies.error(5, 201, "x")) == 6


def test_the_gateway_introduces_itself_in_messages_of_exactly_three_fields() -> None:
    assert replies.managed_accounts("DU1", "DU2") == ("15", "1", "DU1,DU2")
    assert replies.next_valid_id(5) == ("9", "1", "5")
    assert replies.greeting(176, "20131007 09:30:00 US/Eastern") == ("176", "20131007 09:30:00 US/Eastern")


def test_ids_and_the_clock_are_understood() -> None:
    assert understood("nextValidId", replies.next_valid_id(5)) == (5,)
    assert understood("managedAccounts", replies.managed_accounts("DU1")) == ("DU1",)
    assert understood("currentTime", replies.current_time(1_381_152_600)) == (1_381_152_600,)
    assert understood("currentTime", replies.current_time(2**31)) == (2**31,)


def test_every_list_has_its_end() -> None:
    assert told(
        replies.open_order_end(), replies.completed_orders_end(), replies.exec_details_end(9), replies.contract_details_end(4)
    ) == [("openOrderEnd", ()), ("completedOrdersEnd", ()), ("execDetailsEnd", (9,)), ("contractDetailsEnd", (4,))]  # fmt: skip


def test_what_is_no_stock_is_told_with_its_expiry_and_what_is_behind_it() -> None:
    future = undated(date(2026, 3, 2))[1]
    _, details = understood("contractDetails", replies.other_details(4, future, date(2026, 3, 2)))
    contract = details.contract
    assert (contract.secType, contract.conId, contract.localSymbol, contract.multiplier, contract.exchange) == ("FUT", 649180695, "ESH6", "50", "CME")
    assert (contract.lastTradeDateOrContractMonth, details.lastTradeTime, details.timeZoneId) == ("20260320", "08:30:00", "US/Central")
    assert (details.underConId, details.underSymbol, details.underSecType, details.realExpirationDate) == (11004968, "ES", "IND", "20260320")
    assert details.marketRuleIds.count(",") == details.validExchanges.count(",")
    option = options(date(2026, 3, 2), Decimal("683.40"), CON_ID)[0]
    _, details = understood("contractDetails", replies.other_details(4, option, date(2026, 3, 2)))
    assert (details.contract.strike, details.contract.right, details.contract.tradingClass, details.underConId) == (630.0, "C", "SPY", CON_ID)


def test_an_isin_is_told_where_there_is_one() -> None:
    for isin in ("", "US78462F1030"):
        _, details = understood("contractDetails", replies.contract_details(4, Contract(SPY, CON_ID, "ARCA", "SPDR", "ETF", isin=isin)))
        assert [pair.value for pair in details.secIdList or []] == [isin] * bool(isin)

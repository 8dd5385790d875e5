"""What the gateway says of orders and executions: see `replies`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import conditions
from robo_trader.simulated_gateway.fields import Value
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.model import CommissionNote, Execution, Margins, OrderReport, Ticket
from robo_trader.simulated_gateway.order_kinds import LIMITS, TRAILING
from robo_trader.values import Side

Fields = tuple[str, ...]
"""One message, its id first."""

NO_ID: Final = -1
"""The id of an error that belongs to no request, and of an execution that nobody asked for."""

_SHAREHOLDER: Final = "Not an insider or substantial shareholder"
_PRICE_STEP: Final = Decimal(1)


def _order(report: OrderReport, con_id: int, trading_class: str) -> dict[str, Value]:
    """What an open and a completed order have in common, as a gateway echoes it."""
    ticket = report.ticket
    return {
        **_security(ticket, con_id, trading_class),
        "exchange": ticket.exchange,
        "action": ticket.side.value,
        "totalQuantity": Decimal(ticket.quantity),
        "orderType": ticket.order_type,
        "lmtPrice": ticket.limit_price or Decimal(0),
        "auxPrice": _aux_price(ticket),
        "tif": ticket.time_in_force,
        "ocaGroup": ticket.oca_group,
        "ocaType": ticket.oca_type or 3,
        "account": ticket.account,
        "orderRef": ticket.order_ref,
        "permId": report.perm_id,
        "outsideRth": ticket.outside_rth,
        "status": report.status,
        "trailStopPrice": _trail_stop_price(ticket),
        "goodAfterTime": ticket.good_after_text,
        "goodTillDate": ticket.good_till_text,
        "autoCancelParent": ticket.auto_cancel_parent,
        "conditions": [conditions.told(one) for one in ticket.conditions],
        "conditionsIgnoreRth": ticket.conditions_ignore_rth,
        "conditionsCancelOrder": ticket.conditions_cancel,
        "algoStrategy": ticket.algorithm,
        "algoParams": [{"tag": tag, "value": value} for tag, value in ticket.algorithm_parameters],
        **(_trail(report) if ticket.order_type in TRAILING else {}),
    }


def _aux_price(ticket: Ticket) -> Decimal:
    """The stop price, or how far a trailing stop stays behind."""
    aux = ticket.trail_amount if ticket.order_type in TRAILING else ticket.stop_price
    return aux or Decimal(0)


def _trail(report: OrderReport) -> dict[str, Value]:
    """Where a trailing stop stands now, and where its limit would be, or is once it is triggered."""
    ticket = report.ticket
    stop = ticket.stop_price if report.stop_now is None else report.stop_now
    percent, offset = ticket.trail_percent, ticket.limit_offset
    told: dict[str, Value] = {"trailStopPrice": stop, "firstTrailStopPrice": stop, "trailingPercent": percent, "lmtPriceOffset": offset}
    limit = report.limit_now
    if limit is None and stop is not None and offset is not None:
        limit = stop + offset * ticket.side.sign
    return told if limit is None else {**told, "lmtPrice": limit}


def _security(ticket: Ticket, con_id: int, trading_class: str) -> dict[str, Value]:
    return {
        "conId": con_id,
        "symbol": ticket.symbol,
        "secType": "STK",
        "currency": "USD",
        "localSymbol": ticket.symbol,
        "tradingClass": trading_class or ticket.symbol,
    }


def _trail_stop_price(ticket: Ticket) -> Decimal | None:
    """A real gateway fills this in for orders that do not trail at all."""
    if ticket.stop_price is not None:
        return ticket.stop_price
    return None if ticket.limit_price is None else ticket.limit_price + _PRICE_STEP


def open_order(report: OrderReport, con_id: int, *, trading_class: str = "", margins: Margins | None = None) -> Fields:
    """An order that works, or just ceased to; with `margins` the answer to a what-if. The commission stands in it once the report knows it."""
    ticket = report.ticket
    values: dict[str, Value] = {
        **_order(report, con_id, trading_class),
        "orderId": ticket.told_id,
        "clientId": ticket.client_id,
        "parentId": ticket.parent_id,
        "sharesAllocation": f"{report.perm_id}.0/{ticket.account}/{ticket.quantity}",
        "commission": report.commission,
        "commissionCurrency": "" if report.commission is None else "USD",
    }
    return SERVER[5].write(values if margins is None else {**values, **_what_if(margins, priced=ticket.order_type in LIMITS)})


def _what_if(margins: Margins, *, priced: bool) -> dict[str, Value]:
    """Of an order with a limit the bounds of the commission are told too; here there is only one plan, so they are the commission itself."""
    bound = margins.commission if priced else None
    return {
        "whatIf": True,
        "status": "PreSubmitted",
        "initMarginBefore": margins.initial_before,
        "initMarginChange": margins.initial_change,
        "initMarginAfter": margins.initial_before + margins.initial_change,
        "maintMarginBefore": margins.maintenance_before,
        "maintMarginChange": margins.maintenance_change,
        "maintMarginAfter": margins.maintenance_before + margins.maintenance_change,
        "equityWithLoanBefore": margins.equity_before,
        "equityWithLoanChange": margins.equity_change,
        "equityWithLoanAfter": margins.equity_before + margins.equity_change,
        "commission": margins.commission,
        "minCommission": bound,
        "maxCommission": bound,
        "commissionCurrency": "USD",
    }


def open_order_end() -> Fields:
    """All open orders were told."""
    return SERVER[53].write({})


def order_status(report: OrderReport) -> Fields:
    """Where an order stands."""
    ticket = report.ticket
    return SERVER[3].write(
        {
            "orderId": ticket.told_id,
            "status": report.status,
            "filled": Decimal(report.filled),
            "remaining": Decimal(report.remaining),
            "avgFillPrice": report.average_price,
            "permId": report.perm_id,
            "parentId": ticket.parent_id,
            "lastFillPrice": report.last_price,
            "clientId": ticket.client_id if report.told_client is None else report.told_client,
            "whyHeld": report.why_held,
        }
    )


def completed_order(report: OrderReport, con_id: int, completed_time: str, completed_status: str, *, trading_class: str = "") -> Fields:
    """An order of the day that can no longer trade; it carries neither order id nor client id, only the permId.

    Of one that filled a real gateway tells the quantity as 0, and what it was as what is filled.
    """
    ticket = report.ticket
    values: Mapping[str, Value] = {
        **_order(report, con_id, trading_class),
        "totalQuantity": Decimal(0 if report.status == "Filled" else ticket.quantity),
        "filledQuantity": Decimal(report.filled),
        "shareholder": _SHAREHOLDER,
        "completedTime": completed_time,
        "completedStatus": completed_status,
    }
    return SERVER[101].write(values)


def completed_orders_end() -> Fields:
    """All completed orders were told."""
    return SERVER[102].write({})


def exec_details(
    req_id: int | None, execution: Execution, con_id: int, time_text: str, *, trading_class: str = "", exchange: str = "SMART"
) -> Fields:
    """One execution; no `req_id` when it is told as it happens."""
    ticket = execution.ticket
    return SERVER[11].write(
        {
            **_security(ticket, con_id, trading_class),
            "reqId": NO_ID if req_id is None else req_id,
            "orderId": ticket.told_id,
            "exchange": exchange,
            "execId": execution.exec_id,
            "time": time_text,
            "account": ticket.account,
            "execExchange": exchange,
            "side": "BOT" if ticket.side is Side.BUY else "SLD",
            "shares": Decimal(execution.quantity),
            "price": execution.price,
            "permId": execution.perm_id,
            "clientId": ticket.client_id,
            "cumQty": Decimal(execution.cumulative),
            "avgPrice": execution.average_price,
            "orderRef": ticket.order_ref,
            "lastLiquidity": 1 if execution.added else 2,
        }
    )


def exec_details_end(req_id: int) -> Fields:
    """All executions asked for were told."""
    return SERVER[55].write({"reqId": req_id})


def commission_report(note: CommissionNote, *, currency: str = "USD") -> Fields:
    """The commission of an execution that was told before; the realised profit is unset for an opening one."""
    return SERVER[59].write({"execId": note.exec_id, "commission": note.commission, "currency": currency, "realizedPNL": note.realised})

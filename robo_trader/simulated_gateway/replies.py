"""What the gateway says to a client about itself, contracts, orders, executions and errors: each builder gives one message's fields, id first.

A builder takes the exchange's own values and a few facts that only the server knows (a contract id, a time in words); the tables of `messages` turn
them into text. What a real gateway normalises before it echoes an order is normalised here. Prices are dollars, quantities shares.
Account, position and market data are in `replies_account` and `replies_market`; all are offered under this module's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.fields import Value
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderReport, Ticket
from robo_trader.simulated_gateway.replies_account import (
    account_download_end,
    account_summary,
    account_summary_end,
    account_time,
    account_update_multi,
    account_update_multi_end,
    account_value,
    portfolio_value,
    position,
    position_end,
)
from robo_trader.simulated_gateway.replies_market import (
    historical_data,
    historical_data_update,
    market_data_type,
    real_time_bar,
    snapshot_end,
    tick_generic,
    tick_price,
    tick_req_params,
    tick_size,
    tick_string,
)
from robo_trader.values import Side

__all__ = [
    "Fields", "Margins",
    "greeting", "managed_accounts", "next_valid_id", "current_time", "error",
    "open_order", "open_order_end", "order_status", "completed_order", "completed_orders_end",
    "exec_details", "exec_details_end", "commission_report", "contract_details", "contract_details_end",
    "account_download_end", "account_summary", "account_summary_end", "account_time", "account_update_multi", "account_update_multi_end",
    "account_value", "portfolio_value", "position", "position_end",
    "historical_data", "historical_data_update", "market_data_type", "real_time_bar", "snapshot_end",
    "tick_generic", "tick_price", "tick_req_params", "tick_size", "tick_string",
]  # fmt: skip

Fields = tuple[str, ...]
"""One message, its id first."""

NO_ID = -1
"""The id of an error that belongs to no request, and of an execution that nobody asked for."""

_ORDER_TYPES = "ACTIVETIM,AD,ADJUST,DAY,GTC,LMT,MKT,OCA,OUTSIDERTH,STP,WHATIF"
_SHAREHOLDER = "Not an insider or substantial shareholder"
_PRICE_STEP = Decimal(1)


@dataclass(frozen=True, slots=True)
class Margins:
    """What an order would do to the account, in dollars: the answer to a what-if."""

    initial_before: Decimal
    initial_change: Decimal
    maintenance_before: Decimal
    maintenance_change: Decimal
    equity_before: Decimal
    equity_change: Decimal
    commission: Decimal


def greeting(version: int, time_text: str) -> Fields:
    """The answer to a client's hello: not a message but two fields."""
    return (str(version), time_text)


def managed_accounts(*accounts: str) -> Fields:
    """The accounts behind this connection."""
    return SERVER[15].write({"accounts": ",".join(accounts)})


def next_valid_id(order_id: int) -> Fields:
    """The lowest order id the client may use next."""
    return SERVER[9].write({"orderId": order_id})


def current_time(seconds: int) -> Fields:
    """The gateway's clock, in whole seconds since the epoch."""
    return SERVER[49].write({"time": seconds})


def error(req_or_order_id: int | None, code: int, text: str) -> Fields:
    """An error or a notice; None where it belongs to no request or order."""
    own_id = NO_ID if req_or_order_id is None else req_or_order_id
    return SERVER[4].write({"id": own_id, "code": code, "text": text})


def _order(report: OrderReport, con_id: int, trading_class: str) -> dict[str, Value]:
    """What an open and a completed order have in common, as a gateway echoes it."""
    ticket = report.ticket
    return {
        **_security(ticket, con_id, trading_class),
        "exchange": "SMART",
        "action": ticket.side.value,
        "totalQuantity": Decimal(ticket.quantity),
        "orderType": ticket.order_type,
        "lmtPrice": ticket.limit_price or Decimal(0),
        "auxPrice": ticket.stop_price or Decimal(0),
        "tif": ticket.time_in_force,
        "ocaGroup": ticket.oca_group,
        "ocaType": ticket.oca_type or 3,
        "account": ticket.account,
        "orderRef": ticket.order_ref,
        "permId": report.perm_id,
        "outsideRth": ticket.outside_rth,
        "status": report.status,
        "trailStopPrice": _trail_stop_price(ticket),
    }


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


def open_order(report: OrderReport, con_id: int, *, trading_class: str = "", parent_id: int = 0, margins: Margins | None = None) -> Fields:
    """An order that works, or just ceased to; with `margins` the answer to a what-if. The commission stands in it once the report knows it."""
    ticket = report.ticket
    values: dict[str, Value] = {
        **_order(report, con_id, trading_class),
        "orderId": ticket.order_id,
        "clientId": ticket.client_id,
        "parentId": parent_id,
        "sharesAllocation": f"{report.perm_id}.0/{ticket.account}/{ticket.quantity}",
        "commission": report.commission,
        "commissionCurrency": "" if report.commission is None else "USD",
    }
    return SERVER[5].write(values if margins is None else {**values, **_what_if(margins)})


def _what_if(margins: Margins) -> dict[str, Value]:
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
        "commissionCurrency": "USD",
    }


def open_order_end() -> Fields:
    """All open orders were told."""
    return SERVER[53].write({})


def order_status(report: OrderReport, *, parent_id: int = 0) -> Fields:
    """Where an order stands."""
    ticket = report.ticket
    return SERVER[3].write(
        {
            "orderId": ticket.order_id,
            "status": report.status,
            "filled": Decimal(report.filled),
            "remaining": Decimal(report.remaining),
            "avgFillPrice": report.average_price,
            "permId": report.perm_id,
            "parentId": parent_id,
            "lastFillPrice": report.last_price,
            "clientId": ticket.client_id,
            "whyHeld": report.why_held,
        }
    )


def completed_order(report: OrderReport, con_id: int, completed_time: str, completed_status: str, *, trading_class: str = "") -> Fields:
    """An order of the day that can no longer trade; it carries neither order id nor client id, only the permId."""
    values: Mapping[str, Value] = {
        **_order(report, con_id, trading_class),
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
    req_id: int | None, execution: Execution, con_id: int, time_text: str, *, trading_class: str = "", exchange: str = "SMART", added: bool = False
) -> Fields:
    """One execution; no `req_id` when it is told as it happens. `added`: the order had been resting and gave liquidity."""
    ticket = execution.ticket
    return SERVER[11].write(
        {
            **_security(ticket, con_id, trading_class),
            "reqId": NO_ID if req_id is None else req_id,
            "orderId": ticket.order_id,
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
            "lastLiquidity": 1 if added else 2,
        }
    )


def exec_details_end(req_id: int) -> Fields:
    """All executions asked for were told."""
    return SERVER[55].write({"reqId": req_id})


def commission_report(note: CommissionNote, *, currency: str = "USD") -> Fields:
    """The commission of an execution that was told before; the realised profit is unset for an opening one."""
    return SERVER[59].write({"execId": note.exec_id, "commission": note.commission, "currency": currency, "realizedPNL": note.realised})


def contract_details(req_id: int, contract: Contract, *, trading_hours: str = "", liquid_hours: str = "") -> Fields:
    """Everything about one stock or ETF; clients undo Unicode escapes in the long name, so that is how it is written."""
    return SERVER[10].write(
        {
            "reqId": req_id,
            "symbol": contract.symbol,
            "secType": "STK",
            "exchange": "SMART",
            "currency": contract.currency,
            "localSymbol": contract.symbol,
            "marketName": contract.trading_class,
            "tradingClass": contract.trading_class,
            "conId": contract.con_id,
            "minTick": contract.min_tick,
            "orderTypes": _ORDER_TYPES,
            "validExchanges": ",".join(contract.valid_exchanges),
            "longName": "".join(map(_escaped, contract.long_name)),
            "primaryExchange": contract.primary_exchange,
            "timeZoneId": contract.time_zone,
            "tradingHours": trading_hours,
            "liquidHours": liquid_hours,
            "marketRuleIds": ",".join(str(contract.market_rule) for _ in contract.valid_exchanges),
            "stockType": contract.stock_type,
        }
    )


def _escaped(character: str) -> str:
    """ASCII as it is, but for the backslash; beyond it Java's escapes, in UTF-16 units."""
    if character.isascii() and character != "\\":
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def contract_details_end(req_id: int) -> Fields:
    """All contracts that match were told."""
    return SERVER[52].write({"reqId": req_id})

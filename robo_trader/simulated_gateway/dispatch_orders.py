"""What the gateway does about orders and executions."""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.dispatch_contracts import NO_CONTRACT, find
from robo_trader.simulated_gateway.dispatch_times import instant_of
from robo_trader.simulated_gateway.model import Execution, OrderReport, Ticket
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.values import Instant, Symbol

_INVALID: Final = "Error validating request.-'bW' : cause - "
_SIDES: Final = {"BUY": "BUY", "BOT": "BUY", "SELL": "SELL", "SLD": "SELL", "SSHORT": "SELL"}


def place(gateway: Gateway, connection: Connection, request: ask.PlaceOrder) -> None:
    """A new order, or a modify of this client's order with the same id."""
    contract = find(gateway.exchange, request.contract)
    cause = _not_served(request)
    if contract is None:
        connection.tell(replies.error(request.order_id, *NO_CONTRACT))
    elif cause is not None:
        connection.tell(replies.error(request.order_id, 321, _INVALID + cause))
    else:
        gateway.trouble.place(_ticket(_own_id(connection), contract.symbol, request))


def _not_served(request: ask.PlaceOrder) -> str | None:
    """Why this gateway cannot take the order for what it says; None if it can."""
    if request.extras:
        return f"Not served by this gateway: {', '.join(request.extras)}"
    if request.what_if or not request.transmit or request.parent_id:
        return "Not served by this gateway: what-if, untransmitted and attached orders"
    if request.quantity != request.quantity.to_integral_value():
        return "Fractional shares cannot be traded"
    return None


def _ticket(client_id: int, symbol: Symbol, request: ask.PlaceOrder) -> Ticket:
    return Ticket(
        client_id=client_id,
        order_id=request.order_id,
        symbol=symbol,
        side=request.side,
        quantity=int(request.quantity),
        order_type=request.order_type,
        limit_price=request.limit_price if request.order_type == "LMT" else None,
        stop_price=request.stop_price if request.order_type == "STP" else None,
        time_in_force=request.time_in_force,
        oca_group=request.oca_group,
        oca_type=request.oca_type,
        order_ref=request.order_ref,
        account=request.account,
        outside_rth=request.outside_rth,
    )


def _own_id(connection: Connection) -> int:
    client_id = connection.client_id
    assert client_id is not None, "startApi comes before any other request"
    return client_id


def cancel(gateway: Gateway, connection: Connection, request: ask.CancelOrder) -> None:
    """Cancel one of the client's orders."""
    gateway.trouble.cancel(_own_id(connection), request.order_id)


def global_cancel(gateway: Gateway, connection: Connection, _request: ask.GlobalCancel) -> None:
    """Cancel every order of every client."""
    gateway.tell(gateway.exchange.global_cancel(_own_id(connection)))


def open_orders(gateway: Gateway, connection: Connection, _request: ask.OpenOrders) -> None:
    """The client's own open orders."""
    _tell_open(gateway, connection, [report for report in gateway.exchange.open_orders() if report.ticket.client_id == connection.client_id])


def all_open_orders(gateway: Gateway, connection: Connection, _request: ask.AllOpenOrders) -> None:
    """The open orders of all clients."""
    _tell_open(gateway, connection, gateway.exchange.open_orders())


def _tell_open(gateway: Gateway, connection: Connection, reports: list[OrderReport]) -> None:
    for report in reports:
        gateway.tell_order(connection, report)
    connection.tell(replies.open_order_end())


def completed_orders(gateway: Gateway, connection: Connection, _request: ask.CompletedOrders) -> None:
    """The day's orders that can no longer trade; every one came from a client, so `api_only` changes nothing."""
    for report in gateway.exchange.completed():
        assert report.completed_at is not None, "a completed order has its instant"
        contract = gateway.contract(report.ticket.symbol)
        time_text = gateway.time_text(report.completed_at)
        connection.tell(replies.completed_order(report, contract.con_id, time_text, _completed_status(report), trading_class=contract.trading_class))
    connection.tell(replies.completed_orders_end())


def _completed_status(report: OrderReport) -> str:
    return f"Filled Size: {report.filled}" if report.status == "Filled" else f"{report.status} by Trader"


def executions(gateway: Gateway, connection: Connection, request: ask.Executions) -> None:
    """The day's executions of all clients that pass the filter, each with its commission, and the end."""
    since = instant_of(request.time)
    if request.time and since is None:
        text = f"{_INVALID}Invalid time of the execution filter: {request.time}"
        connection.tell(replies.error(request.req_id, 321, text))
        return
    for execution in gateway.exchange.executions():
        if _passes(request, since, execution):
            gateway.tell_execution(connection, request.req_id, execution)
            note = gateway.exchange.commission_of(execution.exec_id)
            if note is not None and not gateway.trouble.telling.is_late(execution.exec_id):
                connection.tell(replies.commission_report(note))
    connection.tell(replies.exec_details_end(request.req_id))


def _passes(request: ask.Executions, since: Instant | None, execution: Execution) -> bool:
    ticket = execution.ticket
    return (
        request.client_id in (0, ticket.client_id)
        and request.account in ("", ticket.account)
        and request.symbol in ("", ticket.symbol)
        and request.sec_type in ("", "STK")
        and _SIDES.get(request.side.upper(), "") in ("", ticket.side)
        and (since is None or execution.at >= since)
    )


def ids(gateway: Gateway, connection: Connection, _request: ask.Ids) -> None:
    """The next order id of this client."""
    connection.tell(replies.next_valid_id(gateway.trouble.next_id(_own_id(connection))))

"""What the gateway does about orders and executions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import algorithms, replies
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.conditions import unreadable
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.dispatch_contracts import find, not_traded
from robo_trader.simulated_gateway.dispatch_times import instant_of
from robo_trader.simulated_gateway.hours import new_york_date
from robo_trader.simulated_gateway.instrument import exchange_name
from robo_trader.simulated_gateway.model import Execution, OrderError, OrderReport, Ticket
from robo_trader.simulated_gateway.order_kinds import LIMITS, OF_OTHER_VENUES, STOPS, TRAILING
from robo_trader.simulated_gateway.sequences import REASON
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.values import Instant, Symbol

_INVALID: Final = "Error validating request.-'bW' : cause - "
NO_ORDER_EXCHANGE: Final = (321, "Error validating request.-'bN' : cause - Missing order exchange")
_SIDES: Final = {"BUY": "BUY", "BOT": "BUY", "SELL": "SELL", "SLD": "SELL", "SSHORT": "SELL"}


def place(gateway: Gateway, connection: Connection, request: ask.PlaceOrder) -> None:
    """A new order, or a modify of this client's order with the same id; or the question what it would do. The exchange comes before the contract."""
    if not request.contract.exchange:
        connection.tell(replies.error(request.order_id, *NO_ORDER_EXCHANGE))
        return
    contract = find(gateway.exchange, request.contract)
    if contract is None:
        connection.tell(replies.error(request.order_id, *not_traded(gateway.exchange, request.contract)))
        return
    refusal = _not_served(request)
    if refusal is not None:
        connection.tell(replies.error(request.order_id, *refusal))
        return
    ticket = _ticket(_own_id(connection), contract.symbol, request, _good_till(gateway, request.good_till_date))
    if request.what_if:
        _what_if(gateway, connection, ticket)
    else:
        gateway.trouble.place(ticket)


def _not_served(request: ask.PlaceOrder) -> tuple[int, str] | None:
    """Why this gateway cannot take the order for what it says, as (code, text); None if it can."""
    if request.extras and request.order_type not in OF_OTHER_VENUES:  # their attributes are no use without their type
        return 321, f"{_INVALID}Not served by this gateway: {', '.join(request.extras)}"
    if (wrong := unreadable(request.conditions)) is not None:
        return 321, f"{_INVALID}Invalid time in a condition: {wrong.time}"
    if request.quantity != request.quantity.to_integral_value():
        return 10243, "Fractional-sized order cannot be placed via API. Please use desktop version to place this order."
    return algorithms.refused(request.algorithm, request.order_type)


def _what_if(gateway: Gateway, connection: Connection, ticket: Ticket) -> None:
    answer = gateway.exchange.what_if(ticket)
    if isinstance(answer, OrderError):
        connection.tell(replies.error(answer.order_id, answer.code, answer.text))
        return
    report, margins = answer
    contract = gateway.contract(ticket.symbol)
    gateway.keeping.happened()  # a permanent id was given
    connection.tell(replies.open_order(report, contract.con_id, trading_class=contract.trading_class, margins=margins))


def _good_till(gateway: Gateway, text: str) -> Instant | None:
    """The instant in a client's words; a date alone means its close, or its midnight where there is no session."""
    at = instant_of(text) if text else None
    if at is None or not text.strip().isdigit():
        return at
    session = gateway.exchange.market.session(new_york_date(at))
    return at if session is None else session.close


def _ticket(client_id: int, symbol: Symbol, request: ask.PlaceOrder, good_till: Instant | None) -> Ticket:
    kind = request.order_type
    trails = kind in TRAILING
    return Ticket(
        client_id=client_id,
        order_id=request.order_id,
        symbol=symbol,
        side=request.side,
        quantity=int(request.quantity),
        order_type=kind,
        limit_price=request.limit_price if kind in LIMITS and not trails else None,
        stop_price=_set(request.trail_stop_price) if trails else request.stop_price if kind in STOPS else None,
        time_in_force=request.time_in_force,
        oca_group=request.oca_group,
        oca_type=request.oca_type,
        order_ref=request.order_ref,
        account=request.account,
        outside_rth=request.outside_rth,
        trail_amount=_set(request.stop_price) if trails else None,
        trail_percent=_set(request.trailing_percent) if trails else None,
        limit_offset=_limit_offset(request) if kind == "TRAIL LIMIT" else None,
        good_till=good_till if request.time_in_force == "GTD" else None,
        good_till_text=request.good_till_date if request.time_in_force == "GTD" else "",
        parent_id=request.parent_id,
        transmit=request.transmit,
        auto_cancel_parent=request.auto_cancel_parent,
        exchange=request.contract.exchange,
        conditions=request.conditions,
        conditions_ignore_rth=request.conditions_ignore_rth,
        conditions_cancel=request.conditions_cancel,
        algorithm=request.algorithm,
        algorithm_parameters=request.algorithm_parameters,
        good_after=instant_of(request.good_after_time),
        good_after_text=request.good_after_time,
    )


def _set(number: Decimal | None) -> Decimal | None:
    """Some clients write 0 for a number that they leave unset."""
    return number or None


def _limit_offset(request: ask.PlaceOrder) -> Decimal | None:
    """How far behind the stop the limit lies; a client may give the limit itself, beside the stop."""
    if request.limit_offset is not None:
        return request.limit_offset
    limit, stop = _set(request.limit_price), _set(request.trail_stop_price)
    return None if limit is None or stop is None else (limit - stop) * request.side.sign


def _own_id(connection: Connection) -> int:
    client_id = connection.client_id
    assert client_id is not None, "startApi comes before any other request"
    return client_id


def cancel(gateway: Gateway, connection: Connection, request: ask.CancelOrder) -> None:
    """Cancel one of the client's orders; client 0, or by a rule anybody, may name another's."""
    owner = gateway.exchange.owner_of(request.order_id, _own_id(connection))
    gateway.audience.cancelled(owner, request.order_id, _own_id(connection))
    gateway.trouble.cancel(owner, request.order_id)


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
        time_text, ended = gateway.time_text(report.completed_at), _completed_status(report)
        shown = replace(report, status="Cancelled") if report.status == "Inactive" else report  # a real gateway completes no order as Inactive
        connection.tell(replies.completed_order(shown, contract.con_id, time_text, ended, trading_class=contract.trading_class))
    connection.tell(replies.completed_orders_end())


def _completed_status(report: OrderReport) -> str:
    if report.status == "Inactive":
        return f"Rejected by System:{report.refused_for.removeprefix(REASON)}"
    return f"Filled Size: {report.filled}" if report.status == "Filled" else f"{report.status} by Trader"


def executions(gateway: Gateway, connection: Connection, request: ask.Executions) -> None:
    """The day's executions of all clients that pass the filter, then the commission of each, and the end."""
    since = instant_of(request.time)
    if request.time and since is None:
        text = f"{_INVALID}Invalid time of the execution filter: {request.time}"
        connection.tell(replies.error(request.req_id, 321, text))
        return
    found = [execution for execution in gateway.exchange.executions() if _passes(request, since, execution, gateway.traded_at(execution))]
    for execution in found:
        gateway.tell_execution(connection, request.req_id, execution)
    for execution in found:
        note = gateway.exchange.commission_of(execution.exec_id)
        if note is not None and not gateway.trouble.telling.is_late(execution.exec_id):
            connection.tell(replies.commission_report(note))
    connection.tell(replies.exec_details_end(request.req_id))


def _passes(request: ask.Executions, since: Instant | None, execution: Execution, exchange: str) -> bool:
    """A word that means nothing passes nothing."""
    ticket = execution.ticket
    return (
        request.client_id in (0, ticket.client_id)
        and request.account in ("", ticket.account)
        and request.symbol in ("", ticket.symbol)
        and request.sec_type in ("", "STK")
        and exchange_name(request.exchange.upper()) in ("", exchange)
        and (not request.side or _SIDES.get(request.side.upper()) == ticket.side)
        and (since is None or execution.at >= since)
    )


def ids(gateway: Gateway, connection: Connection, _request: ask.Ids) -> None:
    """The next order id of this client."""
    connection.tell(replies.next_valid_id(gateway.trouble.next_id(_own_id(connection))))

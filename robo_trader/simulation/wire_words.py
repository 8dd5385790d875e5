"""What a client of the simulated exchange hears, in the words of the desk's news, as the edge would have translated it from the wire.

Two translations of one fact are kept apart on purpose: here from the exchange's own values, in `edge` from the client library's objects. The tests
over the wire hold the two against each other.
"""

from __future__ import annotations

from robo_trader.orders.evidence import BrokerError, BrokerStatus, CommissionSeen, ExecutionSeen, OrderSeen, PositionSeen, StatusSeen
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderError, OrderReport, PositionReport

UNSET_ORDER_ID = 0
MANUAL_CLIENT = 0
"""Orders of this client are people's: they bear no order id and no reference."""


def order_seen(report: OrderReport, *, completed: bool = False) -> OrderSeen:
    """openOrder, or an item of the completed orders, which bears no order id and states what was filled; a filled one states no quantity."""
    ticket = report.ticket
    nameless = completed or ticket.client_id == MANUAL_CLIENT
    return OrderSeen(
        symbol=ticket.symbol,
        side=ticket.side,
        quantity=0 if completed and report.status == BrokerStatus.FILLED else ticket.quantity,
        order_type=ticket.order_type,
        status=BrokerStatus(report.status),
        order_id=UNSET_ORDER_ID if nameless else ticket.order_id,
        client_id=0 if completed else ticket.client_id,
        perm_id=report.perm_id,
        order_ref=ticket.order_ref,
        oca_group=ticket.oca_group,
        filled=report.filled if completed else None,
    )


def status_seen(report: OrderReport) -> StatusSeen:
    """An orderStatus."""
    ticket = report.ticket
    return StatusSeen(
        ticket.order_id, ticket.client_id, report.perm_id, BrokerStatus(report.status), report.filled, report.remaining, report.why_held
    )


def execution_seen(execution: Execution) -> ExecutionSeen:
    """An execDetails."""
    ticket = execution.ticket
    return ExecutionSeen(
        exec_id=execution.exec_id,
        symbol=ticket.symbol,
        side=ticket.side,
        quantity=execution.quantity,
        price=execution.price,
        at=execution.at,
        order_id=UNSET_ORDER_ID if ticket.client_id == MANUAL_CLIENT else ticket.order_id,
        client_id=ticket.client_id,
        perm_id=execution.perm_id,
        order_ref=ticket.order_ref,
    )


def commission_seen(note: CommissionNote) -> CommissionSeen:
    """A commissionReport."""
    return CommissionSeen(note.exec_id, note.commission, note.realised)


def error_seen(error: OrderError) -> BrokerError:
    """An error that names an order."""
    return BrokerError(error.order_id, error.code, error.text)


def position_seen(report: PositionReport) -> PositionSeen:
    """A pushed position."""
    return PositionSeen(report.symbol, report.quantity)

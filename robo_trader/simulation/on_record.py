"""What the last look compares with the desk's word: the cash that executions moved, by the exchange; the journal's executions; what should work."""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

from robo_trader.desk.desk import Desk
from robo_trader.desk.events import BaselineTaken
from robo_trader.orders.events import ExternalFill, Fill
from robo_trader.simulation.kit import Kit


def cash_change(kit: Kit) -> Decimal:
    """Dollars that every execution since the baseline moved, corrections and commissions included."""
    exchange, ledger = kit.broker.exchange, kit.ledger
    held = {exec_id.rpartition(".")[0] for exec_id in _before_us(kit)}
    total = Decimal(0)
    for first in exchange.executions():
        made, note = ledger.executions[first.exec_id], exchange.commission_of(first.exec_id)
        if first.exec_id.rpartition(".")[0] not in held:
            total -= made.ticket.side.sign * made.quantity * made.price + (note.commission if note is not None else Decimal(0))
    return total


def recorded(kit: Kit) -> list[str]:
    """Every execution id that the journal holds."""
    ledger = kit.ledger
    before_us = [ledger.fills[ledger.places[exec_id]].exec_id for exec_id in _before_us(kit)]
    return before_us + [event.exec_id for event in kit.rows.events if isinstance(event, Fill | ExternalFill)]


def _before_us(kit: Kit) -> list[str]:
    return [exec_id for event in kit.rows.events if isinstance(event, BaselineTaken) for exec_id in event.executions]


def held_in_vain(desk: Desk, live: Container[str]) -> bool:
    """Whether the desk holds an order to work that the exchange has not: it waits for a second look that does not show it."""
    return any(order.intended.intent not in live for book in desk.state.orders.books.values() for order in book.live.values())

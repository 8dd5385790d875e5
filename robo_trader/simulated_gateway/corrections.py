"""Executions that the exchange corrects afterwards: another price, or as a bust nothing of it.

The next version of an execution has its id with the last part counted up, and takes the place of the one before in the day's executions. What the
order filled stays as its messages said; the account is booked as if the execution had always been so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.fault_kinds import CorrectExecution
from robo_trader.simulated_gateway.matching import Matching
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderHappening

CENT: Final = Decimal("0.01")


def newest(fault: CorrectExecution, made: Sequence[Execution]) -> list[tuple[str, int, Decimal]]:
    """What a scripted correction makes of the newest execution it concerns: its id, the shares and the price; nothing where there is none."""
    concerned = [execution for execution in made if execution.quantity and fault.symbol in {None, execution.ticket.symbol}]
    if fault.bust:
        return [(old.exec_id, 0, old.price) for old in concerned[-1:]]
    off = Decimal(str(fault.price_off)).quantize(CENT)
    return [(old.exec_id, old.quantity, max(old.price + off, CENT)) for old in concerned[-1:]]


def corrected(matching: Matching, account: Account, exec_id: str, *, quantity: int, price: Decimal) -> list[OrderHappening]:
    """The next version, its commission and the position, to be told in this order. DataError: no execution counts under this id."""
    place = next((place for place, made in enumerate(matching.executions) if made.exec_id == exec_id), None)
    if place is None:
        raise DataError(f"execution {exec_id} is not known", "name one of today's, by its newest id")
    old = matching.executions[place]
    commission = matching.notes[exec_id].commission if quantity else Decimal(0)
    name, _, version = exec_id.rpartition(".")
    realised = account.correct(name, quantity, price, commission)
    new = next_version(old, f"{name}.{int(version) + 1:02d}", quantity, price)
    note = CommissionNote(new.exec_id, old.ticket.client_id, commission, realised)
    matching.executions[place] = new
    matching.notes[new.exec_id] = note
    return [new, note, account.report(old.ticket.symbol)]


def next_version(old: Execution, exec_id: str, quantity: int, price: Decimal) -> Execution:
    """An execution under its next id, with what it adds to its order's average."""
    moved = quantity * price - old.quantity * old.price if quantity else Decimal(0)
    average = old.average_price + moved / old.cumulative
    return replace(old, exec_id=exec_id, quantity=quantity, price=price, average_price=average, corrects=old.exec_id)

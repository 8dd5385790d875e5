"""Effects: what the desk asks its shell to do, carried out strictly in order.

`Record` comes first wherever an order follows: the shell commits every record that stands before a `Place` before it hands the order on, so that a
crash between the two leaves an intent without evidence (recoverable), never an order without an intent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from robo_trader.desk.events import Event
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.risk.halt import Halt
from robo_trader.values import Side, Symbol, Ticks


@dataclass(frozen=True, slots=True)
class Record:
    """Append this event to the journal."""

    event: Event


@dataclass(frozen=True, slots=True)
class Place:
    """Send this order. `entry` orders obey halts and the command's time to live; reducing ones pass (DESIGN 5).

    An entry names its `parent` decision, that one's size, and what earlier children of it filled or may still fill, in shares (C40).
    """

    intent: str
    order_id: int
    order_ref: str
    symbol: Symbol
    side: Side
    quantity: int
    order_type: OrderType
    price: Ticks | None  # limit price of LIMIT, trigger of STOP
    time_in_force: TimeInForce
    oca_group: str  # empty: none; else OCA type 2
    entry: bool
    parent: str = ""
    parent_quantity: int = 0
    parent_used: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the order of this intent."""

    intent: str
    order_id: int


@dataclass(frozen=True, slots=True)
class RaiseHalt:
    """Write this halt to the fence before anything that follows."""

    halt: Halt


class Severity(StrEnum):
    """How much a person must care."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Alert:
    """Tell a person. `key` groups repeats."""

    severity: Severity
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class AskSweep:
    """Ask the broker for a whole look, soon; the shell joins requests and paces them."""

    reason: str


Effect = Record | Place | Cancel | RaiseHalt | Alert | AskSweep

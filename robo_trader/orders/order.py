"""One order's life-cycle, as a table.

Where an order stands is one word (`Stage`), moved only by evidence (`Step`). INTENDED means 'journaled, may have been sent': the process can die
between the journal and the socket, so nothing less can be known. UNKNOWN means that the broker did not answer in time: it counts in full, is never
resent, and leaves only by evidence. Terminal stages still listen: an exchange may have been faster than our cancel, and a fill is always a fill.
A (stage, step) pair that is not in the table is a bug and raises.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from robo_trader.errors import ImpossibleStep


class OrderType(StrEnum):
    """Order types that the desk uses, in the broker's words."""

    MARKET = "MKT"
    LIMIT = "LMT"
    STOP = "STP"


class TimeInForce(StrEnum):
    """How long an order rests."""

    DAY = "DAY"
    GOOD_TILL_CANCELLED = "GTC"


class Purpose(StrEnum):
    """Why an intent exists; part of its id (DESIGN 3g)."""

    ENTER = "enter"
    EXIT = "exit"
    PROTECT = "protect"
    FLATTEN = "flatten"


class Outcome(StrEnum):
    """How an intent ended."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NEVER_SENT = "never_sent"


class Stage(StrEnum):
    """Where an order stands, as far as evidence goes."""

    INTENDED = "intended"
    WORKING = "working"
    LEAVING = "leaving"
    UNKNOWN = "unknown"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NEVER_SENT = "never_sent"

    @property
    def terminal(self) -> bool:
        """Whether nothing of the order can still be working."""
        return self in _TERMINAL


class Step(StrEnum):
    """Evidence that moves an order."""

    ACKNOWLEDGED = "acknowledged"
    FILLED_IN_PART = "filled in part"
    FILLED_WHOLE = "filled whole"
    CANCEL_ASKED = "cancel asked"
    CANCEL_FAILED = "cancel failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    SILENT = "silent"
    NOT_SENT = "not sent"
    TWIN_SEEN = "twin seen"


SILENT: Final = frozenset({Stage.INTENDED, Stage.LEAVING})
"""An answer of the broker is awaited."""
_TERMINAL: Final = frozenset({Stage.FILLED, Stage.CANCELLED, Stage.REJECTED, Stage.NEVER_SENT})

NEXT: Final[dict[tuple[Stage, Step], Stage]] = {
    (Stage.INTENDED, Step.ACKNOWLEDGED): Stage.WORKING,
    (Stage.INTENDED, Step.FILLED_IN_PART): Stage.WORKING,
    (Stage.INTENDED, Step.FILLED_WHOLE): Stage.FILLED,
    (Stage.INTENDED, Step.CANCEL_ASKED): Stage.LEAVING,
    (Stage.INTENDED, Step.CANCELLED): Stage.CANCELLED,
    (Stage.INTENDED, Step.REJECTED): Stage.REJECTED,
    (Stage.INTENDED, Step.SILENT): Stage.UNKNOWN,
    (Stage.INTENDED, Step.NOT_SENT): Stage.NEVER_SENT,
    (Stage.WORKING, Step.ACKNOWLEDGED): Stage.WORKING,  # the broker repeats itself
    (Stage.WORKING, Step.FILLED_IN_PART): Stage.WORKING,
    (Stage.WORKING, Step.FILLED_WHOLE): Stage.FILLED,
    (Stage.WORKING, Step.CANCEL_ASKED): Stage.LEAVING,
    (Stage.WORKING, Step.CANCELLED): Stage.CANCELLED,  # by the broker, an OCA group or a person
    (Stage.WORKING, Step.REJECTED): Stage.REJECTED,  # accepted first, thrown out later
    (Stage.WORKING, Step.SILENT): Stage.UNKNOWN,  # it vanished from the open orders and no execution tells why
    (Stage.WORKING, Step.TWIN_SEEN): Stage.WORKING,  # the broker made two orders of one: B03
    (Stage.LEAVING, Step.ACKNOWLEDGED): Stage.LEAVING,
    (Stage.LEAVING, Step.FILLED_IN_PART): Stage.LEAVING,
    (Stage.LEAVING, Step.FILLED_WHOLE): Stage.FILLED,  # the exchange was faster than our cancel
    (Stage.LEAVING, Step.CANCEL_ASKED): Stage.LEAVING,  # asked again after a reconnect
    (Stage.LEAVING, Step.CANCEL_FAILED): Stage.WORKING,
    (Stage.LEAVING, Step.CANCELLED): Stage.CANCELLED,
    (Stage.LEAVING, Step.REJECTED): Stage.REJECTED,
    (Stage.LEAVING, Step.SILENT): Stage.UNKNOWN,
    (Stage.LEAVING, Step.NOT_SENT): Stage.NEVER_SENT,  # the cancel's tombstone overtook the order
    (Stage.LEAVING, Step.TWIN_SEEN): Stage.LEAVING,
    (Stage.UNKNOWN, Step.ACKNOWLEDGED): Stage.WORKING,
    (Stage.UNKNOWN, Step.FILLED_IN_PART): Stage.WORKING,
    (Stage.UNKNOWN, Step.FILLED_WHOLE): Stage.FILLED,
    (Stage.UNKNOWN, Step.CANCEL_ASKED): Stage.UNKNOWN,  # a cancel may be sent; what it meets is still unknown
    (Stage.UNKNOWN, Step.CANCEL_FAILED): Stage.UNKNOWN,  # 'not found' is not 'gone' without an execution check
    (Stage.UNKNOWN, Step.CANCELLED): Stage.CANCELLED,
    (Stage.UNKNOWN, Step.REJECTED): Stage.REJECTED,
    (Stage.UNKNOWN, Step.SILENT): Stage.UNKNOWN,
    (Stage.UNKNOWN, Step.NOT_SENT): Stage.NEVER_SENT,  # two sweeps agree that nobody has it
    (Stage.UNKNOWN, Step.TWIN_SEEN): Stage.WORKING,
    # terminal stages listen, and only fills can still say anything new
    (Stage.FILLED, Step.ACKNOWLEDGED): Stage.FILLED,
    (Stage.FILLED, Step.FILLED_IN_PART): Stage.FILLED,  # a correction took some of it back
    (Stage.FILLED, Step.FILLED_WHOLE): Stage.FILLED,
    (Stage.FILLED, Step.CANCEL_FAILED): Stage.FILLED,
    (Stage.FILLED, Step.CANCELLED): Stage.FILLED,
    (Stage.FILLED, Step.TWIN_SEEN): Stage.WORKING,  # one of the two filled, and the other lives
    (Stage.CANCELLED, Step.ACKNOWLEDGED): Stage.CANCELLED,
    (Stage.CANCELLED, Step.FILLED_IN_PART): Stage.CANCELLED,
    (Stage.CANCELLED, Step.FILLED_WHOLE): Stage.FILLED,
    (Stage.CANCELLED, Step.CANCEL_FAILED): Stage.CANCELLED,
    (Stage.CANCELLED, Step.CANCELLED): Stage.CANCELLED,
    (Stage.CANCELLED, Step.REJECTED): Stage.CANCELLED,
    (Stage.CANCELLED, Step.TWIN_SEEN): Stage.WORKING,
    (Stage.REJECTED, Step.ACKNOWLEDGED): Stage.WORKING,  # Inactive, and then alive again
    (Stage.REJECTED, Step.FILLED_IN_PART): Stage.WORKING,
    (Stage.REJECTED, Step.FILLED_WHOLE): Stage.FILLED,
    (Stage.REJECTED, Step.CANCEL_FAILED): Stage.REJECTED,
    (Stage.REJECTED, Step.CANCELLED): Stage.CANCELLED,
    (Stage.REJECTED, Step.REJECTED): Stage.REJECTED,
    (Stage.REJECTED, Step.TWIN_SEEN): Stage.WORKING,
    (Stage.NEVER_SENT, Step.ACKNOWLEDGED): Stage.WORKING,  # the evidence was wrong; the desk alarms, and holds it as what it is
    (Stage.NEVER_SENT, Step.FILLED_IN_PART): Stage.WORKING,
    (Stage.NEVER_SENT, Step.FILLED_WHOLE): Stage.FILLED,
    (Stage.NEVER_SENT, Step.CANCEL_FAILED): Stage.NEVER_SENT,
    (Stage.NEVER_SENT, Step.CANCELLED): Stage.CANCELLED,
    (Stage.NEVER_SENT, Step.REJECTED): Stage.REJECTED,
    (Stage.NEVER_SENT, Step.NOT_SENT): Stage.NEVER_SENT,
    (Stage.NEVER_SENT, Step.TWIN_SEEN): Stage.WORKING,
}


def after(stage: Stage, step: Step) -> Stage:
    """The stage that follows; raises `ImpossibleStep` for a pair that is not in the table."""
    try:
        return NEXT[stage, step]
    except KeyError:
        raise ImpossibleStep(f"an order that is {stage} cannot be moved by '{step}'") from None

"""An order's life in a person's words: one line an event."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from robo_trader.desk.events import Event
from robo_trader.orders.events import (
    Acknowledged,
    CancelAsked,
    CancelFailed,
    CommissionCharged,
    Ended,
    Fill,
    Intended,
    Resized,
    TwinEnded,
    WentUnknown,
)
from robo_trader.values import NS_PER_SECOND

_INSTANT: Final = re.compile(r"\b\d{19}\b")


def when(instant: int) -> str:
    """A market instant (ns UTC) to the second; 'never' for 0."""
    return f"{datetime.fromtimestamp(instant // NS_PER_SECOND, UTC):%Y-%m-%d %H:%M:%S} UTC" if instant else "never"


def readable(text: str) -> str:
    """The same text with its instants (19 digits, ns UTC) as times."""
    return _INSTANT.sub(lambda found: when(int(found[0])), text)


def life_step(event: Event) -> str | None:  # noqa: PLR0911  # a table of kinds
    """What this event says of its order; None if it says nothing of one."""
    match event:
        case Intended():
            return f"on record, before anything was sent: {event.side} {event.quantity} {event.order_type}"
        case Acknowledged():
            return f"the broker has it (permId {event.perm_id})"
        case CancelAsked():
            return f"we asked for its cancel: {event.reason}"
        case CancelFailed():
            return f"the cancel failed: {event.detail}"
        case Resized():
            return f"the broker changed it: {event.remaining} shares still work"
        case TwinEnded():
            return f"one of the broker's two orders for it ended (permId {event.perm_id}): {event.detail}"
        case WentUnknown():
            return "no answer in time: its outcome is unknown"
        case Fill():
            return f"{event.side} {event.quantity} filled at {event.price} (execution {event.exec_id})"
        case CommissionCharged():
            return f"commission {event.commission} for execution {event.exec_id}"
        case Ended():
            return f"ended: {event.outcome}{f' ({event.detail})' if event.detail else ''}"
        case _:
            return None

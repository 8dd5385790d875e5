"""When an order ends by time alone: at the close, in the evening, or at the instant that its client named.

The day of a DAY order is the one on which it begins: one that is good after a later time outlives the days before it, and so does one that waits for
such an order to fill (`families.begins`).
"""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway.hours import extended_hours, new_york_date
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.simulated_gateway.session_clock import SessionClock
from robo_trader.values import Instant

KEEPS_OVER_NIGHT: Final = frozenset({"GTC", "GTD"})


def is_early(ticket: Ticket, now: Instant) -> bool:
    """Whether the time that an order is good after has yet to come."""
    return ticket.good_after is not None and now < ticket.good_after


def end_of(ticket: Ticket, clock: SessionClock, begins: Instant) -> Instant | None:
    """The instant at which an order that begins at `begins` expires, if that is not the close; None if it is, or if there is none, or none yet."""
    if ticket.time_in_force == "GTD":
        return ticket.good_till
    if ticket.time_in_force == "DAY" and ticket.outside_rth and clock.session is not None and clock.now >= begins:
        tonight = extended_hours(new_york_date(clock.now)).close
        return tonight if clock.now < tonight else extended_hours(new_york_date(clock.session.open)).close
    return None


def has_expired(ticket: Ticket, now: Instant, begins: Instant) -> bool:
    """Whether an order whose end was noted has come to it: a change may have moved that end, or the begin."""
    if ticket.time_in_force == "GTD":
        return ticket.good_till is not None and ticket.good_till <= now
    return ticket.time_in_force == "DAY" and ticket.outside_rth and now >= begins

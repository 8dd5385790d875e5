"""When the exchange trades: the hours of a date, given from outside, with the plain weekday rule as the default.

The gateway needs three things of a date: whether there is a session, when it opens and when it closes (regular hours), all in New York's
wall time. A real calendar (holidays, early closes) is anything callable as `Hours`; `regular_hours` knows only weekdays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from robo_trader.values import NS_PER_SECOND, Instant

NEW_YORK: Final = ZoneInfo("America/New_York")
WEEKDAYS: Final = 5
EXTENDED_OPEN: Final = time(4, 0)
EXTENDED_CLOSE: Final = time(20, 0)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Session(Protocol):
    """Regular hours of one date: `open` inclusive, `close` exclusive."""

    @property
    def open(self) -> Instant:
        """First instant of regular trading."""

    @property
    def close(self) -> Instant:
        """First instant after regular trading."""


Hours = Callable[[date], Session | None]
"""The session of a New York date; None on a day without trading."""


@dataclass(frozen=True, slots=True)
class SessionHours:
    """A session as two instants."""

    open: Instant
    close: Instant


def regular_hours(day: date) -> SessionHours | None:
    """09:30 to 16:00 New York on every weekday; holidays are unknown to it."""
    if day.weekday() >= WEEKDAYS:
        return None
    return SessionHours(new_york(day, time(9, 30)), new_york(day, time(16, 0)))


def new_york(day: date, wall: time) -> Instant:
    """The instant at which New York's clocks show `wall` on `day`."""
    elapsed = datetime.combine(day, wall, tzinfo=NEW_YORK).astimezone(UTC) - _EPOCH
    return Instant((elapsed.days * 86_400 + elapsed.seconds) * NS_PER_SECOND)


def new_york_date(at: Instant) -> date:
    """The date on New York's calendar at an instant."""
    return datetime.fromtimestamp(at // NS_PER_SECOND, NEW_YORK).date()


def extended_hours(day: date) -> SessionHours:
    """04:00 to 20:00 New York: the span in which trades outside regular hours may print."""
    return SessionHours(new_york(day, EXTENDED_OPEN), new_york(day, EXTENDED_CLOSE))


def session_after(hours: Hours, at: Instant, *, days_max: int = 14) -> Session | None:
    """The session that contains `at`, else the next to open; None if none opens within `days_max` days."""
    day = new_york_date(at)
    for ahead in range(days_max):
        session = hours(day + timedelta(days=ahead))
        if session is not None and at < session.close:
            return session
    return None


def sessions_before(hours: Hours, day: date, count: int, *, days_max: int = 400) -> list[date]:
    """Up to `count` dates with a session before `day`, latest first, looking back at most `days_max` days."""
    found: list[date] = []
    for back in range(1, days_max + 1):
        if len(found) == count:
            break
        candidate = day - timedelta(days=back)
        if hours(candidate) is not None:
            found.append(candidate)
    return found

"""When the market is open: the one door to exchange_calendars.

The calendar is the New York Stock Exchange's, which all US stocks and ETFs share in regular hours. Its first and last day are fixed here, because
the library's own span moves with today and a backtest must not. The library takes seconds to import, so that happens at the first question, and its
tables are turned into plain integers once.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from robo_trader.errors import DataError
from robo_trader.values import NS_PER_SECOND, Instant

FIRST_DAY: Final = date(1998, 1, 1)
LAST_DAY: Final = date(2035, 12, 31)
_EXCHANGE: Final = "XNYS"
_NS_PER_DAY: Final = 86_400 * NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Session:
    """One regular session: `open` inclusive, `close` exclusive, nanoseconds UTC."""

    open: Instant
    close: Instant

    def holds(self, instant: Instant) -> bool:
        """Whether `instant` lies in the session."""
        return self.open <= instant < self.close


@dataclass(frozen=True, slots=True)
class _Table:
    """All sessions, in order, and the same by their day in New York."""

    sessions: tuple[Session, ...]
    opens: tuple[Instant, ...]
    by_day: dict[date, Session]


def session_on(day: date) -> Session | None:
    """The regular session of this New York day, None on a holiday or weekend; `DataError` for a day the calendar does not reach."""
    _reached(day)
    return _table().by_day.get(day)


def session_at(instant: Instant) -> Session | None:
    """The session that holds `instant`, None while the market is closed."""
    position = _position(instant)
    if position == 0:
        return None
    session = _table().sessions[position - 1]
    return session if session.holds(instant) else None


def sessions_between(first: date, last: date) -> tuple[Session, ...]:
    """The sessions from `first` to `last`, both inclusive, in order."""
    _reached(first)
    _reached(last)
    return tuple(session for day, session in _table().by_day.items() if first <= day <= last)


def is_open(instant: Instant) -> bool:
    """Whether `instant` is in regular hours."""
    return session_at(instant) is not None


def next_open(instant: Instant) -> Instant:
    """The first opening at or after `instant`; `DataError` past the calendar's end."""
    opens = _table().opens
    position = _position(Instant(instant - 1))
    if position == len(opens):
        raise DataError(f"the calendar ends on {LAST_DAY}", "raise LAST_DAY in robo_trader/market/calendar.py")
    return opens[position]


def _position(instant: Instant) -> int:
    """How many sessions opened at or before `instant`."""
    _reached(date.fromordinal(date(1970, 1, 1).toordinal() + instant // _NS_PER_DAY))
    return bisect_right(_table().opens, instant)


def _reached(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DataError(f"the calendar reaches from {FIRST_DAY} to {LAST_DAY}, not to {day}", "choose a day inside")


@cache
def _table() -> _Table:
    with warnings.catch_warnings():
        # exchange_calendars 4.13 on pandas 3.1 reads its own time zones the old way; the instants it returns are right.
        warnings.filterwarnings("ignore", message=r"Series\.values returning an ndarray that drops timezone information")
        from exchange_calendars import get_calendar  # noqa: PLC0415 - it takes seconds, and most commands need no calendar

        schedule = get_calendar(_EXCHANGE, start=FIRST_DAY.isoformat(), end=LAST_DAY.isoformat()).schedule
    sessions = tuple(
        Session(Instant(opened.value), Instant(closed.value)) for opened, closed in zip(schedule["open"], schedule["close"], strict=True)
    )
    by_day = {label.date(): session for label, session in zip(schedule.index, sessions, strict=True)}
    return _Table(sessions, tuple(session.open for session in sessions), by_day)

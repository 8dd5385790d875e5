"""Times and durations in clients' words.

Clients write an instant as `YYYYMMDD HH:MM:SS zone`, or `YYYYMMDD-HH:MM:SS` for UTC; without a zone New York's is meant, where this gateway stands.
A duration is a number and a letter: S seconds of trading, D sessions, W weeks, M months of 30 days and Y years of the calendar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from robo_trader.simulated_gateway.hours import NEW_YORK, Session, extended_hours, new_york, new_york_date
from robo_trader.values import NS_PER_SECOND, Instant

YEAR_MIN: Final = 1980
AMOUNT_MAX: Final = 86_400
EARLIEST: Final = new_york(date(2000, 1, 1), time())  # the calendar of sessions does not reach back much further
_AMOUNT: Final = re.compile(r"[0-9]{1,9}")
DAYS_MAX: Final = 365
_CALENDAR_DAYS: Final = {"W": 7, "M": 30, "Y": 365}
CALENDAR_DAYS_MAX: Final = 5 * 365
NS_PER_DAY: Final = 86_400 * NS_PER_SECOND
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Sessions = Callable[[date], Session | None]


def instant_of(text: str) -> Instant | None:
    """The instant in a client's words; None where it is none."""
    day, _, rest = text.strip().partition("-" if "-" in text[:9] else " ")
    wall, _, zone = rest.strip().partition(" ")
    try:
        moment = datetime.strptime(day + (wall or "00:00:00"), "%Y%m%d%H:%M:%S").replace(tzinfo=_zone(zone.strip(), utc="-" in text[:9]))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return None
    if moment.year < YEAR_MIN:
        return None
    return Instant(((moment - _EPOCH) // timedelta(seconds=1)) * NS_PER_SECOND)


def _zone(name: str, *, utc: bool) -> tzinfo:
    if name:
        return ZoneInfo(name)
    return UTC if utc else NEW_YORK


def history_start(end: Instant, duration: str, *, rth: bool, sessions: Sessions) -> Instant | None:
    """Where a history of `duration` up to `end` begins; None where the duration is not one of those served, or all of it lies before `EARLIEST`."""
    amount, _, unit = duration.strip().partition(" ")
    if not (_AMOUNT.fullmatch(amount) and 0 < int(amount) <= AMOUNT_MAX) or end <= EARLIEST:
        return None
    match unit:
        case "S":
            return _seconds_back(end, int(amount), windows(end, rth=rth, sessions=sessions))
        case "D":
            return _sessions_back(end, int(amount), windows(end, rth=rth, sessions=sessions))
        case "W" | "M" | "Y":
            return Instant(max(EARLIEST, end - min(int(amount) * _CALENDAR_DAYS[unit], CALENDAR_DAYS_MAX) * NS_PER_DAY))
        case _:
            return None


def duration_fault(duration: str) -> str | None:
    """Why the broker takes no history of this length; None if it does."""
    amount, _, unit = duration.strip().partition(" ")
    if not (_AMOUNT.fullmatch(amount) and int(amount) > 0 and unit in ("S", "D", *_CALENDAR_DAYS)):
        return f"Invalid duration: {duration}"
    if unit == "S" and int(amount) > AMOUNT_MAX:
        return f"Historical data requests for durations longer than {AMOUNT_MAX} seconds must be made in days."
    if unit == "D" and int(amount) > DAYS_MAX:
        return f"Historical data requests for durations longer than {DAYS_MAX} days must be made in years."
    return None if int(amount) <= AMOUNT_MAX else f"Invalid duration: {duration}"


def windows(end: Instant, *, rth: bool, sessions: Sessions) -> Iterator[tuple[Instant, Instant]]:
    """Trading hours that began before `end`, latest first, cut at `end`; as far back as any history begins."""
    today = new_york_date(end)
    for back in range(CALENDAR_DAYS_MAX + 1):
        day = today - timedelta(days=back)
        session = sessions(day)
        if session is None:
            continue
        hours = session if rth else extended_hours(day)
        if hours.open < end:
            yield hours.open, min(hours.close, end)


def _seconds_back(end: Instant, seconds: int, windows: Iterator[tuple[Instant, Instant]]) -> Instant:
    left, start = seconds * NS_PER_SECOND, end
    for opened, closed in windows:
        start = Instant(max(opened, closed - left))
        left -= closed - start
        if left <= 0:
            break
    return start


def _sessions_back(end: Instant, count: int, windows: Iterator[tuple[Instant, Instant]]) -> Instant:
    start = end
    for _, (opened, _closed) in zip(range(count), windows, strict=False):
        start = opened
    return start

"""Which options a stock has on a day: by rule and not by a list, for they are told of and never traded here.

A chain has the third Fridays of the next three months and of two Januaries, and eleven strikes around a price. A third Friday that is Juneteenth, or
the day it is kept, gives way to the day before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

MULTIPLIER: Final = "100"
RIGHTS: Final = ("C", "P")
MONTHLIES: Final = 3
JANUARIES: Final = 2
STRIKES_EITHER_SIDE: Final = 5
PRICE_UNKNOWN: Final = Decimal(100)
_STEPS: Final = ((Decimal(25), Decimal(1)), (Decimal(200), Decimal(5)))  # below so many dollars strikes are so far apart
_WIDEST_STEP: Final = Decimal(10)
_FRIDAY: Final = 4
_JUNE: Final = 6
_MONTHS: Final = 12
_JUNETEENTH_KEPT_SINCE: Final = 2022


@dataclass(frozen=True, slots=True)
class Chain:
    """The expirations, soonest first, and the strikes in dollars, lowest first."""

    expirations: tuple[date, ...]
    strikes: tuple[Decimal, ...]


def chain(day: date, price: Decimal | None) -> Chain:
    """The options of a stock that trades at about `price` dollars; None where that is unknown."""
    return Chain(expirations(day), strikes(PRICE_UNKNOWN if price is None else price))


def third_friday(year: int, month: int) -> date:
    """The day on which the month's futures and options end."""
    first = date(year, month, 1)
    found = first + timedelta(days=(_FRIDAY - first.weekday()) % 7 + 14)
    kept = month == _JUNE and year >= _JUNETEENTH_KEPT_SINCE and found.day in (18, 19)
    return found - timedelta(days=1) if kept else found


def third_fridays(day: date, count: int, *, every: int = 1, from_month: int = 1) -> tuple[date, ...]:
    """The next `count` third Fridays that are not before `day`, of every so many months, counted from `from_month` on."""
    found: list[date] = []
    year, month = day.year, day.month
    while len(found) < count:
        friday = third_friday(year, month)
        if (month - from_month) % every == 0 and friday >= day:
            found.append(friday)
        year, month = (year + 1, 1) if month == _MONTHS else (year, month + 1)
    return tuple(found)


def expirations(day: date) -> tuple[date, ...]:
    """When options end, soonest first."""
    return tuple(sorted({*third_fridays(day, MONTHLIES), *third_fridays(day, JANUARIES, every=_MONTHS)}))


def strikes(price: Decimal) -> tuple[Decimal, ...]:
    """The strikes around a price, lowest first; each is above zero."""
    step = next((step for below, step in _STEPS if price < below), _WIDEST_STEP)
    middle = int((price / step).to_integral_value())
    return tuple(step * at for at in range(max(1, middle - STRIKES_EITHER_SIDE), middle + STRIKES_EITHER_SIDE + 1))

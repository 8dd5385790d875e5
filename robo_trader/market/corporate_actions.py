"""Splits and dividends: what a raw price of one day is worth in the prices of another.

A table of factors says, for every day up to a date, by what raw prices must be multiplied to be comparable with today's: a price factor for
dividends and a split factor for splits. Only ratios of two days mean anything, so prices are always put on the footing of a day that the reader names
(`ratio`): on that day adjusted equals raw. A backtest names the first day of its stretch, so that nothing it trades on contains what happened later;
what a holder of the shares received afterwards, dividends reinvested, shows as price.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import Final, Self

from robo_trader.errors import DataError
from robo_trader.values import NS_PER_SECOND, Instant

HEADER: Final = "date,price_factor,split_factor"
_DAY: Final = re.compile(r"[0-9]{8}")
_ONE: Final = Fraction(1)
_NS_PER_DAY: Final = 86_400 * NS_PER_SECOND
_EXCHANGE_LAG_NS: Final = 5 * 3600 * NS_PER_SECOND  # every instant from 04:00 to 20:00 in New York, summer and winter, keeps its New York date
_EPOCH_ORDINAL: Final = 719_163  # of 1970-01-01


@dataclass(frozen=True, slots=True)
class Ratio:
    """For a raw price, and for a number of shares: splits only, the other way up."""

    price: Fraction
    shares: Fraction


@dataclass(frozen=True, slots=True)
class CorporateActions:
    """Factors by day: row i holds for days after `last_days[i - 1]` up to and including `last_days[i]` (YYYYMMDD); after the last row both are 1."""

    last_days: tuple[int, ...] = ()
    price: tuple[Fraction, ...] = ()
    split: tuple[Fraction, ...] = ()

    @classmethod
    def of_csv(cls, text: str, name: str) -> Self:
        """From `date,price_factor,split_factor[,...]` lines under their header, in order of date; `DataError` names the file and line."""
        lines = text.split()
        if not lines or not lines[0].startswith(HEADER):
            raise DataError(f"{name} does not begin with `{HEADER}`", "write corporate actions in that format")
        rows = [_row(line, name, number) for number, line in enumerate(lines[1:], start=2)]
        days = tuple(row[0] for row in rows)
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise DataError(f"{name} is not in order of date", "sort it, a date once")
        return cls(days, tuple(row[1] for row in rows), tuple(row[2] for row in rows))

    def ratios(self, days: Iterable[int], base: int) -> dict[int, Ratio]:
        """What raw figures of each of these days are multiplied by to stand on the footing of `base` (all YYYYMMDD)."""
        base_price, base_split = self._factors(self._row(base))
        of_row: dict[int, Ratio] = {}
        found: dict[int, Ratio] = {}
        for day in days:
            row = self._row(day)
            if row not in of_row:  # thousands of days share a few rows
                price, split = self._factors(row)
                of_row[row] = Ratio(price * split / (base_price * base_split), base_split / split)
            found[day] = of_row[row]
        return found

    def _row(self, day: int) -> int:
        return bisect_left(self.last_days, day)

    def _factors(self, row: int) -> tuple[Fraction, Fraction]:
        return (self.price[row], self.split[row]) if row < len(self.last_days) else (_ONE, _ONE)


NONE: Final = CorporateActions()
"""Nothing happened: prices stay as they are."""


def day_number(instant: Instant) -> int:
    """The New York date of a trading instant, as days since 1970-01-01."""
    return (instant - _EXCHANGE_LAG_NS) // _NS_PER_DAY


def day_of(instant: Instant) -> int:
    """The New York date of a trading instant as YYYYMMDD."""
    day = date.fromordinal(_EPOCH_ORDINAL + day_number(instant))
    return day.year * 10_000 + day.month * 100 + day.day


def _row(line: str, name: str, number: int) -> tuple[int, Fraction, Fraction]:
    parts = line.split(",")
    try:
        price, split = Decimal(parts[1]), Decimal(parts[2])
    except (IndexError, InvalidOperation):
        price = split = Decimal("NaN")
    if not _DAY.fullmatch(parts[0]) or not (price.is_finite() and split.is_finite() and price > 0 and split > 0):
        raise DataError(f"line {number} of {name} is no row of `{HEADER}`", "write a YYYYMMDD date and two factors above zero")
    return int(parts[0]), Fraction(price), Fraction(split)

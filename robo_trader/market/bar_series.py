"""Years of bars of one symbol, as columns: what a data file holds, and the adjusted stretch of it that a backtest sees.

A series is raw: prices as they were printed, in hundredths of a cent, exact. A stretch is a cut of it in whole ticks, put on the footing of the first
day on which it may trade (market/corporate_actions.py), so a share then costs what it cost, and fees and share counts are those of the day. The bars
before that day warm strategies up and are never traded on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from robo_trader.market.corporate_actions import CorporateActions, day_number, day_of
from robo_trader.values import Instant, Symbol

IntColumn = npt.NDArray[np.int64]

UNITS_PER_DOLLAR: Final = 10_000
"""Raw prices are whole hundredths of a cent, the finest that US exchanges print."""
TICK_MICRO: Final = 10_000
"""Micro-dollars of a tick of US stocks of a dollar and more."""
_UNITS_PER_TICK: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class BarSeries:
    """Raw bars in order of time: `start` in ns UTC, prices in units of `UNITS_PER_DOLLAR`, volume in shares; columns of equal length."""

    symbol: Symbol
    start: IntColumn
    open: IntColumn
    high: IntColumn
    low: IntColumn
    close: IntColumn
    volume: IntColumn

    def __len__(self) -> int:
        """Number of bars."""
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Adjusted bars in whole ticks and shares. Bars before index `first` only warm up; trading may be decided on from `first` on.

    `day` is each bar's New York date, in days since 1970-01-01.
    """

    symbol: Symbol
    first: int
    start: list[int]
    open: list[int]
    high: list[int]
    low: list[int]
    close: list[int]
    volume: list[int]
    day: list[int]

    def __len__(self) -> int:
        """Number of bars, those for warming up included."""
        return len(self.start)

    def digest(self) -> str:
        """Hex digits that name exactly this input: any bar that differs changes them."""
        content = hashlib.sha256()
        for column in fields(self):
            content.update(f"{column.name}={getattr(self, column.name)}\n".encode())
        return content.hexdigest()


def stretch_of(series: BarSeries, actions: CorporateActions, first: int, end: int, warm_up: int) -> Stretch:
    """Bars `first - warm_up` to `end` (exclusive, by index) on the footing of bar `first`'s day."""
    begin = first - warm_up
    assert 0 <= begin <= first < end <= len(series), "windows lie inside the series"
    start: list[int] = series.start[begin:end].tolist()
    days = [day_of(Instant(instant)) for instant in start]
    ratios = actions.ratios(set(days), days[warm_up])
    prices = {day: (ratio.price / _UNITS_PER_TICK).as_integer_ratio() for day, ratio in ratios.items()}
    shares = {day: ratio.shares.as_integer_ratio() for day, ratio in ratios.items()}

    def adjusted(column: IntColumn, by_day: dict[int, tuple[int, int]]) -> list[int]:
        return [_nearest(value, *by_day[day]) for value, day in zip(column[begin:end].tolist(), days, strict=True)]

    return Stretch(
        symbol=series.symbol,
        first=warm_up,
        start=start,
        open=_positive(adjusted(series.open, prices)),
        high=_positive(adjusted(series.high, prices)),
        low=_positive(adjusted(series.low, prices)),
        close=_positive(adjusted(series.close, prices)),
        volume=adjusted(series.volume, shares),
        day=[day_number(Instant(instant)) for instant in start],
    )


def _nearest(value: int, times: int, over: int) -> int:
    """`value * times / over` to the nearest whole number, a half to the even one: the rule by which live prints become ticks."""
    whole, rest = divmod(value * times, over)
    twice = 2 * rest - over
    return whole + (twice > 0 or (twice == 0 and whole % 2))


def _positive(prices: list[int]) -> list[int]:
    """No price is below a tick."""
    return [max(price, 1) for price in prices]

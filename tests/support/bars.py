"""Hourly bars for backtests: random walks that are the same in every run, in memory and as files."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from robo_trader.market.bar_series import BarSeries, Stretch
from robo_trader.market.corporate_actions import HEADER
from robo_trader.values import NS_PER_SECOND, Symbol

HOUR = 3600 * NS_PER_SECOND
MONDAY = int(datetime(2018, 1, 1, 14, tzinfo=UTC).timestamp()) * NS_PER_SECOND
BARS_PER_DAY = 7
STEPS_PER_BAR = 30

Row = tuple[int, int, int, int]
"""Open, high, low, close in ticks."""


def starts(count: int) -> list[int]:
    """The starts of hourly bars, seven a day."""
    return [MONDAY + (n // BARS_PER_DAY) * 24 * HOUR + (n % BARS_PER_DAY) * HOUR for n in range(count)]


def rows(count: int, seed: int, price: int = 10_000) -> list[Row]:
    """A walk without a drift: each bar opens where the last one closed and sees every tick of its path."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        path = [price]
        for _ in range(STEPS_PER_BAR):
            path.append(path[-1] + chance.choice((-1, 1)) * 4)
        made.append((path[0], max(path), min(path), path[-1]))
        price = max(path[-1], 1_000)
    return made


def stretch(bars: Sequence[Row], first: int = 0, bars_per_day: int = BARS_PER_DAY) -> Stretch:
    """A stretch of these bars."""
    opened, high, low, close = (list(column) for column in zip(*bars, strict=True))
    days = [n // bars_per_day for n in range(len(bars))]
    return Stretch(Symbol("SPY"), first, starts(len(bars)), opened, high, low, close, [1000] * len(bars), days)


def series(count: int, seed: int, symbol: str = "SPY") -> BarSeries:
    """A walk as a raw series."""
    columns = [np.array(column, dtype=np.int64) * 100 for column in zip(*rows(count, seed), strict=True)]
    return BarSeries(Symbol(symbol), np.array(starts(count), dtype=np.int64), *columns, np.full(count, 1000, dtype=np.int64))


def write(folder: Path, symbol: str, made: BarSeries) -> None:
    """`folder/bars/hour/SYMBOL.parquet`, and corporate actions in which nothing happened."""
    bars, actions = folder / "bars" / "hour", folder / "corporate_actions"
    bars.mkdir(parents=True, exist_ok=True)
    actions.mkdir(exist_ok=True)
    columns = {name: getattr(made, name) / 10_000 for name in ("open", "high", "low", "close")}
    stamps = pa.array(made.start, pa.timestamp("ns", tz="UTC"))
    pq.write_table(pa.table({"timestamp": stamps, **columns, "volume": made.volume}), bars / f"{symbol}.parquet")
    (actions / f"{symbol}.csv").write_text(f"{HEADER},reference_price\n20501231,1,1,0\n")

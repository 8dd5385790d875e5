"""Bars on disk, found by symbol: `FOLDER/SYMBOL.parquet`, and corporate actions as `FOLDER/SYMBOL.csv`.

Bars come in raw; judging them is market/quality.py's rule, and what it faults is left out and counted, never repaired. Raw prices jump at a split,
so a missing table of corporate actions is an error and not an empty table: whoever means raw prices says so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from robo_trader.errors import DataError, NotFound
from robo_trader.market.bar import Bar
from robo_trader.market.bar_series import UNITS_PER_DOLLAR, BarSeries
from robo_trader.market.corporate_actions import CorporateActions
from robo_trader.market.history import read_columns
from robo_trader.market.quality import Fault, shape_fault
from robo_trader.values import Instant, Symbol, Ticks

COLUMNS: Final = ("timestamp", "open", "high", "low", "close", "volume")
_PRICES: Final = ("open", "high", "low", "close")
_UNITS_MAX: Final = 2**62


@dataclass(frozen=True, slots=True)
class BarFile:
    """A symbol's series and what was left out of its file, by fault."""

    series: BarSeries
    quarantined: Counter[Fault]


def symbols_in(folder: Path) -> tuple[str, ...]:
    """The symbols that have bars here, in alphabetical order."""
    return tuple(sorted(path.stem for path in folder.glob("*.parquet")))


def read_bars(folder: Path, symbol: Symbol) -> BarFile:
    """All bars of a symbol. Raises `NotFound` where there is no file of it, `DataError` for one that cannot be used."""
    path = folder / f"{symbol}.parquet"
    if not path.is_file():
        known = ", ".join(symbols_in(folder)[:20]) or "none"
        raise NotFound(f"no bars of {symbol} in {folder}", f"choose of: {known}")
    columns = read_columns(path, COLUMNS)
    for name in _PRICES:
        columns[name] = _units(path, name, columns[name])
    columns["volume"] = _whole(path, columns["volume"])
    kept, faults = _judged(symbol, columns)
    if not kept:
        raise DataError(f"{path} holds no usable bar", "write or download the file again")
    arrays = {name: np.array([columns[name][row] for row in kept], dtype=np.int64) for name in COLUMNS}
    return BarFile(BarSeries(symbol, arrays["timestamp"], *(arrays[name] for name in COLUMNS[1:])), faults)


def read_corporate_actions(folder: Path, symbol: Symbol) -> CorporateActions:
    """A symbol's table. Raises `DataError` where there is none, or it is not in the format."""
    path = folder / f"{symbol}.csv"
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"no corporate actions of {symbol} ({path})", "name their folder with --corporate-actions, or say --raw") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not a text file", "write or download the file again") from None
    return CorporateActions.of_csv(text, str(path))


def _units(path: Path, name: str, values: list[Any]) -> list[int]:
    try:
        scaled = np.asarray(values, dtype=np.float64) * UNITS_PER_DOLLAR
    except (TypeError, ValueError):
        raise DataError(f"column `{name}` of {path} does not hold numbers", "write prices as dollars") from None
    if not np.isfinite(scaled).all() or np.abs(scaled).max(initial=0.0) > _UNITS_MAX:
        raise DataError(f"column `{name}` of {path} holds a value that is no price", "leave that row out")
    units: list[int] = np.rint(scaled).astype(np.int64).tolist()
    return units


def _whole(path: Path, values: list[Any]) -> list[int]:
    array = np.asarray(values)
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise DataError(f"column `volume` of {path} does not hold numbers", "write shares as whole numbers")
    shares: list[int] = array.astype(np.int64).tolist()
    return shares


def _judged(symbol: Symbol, columns: dict[str, list[Any]]) -> tuple[list[int], Counter[Fault]]:
    """The rows to keep, and the faults of the others."""
    kept: list[int] = []
    faults: Counter[Fault] = Counter()
    latest = -1
    for row, values in enumerate(zip(*(columns[name] for name in COLUMNS), strict=True)):
        start, opened, high, low, close, volume = values
        bar = Bar(symbol, Instant(start), 1, Ticks(opened), Ticks(high), Ticks(low), Ticks(close), volume)
        fault = shape_fault(bar) or (Fault.TIME_NOT_FORWARD if start <= latest else None)
        if fault is not None:
            faults[fault] += 1
            continue
        kept.append(row)
        latest = start
    return kept, faults

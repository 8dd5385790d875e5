"""Market data files: the one place that reads Parquet for the rest of the system.

Columns come out as plain Python lists of equal length. A column of timestamps becomes instants (nanoseconds UTC); everything else keeps the
type it has in the file, and turning floats into prices is the caller's business. What a person can put right is a `DataError` that names
the file and the column.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from robo_trader.errors import DataError
from robo_trader.values import Instant

TIMESTAMP = "timestamp"


def read_columns(path: Path, columns: Sequence[str], *, since: Instant | None = None, until: Instant | None = None) -> dict[str, list[Any]]:
    """The named columns of a Parquet file, optionally only the rows with `since` <= `timestamp` < `until`.

    Raises DataError for a file that is absent or not Parquet, a missing column, an empty value, or a timestamp without a time zone.
    """
    table = _read(path, _columns_present(path, columns))
    instants = {name: _instants(path, name, table.column(name)) for name in columns if pa.types.is_timestamp(table.schema.field(name).type)}
    if TIMESTAMP in columns and TIMESTAMP not in instants:
        raise DataError(f"column `{TIMESTAMP}` of {path} holds {table.schema.field(TIMESTAMP).type}, not timestamps", _REWRITE)
    _no_empty_values(path, table)
    chosen = _span(instants[TIMESTAMP], since, until) if TIMESTAMP in instants else None
    found: dict[str, list[Any]] = {}
    for name in columns:
        column = instants.get(name, table.column(name))
        found[name] = (column if chosen is None else column.filter(chosen)).to_pylist()
    return found


_REWRITE = "write the file again with a UTC time zone in that column"


def _columns_present(path: Path, columns: Sequence[str]) -> list[str]:
    try:
        present = pq.read_schema(path).names
    except FileNotFoundError:
        raise DataError(f"{path} does not exist", "name a Parquet file that does") from None
    except (pa.ArrowInvalid, OSError) as broken:
        raise DataError(f"{path} cannot be read as Parquet ({_first_line(broken)})", "write or download the file again") from None
    missing = [name for name in columns if name not in present]
    if missing:
        raise DataError(f"{path} has no column `{missing[0]}`", f"write it with the columns {', '.join(columns)}")
    return list(columns)


def _read(path: Path, columns: list[str]) -> pa.Table:
    try:
        return pq.ParquetFile(path).read(columns=columns)
    except (pa.ArrowInvalid, OSError) as broken:
        raise DataError(f"{path} cannot be read as Parquet ({_first_line(broken)})", "write or download the file again") from None


def _instants(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.type.tz is None:
        raise DataError(f"column `{name}` of {path} has no time zone", _REWRITE)
    return column.cast(pa.timestamp("ns", tz="UTC")).cast(pa.int64())


def _no_empty_values(path: Path, table: pa.Table) -> None:
    for name in table.column_names:
        if table.column(name).null_count:
            raise DataError(f"column `{name}` of {path} has empty values", "fill them or leave those rows out")


def _span(instants: pa.ChunkedArray, since: Instant | None, until: Instant | None) -> pa.ChunkedArray:
    chosen = pc.greater_equal(instants, pa.scalar(since if since is not None else -(2**63), pa.int64()))
    return chosen if until is None else pc.and_(chosen, pc.less(instants, pa.scalar(until, pa.int64())))


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__

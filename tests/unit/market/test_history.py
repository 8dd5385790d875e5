"""Reading market data files, and how a person hears of what is wrong with one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robo_trader.errors import DataError
from robo_trader.market.history import read_columns
from robo_trader.values import NS_PER_SECOND, Instant

FIRST = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
FIRST_NS = Instant(1_381_152_600 * NS_PER_SECOND)


def written(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def stamps(zone: str | None = "UTC") -> pa.Array:
    times = [FIRST + timedelta(seconds=second) for second in range(3)]
    return pa.array([time if zone else time.replace(tzinfo=None) for time in times], pa.timestamp("us", tz=zone))


def test_timestamps_come_out_as_instants_and_numbers_as_they_are(tmp_path: Path) -> None:
    path = written(tmp_path / "SPY.parquet", timestamp=stamps(), open=[1.5, 2.0, 2.5], volume=[1, 2, 3])
    read = read_columns(path, ["timestamp", "volume", "open"])
    assert read == {
        "timestamp": [FIRST_NS, FIRST_NS + NS_PER_SECOND, FIRST_NS + 2 * NS_PER_SECOND],
        "volume": [1, 2, 3],
        "open": [1.5, 2.0, 2.5],
    }


def test_a_span_includes_its_begin_and_not_its_end(tmp_path: Path) -> None:
    path = written(tmp_path / "SPY.parquet", timestamp=stamps(), volume=[1, 2, 3])
    read = read_columns(path, ["timestamp", "volume"], since=Instant(FIRST_NS + NS_PER_SECOND), until=Instant(FIRST_NS + 2 * NS_PER_SECOND))
    assert read["volume"] == [2]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"SPY\.parquet does not exist"):
        read_columns(tmp_path / "SPY.parquet", ["timestamp"])


def test_a_file_that_is_not_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "SPY.parquet").write_bytes(b"timestamp,open\n")
    with pytest.raises(DataError, match=r"SPY\.parquet cannot be read as Parquet"):
        read_columns(tmp_path / "SPY.parquet", ["timestamp"])


def test_a_missing_column_is_named_with_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "SPY.parquet", timestamp=stamps(), open=[1.0, 1.0, 1.0])
    with pytest.raises(DataError, match=r"SPY\.parquet has no column `close`; write it with the columns timestamp, open, close"):
        read_columns(path, ["timestamp", "open", "close"])


def test_an_empty_value_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "SPY.parquet", timestamp=stamps(), open=[1.0, None, 1.0])
    with pytest.raises(DataError, match=r"column `open` of .* has empty values"):
        read_columns(path, ["timestamp", "open"])


def test_a_timestamp_without_a_zone_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "SPY.parquet", timestamp=stamps(None))
    with pytest.raises(DataError, match="no time zone"):
        read_columns(path, ["timestamp"])


def test_a_timestamp_that_is_a_number_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "SPY.parquet", timestamp=[1, 2, 3])
    with pytest.raises(DataError, match="holds int64, not timestamps"):
        read_columns(path, ["timestamp"])

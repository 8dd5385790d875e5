"""Bars and corporate actions by symbol, and what a person hears when they cannot be used."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robo_trader.edge.bar_catalog import read_bars, read_corporate_actions, symbols_in
from robo_trader.errors import DataError, NotFound
from robo_trader.market.quality import Fault
from robo_trader.values import Symbol

SPY = Symbol("SPY")
COLUMNS: dict[str, list[float]] = {
    "open": [145.975, 10.0, 11.0],
    "high": [145.98, 10.5, 11.0],
    "low": [145.97, 9.5, 11.0],
    "close": [145.975, 10.1, 11.0],
    "volume": [100, 200, 300],
}
HOURS = [datetime(2018, 1, 2, hour, tzinfo=UTC) for hour in (14, 15, 16)]


def written(folder: Path, stamps: list[datetime] = HOURS, **changes: list[object]) -> Path:
    pq.write_table(pa.table({"timestamp": pa.array(stamps, pa.timestamp("us", tz="UTC")), **COLUMNS, **changes}), folder / "SPY.parquet")
    return folder


def test_prices_come_in_to_the_hundredth_of_a_cent(tmp_path: Path) -> None:
    read = read_bars(written(tmp_path), SPY)
    assert read.series.close.tolist() == [1_459_750, 101_000, 110_000]
    assert read.series.volume.tolist() == [100, 200, 300]
    assert read.series.start.tolist() == [int(stamp.timestamp()) * 10**9 for stamp in HOURS]
    assert not read.quarantined


def test_bars_with_a_fault_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = written(tmp_path, [HOURS[0], HOURS[0], HOURS[1]], low=[145.97, 9.5, 12.0])
    read = read_bars(folder, SPY)
    assert read.series.start.tolist() == [int(HOURS[0].timestamp()) * 10**9]
    assert read.quarantined == {Fault.TIME_NOT_FORWARD: 1, Fault.LOW_ABOVE_HIGH: 1}


def test_a_symbol_without_bars_is_answered_with_those_that_have(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="SPY"):
        read_bars(written(tmp_path), Symbol("QQQ"))
    assert symbols_in(tmp_path) == ("SPY",)


@pytest.mark.parametrize(
    "changes",
    [
        {"open": [1.0, float("nan"), 1.0]},
        {"open": [1.0, float("inf"), 1.0]},
        {"open": ["1", "2", "x"]},
        {"volume": ["a", "b", "c"]},
        {"low": [0.0, 0.0, 0.0]},
    ],
)
def test_a_file_that_holds_no_prices_is_named(tmp_path: Path, changes: dict[str, list[object]]) -> None:
    with pytest.raises(DataError, match=r"SPY\.parquet"):
        read_bars(written(tmp_path, **changes), SPY)


def test_corporate_actions_are_read_and_their_absence_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "SPY.csv").write_text("date,price_factor,split_factor\n20200101,0.5,1\n")
    assert read_corporate_actions(tmp_path, SPY).last_days == (20200101,)
    with pytest.raises(DataError, match="--raw"):
        read_corporate_actions(tmp_path, Symbol("QQQ"))
    (tmp_path / "IBM.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"IBM\.csv"):
        read_corporate_actions(tmp_path, Symbol("IBM"))

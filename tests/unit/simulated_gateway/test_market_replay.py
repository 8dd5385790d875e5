"""Recorded days from Parquet: hand-made ones, what is wrong with a file, and the real one where it is present."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.market_replay import QUOTE_COLUMNS, QUOTES, TRADE_COLUMNS, TRADES, ReplayMarket
from robo_trader.simulated_gateway.model import QuoteChange, TradePrint
from tests.support.exchange_bench import DAY, IBM, SPY, at, quote, trade

OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
Row = tuple[datetime, float]


def write(folder: Path, name: str, rows: list[Row], *, without: str = "") -> None:
    """Second bars with one price each: trades at it, the bid a cent below and the ask a cent above."""
    (folder / QUOTES).mkdir(exist_ok=True)
    (folder / TRADES).mkdir(exist_ok=True)
    values = {
        QUOTES: {name: [price + (0.01 if name.startswith("ask") else -0.01) for _, price in rows] for name in QUOTE_COLUMNS[1:]},
        TRADES: {name: [price for _, price in rows] for name in TRADE_COLUMNS[1:]},
    }
    for kind, sizes in ((QUOTES, ("bid_size", "ask_size")), (TRADES, ("volume",))):
        columns: dict[str, object] = {"timestamp": pa.array([at for at, _ in rows], pa.timestamp("us", tz="UTC"))}
        columns |= values[kind]
        columns |= {size: [100] * len(rows) for size in sizes}
        columns.pop(without, None)
        pq.write_table(pa.table(columns), folder / kind / name)


def seconds(*prices: float, day: int = 0) -> list[Row]:
    return [(OPEN + timedelta(days=day, seconds=second), price) for second, price in enumerate(prices)]


def test_a_hand_made_day_is_replayed_in_order(tmp_path: Path) -> None:
    write(tmp_path, "SPY_mine.parquet", seconds(10.0, 10.5))
    assert ReplayMarket(tmp_path, [SPY], DAY).events_until(at("16:00:00")) == [
        quote("09:30:00.1", "9.99", "10.01", 100, 100),
        trade("09:30:00.2", "10.00"),
        quote("09:30:01.1", "10.49", "10.51", 100, 100),
        trade("09:30:01.2", "10.50"),
    ]


def test_earlier_dates_in_the_files_are_history_and_later_ones_are_not_seen(tmp_path: Path) -> None:
    write(tmp_path, "SPY_20131004_20131008.parquet", seconds(9.0, day=-3) + seconds(10.0) + seconds(11.0, day=1))
    market = ReplayMarket(tmp_path, [SPY], DAY)
    market.events_until(market.end)
    daily = market.bars(SPY, at("00:00:00"), market.end, 86_400, True)
    assert [str(bar.close) for bar in daily] == ["10.00"]
    friday = market.bars(SPY, at("00:00:00", date(2013, 10, 4)), market.end, 86_400, True)
    assert [str(bar.close) for bar in friday] == ["9.00", "10.00"]


def test_of_two_files_with_the_same_second_the_first_by_name_counts(tmp_path: Path) -> None:
    write(tmp_path, "SPY_a.parquet", seconds(10.0))
    write(tmp_path, "SPY_b.parquet", seconds(20.0, 20.5))
    prints = [event for event in ReplayMarket(tmp_path, [SPY], DAY).events_until(at("16:00:00")) if isinstance(event, TradePrint)]
    assert [str(event.price) for event in prints] == ["10.00", "20.50"]


def test_prices_below_a_cent_keep_their_decimals(tmp_path: Path) -> None:
    write(tmp_path, "SPY_a.parquet", seconds(10.0025))
    market = ReplayMarket(tmp_path, [SPY], DAY)
    market.events_until(market.end)
    last = market.last_trade(SPY)
    assert last is not None
    assert str(last.price) == "10.0025"


@pytest.mark.parametrize("column", [*QUOTE_COLUMNS, *TRADE_COLUMNS])
def test_a_missing_column_is_named_with_its_file(tmp_path: Path, column: str) -> None:
    write(tmp_path, "SPY_a.parquet", seconds(10.0), without=column)
    with pytest.raises(DataError, match=rf"SPY_a\.parquet has no column `{column}`"):
        ReplayMarket(tmp_path, [SPY], DAY)


def test_a_missing_directory_symbol_or_date_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="second_quote is not a directory"):
        ReplayMarket(tmp_path, [SPY], DAY)
    write(tmp_path, "SPY_20131007_20131007.parquet", seconds(10.0))
    with pytest.raises(DataError, match=r"no file IBM_\*\.parquet"):
        ReplayMarket(tmp_path, [SPY, IBM], DAY)
    with pytest.raises(DataError, match="no row of SPY on 2013-10-08"):
        ReplayMarket(tmp_path, [SPY], date(2013, 10, 8))
    with pytest.raises(DataError, match="2013-10-06 is not a trading day"):
        ReplayMarket(tmp_path, [SPY], date(2013, 10, 6))


def test_a_trade_without_a_price_is_refused_and_a_quote_without_one_is_absent(tmp_path: Path) -> None:
    write(tmp_path, "SPY_a.parquet", seconds(float("nan")))
    with pytest.raises(DataError, match="a trade without a price"):
        ReplayMarket(tmp_path, [SPY], DAY)


def test_the_recorded_day_is_told_whole_and_never_crossed(data_dir: Path) -> None:
    market = ReplayMarket(data_dir / "intraday", [SPY, IBM], DAY)
    told = market.events_until(market.end)
    assert len(told) > 80_000
    assert [event.at for event in told] == sorted(event.at for event in told)
    assert all(event.bid < event.ask for event in told if isinstance(event, QuoteChange) and event.bid and event.ask)
    bars = market.bars(SPY, at("09:30:00"), at("16:00:00"), 60, True)
    fives = market.bars(SPY, at("09:30:00"), at("16:00:00"), 5, True)
    assert (len(bars), len(fives)) == (390, 4680)
    assert sum(bar.volume for bar in bars) == sum(bar.volume for bar in fives)

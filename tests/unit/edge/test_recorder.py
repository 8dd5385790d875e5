"""What was delivered is read back in order, by market day, in whole parts."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robo_trader.desk.news import Connected, DrainAsked, ExecutionSeen, News, QuoteSeen, Signal, TimePassed
from robo_trader.edge import recorder
from robo_trader.edge.recorder import FLUSH_SECONDS, Recorder, day_of, days, read_bars, read_news
from robo_trader.errors import DataError
from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Now, Quote, Side, Symbol, Ticks

DAY = date(2013, 10, 7)
OPEN = Instant(int(datetime(2013, 10, 7, 13, 30, tzinfo=UTC).timestamp()) * NS_PER_SECOND)
SPY = Symbol("SPY")


def at(seconds: int) -> Now:
    return Now(Instant(OPEN + seconds * NS_PER_SECOND), 1000 + seconds)


def bar_at(seconds: int) -> Bar:
    return Bar(SPY, at(seconds).market, 60, Ticks(16840), Ticks(16850), Ticks(16830), Ticks(16845), 1200)


PIECES: list[News] = [
    Connected("DU1", 7),
    QuoteSeen(Quote(SPY, Ticks(16840), Ticks(16841), 3, 5, OPEN)),
    Signal(BookId("cross", SPY), -1, OPEN, Instant(OPEN + 5)),
    ExecutionSeen("e1", SPY, Side.BUY, 100, Decimal("168.4050"), OPEN, 7, 1, 99, "rt:a:1:i"),
    DrainAsked(),
    TimePassed(),
]


def test_news_is_read_back_as_delivered_with_both_clocks(tmp_path: Path):
    delivered = [(at(n), piece) for n, piece in enumerate(PIECES)]
    tape = Recorder(tmp_path)
    for now, piece in delivered:
        tape.news(now, piece)
    tape.close()
    assert list(read_news(tmp_path, DAY)) == delivered
    assert (tape.problem, tape.dropped) == ("", 0)


def test_bars_are_read_back_as_delivered(tmp_path: Path):
    bars = [bar_at(60 * n) for n in range(5)]
    tape = Recorder(tmp_path)
    for bar in bars:
        tape.bar(bar)
    tape.close()
    assert list(read_bars(tmp_path, DAY)) == bars


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_order_survives_any_cut_into_parts_and_processes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, runs: list[int]):
    monkeypatch.setattr(recorder, "ROWS_PER_PART", 3)
    folder = tmp_path_factory.mktemp("tape")
    number = 0
    for length in runs:
        tape = Recorder(folder)
        for _ in range(length):
            tape.news(at(number), TimePassed())
            number += 1
        tape.close()
    assert [now for now, _ in read_news(folder, DAY)] == [at(n) for n in range(number)]


def test_rows_of_two_days_go_to_two_days(tmp_path: Path):
    tape = Recorder(tmp_path)
    tape.news(at(0), Connected("DU1", 1))
    tape.news(at(24 * 3600), Connected("DU1", 2))
    tape.close()
    assert days(tmp_path) == (DAY, date(2013, 10, 8))
    assert [piece for _, piece in read_news(tmp_path, DAY)] == [Connected("DU1", 1)]


def test_a_day_is_new_yorks_not_utcs():
    assert day_of(Instant(int(datetime(2013, 10, 8, 3, 59, 59, tzinfo=UTC).timestamp()) * NS_PER_SECOND)) == DAY
    assert day_of(Instant(int(datetime(2013, 10, 8, 4, 0, 0, tzinfo=UTC).timestamp()) * NS_PER_SECOND)) == date(2013, 10, 8)


def test_full_parts_are_on_disk_while_the_process_lives_and_a_kill_costs_only_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorder, "ROWS_PER_PART", 2)
    tape = Recorder(tmp_path)
    for n in range(5):
        tape.news(at(n), TimePassed())
    tape._writer.shutdown(wait=True)  # a kill now: the fifth row was never handed over
    assert len(list(read_news(tmp_path, DAY))) == 4


def lived(seconds: int) -> int:
    """A process time."""
    return (1000 + seconds) * NS_PER_SECOND


def test_rows_wait_half_a_minute_at_most_whatever_comes_next(tmp_path: Path):
    tape = Recorder(tmp_path)
    for n in (0, 29):
        tape.news(Now(at(n).market, lived(n)), TimePassed())
        tape.bar(bar_at(n))
    tape.flush_due(lived(29))
    assert tape._pending == []
    tape.flush_due(lived(FLUSH_SECONDS))
    tape.news(Now(at(31).market, lived(31)), TimePassed())
    tape.flush_due(lived(31 + FLUSH_SECONDS - 1))
    tape._writer.shutdown(wait=True)  # a kill now: what was told in the last half minute is lost
    assert [now.process for now, _ in read_news(tmp_path, DAY)] == [lived(0), lived(29)]
    assert list(read_bars(tmp_path, DAY)) == [bar_at(0), bar_at(29)]


def test_bars_alone_wait_no_longer_either_and_nothing_is_written_where_nothing_waits(tmp_path: Path):
    tape = Recorder(tmp_path)
    tape.flush_due(lived(0))
    tape.bar(bar_at(5))
    for seconds in (40, 69, 70, 130):
        tape.flush_due(lived(seconds))
    tape.bar(bar_at(100))
    tape.flush_due(lived(140))
    tape._writer.shutdown(wait=True)
    assert list(read_bars(tmp_path, DAY)) == [bar_at(5)]
    assert len(list(tmp_path.rglob("*.parquet"))) == 1


def test_news_that_comes_late_flushes_by_itself(tmp_path: Path):
    tape = Recorder(tmp_path)
    for n in (0, FLUSH_SECONDS):
        tape.news(Now(at(n).market, lived(n)), TimePassed())
    tape._writer.shutdown(wait=True)
    assert len(list(read_news(tmp_path, DAY))) == 2


def test_a_part_that_a_kill_left_unfinished_is_not_read(tmp_path: Path):
    tape = Recorder(tmp_path)
    tape.news(at(0), TimePassed())
    tape.close()
    (tmp_path / DAY.isoformat() / "news-00002.new").write_bytes(b"half")
    assert len(list(read_news(tmp_path, DAY))) == 1


def test_a_disk_that_refuses_costs_rows_and_never_raises(tmp_path: Path):
    (tmp_path / "tape").write_text("a file where the directory should be")
    tape = Recorder(tmp_path / "tape")
    tape.news(at(0), TimePassed())
    tape.close()
    assert tape.dropped == 1
    assert "tape" in tape.problem


def test_a_disk_that_is_too_slow_costs_rows_and_bounds_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorder, "PARTS_PENDING_MAX", 0)
    tape = Recorder(tmp_path)
    tape.news(at(0), TimePassed())
    tape.close()
    assert tape.dropped == 1
    assert "slower" in tape.problem


def test_a_day_without_recording_and_a_damaged_part_are_named(tmp_path: Path):
    with pytest.raises(DataError, match="no recording of news of 2013-10-07"):
        list(read_news(tmp_path, DAY))
    folder = tmp_path / DAY.isoformat()
    folder.mkdir()
    part = folder / "news-00001.parquet"
    part.write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match="news-00001"):
        list(read_news(tmp_path, DAY))
    pq.write_table(pa.table({"a": [1]}), part)
    with pytest.raises(DataError, match="not a recording of this version"):
        list(read_news(tmp_path, DAY))
    strange = pa.table([[1], [1], ["Mystery"], ["{}"]], schema=recorder._NEWS_COLUMNS)
    pq.write_table(strange, part)
    with pytest.raises(DataError, match="Mystery"):
        list(read_news(tmp_path, DAY))


def test_recording_costs_the_trading_loop_microseconds(tmp_path: Path):
    tape = Recorder(tmp_path)
    pieces = [(at(n), QuoteSeen(Quote(SPY, Ticks(1), Ticks(2), 3, 4, OPEN))) for n in range(1900)]
    began = time.perf_counter()
    for now, piece in pieces:
        tape.news(now, piece)
    each = (time.perf_counter() - began) / len(pieces)
    tape.close()
    assert each < 50e-6  # measured 1 us; the margin is for a busy machine

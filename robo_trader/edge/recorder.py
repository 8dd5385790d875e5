"""The recorder: what the market and the broker said, as delivered, so that any live day can be replayed decision by decision.

    recordings/2013-10-07/news-00001.parquet   every piece of news in order, with both clocks
    recordings/2013-10-07/bars-00001.parquet   every bar

The trading loop only appends to a list (a microsecond); full lists go to one thread, which writes each as a numbered part, under another name
first, so that a part is whole or absent. Rows are handed over when a list is full or `FLUSH_SECONDS` old, which is looked at whenever the process's
time is told, with each piece of news and by `flush_due`. So a killed process loses the rows of the last half minute, and those in the thread's hands;
the journal, which money depends on, loses nothing. A recorder that fails or falls behind drops rows and says so (`problem`, `dropped`); it never
stops trading. A day is the market's: New York's date of the market time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Final, get_args
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from robo_trader.desk.news import News
from robo_trader.edge import codec
from robo_trader.errors import DataError
from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_SECOND, Instant, Now

ROWS_PER_PART: Final = 2000
PARTS_PENDING_MAX: Final = 8
FLUSH_SECONDS: Final = 30

_MARKET_ZONE: Final = ZoneInfo("America/New_York")
_NEWS_KINDS: Final[dict[str, type]] = {cls.__name__: cls for cls in get_args(News)}
_NEWS_COLUMNS: Final = pa.schema([("market_ns", pa.int64()), ("process_ns", pa.int64()), ("kind", pa.string()), ("payload", pa.string())])
_BAR_COLUMNS: Final = pa.schema(
    [
        ("symbol", pa.string()),
        ("start_ns", pa.int64()),
        ("seconds", pa.int32()),
        *((name, pa.int64()) for name in ("open", "high", "low", "close", "volume")),
        ("backfilled", pa.bool_()),
    ]
)
_BAR_FIELDS: Final = [field.name for field in fields(Bar)]
assert len(_BAR_COLUMNS) == len(_BAR_FIELDS), "each field of a bar has its column, in order"


class Recorder:
    """Writes one system's recordings; made per process, closed at its end."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when the first part is written."""
        pa.array([0])  # pyarrow imports pandas for its first array, for seconds: now, not while the loop trades
        self._folder = folder
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")
        self._pending: list[tuple[Future[None], int]] = []
        self._news: list[tuple[Now, News]] = []
        self._bars: list[Bar] = []
        self._unflushed_since: int | None = None  # process time at which rows were first known to wait
        self._day_start, self._day_end = 0, 0
        self._day = ""
        self.problem = ""
        """Why rows were dropped; empty while none were."""
        self.dropped = 0
        """How many rows were dropped."""

    def news(self, now: Now, news: News) -> None:
        """Record one piece of news as it is delivered to the desk."""
        if not self._day_start <= now.market < self._day_end:
            self._turn(now.market)
        self._news.append((now, news))
        if len(self._news) >= ROWS_PER_PART:
            self._hand_over_news()
        self.flush_due(now.process)

    def bar(self, bar: Bar) -> None:
        """Record one bar; it counts as waiting from the next time that the process's time is told."""
        if not self._day_start <= bar.start < self._day_end:
            self._turn(bar.start)
        self._bars.append(bar)
        if len(self._bars) >= ROWS_PER_PART:
            self._hand_over_bars()

    def flush_due(self, now_process_ns: int) -> None:
        """Flush if rows have waited for `FLUSH_SECONDS`; call it at least once a second."""
        if not (self._news or self._bars):
            self._unflushed_since = None
        elif self._unflushed_since is None:
            self._unflushed_since = now_process_ns
        elif now_process_ns - self._unflushed_since >= FLUSH_SECONDS * NS_PER_SECOND:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the writing thread now; returns at once."""
        if self._news:
            self._hand_over_news()
        if self._bars:
            self._hand_over_bars()
        self._unflushed_since = None

    def close(self) -> None:
        """Flush, and wait until all of it is on disk; a second call does nothing."""
        self.flush()
        self._writer.shutdown(wait=True)
        self._reap()

    def _turn(self, instant: Instant) -> None:
        """Close the parts of one day and begin another's; going back (a late bar) is another turn."""
        self.flush()
        day = day_of(instant)
        self._day = day.isoformat()
        self._day_start, self._day_end = _midnight(day), _midnight(day + timedelta(days=1))

    def _hand_over_news(self) -> None:
        """Give the news' rows to the thread."""
        rows, self._news = self._news, []
        self._submit(partial(_write_news, self._folder / self._day, rows), len(rows))

    def _hand_over_bars(self) -> None:
        """Give the bars' rows to the thread."""
        rows, self._bars = self._bars, []
        self._submit(partial(_write_bars, self._folder / self._day, rows), len(rows))

    def _submit(self, write: Callable[[], None], count: int) -> None:
        """Queue a part; if too many wait already, drop it."""
        self._reap()
        if len(self._pending) >= PARTS_PENDING_MAX:
            self.problem, self.dropped = "the disk is slower than the market", self.dropped + count
            return
        self._pending.append((self._writer.submit(write), count))

    def _reap(self) -> None:
        """Look at the parts that are done."""
        while self._pending and self._pending[0][0].done():  # one thread: they end in order
            future, count = self._pending.pop(0)
            if broken := future.exception():
                self.problem, self.dropped = f"{type(broken).__name__}: {broken}", self.dropped + count


def read_news(folder: Path, day: date) -> Iterator[tuple[Now, News]]:
    """Every piece of news of a market day in the order of delivery.

    Raises `DataError` if there is none, `StateUnreadable` for a row of another version.
    """
    for table in _parts(folder, day, "news", _NEWS_COLUMNS):
        for market, process, kind, payload in zip(*(column.to_pylist() for column in table.columns), strict=True):
            cls = _NEWS_KINDS.get(kind)
            if cls is None:
                raise DataError(f"the recording of {day} holds news of the unknown kind '{kind}'", "replay it with the version that recorded it")
            news: News = codec.load(cls, payload)
            yield Now(Instant(market), process), news


def read_bars(folder: Path, day: date) -> Iterator[Bar]:
    """Every bar of a market day as recorded; raises `DataError` if there is none."""
    for table in _parts(folder, day, "bars", _BAR_COLUMNS):
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            yield Bar(*row)


def days(folder: Path) -> tuple[date, ...]:
    """The market days that were recorded, oldest first."""
    return tuple(sorted(date.fromisoformat(entry.name) for entry in folder.glob("????-??-??")))


def day_of(instant: Instant) -> date:
    """New York's date at `instant`."""
    return datetime.fromtimestamp(instant // NS_PER_SECOND, UTC).astimezone(_MARKET_ZONE).date()


def _midnight(day: date) -> int:
    """The first instant of a market day, in nanoseconds UTC."""
    return int(datetime.combine(day, time(), _MARKET_ZONE).timestamp()) * NS_PER_SECOND


def _write_news(folder: Path, rows: list[tuple[Now, News]]) -> None:
    """One part of news; runs in the thread."""
    columns = [
        [now.market for now, _ in rows],
        [now.process for now, _ in rows],
        [type(news).__name__ for _, news in rows],
        [codec.text_of(news) for _, news in rows],
    ]
    _write_part(folder, "news", pa.table(columns, schema=_NEWS_COLUMNS))


def _write_bars(folder: Path, rows: list[Bar]) -> None:
    """One part of bars; runs in the thread."""
    _write_part(folder, "bars", pa.table([[getattr(bar, name) for bar in rows] for name in _BAR_FIELDS], schema=_BAR_COLUMNS))


def _write_part(folder: Path, sort: str, table: pa.Table) -> None:
    """Write the next numbered part, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    number = max((int(path.stem.rpartition("-")[2]) for path in folder.glob(f"{sort}-*.parquet")), default=0) + 1
    part = folder / f"{sort}-{number:05}.parquet"
    fresh = part.with_suffix(".new")
    with fresh.open("wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(part)


def _parts(folder: Path, day: date, sort: str, columns: pa.Schema) -> Iterator[pa.Table]:
    """The parts of a day in order; raises `DataError` if there is none or one is not what we wrote."""
    paths = sorted((folder / day.isoformat()).glob(f"{sort}-*.parquet"))
    if not paths:
        raise DataError(f"there is no recording of {sort} of {day} in {folder}", "choose a day that was recorded there")
    for path in paths:
        try:
            table = pq.read_table(path)
        except (pa.ArrowException, OSError) as broken:
            raise DataError(f"{path} cannot be read: {broken}", "delete this part, or restore it") from None
        if not table.schema.equals(columns):
            raise DataError(f"{path} is not a recording of this version", "replay it with the version that recorded it")
        yield table

"""Hand-made market days in the recorded format: one price path a symbol, second by second, as Parquet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

DATE = "2013-11-29"  # the exchange closes at 13:00: a short day
OPEN = datetime(2013, 11, 29, 14, 30, tzinfo=UTC)
SECONDS = 100 * 60
HALF_SPREAD = 1  # ticks


@dataclass
class Day:
    """One symbol's day: `price(second)` in ticks; `ask_size`, `bid_size` per second; seconds not `quoted`, or without `volume`, have no row."""

    price: Callable[[int], int]
    symbol: str = "SPY"
    bid_size: Callable[[int], int] = lambda s: 500 + s % 2  # a gateway only sends what changed
    ask_size: Callable[[int], int] = lambda _s: 500
    quoted: Callable[[int], bool] = lambda _s: True
    volume: Callable[[int], int] = lambda _s: 200
    seconds: int = SECONDS
    columns: dict[str, list[object]] = field(default_factory=dict)

    def write(self, root: Path) -> Path:
        """Write both files below `root` and return it."""
        trades: dict[str, list[object]] = {k: [] for k in ("timestamp", "open", "high", "low", "close", "volume")}
        quotes: dict[str, list[object]] = {
            k: [] for k in ("timestamp", *(f"{side}_{w}" for side in ("bid", "ask") for w in ("open", "high", "low", "close", "size")))
        }
        before = self.price(0)
        for second in range(self.seconds):
            at, now = OPEN + timedelta(seconds=second), self.price(second)
            low, high = min(before, now), max(before, now)
            if self.volume(second):
                row = (at, before / 100, high / 100, low / 100, now / 100, self.volume(second))
                for name, value in zip(trades, row, strict=True):
                    trades[name].append(value)
            if self.quoted(second):
                bid = [(x - HALF_SPREAD) / 100 for x in (before, high, low, now)]
                ask = [(x + HALF_SPREAD) / 100 for x in (before, high, low, now)]
                for name, value in zip(quotes, (at, *bid, self.bid_size(second), *ask, self.ask_size(second)), strict=True):
                    quotes[name].append(value)
            before = now
        for kind, columns in (("second_trade", trades), ("second_quote", quotes)):
            folder = root / kind
            folder.mkdir(parents=True, exist_ok=True)
            table = pa.table({**columns, "timestamp": pa.array(columns["timestamp"], pa.timestamp("us", tz="UTC"))})
            pq.write_table(table, folder / f"{self.symbol}_20131129_20131129.parquet")
        return root


def path(*corners: tuple[int, int]) -> Callable[[int], int]:
    """A piecewise straight path through (minute, ticks) corners, level after the last."""

    def price(second: int) -> int:
        minute = second / 60
        for (m0, p0), (m1, p1) in pairwise(corners):
            if m0 <= minute < m1:
                return round(p0 + (p1 - p0) * (minute - m0) / (m1 - m0))
        return corners[-1][1] if minute >= corners[-1][0] else corners[0][1]

    return price

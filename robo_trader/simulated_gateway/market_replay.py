"""A market that happened: recorded quotes and trades of one date, second by second, from Parquet files.

The directory holds `second_quote` and `second_trade`, each with files `<SYMBOL>_<anything>.parquet` (`<SYMBOL>_<from>_<to>` tells which
dates are in it and spares reading others). Rows of the date are replayed in the order that `replay_second` states, from 04:00 New York
until five minutes after the close; trades of earlier dates in the files are history. Where two files hold the same second, the file that
comes first by name counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from robo_trader.errors import DataError
from robo_trader.market.history import read_columns
from robo_trader.simulated_gateway.hours import Hours, new_york, regular_hours
from robo_trader.simulated_gateway.market_cursor import AFTER_CLOSE, trading_day
from robo_trader.simulated_gateway.market_scripted import ScriptedMarket
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange
from robo_trader.simulated_gateway.replay_second import CENT, QuoteSecond, Span, TradeSecond, happenings
from robo_trader.values import Instant, Symbol

QUOTES: Final = "second_quote"
TRADES: Final = "second_trade"
_PRICES: Final = ("open", "high", "low", "close")
QUOTE_COLUMNS: Final = (
    "timestamp",
    *(f"bid_{price}" for price in _PRICES),
    "bid_size",
    *(f"ask_{price}" for price in _PRICES),
    "ask_size",
)
TRADE_COLUMNS: Final = ("timestamp", *_PRICES, "volume")
_DATES_IN_NAME: Final = re.compile(r"_(\d{8})_(\d{8})\.parquet$")


class ReplayMarket(ScriptedMarket):
    """A `Market` over the files of one date."""

    kind = "replay"

    def __init__(self, directory: Path, symbols: Sequence[Symbol], day: date, *, hours: Hours = regular_hours) -> None:
        """Reads everything it will need. DataError: no session that day, or a directory, file, column or date is missing."""
        end = Instant(trading_day(day, hours).close + AFTER_CLOSE)
        events = (event for symbol in symbols for event in _recorded(directory, symbol, day, end))
        super().__init__(symbols, day, events, hours=hours)


def _recorded(directory: Path, symbol: Symbol, day: date, end: Instant) -> Iterator[MarketHappening]:
    quotes = _quote_seconds(directory / QUOTES, symbol, day, end)
    trades = _trade_seconds(directory / TRADES, symbol, day, end)
    before: QuoteChange | None = None
    for second in sorted(quotes.keys() | trades.keys()):
        for event in happenings(symbol, second, quotes.get(second), trades.get(second), before):
            if isinstance(event, QuoteChange):
                before = event
            yield event


def _quote_seconds(directory: Path, symbol: Symbol, day: date, end: Instant) -> dict[Instant, QuoteSecond]:
    price = _Prices()
    found: dict[Instant, QuoteSecond] = {}
    for path in _files(directory, symbol, day, earlier=False):
        columns = read_columns(path, QUOTE_COLUMNS, since=_midnight(day), until=end)
        for at, bo, bh, bl, bc, bid_size, ao, ah, al, ac, ask_size in zip(*(columns[name] for name in QUOTE_COLUMNS), strict=True):
            bid, ask = Span(price(bo), price(bh), price(bl), price(bc)), Span(price(ao), price(ah), price(al), price(ac))
            found.setdefault(at, QuoteSecond(bid, ask, int(bid_size), int(ask_size)))
    _some(found, directory, symbol, day)
    return found


def _trade_seconds(directory: Path, symbol: Symbol, day: date, end: Instant) -> dict[Instant, TradeSecond]:
    price = _Prices()
    found: dict[Instant, TradeSecond] = {}
    for path in _files(directory, symbol, day, earlier=True):
        columns = read_columns(path, TRADE_COLUMNS, until=end)
        for at, *prices, volume in zip(*(columns[name] for name in TRADE_COLUMNS), strict=True):
            opened, high, low, closed = map(price, prices)
            if opened is None or high is None or low is None or closed is None:
                raise DataError(f"{path} has a trade without a price at {at} ns", "leave that row out")
            found.setdefault(at, TradeSecond(opened, high, low, closed, int(volume)))
    midnight = _midnight(day)
    _some({at: True for at in found if at >= midnight}, directory, symbol, day)
    return found


def _midnight(day: date) -> Instant:
    return new_york(day, time(0, 0))


def _files(directory: Path, symbol: Symbol, day: date, *, earlier: bool) -> list[Path]:
    """Files of a symbol that may hold `day`, with `earlier` also those of dates before it."""
    if not directory.is_dir():
        raise DataError(f"{directory} is not a directory", f"name a directory with {QUOTES} and {TRADES} in it")
    named = sorted(path for path in directory.glob("*.parquet") if path.name.startswith(f"{symbol}_"))
    if not named:
        raise DataError(f"{directory} has no file {symbol}_*.parquet", "record or convert that symbol, or leave it out")
    return [path for path in named if _may_hold(path, f"{day:%Y%m%d}", earlier=earlier)]


def _may_hold(path: Path, day: str, *, earlier: bool) -> bool:
    dates = _DATES_IN_NAME.search(path.name)
    return dates is None or (dates[1] <= day and (earlier or day <= dates[2]))


def _some(rows: dict[Instant, Any], directory: Path, symbol: Symbol, day: date) -> None:
    if not rows:
        raise DataError(f"{directory} has no row of {symbol} on {day}", "choose a date that the files hold")


class _Prices:
    """Dollars from the file's doubles, to the cent where they are whole cents; each distinct double is converted once."""

    def __init__(self) -> None:
        self._known: dict[float, Decimal | None] = {}

    def __call__(self, number: float) -> Decimal | None:
        """None for a price that is missing: zero, negative or not a number."""
        if number in self._known:
            return self._known[number]
        price = None
        if number > 0:
            exact = Decimal(repr(round(float(number), 6)))
            cents = exact.quantize(CENT)
            price = cents if cents == exact else exact
        self._known[number] = price
        return price

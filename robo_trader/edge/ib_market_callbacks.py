# ruff: noqa: N802, N803, ARG002  (the client library finds these methods by name, and passes everything it read)
"""The market's part of the broker's messages: ticks, real-time bars, and the end of a packet.

Quotes are conflated: changed ones go out before any other news and at the end of each packet, so what the desk knows when it hears of a fill or a
bar is decided by the order on the wire, never by how the network cut it. A quote bears the market time at which its last piece arrived.

This is the one place where market data comes in, so here each bar and quote is judged (`market/quality`), before anything is summed up or conflated.
What is quarantined goes no further: the desk keeps its older quote, which ages, and the minute that misses a bar becomes a gap, which history fills.
The time that a quarantined bar tells is believed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from robo_trader.desk.news import News, QuoteSeen
from robo_trader.edge.ib_account import AccountFigures
from robo_trader.edge.ib_quotes import QuoteBoard
from robo_trader.edge.ib_translate import bar_of
from robo_trader.edge.market_clock import MarketClock
from robo_trader.market.bar import Bar
from robo_trader.market.quality import BarQuality, Fault
from robo_trader.values import NS_PER_SECOND, Instant, Instrument, Symbol

BAR_SECONDS: Final = 5
_LAST_TIMESTAMP: Final = 45
_LAST_TRADE: Final = 48
_NS_PER_MILLISECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where the messages of one session go; none of these may raise or block.

    `notice` gets (id, code, text) of every error that belongs to no order of ours; `over` asks to end the session; `acknowledged` gets the id of
    an order of ours that a message named; `processed` is called after each packet. `quarantined` gets (symbol, reason, market time) of each bar and
    quote that goes no further.
    """

    news: Callable[[News], None]
    bar: Callable[[Bar], None]
    notice: Callable[[int, int, str], None]
    over: Callable[[str], None]
    acknowledged: Callable[[int], None]
    processed: Callable[[], None]
    quarantined: Callable[[Symbol, str, Instant], None]


class MarketCallbacks:
    """Ticks and bars of one session; a subscription is registered in `quotes` and `bar_instruments` before it is asked for."""

    def __init__(self, clock: MarketClock, outlets: Outlets) -> None:
        self.quotes = QuoteBoard(self._quote_quarantined)
        self.bar_instruments: dict[int, Instrument] = {}
        self.figures = AccountFigures()
        self._clock = clock
        self._out = outlets
        self._bar_quality: defaultdict[Symbol, BarQuality] = defaultdict(BarQuality)

    def tcpDataArrived(self) -> None:
        """Time is taken from the market's messages, not from arrival."""

    def tcpDataProcessed(self) -> None:
        """All messages of a packet were handled."""
        self._flush_quotes()
        if (figures := self.figures.take()) is not None:
            self._out.news(figures)
        self._out.processed()

    def realtimeBar(self, reqId: int, time: int, open_: float, high: float, low: float, close: float, volume: float, wap: float, count: int) -> None:
        """A 5-second bar that starts at `time` (epoch seconds)."""
        if (instrument := self.bar_instruments.get(reqId)) is None:
            return
        bar = bar_of(instrument, time, BAR_SECONDS, (open_, high, low, close), volume)
        self._observe(bar.end)
        self._flush_quotes()
        if (fault := self._bar_quality[bar.symbol].judge(bar).fault) is None:
            self._out.bar(bar)
        else:
            self._out.quarantined(bar.symbol, f"bar: {fault}", bar.end)

    def priceSizeTick(self, reqId: int, tickType: int, price: float, size: float) -> None:
        """A price with its size."""
        self.quotes.price_size(reqId, tickType, price, size, self._clock.now)

    def tickSize(self, reqId: int, tickType: int, size: float) -> None:
        """A size alone."""
        self.quotes.size(reqId, tickType, size, self._clock.now)

    def tickString(self, reqId: int, tickType: int, value: str) -> None:
        """45 and 48 carry the time of the last trade."""
        if tickType == _LAST_TIMESTAMP and value:
            self._observe(Instant(int(value) * NS_PER_SECOND))
        elif tickType == _LAST_TRADE and (milliseconds := value.split(";")[2]):
            self._observe(Instant(int(milliseconds) * _NS_PER_MILLISECOND))

    def tickGeneric(self, reqId: int, tickType: int, value: float) -> None:
        """Not used."""

    def _quote_quarantined(self, symbol: Symbol, fault: Fault, at: Instant) -> None:
        self._out.quarantined(symbol, f"quote: {fault}", at)

    def _observe(self, instant: Instant) -> None:
        """Market time moves on, which ends what was still on its way."""
        self.quotes.settle()
        self._clock.observe(instant)

    def _tell(self, news: News) -> None:
        self.quotes.settle()
        self._flush_quotes()
        self._out.news(news)

    def _flush_quotes(self) -> None:
        for quote in self.quotes.take():
            self._out.news(QuoteSeen(quote))

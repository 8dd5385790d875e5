# ruff: noqa: N802, N803, ARG002  (the client library finds these methods by name, and passes everything it read)
"""The market's part of the broker's messages: ticks, real-time bars, and the end of a packet.

Quotes are conflated: changed ones go out before any other news and at the end of each packet, so what the desk knows when it hears of a fill or a
bar is decided by the order on the wire, never by how the network cut it. A quote bears the market time at which its last piece arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from robo_trader.desk.news import News, QuoteSeen
from robo_trader.edge.ib_account import AccountFigures
from robo_trader.edge.ib_quotes import QuoteBoard
from robo_trader.edge.ib_translate import bar_of
from robo_trader.edge.market_clock import MarketClock
from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_SECOND, Instant, Instrument

BAR_SECONDS: Final = 5
_LAST_TIMESTAMP: Final = 45
_LAST_TRADE: Final = 48
_NS_PER_MILLISECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where the messages of one session go; none of these may raise or block.

    `notice` gets (id, code, text) of every error that belongs to no order of ours; `over` asks to end the session; `acknowledged` gets the id of
    an order of ours that a message named; `processed` is called after each packet.
    """

    news: Callable[[News], None]
    bar: Callable[[Bar], None]
    notice: Callable[[int, int, str], None]
    over: Callable[[str], None]
    acknowledged: Callable[[int], None]
    processed: Callable[[], None]


class MarketCallbacks:
    """Ticks and bars of one session; a subscription is registered in `quotes` and `bar_instruments` before it is asked for."""

    def __init__(self, clock: MarketClock, outlets: Outlets) -> None:
        self.quotes = QuoteBoard()
        self.bar_instruments: dict[int, Instrument] = {}
        self.figures = AccountFigures()
        self._clock = clock
        self._out = outlets

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
        self._clock.observe(bar.end)
        self._flush_quotes()
        self._out.bar(bar)

    def priceSizeTick(self, reqId: int, tickType: int, price: float, size: float) -> None:
        """A price with its size."""
        self.quotes.price_size(reqId, tickType, price, size, self._clock.now)

    def tickSize(self, reqId: int, tickType: int, size: float) -> None:
        """A size alone."""
        self.quotes.size(reqId, tickType, size, self._clock.now)

    def tickString(self, reqId: int, tickType: int, value: str) -> None:
        """45 and 48 carry the time of the last trade."""
        if tickType == _LAST_TIMESTAMP and value:
            self._clock.observe(Instant(int(value) * NS_PER_SECOND))
        elif tickType == _LAST_TRADE and (milliseconds := value.split(";")[2]):
            self._clock.observe(Instant(int(milliseconds) * _NS_PER_MILLISECOND))

    def tickGeneric(self, reqId: int, tickType: int, value: float) -> None:
        """Not used."""

    def _tell(self, news: News) -> None:
        self._flush_quotes()
        self._out.news(news)

    def _flush_quotes(self) -> None:
        for quote in self.quotes.take():
            self._out.news(QuoteSeen(quote))

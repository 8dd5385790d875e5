"""Level-1 ticks folded into quotes: the latest sound one of each symbol, and only when both sides stand.

IB tells a quote in pieces (a price with its size, a size alone), in any order and with repetitions; a side that is absent is marked -1 or 0. The
board keeps the pieces; each of them that leaves both sides standing makes a quote, which is judged at once (`market/quality`) and either waits for
`take`, in the place of an older one, or is quarantined. Judging comes before conflating, so that the verdict depends on the wire alone. A repeated
price is news too: it proves that the quote still stands. Delayed ticks (66 to 76) are not understood on purpose: nothing may be traded on them.

A market that moves by more than its spread looks crossed between the bid's piece and the ask's. Such a quote is never passed on, and is called a
fault only if it was more than that: if anything but the other side's price was told after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from robo_trader.edge.ib_translate import price_ticks
from robo_trader.market.quality import Fault, QuoteQuality
from robo_trader.values import Instant, Instrument, Quote, Side, Symbol, Ticks

_PRICES: Final = {1: Side.BUY, 2: Side.SELL}
_SIZES: Final = {0: Side.BUY, 3: Side.SELL}


@dataclass(frozen=True, slots=True)
class _Crossing:
    """A bid above the ask: in what, whose price made it so, and when."""

    symbol: Symbol
    side: Side
    at: Instant


@dataclass(slots=True)
class _Pieces:
    """What is known of one symbol's quote; a price that is not there is an absent side."""

    instrument: Instrument
    prices: dict[Side, Ticks] = field(default_factory=dict)
    sizes: dict[Side, int] = field(default_factory=dict)
    quality: QuoteQuality = field(default_factory=QuoteQuality)

    def whole(self, at: Instant) -> Quote | None:
        """The quote, as of `at`; None while a side is absent."""
        if len(self.prices) < len(Side):
            return None
        prices, sizes = self.prices, self.sizes
        return Quote(self.instrument.symbol, prices[Side.BUY], prices[Side.SELL], sizes[Side.BUY], sizes[Side.SELL], at)


class QuoteBoard:
    """The latest sound quote of each subscription, by request id."""

    def __init__(self, quarantined: Callable[[Symbol, Fault, Instant], None]) -> None:
        """`quarantined` hears of each quote that is kept out, and why."""
        self._quarantined = quarantined
        self._by_request: dict[int, _Pieces] = {}
        self._changed: dict[int, Quote] = {}
        self._crossings: dict[int, _Crossing] = {}

    def track(self, request_id: int, instrument: Instrument) -> None:
        """Fold the ticks of this request into quotes of `instrument`."""
        self._by_request[request_id] = _Pieces(instrument)

    def price_size(self, request_id: int, tick_type: int, price: float, size: float, at: Instant) -> None:
        """A price with its size; `at` is market time on arrival."""
        pieces, side = self._by_request.get(request_id), _PRICES.get(tick_type)
        if pieces is None or side is None:
            return
        if math.isfinite(price) and price > 0:
            pieces.prices[side] = price_ticks(pieces.instrument, price)
        else:
            pieces.prices.pop(side, None)
        pieces.sizes[side] = int(size)
        if (crossing := self._crossings.get(request_id)) is not None and crossing.side is side:
            self.settle()
        self._judge(request_id, pieces, side, at)

    def size(self, request_id: int, tick_type: int, size: float, at: Instant) -> None:
        """A size alone, in shares; a fraction of a share on display is cut off."""
        pieces, side = self._by_request.get(request_id), _SIZES.get(tick_type)
        if pieces is None or side is None:
            return
        pieces.sizes[side] = int(size)
        self._judge(request_id, pieces, side, at)

    def settle(self) -> None:
        """Something else was told: a quote that still is crossed is not on its way to a sound one."""
        if self._crossings:
            for crossing in self._crossings.values():
                self._quarantined(crossing.symbol, Fault.CROSSED, crossing.at)
            self._crossings.clear()

    def take(self) -> tuple[Quote, ...]:
        """The newest sound quote of each symbol of which one came since the last call."""
        if not self._changed:
            return ()
        changed = tuple(self._changed.values())
        self._changed.clear()
        return changed

    def _judge(self, request_id: int, pieces: _Pieces, side: Side, at: Instant) -> None:
        if (quote := pieces.whole(at)) is None:
            return
        fault = pieces.quality.judge(quote, side).fault
        if fault is Fault.CROSSED:
            self._crossings.setdefault(request_id, _Crossing(quote.symbol, side, at))
            return
        self._crossings.pop(request_id, None)
        if fault is None:
            self._changed[request_id] = quote
        else:
            self._quarantined(quote.symbol, fault, at)

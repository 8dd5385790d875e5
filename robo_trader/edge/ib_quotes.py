"""Level-1 ticks folded into quotes: the latest of each symbol, and only when both sides stand.

IB tells a quote in pieces (a price with its size, a size alone), in any order and with repetitions; a side that is absent is marked -1 or 0. The
board keeps the pieces, and `take` gives each symbol's newest whole quote at most once per change. A repeated price is news too: it proves that the
quote still stands. Delayed ticks (66 to 76) are not understood on purpose: nothing may be traded on them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from robo_trader.edge.ib_translate import price_ticks
from robo_trader.edge.market_clock import NEVER
from robo_trader.values import Instant, Instrument, Quote, Ticks

_BID_SIZE: Final = 0
_BID: Final = 1
_ASK: Final = 2
_ASK_SIZE: Final = 3


@dataclass(slots=True)
class _Pieces:
    """What is known of one symbol's quote; a price of None is an absent side."""

    instrument: Instrument
    bid: Ticks | None = None
    ask: Ticks | None = None
    bid_size: int = 0
    ask_size: int = 0
    at: Instant = NEVER


class QuoteBoard:
    """The latest quote of each subscription, by request id."""

    def __init__(self) -> None:
        self._by_request: dict[int, _Pieces] = {}
        self._changed: dict[int, _Pieces] = {}

    def track(self, request_id: int, instrument: Instrument) -> None:
        """Fold the ticks of this request into quotes of `instrument`."""
        self._by_request[request_id] = _Pieces(instrument)

    def price_size(self, request_id: int, tick_type: int, price: float, size: float, at: Instant) -> None:
        """A price with its size; `at` is market time on arrival."""
        pieces = self._by_request.get(request_id)
        if pieces is None or tick_type not in (_BID, _ASK):
            return
        ticks = price_ticks(pieces.instrument, price) if math.isfinite(price) and price > 0 else None
        if tick_type == _BID:
            pieces.bid, pieces.bid_size = ticks, int(size)
        else:
            pieces.ask, pieces.ask_size = ticks, int(size)
        self._touch(request_id, pieces, at)

    def size(self, request_id: int, tick_type: int, size: float, at: Instant) -> None:
        """A size alone, in shares; a fraction of a share on display is cut off."""
        pieces = self._by_request.get(request_id)
        if pieces is None or tick_type not in (_BID_SIZE, _ASK_SIZE):
            return
        if tick_type == _BID_SIZE:
            pieces.bid_size = int(size)
        else:
            pieces.ask_size = int(size)
        self._touch(request_id, pieces, at)

    def take(self) -> tuple[Quote, ...]:
        """The newest whole quote of each symbol that changed since the last call."""
        if not self._changed:
            return ()
        changed = tuple(quote for pieces in self._changed.values() if (quote := _whole(pieces)) is not None)
        self._changed.clear()
        return changed

    def _touch(self, request_id: int, pieces: _Pieces, at: Instant) -> None:
        pieces.at = at
        self._changed[request_id] = pieces


def _whole(pieces: _Pieces) -> Quote | None:
    if pieces.bid is None or pieces.ask is None:
        return None
    return Quote(pieces.instrument.symbol, pieces.bid, pieces.ask, pieces.bid_size, pieces.ask_size, pieces.at)

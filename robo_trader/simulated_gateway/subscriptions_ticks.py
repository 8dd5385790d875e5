"""Tick-by-tick lines: unlike a market data line they are not sampled, each trade and each change of the best quote is told by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import replies_data as replies
from robo_trader.simulated_gateway.history import middle
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.simulated_gateway.subscriptions import Line
from robo_trader.values import Symbol

KINDS: Final = {"Last": 1, "AllLast": 2, "BidAsk": 3, "MidPoint": 4}
BID_ASK, MIDPOINT = KINDS["BidAsk"], KINDS["MidPoint"]
TICK_LINES_MAX: Final = 5
"""For each client. A real gateway allows three to an ordinary account; the official samples ask for four at once."""
Fields = tuple[str, ...]
Top = tuple[Decimal | None, ...]


@dataclass(slots=True)
class Watched:
    """What a line watches, and what it was told last; `exchange` is said to be where trades happen."""

    symbol: Symbol
    kind: int
    ignore_size: bool
    exchange: str
    told: Top = ()


class EveryTick:
    """All tick-by-tick lines."""

    def __init__(self) -> None:
        """No lines."""
        self._lines: dict[Line, Watched] = {}

    @property
    def any(self) -> bool:
        """Whether there is a line at all."""
        return bool(self._lines)

    def add(self, line: Line, watched: Watched) -> bool:
        """Begin a line; False if its connection has as many as it may have."""
        own = [other for other in self._lines if other.connection == line.connection and other != line]
        if len(own) >= TICK_LINES_MAX:
            return False
        self._lines[line] = watched
        return True

    def has(self, line: Line) -> bool:
        """Whether there is a line of this name."""
        return line in self._lines

    def drop(self, line: Line) -> bool:
        """End a line; whether there was one."""
        return self._lines.pop(line, None) is not None

    def drop_connection(self, connection: int) -> None:
        """End every line of a connection."""
        self._lines = {line: watched for line, watched in self._lines.items() if line.connection != connection}

    def hear(self, event: MarketHappening) -> Iterator[tuple[Line, Fields]]:
        """What each line is told of an event."""
        for line, watched in self._lines.items():
            if watched.symbol == event.symbol and (fields := _worded(line.req_id, watched, event)):
                yield line, fields


def _worded(req_id: int, watched: Watched, event: MarketHappening) -> Fields | None:
    if isinstance(event, TradePrint):
        return None if watched.kind in (BID_ASK, MIDPOINT) else replies.tick_last(req_id, watched.kind, event, watched.exchange)
    if watched.kind == MIDPOINT:
        price = middle(event)
        return None if price is None or _same(watched, (price,)) else replies.tick_midpoint(req_id, event.at, price)
    if watched.kind == BID_ASK and not _same(watched, top_of(event, sizes=not watched.ignore_size)):
        return replies.tick_bid_ask(req_id, event)
    return None


def top_of(quote: QuoteChange, *, sizes: bool) -> Top:
    """What makes two quotes different: the best prices, and the sizes at them if those count."""
    return (quote.bid, quote.ask, Decimal(quote.bid_size), Decimal(quote.ask_size)) if sizes else (quote.bid, quote.ask)


def _same(watched: Watched, top: Top) -> bool:
    """Whether that is what was told last; it is what was told last from now on."""
    before, watched.told = watched.told, top
    return before == top

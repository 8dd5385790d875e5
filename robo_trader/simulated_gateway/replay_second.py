"""One recorded second, told as a sequence: in which order quotes and trades happened inside it.

The files hold, for each second s, the first, highest, lowest and last of bid and ask, and the same of trades. What happened in between is
lost, so the order is stated here. At s plus

    0.1 s  the quote's open                 0.2 s  the trade's open
    0.3 s  the quote's first extreme        0.4 s  the trade's first extreme
    0.5 s  the quote's second extreme       0.6 s  the trade's second extreme
    0.8 s  the trade's close                0.9 s  the quote's close

The extremes are (lowest bid, lowest ask) and (highest bid, highest ask): each pair can have stood at once, which (lowest bid, highest ask)
need not. The one nearer to the open comes first, judged by the trades, by the bids if the trades of the second had one price or there
were none; in doubt the low. A step that repeats the price before it is left out, except the quote's open, which restates the quote once a
second. All quotes of a second carry its recorded sizes; its volume is shared out evenly over its prints, the remainder to the first.

A side that is missing (zero or not a number) keeps its last price. Where the recorded bid reaches the ask (it does, in consolidated
quotes), the bid stands; the ask is the one before if that lies above the bid, else one cent above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

TENTH: Final = NS_PER_SECOND // 10
CENT: Final = Decimal("0.01")


class Span(NamedTuple):
    """First, highest, lowest and last price of one second in dollars; None where it is missing."""

    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None


class QuoteSecond(NamedTuple):
    """The recorded quotes of one second; sizes in shares."""

    bid: Span
    ask: Span
    bid_size: int
    ask_size: int


class TradeSecond(NamedTuple):
    """The recorded trades of one second."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int


def happenings(
    symbol: Symbol, start: Instant, quote: QuoteSecond | None, trade: TradeSecond | None, before: QuoteChange | None
) -> list[MarketHappening]:
    """What happened in the second that begins at `start`; `before` is the quote in force until then."""
    low_first = _low_first(quote, trade)
    told: list[MarketHappening] = []
    if quote is not None:
        told += _quotes(symbol, start, quote, before, low_first=low_first)
    if trade is not None:
        told += _prints(symbol, start, trade, low_first=low_first)
    told.sort(key=_instant)  # the tenths of quotes and trades are disjoint: no ties
    return told


def _instant(happening: MarketHappening) -> Instant:
    return happening.at


def _low_first(quote: QuoteSecond | None, trade: TradeSecond | None) -> bool:
    if trade is not None and trade.high != trade.low:
        return trade.open - trade.low <= trade.high - trade.open
    if quote is not None:
        first, high, low, _ = quote.bid
        if first is not None and high is not None and low is not None:
            return first - low <= high - first
    return True


def _quotes(symbol: Symbol, start: Instant, quote: QuoteSecond, before: QuoteChange | None, *, low_first: bool) -> list[QuoteChange]:
    first, high, low, close = zip(quote.bid, quote.ask, strict=True)
    steps = ((1, first), (3, low if low_first else high), (5, high if low_first else low), (9, close))
    told: list[QuoteChange] = []
    last = before
    for tenths, (new_bid, new_ask) in steps:
        bid, ask = _uncrossed(new_bid, new_ask, last)
        if told and last is not None and bid == last.bid and ask == last.ask:
            continue
        bid_size, ask_size = quote.bid_size if bid is not None else 0, quote.ask_size if ask is not None else 0
        last = QuoteChange(symbol, bid, ask, bid_size, ask_size, Instant(start + tenths * TENTH))
        told.append(last)
    return told


def _uncrossed(bid: Decimal | None, ask: Decimal | None, last: QuoteChange | None) -> tuple[Decimal | None, Decimal | None]:
    last_bid, last_ask = (last.bid, last.ask) if last is not None else (None, None)
    bid = last_bid if bid is None else bid
    ask = last_ask if ask is None else ask
    if bid is not None and ask is not None and bid >= ask:
        ask = last_ask if last_ask is not None and last_ask > bid else bid + CENT
    return bid, ask


def _prints(symbol: Symbol, start: Instant, trade: TradeSecond, *, low_first: bool) -> list[TradePrint]:
    first, second = (trade.low, trade.high) if low_first else (trade.high, trade.low)
    steps: list[tuple[int, Decimal]] = [(2, trade.open)]
    for tenths, price in ((4, first), (6, second), (8, trade.close)):
        if price != steps[-1][1]:
            steps.append((tenths, price))
    sizes = _shared_out(trade.volume, len(steps))
    return [TradePrint(symbol, price, size, Instant(start + tenths * TENTH)) for (tenths, price), size in zip(steps, sizes, strict=True)]


def _shared_out(volume: int, parts: int) -> Sequence[int]:
    each, rest = divmod(volume, parts)
    return [each + rest, *[each] * (parts - 1)]

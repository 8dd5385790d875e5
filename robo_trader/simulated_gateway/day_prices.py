"""What a line tells of the day beside its quotes and trades: the session's open, high and low so far, and the close of the session before it.

The day is New York's. Only trades of regular hours count; before the first of them there is a close, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.hours import Session, extended_hours, new_york, new_york_date
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.model import TradePrint
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

HIGH, LOW, CLOSE, OPEN = 6, 7, 9, 14
_DAYS_FOR_CLOSE: Final = 7
_NS_PER_DAY: Final = SECONDS_PER_DAY * NS_PER_SECOND


def close_before(market: Market, symbol: Symbol, at: Instant) -> Decimal | None:
    """The close of the session before the day of an instant; None where it is not known."""
    opened = extended_hours(new_york_date(at)).open
    before = market.bars(symbol, Instant(opened - _DAYS_FOR_CLOSE * _NS_PER_DAY), opened, SECONDS_PER_DAY, rth=True)
    return before[-1].close if before else None


class DayPrices:
    """Those of one symbol, kept up to date by its trades."""

    def __init__(self, market: Market, symbol: Symbol, now: Instant) -> None:
        """As they are at `now`, which may lie before the market's cursor."""
        self._market = market
        self._symbol = symbol
        self._begin(now)

    def _begin(self, now: Instant) -> None:
        today = new_york_date(now)
        self._session: Session | None = self._market.session(today)
        self._over = new_york(today + timedelta(days=1), time())
        self._prices: dict[int, Decimal] = {}
        session = self._session
        for trade in [] if session is None else self._market.prints(self._symbol, session.open, Instant(min(now + 1, session.close))):
            self._take(trade.price)
        before = close_before(self._market, self._symbol, now)
        if before is not None:
            self._prices[CLOSE] = before

    def hear(self, trade: TradePrint) -> bool:
        """A trade, after all that were known before; whether it is the first of another day, which begins with it."""
        if trade.at >= self._over:
            self._begin(trade.at)
            return True
        if self._session is not None and self._session.open <= trade.at < self._session.close:
            self._take(trade.price)
        return False

    def _take(self, price: Decimal) -> None:
        self._prices.setdefault(OPEN, price)
        self._prices[HIGH] = max(price, self._prices.get(HIGH, price))
        self._prices[LOW] = min(price, self._prices.get(LOW, price))

    def told(self) -> Iterator[tuple[int, Decimal]]:
        """What is known, by its type of tick."""
        return ((kind, self._prices[kind]) for kind in (HIGH, LOW, CLOSE, OPEN) if kind in self._prices)

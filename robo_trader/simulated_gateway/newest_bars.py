"""The newest bar of each history that is kept up to date.

Clients may keep many histories, and each is looked at every five seconds. However many there are, a bar is made once a turn; and of days, weeks and
months only today is made then, for what was before it is known since midnight.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import NamedTuple

from robo_trader.simulated_gateway.history import bars_of, grouped, period_begin
from robo_trader.simulated_gateway.hours import new_york, new_york_date
from robo_trader.simulated_gateway.market import Market, TradeBar
from robo_trader.simulated_gateway.subscriptions import BAR_SECONDS
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from robo_trader.values import NS_PER_SECOND, Instant, Symbol


class History(NamedTuple):
    """What a history shows."""

    symbol: Symbol
    seconds: int
    rth: bool
    what: str


class NewestBars:
    """See the module's head."""

    def __init__(self) -> None:
        """Nothing is known at first."""
        self._earlier: dict[History, tuple[Instant, list[TradeBar]]] = {}

    def turn(self, market: Market, end: Instant, histories: Iterable[History]) -> dict[History, TradeBar]:
        """The bar of each that `end` lies in or closes, where there is one; what is not asked for any more is forgotten."""
        wanted = dict.fromkeys(histories)
        self._earlier = {history: known for history, known in self._earlier.items() if history in wanted}
        today: dict[History, list[TradeBar]] = {}
        newest = {history: self._bars(market, end, history, today) for history in wanted}
        return {history: bars[-1] for history, bars in newest.items() if bars}

    def _bars(self, market: Market, end: Instant, history: History, today: dict[History, list[TradeBar]]) -> list[TradeBar]:
        """The last few; those of a day are made once for all that have them."""
        if history.seconds < SECONDS_PER_DAY:
            return _made(market, history, Instant(end - max(history.seconds, BAR_SECONDS) * NS_PER_SECOND), end)
        daily, midnight = history._replace(seconds=SECONDS_PER_DAY), new_york(new_york_date(end), time())
        if daily not in today:
            today[daily] = _made(market, daily, midnight, end)
        known_at, earlier = self._earlier.get(history, (None, []))
        if known_at != midnight:  # prices of before may be others since then
            earlier = _made(market, daily, _since(midnight, history.seconds), midnight)
            self._earlier[history] = midnight, earlier
        days = earlier + today[daily]
        return days if history.seconds == SECONDS_PER_DAY else grouped(days, history.seconds)


def _since(midnight: Instant, seconds: int) -> Instant:
    """From where on there surely is a bar before midnight that has begun: weeks and months are no whole number of days."""
    if seconds == SECONDS_PER_DAY:
        return Instant(midnight - seconds * NS_PER_SECOND)
    return period_begin(Instant(midnight - 2 * seconds * NS_PER_SECOND), seconds)


def _made(market: Market, history: History, start: Instant, end: Instant) -> list[TradeBar]:
    return bars_of(market, history.symbol, start, end, history.seconds, rth=history.rth, what=history.what)

"""Single ticks of the past: the first from an instant on, or the last before one, inside trading hours; and how many shares traded at each price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Final, TypeVar

from robo_trader.simulated_gateway.dispatch_times import CALENDAR_DAYS_MAX, Sessions, windows
from robo_trader.simulated_gateway.history import middle
from robo_trader.simulated_gateway.hours import extended_hours, new_york_date
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.model import QuoteChange
from robo_trader.simulated_gateway.subscriptions_ticks import top_of
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

TICKS_MAX: Final = 1_000
WINDOWS_MAX: Final = 100  # the thin past of a generated market has 12 prints a session, of which some change no price: 1000 ticks are 84 and a few

T = TypeVar("T")
Fetch = Callable[[Instant, Instant], list[T]]
"""What happened in [start, end), in order."""
Moment = Callable[[T], Instant]
"""When it happened."""


def last_before(fetch: Fetch[T], end: Instant, count: int, *, rth: bool, sessions: Sessions) -> list[T]:
    """Up to `count`, the latest before `end`."""
    found: list[T] = []
    for opened, closed in islice(windows(end, rth=rth, sessions=sessions), WINDOWS_MAX):
        found = fetch(opened, closed) + found
        if len(found) >= count:
            break
    return found[-count:]


def first_from(fetch: Fetch[T], at: Moment[T], start: Instant, now: Instant, count: int, *, rth: bool, sessions: Sessions) -> list[T]:
    """Up to `count`, the earliest from `start` on, none after `now`; and whatever else happened in the second of the last of them.

    Clients read on from the second after the last tick, which is told to the second: what was left of it would be lost to them.
    """
    found: list[T] = []
    for opened, closed in _windows_ahead(start, now, rth=rth, sessions=sessions):
        found += fetch(max(opened, start), min(closed, Instant(now + 1)))
        if len(found) >= count:
            break
    return found[:count] + [one for one in found[count:] if _second(at(one)) == _second(at(found[count - 1]))]


def _second(at: Instant) -> int:
    return at // NS_PER_SECOND


def _windows_ahead(start: Instant, now: Instant, *, rth: bool, sessions: Sessions) -> Iterator[tuple[Instant, Instant]]:
    day = new_york_date(start)
    for _ in range(CALENDAR_DAYS_MAX + 1):
        if day > new_york_date(now):
            return
        session = sessions(day)
        if session is not None:
            hours = session if rth else extended_hours(day)
            yield hours.open, hours.close
        day += timedelta(days=1)


def quotes_in(market: Market, symbol: Symbol, *, sizes: bool) -> Fetch[QuoteChange]:
    """Changes of the best quote; of its prices alone where `sizes` do not count."""

    def fetch(start: Instant, end: Instant) -> list[QuoteChange]:
        found: list[QuoteChange] = []
        before: object = None
        for quote in market.quotes(symbol, start, end):
            top = top_of(quote, sizes=sizes)
            if quote.at >= start and top != before:
                found.append(quote)
            before = top
        return found

    return fetch


def middles_in(market: Market, symbol: Symbol) -> Fetch[tuple[Instant, Decimal]]:
    """Changes of the middle of the quote."""

    def fetch(start: Instant, end: Instant) -> list[tuple[Instant, Decimal]]:
        found: list[tuple[Instant, Decimal]] = []
        before: Decimal | None = None
        for quote in market.quotes(symbol, start, end):
            price = middle(quote)
            if price is not None and quote.at >= start and price != before:
                found.append((quote.at, price))
            before = price if price is not None else before
        return found

    return fetch


def traded_at(market: Market, symbol: Symbol, start: Instant, end: Instant, *, rth: bool) -> list[tuple[Decimal, int]]:
    """Shares traded at each price, by price."""
    sizes: Counter[Decimal] = Counter()
    for opened, closed in _windows_ahead(start, end, rth=rth, sessions=market.session):
        for told in market.prints(symbol, max(opened, start), min(closed, end)):
            sizes[told.price] += told.size
    return sorted(sizes.items())

"""Is this bar or quote fit to be used? Accepted, or quarantined with the reason.

Quarantined data is kept out of strategies and out of the gate; it is never repaired. The one judgement that needs memory is the jump: a price far
from the last accepted one is held back, and believed when it is confirmed. A bar is confirmed by a later one that lies near its close: a bad print
costs its own bar, a real gap costs one. A side of a quote is confirmed when that side is stated again, near, a second of market time later: a wrong
price that the other side's ticks leave standing proves nothing, and one that is put right within the second was never seen.

Judging is cheap and done at the broker's edge, on every bar and quote as the wire tells them, before anything is summed up or conflated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_MINUTE, NS_PER_SECOND, Instant, Quote, Side, Symbol, Ticks

JUMP_PERCENT_MAX: Final = 20
QUOTE_CONFIRMED_AFTER_NS: Final = NS_PER_SECOND


class Fault(StrEnum):
    """What is wrong with a bar or a quote."""

    NOT_POSITIVE = "a price is zero or negative"
    LOW_ABOVE_HIGH = "low is above high"
    OUTSIDE_RANGE = "open or close is outside low to high"
    NEGATIVE_VOLUME = "volume is negative"
    JUMP = "a price is too far from the last one, and nothing confirms it yet"
    TIME_NOT_FORWARD = "market time does not move forward"
    CROSSED = "bid is above ask"
    ZERO_SIZE = "a size is zero or negative"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Accepted (`fault` is None) or quarantined because of `fault`."""

    fault: Fault | None = None

    @property
    def accepted(self) -> bool:
        """Whether the data may be used."""
        return self.fault is None


ACCEPTED: Final = Verdict()


class BarQuality:
    """Judges the bars of one symbol and one length, in the order of arrival."""

    def __init__(self) -> None:
        self._accepted: Bar | None = None
        self._suspect: Bar | None = None

    def judge(self, bar: Bar) -> Verdict:
        """Accept or quarantine; an accepted bar becomes the reference of the next."""
        fault = shape_fault(bar) or self._time_fault(bar) or self._jump_fault(bar)
        if fault is Fault.JUMP:
            self._suspect = bar
        if fault is not None:
            return Verdict(fault)
        self._accepted, self._suspect = bar, None
        return ACCEPTED

    def _time_fault(self, bar: Bar) -> Fault | None:
        backwards = self._accepted is not None and bar.start <= self._accepted.start
        return Fault.TIME_NOT_FORWARD if backwards else None

    def _jump_fault(self, bar: Bar) -> Fault | None:
        if self._accepted is None or lies_near(bar, self._accepted.close):
            return None
        # The same bar again confirms nothing: only a later one, the whole of it near the suspect's close, does.
        suspect = self._suspect
        confirmed = suspect is not None and bar.start > suspect.start and lies_near(bar, suspect.close)
        return None if confirmed else Fault.JUMP


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A side's price that lies far from the accepted one, since when it is told, and whether it was told again late enough."""

    price: Ticks
    since: Instant
    confirmed: bool = False

    def told_again(self, price: Ticks, at: Instant) -> _Suspect:
        """The suspect after its side was stated at `at`; another price far from this one is a suspect of its own."""
        if is_jump(self.price, price):
            return _Suspect(price, at)
        return _Suspect(self.price, self.since, at - self.since >= QUOTE_CONFIRMED_AFTER_NS)


class QuoteQuality:
    """Judges the quotes of one symbol in the order of arrival."""

    def __init__(self) -> None:
        self._accepted: Quote | None = None
        self._suspects: dict[Side, _Suspect] = {}

    def judge(self, quote: Quote, stated: Side) -> Verdict:
        """Accept or quarantine; `stated` is the side that was just told (BUY the bid, SELL the ask), the other one stood before.

        Several quotes may share an instant, none may go back in time. A locked quote (bid = ask) is fine.
        """
        jump = self._jump_fault(quote, stated)  # before all else: a side that jumps over the other is stated too
        fault = quote_fault(quote) or self._time_fault(quote) or jump
        if fault is not None:
            return Verdict(fault)
        self._accepted = quote
        self._suspects.clear()
        return ACCEPTED

    def _time_fault(self, quote: Quote) -> Fault | None:
        backwards = self._accepted is not None and quote.at < self._accepted.at
        return Fault.TIME_NOT_FORWARD if backwards else None

    def _jump_fault(self, quote: Quote, stated: Side) -> Fault | None:
        last = self._accepted
        if last is None or not (self._suspects or is_jump(last.bid, quote.bid) or is_jump(last.ask, quote.ask)):
            return None
        believed = True
        for side in Side:
            price, suspect = price_on(quote, side), self._suspects.get(side)
            if not is_jump(price_on(last, side), price):
                self._suspects.pop(side, None)
                continue
            if side is stated:
                suspect = suspect.told_again(price, quote.at) if suspect else _Suspect(price, quote.at)
                self._suspects[side] = suspect
            believed = believed and suspect is not None and suspect.confirmed
        return None if believed else Fault.JUMP


class Quarantine:
    """What was kept out: counted by reason, and said once for each symbol, reason and minute of market time."""

    def __init__(self, say: Callable[[Symbol, str], None]) -> None:
        """`say` gets the symbol and the reason in words."""
        self.counts: dict[str, int] = {}
        self._say = say
        self._minute_said: dict[tuple[Symbol, str], int] = {}

    def put(self, symbol: Symbol, reason: str, at: Instant) -> None:
        """Something of `symbol` was quarantined at market time `at`."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        minute = at // NS_PER_MINUTE
        if self._minute_said.get((symbol, reason)) != minute:
            self._minute_said[symbol, reason] = minute
            self._say(symbol, reason)


def shape_fault(bar: Bar) -> Fault | None:
    """What is wrong with a bar looked at alone."""
    if min(bar.open, bar.high, bar.low, bar.close) <= 0:
        return Fault.NOT_POSITIVE
    if bar.low > bar.high:
        return Fault.LOW_ABOVE_HIGH
    if not (bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high):
        return Fault.OUTSIDE_RANGE
    return Fault.NEGATIVE_VOLUME if bar.volume < 0 else None


def quote_fault(quote: Quote) -> Fault | None:
    """What is wrong with a quote looked at alone."""
    if min(quote.bid, quote.ask) <= 0:
        return Fault.NOT_POSITIVE
    if quote.bid > quote.ask:
        return Fault.CROSSED
    return Fault.ZERO_SIZE if min(quote.bid_size, quote.ask_size) <= 0 else None


def price_on(quote: Quote, side: Side) -> Ticks:
    """The price on one side of a quote: BUY is the bid, SELL the ask."""
    return quote.bid if side is Side.BUY else quote.ask


def lies_near(bar: Bar, reference: Ticks) -> bool:
    """Whether all prices of a well-shaped bar are within `JUMP_PERCENT_MAX` of `reference`."""
    return not (is_jump(reference, bar.low) or is_jump(reference, bar.high))


def is_jump(reference: Ticks, price: Ticks) -> bool:
    """Whether `price` is more than `JUMP_PERCENT_MAX` away from `reference`."""
    return abs(price - reference) * 100 > JUMP_PERCENT_MAX * reference

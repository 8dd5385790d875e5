"""Is this bar or quote fit to be used? Accepted, or quarantined with the reason.

Quarantined data is kept out of strategies and out of the gate; it is never repaired. The one judgement that needs memory is the jump: a close far
from the last accepted one is held back once, and believed when the next bar confirms it, so a bad print costs nothing and a real gap costs one bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from robo_trader.market.bar import Bar
from robo_trader.values import Instant, Quote, Ticks

JUMP_PERCENT_MAX: Final = 20


class Fault(StrEnum):
    """What is wrong with a bar or a quote."""

    NOT_POSITIVE = "a price is zero or negative"
    LOW_ABOVE_HIGH = "low is above high"
    OUTSIDE_RANGE = "open or close is outside low to high"
    NEGATIVE_VOLUME = "volume is negative"
    JUMP = "close is too far from the last one, and nothing confirms it yet"
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
        if self._accepted is None or not is_jump(self._accepted.close, bar.close):
            return None
        # The same bar again confirms nothing: only a later one, near the suspect, does.
        suspect = self._suspect
        confirmed = suspect is not None and bar.start > suspect.start and not is_jump(suspect.close, bar.close)
        return None if confirmed else Fault.JUMP


class QuoteQuality:
    """Judges the quotes of one symbol in the order of arrival."""

    def __init__(self) -> None:
        self._latest_at: Instant | None = None

    def judge(self, quote: Quote) -> Verdict:
        """Accept or quarantine; several quotes may share an instant, none may go back in time. A locked quote (bid = ask) is fine."""
        fault = quote_fault(quote)
        if fault is None and self._latest_at is not None and quote.at < self._latest_at:
            fault = Fault.TIME_NOT_FORWARD
        if fault is not None:
            return Verdict(fault)
        self._latest_at = quote.at
        return ACCEPTED


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


def is_jump(reference: Ticks, price: Ticks) -> bool:
    """Whether `price` is more than `JUMP_PERCENT_MAX` away from `reference`."""
    return abs(price - reference) * 100 > JUMP_PERCENT_MAX * reference

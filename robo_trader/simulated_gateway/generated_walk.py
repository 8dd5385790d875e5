"""How a generated price moves: one symbol, one seed, whole numbers only.

The middle of the quote walks in thousandths of a tick, one step a second, as a sum of random bits. What shapes the walk is the regime, drawn
for 3 to 30 minutes at a time: calm, a trend up or down, a pull back to where the regime began, or volatile. About every 40 minutes it jumps.
Integer arithmetic makes the same seed the same market on every machine.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from math import isqrt
from random import Random
from typing import Final, NamedTuple

from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

MILLI: Final = 1000
PRICE_MIN: Final = 100 * MILLI
DEPTH_LEVELS: Final = 4
JUMP_EVERY_SECONDS: Final = 2400
NS_PER_MS: Final = 1_000_000
OVERNIGHT_PER_MILLE: Final = 10
ALWAYS: Final = 1024
_BITS: Final = 32
_STEP_PER_MILLION: Final = 23  # of the price, for one bit: about 1 % in a session of 23,400 steps


class Regime(NamedTuple):
    """What shapes the walk: step size in percent, drift in thousandths of a step unit, the part of the way back per second, extra spread."""

    step_percent: int
    drift: int
    pull_per_mille: int
    spread: int


REGIMES: Final = (
    Regime(60, 0, 0, 0),
    Regime(80, 140, 0, 0),
    Regime(80, -140, 0, 0),
    Regime(100, 0, 5, 0),
    Regime(250, 0, 0, 1),
)
_SPREADS: Final = (1, 1, 1, 1, 2, 2, 2, 3)


def first_price(symbol: Symbol) -> int:
    """Where a symbol's price starts, in thousandths of a tick: 50 to 400 dollars, always the same for the same letters."""
    return (5_000 + int.from_bytes(sha256(symbol.encode()).digest()[:4], "big") % 35_000) * MILLI


class Walk:
    """The quotes and prints of one symbol, second by second."""

    def __init__(self, symbol: Symbol, chance: Random, first: int | None = None) -> None:
        """`chance` belongs to the walk; it begins at `first` thousandths of a tick, or where its symbol always begins."""
        self.symbol = symbol
        self._chance = chance
        self._middle = self._anchor = first_price(symbol) if first is None else first
        self._unit = max(1, self._middle * _STEP_PER_MILLION // 1_000_000)
        self._regime = REGIMES[0]
        self._regime_seconds = 0
        self._quote: QuoteChange | None = None
        self._prices: dict[int, Decimal] = {}

    @property
    def middle(self) -> int:
        """Where the price is, in thousandths of a tick."""
        return self._middle

    def sleep(self, new: int = 1, old: int = 1) -> None:
        """A night passes: the price opens up to one percent away, on the footing of a split of `new` for `old` if there was one."""
        gap = self._chance.randrange(-OVERNIGHT_PER_MILLE, OVERNIGHT_PER_MILLE + 1)
        self._middle = self._anchor = after_split(self._middle * (1000 + gap) // 1000, new, old)
        self._unit = max(1, self._unit * old // new)
        self._regime_seconds, self._quote = 0, None

    def second(self, start: Instant, activity: int) -> list[MarketHappening]:
        """What happens in [start, start + 1 s); `activity` of 1024 is the chance of a quote, and of a print."""
        self._step()
        bits = self._chance.getrandbits(64)
        told: list[MarketHappening] = []
        if self._quote is None or bits & 1023 < activity:
            told.append(self._requote(Instant(start + (100 + (bits >> 10) % 300) * NS_PER_MS)))
        if (bits >> 20) & 1023 < activity:
            told.append(self._print(Instant(start + (450 + (bits >> 30) % 300) * NS_PER_MS)))
            if (bits >> 40) & 3 == 0:
                told.append(self._print(Instant(start + (800 + (bits >> 42) % 190) * NS_PER_MS)))
        return told

    def _step(self) -> None:
        if not self._regime_seconds:
            self._regime = self._chance.choice(REGIMES)
            self._regime_seconds = self._chance.randrange(180, 1800)
            self._anchor = self._middle
        self._regime_seconds -= 1
        regime, bits = self._regime, self._chance.getrandbits(_BITS + 16)
        heads = (bits & 0xFFFFFFFF).bit_count() - _BITS // 2
        move = heads * self._unit * regime.step_percent // 100 + self._unit * regime.drift // MILLI
        move += (self._anchor - self._middle) * regime.pull_per_mille // 1000
        if (bits >> _BITS) % JUMP_EVERY_SECONDS == 0:
            move += self._unit * self._chance.randrange(60, 240) * self._chance.choice((-1, 1))
        self._middle = max(PRICE_MIN, self._middle + move)

    def _requote(self, at: Instant) -> QuoteChange:
        bits = self._chance.getrandbits(72)
        spread = _SPREADS[bits & 7] + self._regime.spread
        bid = self._middle // MILLI - spread // 2
        ask = bid + spread
        sizes = [shares(bits >> shift & 255) for shift in range(3, 3 + 6 * (2 + 2 * DEPTH_LEVELS), 6)]
        price = self._price
        bids = tuple((price(bid - level), sizes[2 * level]) for level in range(1, DEPTH_LEVELS + 1))
        asks = tuple((price(ask + level), sizes[2 * level + 1]) for level in range(1, DEPTH_LEVELS + 1))
        self._quote = QuoteChange(self.symbol, price(bid), price(ask), sizes[0], sizes[1], at, bids, asks)
        return self._quote

    def _print(self, at: Instant) -> TradePrint:
        quote = self._quote
        assert quote is not None, "the first second quotes before it prints"
        assert quote.bid is not None, "a generated quote has both sides"
        assert quote.ask is not None, "a generated quote has both sides"
        bits = self._chance.getrandbits(9)
        price, displayed = (quote.ask, quote.ask_size) if bits & 1 else (quote.bid, quote.bid_size)
        return TradePrint(self.symbol, price, min(displayed, shares(bits >> 1)), at)

    def _price(self, ticks: int) -> Decimal:
        price = self._prices.get(ticks)
        if price is None:
            price = self._prices[ticks] = Decimal(ticks).scaleb(-2)
        return price


def after_split(price: int, new: int, old: int) -> int:
    """A price in thousandths of a tick, on the footing of `new` shares for `old`."""
    return max(PRICE_MIN, price * old // new)


def shares(bits: int) -> int:
    """A size from eight random bits: 100 to 3,200 in round lots, one in sixteen an odd lot of 10 to 160."""
    if bits & 15 == 0:
        return 10 * (1 + (bits >> 4))
    return 100 * (1 + (bits & 3)) * (1 + (bits >> 4 & 7))


def past_session(chance: Random, open_at: Instant, minutes: int, last: int, *, each: int = 1) -> list[tuple[Instant, Decimal, int]]:
    """Prints of an earlier session that ended at `last` thousandths of a tick: four in `each` minutes, walked backwards, told forwards."""
    unit = max(1, last * _STEP_PER_MILLION // 1_000_000)
    price = last
    prints: list[tuple[Instant, Decimal, int]] = []
    pace = isqrt(each)  # a walk goes as far as the root of its time
    for minute in reversed(range(0, minutes, each)):
        bits = chance.getrandbits(80)
        close, first = price, max(PRICE_MIN, price - ((bits & 0xFFFFFFFF).bit_count() - _BITS // 2) * unit * 8 * pace)
        wick = unit * (bits >> 32 & 15) * pace
        extremes = (min(first, close) - wick, max(first, close) + wick)
        low_first = bits >> 36 & 1
        begin = open_at + minute * 60 * NS_PER_SECOND
        walked = zip((57, 40, 20, 2), (close, extremes[low_first], extremes[1 - low_first], first), (40, 48, 56, 64), strict=True)
        prints += [
            (Instant(begin + (2 + (second - 2) * each) * NS_PER_SECOND), Decimal(at // MILLI).scaleb(-2), 5 * each * shares(bits >> shift & 255))
            for second, at, shift in walked
        ]
        price = first
    prints.reverse()
    return prints

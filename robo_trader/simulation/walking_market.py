"""A market of few events and much movement, made for worlds that live for minutes: thin displays, jumps through stops, silences.

It keeps the contract of every market of the simulated gateway (a cursor over a future that nobody can see), with two differences on purpose. Its
prices walk at once as far as a real one does in an hour, so that stops are reached. And the world may push an event of its own, which is how a fill
is made to race a cancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Final

from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulated_gateway.market_cursor import MarketCursor
from robo_trader.simulated_gateway.model import MarketHappening, QuoteChange, TradePrint
from robo_trader.values import Instant, Symbol

FIRST_TICKS: Final = 10_000
LOW_TICKS: Final = 5_000
HIGH_TICKS: Final = 20_000
_SIZES: Final = (10, 30, 60, 100, 150, 400, 1000)
_JUMP_CHANCE: Final = 0.02
_JUMP_TICKS: Final = 120


def dollars(ticks: int) -> Decimal:
    """A price of so many cents."""
    return Decimal(ticks).scaleb(-2)


class WalkingMarket(MarketCursor):
    """Quotes and prints of each symbol every `step_ns` of market time; `stride` is the largest move of a step in ticks of 0.01."""

    kind = "walking"

    def __init__(self, symbols: Sequence[Symbol], seed: int, day: date, *, start: Instant, step_ns: int, stride: int) -> None:
        """DataError if `day` has no session."""
        super().__init__(symbols, day, regular_hours)
        self.start = self.cursor = start
        self.silent: set[Symbol] = set()
        """Symbols in which nothing is quoted or traded at present."""
        self._chance = Random(f"{seed}:market")  # noqa: S311 - a market, not secrets
        self._step_ns, self._stride = step_ns, stride
        self._next = start
        self._ticks = {symbol: FIRST_TICKS + 500 * place for place, symbol in enumerate(self.symbols)}
        self._pushed: list[MarketHappening] = []

    def events_until(self, to: Instant) -> list[MarketHappening]:
        """What was pushed, then the steps up to and including `to`."""
        told, self._pushed = self._pushed, []
        while self._next <= min(to, self.end):
            for symbol in self.symbols:
                told += self._step(symbol, self._next)
            self._next = Instant(self._next + self._step_ns)
        self._see(told, to)
        return told

    def push(self, event: MarketHappening) -> None:
        """Let this happen at the next advance."""
        self._pushed.append(event)

    def price(self, symbol: Symbol) -> Decimal:
        """Where the symbol stands, in dollars."""
        return dollars(self._ticks[symbol])

    def size(self) -> int:
        """Shares on a display, as this market would show them."""
        return self._chance.choice(_SIZES)

    def _step(self, symbol: Symbol, at: Instant) -> list[MarketHappening]:
        chance = self._chance
        move = chance.randint(-self._stride, self._stride)
        if chance.random() < _JUMP_CHANCE:
            move += chance.choice((-_JUMP_TICKS, _JUMP_TICKS))
        ticks = self._ticks[symbol] = min(max(self._ticks[symbol] + move, LOW_TICKS), HIGH_TICKS)
        sizes = chance.choice(_SIZES), chance.choice(_SIZES), chance.choice(_SIZES)
        if symbol in self.silent:
            return []
        price = dollars(ticks)
        return [
            TradePrint(symbol, price, sizes[0], at),
            QuoteChange(symbol, dollars(ticks - 1), dollars(ticks + 1), sizes[1], sizes[2], at),
        ]

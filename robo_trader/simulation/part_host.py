"""The strategies' process in a world: a stance for each book at each bar's end, by chance or by the real moving averages.

A strategy may err in every way that the desk must bear (F36): it repeats itself, contradicts itself within a bar, and speaks of bars long gone.
"""

from __future__ import annotations

from random import Random
from typing import Final

from robo_trader.desk.news import Signal
from robo_trader.simulation.agenda import Life
from robo_trader.simulation.kit import Kit
from robo_trader.strategies.moving_average_cross import MovingAverageCross
from robo_trader.strategies.strategy import NO_OPINION
from robo_trader.values import NS_PER_SECOND, BookId, Instant

GRACE_NS: Final = 5 * NS_PER_SECOND
ANSWER_SECONDS_MAX: Final = 0.02
_STAY_CHANCE: Final = 0.35
_STANCES: Final = (-1, 0, 1, 1, -1)
_TICKS_A_DOLLAR: Final = 100


class PartHost:
    """One incarnation; `send` brings a signal to the desk."""

    def __init__(self, kit: Kit, life: Life) -> None:
        self._kit, self._life = kit, life
        self._chance = Random(f"{kit.plan.seed}:{life.epoch}:stances")  # noqa: S311 - a workload, not secrets
        self._stances = dict.fromkeys(kit.books, 0)
        self._averages = {book: MovingAverageCross(2, 4) for book in kit.books} if kit.plan.averages else {}

    def begin(self) -> None:
        """Follow the bars from now on."""
        self._kit.started(self._life)
        self._next_bar()

    def _next_bar(self) -> None:
        agenda, length = self._kit.agenda, self._kit.plan.bar_ns
        agenda.after(length - agenda.market % length, self._life, self._bar_ends)

    def _bar_ends(self) -> None:
        end = self._kit.agenda.market
        if not self._kit.faults.over:
            for book in self._kit.books:
                stance = self._stance(book)
                if stance != NO_OPINION:
                    self._say(book, stance, end)
                    self._err(book, end)
        self._next_bar()

    def _stance(self, book: BookId) -> int:
        averages = self._averages.get(book)
        if averages is None:
            if self._chance.random() >= _STAY_CHANCE:
                self._stances[book] = self._chance.choice(_STANCES)
            return self._stances[book]
        ticks = int(self._kit.market.price(book.symbol) * _TICKS_A_DOLLAR)
        return averages.on_bar(ticks, ticks, ticks, ticks, 100)

    def _err(self, book: BookId, end: Instant) -> None:
        faults = self._kit.faults
        if faults.strikes("F36", f"the strategy of {book.symbol} errs"):
            chance = faults.chance("F36")
            for _ in range(chance.randint(2, 6)):
                age = chance.choice((0, 0, 1, 10)) * self._kit.plan.bar_ns
                self._say(book, chance.choice((-1, 0, 1)), Instant(end - age))

    def _say(self, book: BookId, stance: int, end: Instant) -> None:
        kit = self._kit
        signal = Signal(book, stance, end, Instant(end + kit.plan.bar_ns + GRACE_NS))
        pause = round(self._chance.uniform(0.001, ANSWER_SECONDS_MAX) * NS_PER_SECOND)
        kit.agenda.after(pause, kit.desk_life, lambda: kit.signalled(signal))

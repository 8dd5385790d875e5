"""Where a strategy's answer belongs in the log, so that what is decided does not depend on which process was faster.

The gateway marks in its log where each minute closed; the strategy's answer to that minute comes by another road. An answer that comes first waits
for its mark. A mark that comes first is passed, and the answer counts when it arrives, unless the market waits for us anyway (lockstep): then the
mark waits for its answer, and the day is decided exactly as if everything ran in one process; for as long as its host may come back, no longer.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from actors.messages import Considered, Mark
from robo_trader.desk.news import Signal
from robo_trader.values import Symbol

EARLY_ANSWERS_MAX: Final = 65_536
"""Answers kept for a gateway whose log we do not follow yet."""


class Unanswered(Enum):
    """What becomes of a mark without an answer."""

    WAITS = "waits"
    IS_PASSED = "is passed"


@dataclass(slots=True)
class SignalPlaces:
    """`patience_ns` is how long (CLOCK_BOOTTIME) a mark waits for its answer; 0 in a market that does not wait for us."""

    patience_ns: int
    gateway_epoch: int = 0
    considered: dict[Symbol, int] = field(default_factory=dict)
    _passed: dict[Symbol, int] = field(default_factory=dict)
    _waiting: dict[tuple[Symbol, int], Considered] = field(default_factory=dict)
    _early: deque[Considered] = field(default_factory=lambda: deque(maxlen=EARLY_ANSWERS_MAX))

    def begin(self, gateway_epoch: int, marks: tuple[tuple[Symbol, int], ...]) -> list[Signal]:
        """A gateway's log begins, or begins again, with these minutes closed before; the signals of hosts that were there before us."""
        if gateway_epoch != self.gateway_epoch:
            self.considered.clear()
        self.gateway_epoch = gateway_epoch
        self._passed = dict(marks)
        kept = [answer for answer in (*self._waiting.values(), *self._early) if answer.gateway_epoch == gateway_epoch]
        self._waiting.clear()
        self._early.clear()
        return [signal for answer in kept if (signal := self.answered(answer)) is not None]

    def answered(self, answer: Considered) -> Signal | None:
        """A strategy's answer came: its signal if it may count now; one whose mark is still ahead is kept for it."""
        if answer.gateway_epoch != self.gateway_epoch:
            if answer.gateway_epoch > self.gateway_epoch:
                self._early.append(answer)
            return None
        symbol = answer.book.symbol
        if answer.number > self._passed.get(symbol, 0):
            self._waiting[symbol, answer.number] = answer
            return None
        self.considered[symbol] = max(answer.number, self.considered.get(symbol, 0))
        return answer.signal

    def at(self, mark: Mark, now_process: int) -> Unanswered | Signal | None:
        """A mark is reached: the signal that stands there, None if the strategy had nothing to say, or what to do without an answer."""
        answer = self._waiting.pop((mark.symbol, mark.number), None)
        if answer is None and now_process - mark.process < self.patience_ns:
            return Unanswered.WAITS
        self._passed[mark.symbol] = mark.number
        if answer is None and not self.patience_ns:
            return Unanswered.IS_PASSED
        self.considered[mark.symbol] = max(mark.number, self.considered.get(mark.symbol, 0))  # a market that waited waits no longer
        return Unanswered.IS_PASSED if answer is None else answer.signal

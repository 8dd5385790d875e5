"""A task of a simulated process: a generator that says what it waits for, and goes on when that came or its time is over.

It stands where the real process has a coroutine. It dies with its life, since everything that would wake it belongs to that life.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from robo_trader.simulation.agenda import Agenda, Life
from robo_trader.values import NS_PER_SECOND

Resume = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Wait:
    """At most `ns`; `arm` is given what to call, with the value that came, if it comes sooner. After the time: None."""

    ns: int
    arm: Callable[[Resume], None] | None = None


Steps = Generator[Wait, Any, None]


def pause(seconds: float) -> Wait:
    """Nothing but time."""
    return Wait(round(seconds * NS_PER_SECOND))


class Errand:
    """Runs the steps at once, until their first wait."""

    def __init__(self, agenda: Agenda, life: Life, steps: Steps) -> None:
        self._agenda, self._life, self._steps = agenda, life, steps
        self._turn = 0
        self._go(None)

    def _go(self, value: object) -> None:
        self._turn += 1
        turn = self._turn
        try:
            wait = self._steps.send(value)
        except StopIteration:
            return

        def resume(came: object) -> None:
            if turn == self._turn:
                self._go(came)

        self._agenda.after(wait.ns, self._life, lambda: resume(None))
        if wait.arm is not None:
            wait.arm(resume)

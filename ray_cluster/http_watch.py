"""What the root told last, kept so that no probe waits for it; and what the machine uses.

Each second the root is asked for its picture. At most one question is out; while it is unanswered the last picture ages, and after two seconds the
silence is its problem. Only failures that we know become problems: a bug ends `run`, and whoever watches this watch starts anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from robo_trader.edge.clock import process_ns
from robo_trader.edge.last_told import NOTHING_TOLD, as_of, checked
from robo_trader.errors import RoboTraderError
from robo_trader.production.health_machine import Machine
from robo_trader.values import NS_PER_SECOND

PERIOD_SECONDS: Final = 1.0
ANSWER_SECONDS_MAX: Final = 2.0
QUESTION_SECONDS_MAX: Final = 10.0
"""A question that has been out so long is withdrawn and asked anew: its answer would be old."""

Json = dict[str, Any]
Source = Callable[[], Awaitable[object]]


class Watch:
    """Asks `source` for pictures (`picture.as_json`) as long as `run` runs. A source raises `RoboTraderError` for what it cannot tell."""

    def __init__(self, source: Source, machine: Machine, period_seconds: float = PERIOD_SECONDS) -> None:
        self._source = source
        self._machine = machine
        self._period_seconds = period_seconds
        self._told = NOTHING_TOLD
        self._heard_ns: int | None = None
        self._asked_ns = 0
        self._problem = ""
        self._use: Mapping[str, float | None] = {}

    async def run(self) -> None:
        """Ask, each period, until cancelled."""
        question: asyncio.Task[object] | None = None
        try:
            while True:
                due = process_ns() + int(self._period_seconds * NS_PER_SECOND)
                self._use = asdict(await asyncio.to_thread(self._machine.use))
                if question is None:
                    self._asked_ns = process_ns()
                    question = asyncio.create_task(self._ask())
                await asyncio.wait({question}, timeout=self._period_seconds)
                if question.done():
                    self._hear(question)
                    question = None
                elif self._out_seconds() > QUESTION_SECONDS_MAX:
                    question.cancel()
                await asyncio.sleep(max(0.0, (due - process_ns()) / NS_PER_SECOND))
        finally:
            if question is not None:
                question.cancel()

    @property
    def age_seconds(self) -> float | None:
        """How long ago the root answered; None if it never did."""
        return None if self._heard_ns is None else round((process_ns() - self._heard_ns) / NS_PER_SECOND, 3)

    @property
    def machine(self) -> Mapping[str, float | None]:
        """What the machine used when it was last looked at, in percent."""
        return {name: value for name, value in self._use.items() if name.endswith("_percent")}

    def told(self) -> Json:
        """The last picture, as of now."""
        silent = self._asked_ns > (self._heard_ns or 0) and self._out_seconds() > ANSWER_SECONDS_MAX
        problem = self._problem or (f"the root did not answer within {ANSWER_SECONDS_MAX:g} s" if silent else "")
        return as_of(self._told, self.age_seconds or 0.0, problem)

    def _out_seconds(self) -> float:
        return (process_ns() - self._asked_ns) / NS_PER_SECOND

    async def _ask(self) -> object:
        """The question; a source that fails before it waits fails in here too."""
        return await self._source()

    def _hear(self, question: asyncio.Task[object]) -> None:
        """Take what a finished question brought."""
        if question.cancelled():
            return
        try:
            self._told = checked(question.result())
        except RoboTraderError as failed:
            self._problem = str(failed)
        else:
            self._heard_ns, self._problem = process_ns(), ""

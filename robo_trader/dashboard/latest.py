"""The newest picture a source gave, and what to say when it gives none.

The source is other processes: it may hang, fail or answer late, and the page has to be drawn all the same. So at most one question is out,
it is given up after a bound, and a failure of any kind becomes the sections' problem, with what was said last kept beside it and its true age.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from robo_trader.edge.clock import process_ns
from robo_trader.edge.picture import NOTHING_YET, Picture, with_problem
from robo_trader.values import NS_PER_SECOND

ANSWER_SECONDS_MAX: Final = 2.0

Source = Callable[[], Awaitable[Picture]]


class LatestPicture:
    """Asks `source` and remembers its last answer. Any number of callers share one question."""

    def __init__(self, source: Source, answer_seconds_max: float = ANSWER_SECONDS_MAX) -> None:
        self._source = source
        self._answer_seconds_max = answer_seconds_max
        self._question: asyncio.Task[Picture] | None = None
        self._asked_ns = 0
        self._answered_ns = 0
        self._picture = NOTHING_YET
        self._problem = ""

    async def within(self, patience_seconds: float) -> Picture:
        """The answer to a question asked now, if it comes in time; else the last one as it stands. Never raises what the source raised."""
        if self._question is None:
            self._asked_ns = process_ns()
            self._question = asyncio.create_task(self._ask())
        question = self._question
        await asyncio.wait({question}, timeout=patience_seconds)
        if question.done():
            self._hear(question)
        elif process_ns() - self._asked_ns > self._answer_seconds_max * NS_PER_SECOND:
            self._problem = f"no answer within {self._answer_seconds_max:g} s"
            question.cancel()  # and kept: the next question waits until this one has really ended
        return self.as_it_stands()

    async def not_older_than(self, age_seconds_max: float) -> Picture:
        """The last answer while it is younger than `age_seconds_max`; else one asked now. For callers whose number nobody bounds."""
        if self._answered_ns and process_ns() - self._answered_ns < age_seconds_max * NS_PER_SECOND:
            return self.as_it_stands()
        return await self.within(self._answer_seconds_max)

    def as_it_stands(self) -> Picture:
        """The last answer, with the problem if it could not be renewed."""
        return with_problem(self._picture, self._problem) if self._problem else self._picture

    async def close(self) -> None:
        """Withdraw the question that is out."""
        if self._question is not None:
            self._question.cancel()
            await asyncio.wait({self._question}, timeout=self._answer_seconds_max)

    async def _ask(self) -> Picture:
        """The question; a source that fails before it waits fails in here too."""
        return await self._source()

    def _hear(self, question: asyncio.Task[Picture]) -> None:
        """Take what a finished question brought; the first of several callers does it."""
        if question is not self._question:
            return
        self._question = None
        self._answered_ns = process_ns()
        if question.cancelled():
            self._problem = self._problem or "the question was withdrawn"
        elif (failure := question.exception()) is not None:
            self._problem = f"{type(failure).__name__}: {failure}"
        else:
            self._picture, self._problem = question.result(), ""

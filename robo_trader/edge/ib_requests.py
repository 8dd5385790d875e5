"""Which question an answer belongs to.

Some questions carry an id that the answer repeats; others (open orders, positions, the time) are answered by kind alone. For those only the order
on the wire tells which answer is whose, so a question stays in its queue after its asker gave up: the late answer then ends the old question,
not the next one, and a round trip is confirmed by its own reply and no other.

A list with one unreadable item is worse than none, since absence from it would look like evidence: `spoil` makes every list being collected
unanswered.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

UNANSWERED_MAX: Final = 8
REQUEST_ID_FLOOR: Final = 1_500_000_000
"""Ids of questions start here and ids of orders stay below, so that an error names one or the other."""


class Topic(StrEnum):
    """Questions that are answered by kind alone."""

    OPEN_ORDERS = "open orders"
    COMPLETED_ORDERS = "completed orders"
    POSITIONS = "positions"
    ACCOUNT = "account figures"
    CURRENT_TIME = "current time"


Key = Topic | int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the items, or the broker's refusal (code, text). `whole` is False if an item could not be read."""

    items: tuple[object, ...] = ()
    refusal: tuple[int, str] | None = None
    whole: bool = True


@dataclass(eq=False, slots=True)
class Question:
    """One question on the wire; `answered` yields the answer, or None when the session ended first."""

    key: Key
    answered: asyncio.Future[Answer | None]
    items: list[object] = field(default_factory=list)
    whole: bool = True

    @property
    def abandoned(self) -> bool:
        """Whether the asker went away without an answer."""
        return self.answered.cancelled() or not self.answered.done()

    def settle(self, answer: Answer | None) -> None:
        """Hand the answer over, unless the asker gave up."""
        if not self.answered.done():
            self.answered.set_result(answer)


class Requests:
    """The questions of one session that wait for an answer."""

    def __init__(self) -> None:
        self.closed = False
        self._waiting: dict[Key, deque[Question]] = {}

    def open(self, key: Key) -> Question:
        """Note that a question is being sent now; needs a running event loop."""
        question = Question(key, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(key, deque()).append(question)
        return question

    def unanswered(self, key: Key) -> int:
        """Number of questions of this key on the wire; from `UNANSWERED_MAX` on, nobody seems to listen."""
        return len(self._waiting.get(key, ()))

    def item(self, key: Key, item: object) -> bool:
        """Add to the list that is being answered; False when nobody asked."""
        if not (queue := self._waiting.get(key)):
            return False
        queue[0].items.append(item)
        return True

    def end(self, key: Key) -> None:
        """The oldest question of this key is answered in full."""
        if (question := self._pop(key)) is not None:
            question.settle(Answer(tuple(question.items), None, question.whole))

    def refuse(self, key: Key, code: int, text: str) -> bool:
        """The broker refused the oldest question of this key; False when nobody asked."""
        if (question := self._pop(key)) is None:
            return False
        question.settle(Answer(refusal=(code, text)))
        return True

    def forget(self, question: Question) -> None:
        """The asker gave up; a question without an id of its own stays, to take its late answer."""
        if isinstance(question.key, int):
            self._waiting.pop(question.key, None)

    def spoil(self) -> None:
        """An item of some list could not be read: no list under way can be trusted."""
        for queue in self._waiting.values():
            for question in queue:
                question.whole = False

    def end_all(self) -> None:
        """The session is over; nothing will be answered any more."""
        self.closed = True
        waiting, self._waiting = self._waiting, {}
        for queue in waiting.values():
            for question in queue:
                question.settle(None)

    def _pop(self, key: Key) -> Question | None:
        if not (queue := self._waiting.get(key)):
            return None
        question = queue.popleft()
        if not queue:
            del self._waiting[key]
        return question

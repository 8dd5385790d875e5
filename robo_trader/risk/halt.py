"""Halts: events folded into the one question 'may an order of this kind go out now'.

A halt is never a flag. Halts and resumes are events; which halts stand at an instant is computed from them, so two overlapping halts both have to
end before trading goes on (I03), and an unreadable halt store is one more halt that covers everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from robo_trader.values import BookId, Instant


class HaltLevel(IntEnum):
    """How much a halt forbids, growing (DESIGN 3i)."""

    NO_NEW = 1
    REDUCE_ONLY = 2
    HALT_CANCEL = 3
    HALT_FLATTEN = 4


class HaltScope(StrEnum):
    """What a halt covers."""

    ALL = "all"
    SYMBOL = "symbol"
    STRATEGY = "strategy"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Halt:
    """One halt. `target` names symbol, strategy or account, empty for ALL; `until` is wall-clock UTC, None until resumed; `text` is for people."""

    id: str
    level: HaltLevel
    scope: HaltScope
    target: str
    reason: str
    until: Instant | None
    by: str
    text: str = ""

    def does_as(self, other: Halt) -> bool:
        """Whether it stops the same for as long as another form of it: what they say to people does not count."""
        return (self.level, self.scope, self.target, self.until) == (other.level, other.scope, other.target, other.until)

    def covers(self, book: BookId) -> bool:
        """Whether this halt applies to an order of `book`. One of another account is sorted out where the account is known, so here it covers."""
        match self.scope:
            case HaltScope.ALL | HaltScope.ACCOUNT:
                return True
            case HaltScope.SYMBOL:
                return self.target == book.symbol
            case HaltScope.STRATEGY:
                return self.target == book.strategy


def active(halts: Iterable[Halt], resumed: frozenset[str], wall: Instant) -> tuple[Halt, ...]:
    """The halts that stand at `wall` (UTC): neither resumed by id nor past their own end."""
    return tuple(h for h in halts if h.id not in resumed and (h.until is None or wall < h.until))


def level_for(halts: Iterable[Halt], book: BookId) -> HaltLevel | None:
    """The strongest level that covers `book`; None while nothing does."""
    return max((h.level for h in halts if h.covers(book)), default=None)

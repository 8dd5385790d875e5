"""What must never be true of a world, one pure function each; `check` asks them all.

A checker sees a `Look` and answers None, or a `Violation` with its id and the numbers. The ids are the invariants' (I01 to I29); those that have no
number of their own have a word. They stand in three modules: what arrives at the exchange, what works there, what the desk claims of it. Nothing in
them is shared with the desk's accounting, and none believes it.
"""

from __future__ import annotations

from typing import Final

from robo_trader.simulation.checkers_arriving import ARRIVING
from robo_trader.simulation.checkers_claims import CLAIMED
from robo_trader.simulation.checkers_working import WORKING, uncovered, uncovered_since
from robo_trader.simulation.look import Checker, Look, Violation

__all__ = ["CHECKERS", "check", "uncovered", "uncovered_since"]

CHECKERS: Final[tuple[tuple[str, Checker], ...]] = (*ARRIVING, *WORKING, *CLAIMED)
"""Id and function, in the order in which they are asked."""


def check(look: Look) -> Violation | None:
    """The first violation of a look, None if it is sound."""
    for _, checker in CHECKERS:
        violation = checker(look)
        if violation is not None:
            return violation
    return None

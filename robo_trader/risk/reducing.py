"""Does an order only ever make the position smaller? The rule of DESIGN 3h.

A reducing order keeps a path when everything else is refused, so the answer must be safe against every order that already works: two exits of the
same shares are not both reducing, since together they would cross zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from robo_trader.risk.exposure import Working, outcomes


def is_reducing(position: int, working: Sequence[Working], candidate: Working) -> bool:
    """Whether the candidate's full fill moves both ends of [smallest, largest] toward zero without crossing.

    `working` are the symbol's live orders; the candidate's own OCA group, and the candidate itself, are taken out first. A protective stop on the
    closing side that is no larger than the position always passes.
    """
    if candidate.remaining <= 0:
        return False
    if candidate.protective and 0 < candidate.remaining <= -position * candidate.side.sign:
        return True
    others = [order for order in working if order.intent != candidate.intent and not _same_group(order, candidate)]
    smallest, largest = outcomes(position, others)
    nearest_to_zero = smallest if candidate.side.sign < 0 else -largest
    return nearest_to_zero >= candidate.remaining


def _same_group(order: Working, candidate: Working) -> bool:
    return bool(candidate.oca_group) and order.oca_group == candidate.oca_group

"""Checkers of what could happen now: everything that works at the exchange or is on its way there, at its worst.

Exposure, cover and OCA groups are counted anew here, with no line in common with the desk's accounting: what both sides compute alike would only
prove that the desk agrees with itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from robo_trader.simulation.look import ENTER, Checker, Live, Look, Violation

NS: Final = 1_000_000_000
MESSAGES_A_SECOND_MAX: Final = 50
COVER_NS_MAX: Final = 2 * NS
CANCEL_WAIT_NS_MAX: Final = NS
UNHEARD_ENTRIES_OF_SYMBOL_MAX: Final = 1
UNHEARD_ENTRIES_MAX: Final = 4
_HALT_CANCEL: Final = 3


def most(live: Iterable[Live], look: Look) -> dict[tuple[str, int], int]:
    """(symbol, side) -> shares that may still fill; a group counts once a side, by what it can still do.

    A frame on the wire into a group that has traded already will find only what the group's largest member left.
    """
    of_group: dict[tuple[str, int, str], int] = {}
    for order in live:
        group = order.oca_group or f"alone {order.order_id}"
        key = (order.symbol, order.side, group)
        shares = order.remaining if order.reached or not order.oca_group else min(order.remaining, _group_room(look, order.oca_group))
        of_group[key] = max(of_group.get(key, 0), shares)
    total: defaultdict[tuple[str, int], int] = defaultdict(int)
    for (symbol, side, _), shares in of_group.items():
        total[symbol, side] += shares
    return dict(total)


def _group_room(look: Look, group: str) -> int:
    traded = sum(f.shares for f in look.fills if f.oca_group == group and not f.taken_back)
    if not traded:
        return 1 << 60
    return max(max((o.quantity for o in look.received if o.oca_group == group), default=0) - traded, 0)


def never_beyond_the_cap(look: Look) -> Violation | None:
    """I11: what is held and everything that works or is on its way, at its worst, stays within the book's size on both sides."""
    worst = most(look.live, look)
    for symbol, side in sorted(worst.keys() | {(s, sign) for s, shares in look.own.items() for sign in (1, -1) if shares * sign > 0}):
        reach = look.held(symbol) * side + worst.get((symbol, side), 0)
        cap = look.caps.get(symbol, 0)
        if reach > cap and symbol not in look.excused:
            return Violation("I11", f"{symbol} could be at {reach * side:+d} shares, its cap is {cap}; {look.held(symbol):+d} are held")
    return None


def closing_orders_never_cross_zero(look: Look) -> Violation | None:
    """crossing: stops and exits, all filled, take off what our books hold and not a share more; what others hold is never theirs to sell."""
    closing = most((o for o in look.live if o.purpose != ENTER), look)
    for (symbol, side), shares in closing.items():
        held = max(-look.held(symbol) * side, 0)
        if shares > held and symbol not in look.excused:
            verb = "buy" if side > 0 else "sell"
            return Violation("crossing", f"closing orders of {symbol} could {verb} {shares} shares, our books hold {look.held(symbol):+d}")
    return None


def closing_orders_stay_within_the_net(look: Look) -> Violation | None:
    """net: when all is quiet, stops and exits are no larger than what the account as a whole holds (DESIGN 3a)."""
    if not look.quiet:
        return None
    for (symbol, side), shares in most((o for o in look.live if o.purpose != ENTER), look).items():
        net = max(-look.positions.get(symbol, 0) * side, 0)
        if shares > net:
            return Violation("net", f"closing orders of {symbol} could move {shares} shares, the account holds {look.positions.get(symbol, 0):+d}")
    return None


def others_shares_are_never_traded(look: Look) -> Violation | None:
    """external: no fill of a stop or exit took more than our books held when it came."""
    new = [f for f in look.fills[look.fills_before :] if f.intent and not f.taken_back]
    for symbol in sorted({f.symbol for f in new if f.purpose != ENTER} - set(look.excused)):
        held = look.held(symbol) - sum(f.side * f.shares for f in new if f.symbol == symbol)
        for fill in (f for f in new if f.symbol == symbol):
            if fill.purpose != ENTER and fill.shares > max(-held * fill.side, 0):
                return Violation("external", f"{fill.purpose} {fill.intent} traded {fill.shares} {symbol}, our books held {held:+d}")
            held += fill.side * fill.shares
    return None


def few_entries_are_unheard(look: Look) -> Violation | None:
    """slip: at most one entry a symbol and four in all that nobody has answered, so no more can slip past a halt (DESIGN 5)."""
    unheard = [o for o in look.live if o.purpose == ENTER and not o.heard]
    for symbol in sorted({o.symbol for o in unheard}):
        count = sum(o.symbol == symbol for o in unheard)
        if count > UNHEARD_ENTRIES_OF_SYMBOL_MAX:
            return Violation("slip", f"{count} entries of {symbol} are unanswered")
    if len(unheard) > UNHEARD_ENTRIES_MAX:
        return Violation("slip", f"{len(unheard)} entries are unanswered")
    for intent, reason in look.second:
        return Violation("slip", f"the desk sent {intent}, and the last line alone held it up: {reason}")
    return None


def the_broker_is_not_flooded(look: Look) -> Violation | None:
    """I14: at most 50 messages in any second."""
    if look.messages_last_second > MESSAGES_A_SECOND_MAX:
        return Violation("I14", f"{look.messages_last_second} messages within a second")
    return None


def ways_out_stay_open(look: Look) -> Violation | None:
    """I04: no halt or throttle holds a cancel, an exit or a stop back; HALT_CANCEL may forbid exits."""
    cancelling = any(h.level == _HALT_CANCEL and h.lifted is None for h in look.halts)
    for waiting in look.waiting:
        kind = "cancel" if waiting.cancels else "reducing order"
        if "halt" in waiting.refused and (waiting.cancels or not cancelling):
            return Violation("I04", f"{kind} of {waiting.intent} was refused: {waiting.refused}")
        if waiting.cancels and look.now - waiting.since > CANCEL_WAIT_NS_MAX:
            return Violation("I04", f"{kind} of {waiting.intent} has waited {(look.now - waiting.since) / NS:.3f} s to leave")
    return None


def uncovered(look: Look) -> dict[str, int]:
    """Shares of our books, by symbol, that neither a live stop of ours nor a live order in the group of such a stop would take off."""
    return {symbol: bare for symbol in look.own.keys() | look.moved.keys() if (bare := _bare(look, symbol)) > 0}


def _bare(look: Look, symbol: str) -> int:
    held, net = look.held(symbol), look.positions.get(symbol, 0)
    if held * net <= 0:
        return 0  # what the account as a whole no longer holds, no stop may sell (DESIGN 3a)
    closing = [o for o in look.live if o.symbol == symbol and o.side * held < 0 and o.purpose != ENTER]
    return min(abs(held), abs(net)) - sum(most(closing, look).values())


def uncovered_since(before: Mapping[str, int], look: Look) -> dict[str, int]:
    """Since when each symbol has uncovered shares: fold it over the looks and hand it to the next one."""
    return {symbol: before.get(symbol, look.now) for symbol in uncovered(look)}


def every_share_is_covered(look: Look) -> Violation | None:
    """I29: shares without a stop for more than 2 s, while desk and session can act, mean that a person has been called."""
    if look.able_since is None:
        return None
    for symbol, bare in uncovered(look).items():
        since = max(look.uncovered_since.get(symbol, look.now), look.able_since)
        if look.now - since > COVER_NS_MAX and symbol not in look.alerted:
            return Violation(
                "I29",
                f"{bare} of {look.held(symbol):+d} shares of {symbol} have no stop since {(look.now - since) / NS:.3f} s, and nobody was called",
            )
    return None


def nothing_stays_bare(look: Look) -> Violation | None:
    """bare: faults over and time given, every share has its stop; a call alone covers nothing, only a halt that stands says why there is none."""
    if not look.settled:
        return None
    for symbol, bare in uncovered(look).items():
        if symbol not in look.explained:
            return Violation("bare", f"{bare} of {look.held(symbol):+d} shares of {symbol} have no stop at rest, and no halt says why")
    return None


WORKING: Final[tuple[tuple[str, Checker], ...]] = (
    ("I11", never_beyond_the_cap),
    ("crossing", closing_orders_never_cross_zero),
    ("net", closing_orders_stay_within_the_net),
    ("external", others_shares_are_never_traded),
    ("slip", few_entries_are_unheard),
    ("I14", the_broker_is_not_flooded),
    ("I04", ways_out_stay_open),
    ("I29", every_share_is_covered),
    ("bare", nothing_stays_bare),
)

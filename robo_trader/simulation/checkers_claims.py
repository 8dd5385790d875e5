"""Checkers of what the desk says: its books, journal and halts beside the exchange's ledger.

Most wait for `quiet` (every message delivered) or `settled` (faults over and time given): until then the desk may rightly not know yet. One does
not wait: an order that still works may at no instant be held as ended.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from robo_trader.simulation.look import Checker, Look, Violation

NS: Final = 1_000_000_000
CASH_APART_MAX: Final = Decimal("0.000001")


def nothing_ends_without_evidence(look: Look) -> Violation | None:
    """I15: no order that may still fill is held as ended, be it never sent, cancelled, rejected or filled."""
    for order in look.live:
        if order.intent in look.claims.ended and order.remaining:
            return Violation("I15", f"{order.purpose} {order.intent} is held as ended, {order.remaining} shares of it still work")
    return None


def books_equal_the_ledger(look: Look) -> Violation | None:
    """I10: when all is quiet, own and external shares are what their executions say, and together the account's position."""
    if not look.quiet:
        return None
    for symbol in sorted(look.positions.keys() | look.own.keys() | look.claims.own.keys() | look.claims.external.keys()):
        own = sum(f.side * f.shares for f in look.fills if f.symbol == symbol and f.intent and not f.taken_back) + look.moved.get(symbol, 0)
        claimed, external = look.claims.own.get(symbol, 0), look.claims.external.get(symbol, 0)
        foreign = look.positions.get(symbol, 0) - own
        if claimed != own or external != foreign:
            return Violation("I10", f"{symbol}: books say {claimed:+d} own and {external:+d} external, the ledger {own:+d} and {foreign:+d}")
    return None


def every_fill_is_on_record_once(look: Look) -> Violation | None:
    """I12: each execution id stands in the journal exactly once; corrections beside it."""
    if not look.quiet:
        return None
    told = look.claims.executions
    recorded = set(told)
    if len(recorded) != len(told):
        twice = sorted(e for e in recorded if told.count(e) > 1)
        return Violation("I12", f"executions {twice} are on record more than once")
    missing = [f.exec_id for f in look.fills if f.exec_id not in recorded and not f.taken_back]
    if missing:
        return Violation("I12", f"executions {missing[:5]} are not on record")
    return None


def cash_equals_the_ledger(look: Look) -> Violation | None:
    """I13: to a millionth of a dollar, commissions included."""
    if not look.quiet or look.cash is None or look.claims.cash is None:
        return None
    if abs(look.cash - look.claims.cash) > CASH_APART_MAX:
        return Violation("I13", f"cash moved by {look.claims.cash} in the books and by {look.cash} in the ledger")
    return None


def halts_outlive_everything(look: Look) -> Violation | None:
    """I02, I03, I26: a halt that was acknowledged stands until a person lifts that very halt; no crash, restart or other resume ends it."""
    if not look.quiet:
        return None
    for halt in look.halts:
        if halt.lifted is None and halt.id not in look.claims.halts:
            return Violation("I02", f"halt {halt.id}, acknowledged at {halt.at} and lifted by nobody, no longer stands")
        if halt.over and halt.id in look.claims.halts:
            return Violation("I03", f"halt {halt.id} was lifted at {halt.lifted} and still stands")
    return None


def looking_twice_changes_nothing(look: Look) -> Violation | None:
    """I17: a second, equal sweep puts nothing on record."""
    if look.repeated:
        return Violation("I17", f"a second, equal sweep recorded {look.repeated} events")
    return None


def every_death_is_answered(look: Look) -> Violation | None:
    """I23: by a restart or by calling a person, and never by more restarts of a part than its window allows."""
    for death in look.deaths:
        if look.quiet and death.restarted is None and death.escalated is None:
            return Violation("I23", f"{death.part} died at {death.at} and nobody answered")
    for part in sorted({death.part for death in look.deaths}):
        restarts: list[int] = []
        for death in look.deaths:
            if death.part != part:
                continue
            if death.escalated is not None:  # what a person revives has a window of its own
                restarts = []
            elif death.restarted is not None:
                restarts = [at for at in restarts if death.restarted - at < look.restarts_window_ns] + [death.restarted]
            if look.restarts_max and len(restarts) > look.restarts_max:
                return Violation("I23", f"{part}: {len(restarts)} restarts within {(restarts[-1] - restarts[0]) / NS:.3f} s")
    return None


def all_is_resolved_in_the_end(look: Look) -> Violation | None:
    """I27: faults over and time given, nothing is UNKNOWN and every symbol is reconciled, or a halt that stands calls a person to it."""
    if not look.settled:
        return None
    if look.claims.unknown:
        return Violation("I27", f"still UNKNOWN: {sorted(look.claims.unknown)}")
    waiting = sorted(s for s in look.caps if s not in look.claims.reconciled and s not in look.explained)
    if waiting:
        return Violation("I27", f"still not reconciled: {waiting}, and no halt says why")
    return None


def nothing_grows_without_bound(look: Look) -> Violation | None:
    """I28: every queue keeps its bound."""
    for name, (length, bound) in look.queues.items():
        if length > bound:
            return Violation("I28", f"{name} holds {length}, its bound is {bound}")
    return None


CLAIMED: Final[tuple[tuple[str, Checker], ...]] = (
    ("I15", nothing_ends_without_evidence),
    ("I10", books_equal_the_ledger),
    ("I12", every_fill_is_on_record_once),
    ("I13", cash_equals_the_ledger),
    ("I02", halts_outlive_everything),
    ("I17", looking_twice_changes_nothing),
    ("I23", every_death_is_answered),
    ("I27", all_is_resolved_in_the_end),
    ("I28", nothing_grows_without_bound),
)

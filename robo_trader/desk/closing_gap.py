"""Closing the gap between what a book holds and what its strategy wants (DESIGN 3b to 3f).

Two questions are answered for each book, in this order: which entries must go, and which slices must be exited. An exit is one order per slice that
joins the OCA group of the slice's stop; the part of a position that some order is already reducing is never reduced twice. Additions are adding.py's.
"""

from __future__ import annotations

from typing import Final

from robo_trader.desk.claims import missing
from robo_trader.desk.corporate import due_split
from robo_trader.desk.effects import Cancel, Severity
from robo_trader.desk.executing import left_behind
from robo_trader.desk.placing import place
from robo_trader.desk.retrying import retry_allowed
from robo_trader.desk.settings import ACK_UNKNOWN_NS, OWN_ENTRY_WAIT_NS
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import CLOSING, Book, Order, Slice
from robo_trader.orders.events import CancelAsked
from robo_trader.orders.intent import IntentKey
from robo_trader.orders.order import OrderType, Purpose, Stage
from robo_trader.orders.standing import closing
from robo_trader.risk.gate import session_refusal
from robo_trader.risk.halt import HaltLevel
from robo_trader.values import side_of

CANCEL_AGAIN_NS: Final = 10_000_000_000
"""Process time after which an unanswered cancel is sent again."""
ORPHAN_GRACE_NS: Final = 1_000_000_000
"""Process time in which an OCA group ends what its fill left without shares. A cancel at once would cross the exchange's own and be refused, and
would take half of the message budget in a burst of exits."""


def effective_target(turn: Turn, book: Book) -> int | None:
    """What the book should hold, in shares; None while nothing was ever decided and nothing forces zero."""
    if book.latch is not None or turn.state.level(book.id) is HaltLevel.HALT_FLATTEN:
        return 0
    decision = turn.state.decisions.get(book.id)
    return None if decision is None else decision.target


def cancel(turn: Turn, order: Order, reason: str) -> None:
    """Ask for the end of a live order, once, and again if nobody answers."""
    intent = order.intended.intent
    asked = turn.watch.cancelled_ns.get(intent)
    if asked is not None and turn.now.process - asked < CANCEL_AGAIN_NS:
        return
    if not turn.watch.connected or (not order.perm_ids and intent not in turn.watch.placed_ns):
        return  # nobody knows yet whether the broker has it: the sweeps decide first
    if asked is not None:
        text = f"nobody answered the cancel of {order.intended.purpose} of {order.intended.book}; asked again: {reason}"
        turn.alert(Severity.WARNING, f"cancel-unanswered/{intent}", text)
    turn.watch.cancelled_ns[intent] = turn.now.process
    turn.record(CancelAsked(intent, reason))
    turn.tell(Cancel(intent, order.intended.order_id))


def cancel_outdated(turn: Turn, book: Book, slice_name: str) -> bool:
    """Cancel the stops and exits of a slice that were sent before a split; whether any still lives."""
    outdated = [order for order in book.of_slice(slice_name) if order.live and order.outdated]
    for order in outdated:
        cancel(turn, order, "a split changed what it was meant for")
    return bool(outdated)


def cancel_orphans(turn: Turn, book: Book) -> None:
    """A stop or exit that is larger than its slice could open a position: its group ends or shrinks it, and where that does not come soon, we do."""
    for intent in [each for each in turn.watch.orphaned_ns if not turn.state.orders.by_intent[each].live]:
        del turn.watch.orphaned_ns[intent]  # its own fill ended it
    for order in list(book.live.values()):
        intent, slice_ = order.intended.intent, book.slices.get(order.intended.slice)
        if not order.intended.slice or (slice_ is not None and order.remaining <= -order.sign * slice_.quantity):
            turn.watch.orphaned_ns.pop(intent, None)
        elif turn.now.process - turn.watch.orphaned_ns.setdefault(intent, turn.now.process) >= ORPHAN_GRACE_NS:
            cancel(turn, order, "its shares are gone")


def cancel_entries(turn: Turn, book: Book) -> None:
    """Entries end when a halt or a drain says so, when they point away from the gap, or when their signal is too old."""
    must_go = _why_entries_must_go(turn, book)
    for order in list(book.of(Purpose.ENTER)):
        reason = must_go or left_behind(turn, book, order)
        if reason:
            cancel(turn, order, reason)


def _why_entries_must_go(turn: Turn, book: Book) -> str:
    entering = book.working_entries
    if not entering:
        return ""
    if turn.watch.draining:
        return "draining"
    level = turn.state.level(book.id)
    if level is not None and level >= HaltLevel.REDUCE_ONLY:
        return f"halt {level.name}"
    target = effective_target(turn, book)
    gap = (target or 0) - (book.position + entering)
    if gap * entering < 0:
        return "the target turned"
    signal = turn.watch.signals.get(book.id)
    if signal is None or turn.now.market > signal.valid_until:
        return "no valid signal"
    return ""


def exit_slices(turn: Turn, book: Book, budget: int) -> None:
    """Exit what the target no longer wants, slice by slice, oldest first; never more than the broker's net allows (`budget`, shares)."""
    target = effective_target(turn, book)
    level = turn.state.level(book.id)
    if level is HaltLevel.HALT_CANCEL:
        for order in list(book.of(*CLOSING)):
            cancel(turn, order, "halt HALT_CANCEL")
        return
    if target is None or not turn.watch.swept or not book.position or _meets_own_entry(turn, book):
        return
    split = due_split(turn, book.id.symbol)
    if split is not None:
        if level is not HaltLevel.HALT_FLATTEN:
            return
        budget = min(budget, abs(split.after(book.position)))  # a person's order goes, and crosses zero neither with the split nor without
    sign = 1 if book.position > 0 else -1
    wanted = max(target * sign, 0)  # shares of this side that may stay
    surplus = min(abs(book.position) - wanted, budget)
    for slice_ in list(book.slices.values()):
        surplus -= _reducing(turn, book, slice_)
    for slice_ in list(book.slices.values()):
        if surplus <= 0:
            return
        allowed = min(abs(slice_.quantity), budget)  # the same share of a short budget as its stop has: what goes beyond it is cancelled
        budget -= allowed
        surplus -= _exit(turn, book, slice_, min(surplus, allowed))


def _meets_own_entry(turn: Turn, book: Book) -> bool:
    """Whether a resting entry of ours is just being cancelled that an exit at any price could trade with (C16)."""
    for order in (o for other in turn.state.books_of(book.id.symbol) for o in other.of(Purpose.ENTER)):
        asked = turn.watch.cancelled_ns.get(order.intended.intent)
        resting = order.intended.order_type == OrderType.LIMIT and order.sign * book.position > 0
        if resting and asked is not None and turn.now.process - asked < OWN_ENTRY_WAIT_NS:
            return True
    return False


def _reducing(turn: Turn, book: Book, slice_: Slice) -> int:
    """Shares of a slice that live exits, or the rest of a triggered stop, are already taking off; an OCA group counts once."""
    alive = [o for o in closing(book.of(*CLOSING, slice_name=slice_.name), slice_.quantity) if not _in_vain(turn, book, o)]
    exits = sum(o.remaining for o in alive)
    protecting = closing(book.of(Purpose.PROTECT, slice_name=slice_.name), slice_.quantity)
    stops = sum(o.remaining for o in protecting if o.intended.intent in turn.watch.triggered or o.traded)
    return min(max(exits, stops), abs(slice_.quantity))


def traceless(turn: Turn, order: Order) -> bool:
    """Whether an earlier life journaled it, and nothing has ever been heard of it: nobody knows whether it was sent, and nobody can cancel it."""
    return not order.perm_ids and order.intended.intent not in turn.watch.placed_ns


def _unsure(turn: Turn, order: Order) -> bool:
    return order.stage is Stage.UNKNOWN or traceless(turn, order)


def _in_vain(turn: Turn, book: Book, order: Order) -> bool:
    """Whether a person's order to flatten is not to wait for this one.

    An exit that is UNKNOWN, or without a trace, is resolved by looks at which positions agree: while they lastingly differ it never is. One more may
    then join its OCA group, in which one of them at most trades the shares.
    """
    if not _unsure(turn, order) or turn.state.level(book.id) is not HaltLevel.HALT_FLATTEN:
        return False
    since = turn.watch.unknown_ns.setdefault(order.intended.intent, turn.now.process)
    return turn.watch.drift_declared(book.id.symbol) and turn.now.process - since > ACK_UNKNOWN_NS


def _exit(turn: Turn, book: Book, slice_: Slice, wanted: int) -> int:
    """Exit up to `wanted` shares of a slice that nothing reduces yet; the shares now on their way."""
    if cancel_outdated(turn, book, slice_.name) or _reducing(turn, book, slice_) or slice_.quantity * book.position < 0:
        return 0
    unknown = [o for o in book.of(*CLOSING, slice_name=slice_.name) if _unsure(turn, o)]
    if len(unknown) > 1 or any(not _in_vain(turn, book, o) for o in unknown):
        return 0
    flatten = turn.state.level(book.id) is HaltLevel.HALT_FLATTEN
    purpose = Purpose.FLATTEN if flatten else Purpose.EXIT
    key = IntentKey(book.id, exit_cause(turn, book), purpose, slice_.name)
    if session_refusal(turn.now.market, turn.settings.limits) or not retry_allowed(turn, book, key):
        return 0
    quantity = min(abs(slice_.quantity) - unheard(turn, book, slice_.name), wanted)
    if quantity <= 0:
        return 0
    place(turn, key, side_of(slice_.quantity).opposite, quantity, OrderType.MARKET, None, slice_.group)
    return quantity


def unheard(turn: Turn, book: Book, slice_name: str) -> int:
    """Shares of a slice that ended orders filled by their status, and whose executions have not come yet."""
    ended = (o for o in book.of_slice(slice_name) if not o.live)
    return sum(missing(turn, o) for o in ended)


def exit_cause(turn: Turn, book: Book) -> str:
    """Why a book is being exited: a flatten order, a stop-out, or the decision's bar."""
    flattening = [h.id for h in turn.state.standing_halts if h.level is HaltLevel.HALT_FLATTEN and h.covers(book.id)]
    if flattening:
        return flattening[-1]
    if book.latch is not None:
        return f"stopped {book.latch.at}"
    decision = turn.state.decisions.get(book.id)
    return str(decision.bar_end) if decision else "none"

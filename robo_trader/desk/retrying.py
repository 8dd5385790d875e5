"""Trying an exit or a stop again that came back: rejected, never sent, or cancelled by somebody who is not us (DESIGN 3f).

Each such end is a setback of its slice and purpose. The count is computed from the journal, so a restart cannot begin it anew; only the pause since
the last setback is this process's own. After the last pause the symbol is halted and a person called: whoever lifts that halt grants new tries.

A cancel that we did not ask for may still be the natural end of an OCA group whose fill is on its way, since nothing orders one message before the
other. So the first pause is also the time in which the group's other member may explain it; what stays unexplained is told.
"""

from __future__ import annotations

from robo_trader.desk.corporate import due_split
from robo_trader.desk.effects import Severity
from robo_trader.desk.settings import RETRY_PAUSES_NS
from robo_trader.desk.state import REFUSED
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import Book, Order
from robo_trader.orders.intent import IntentKey


def retry_allowed(turn: Turn, book: Book, key: IntentKey) -> bool:
    """Whether an exit or stop of this key may go out now; a pause that stands in its way is noted, for the market to wait (DESIGN 6)."""
    setbacks = book.setbacks(key.slice, key.purpose)
    if not setbacks:
        return True
    if len(setbacks) > len(RETRY_PAUSES_NS):
        text = f"{key.purpose} of {book.id} came back {len(setbacks)} times: {setbacks[-1].stage}, {setbacks[-1].outcome_detail}"
        turn.halt_symbol(book.id.symbol, f"{key.purpose}{REFUSED}", text)
        return False
    ended = max(turn.watch.ended_ns.get(o.intended.intent, 0) for o in setbacks)
    again_at = ended + RETRY_PAUSES_NS[len(setbacks) - 1]
    if turn.now.process < again_at:
        turn.watch.retry_at_ns[key] = again_at
        return False
    return True


def tell_of_cancels(turn: Turn) -> None:
    """Tell of each stop or exit that was cancelled unasked, once its group had the time to explain it."""
    for intent in list(turn.watch.unexplained):
        order = turn.state.orders.by_intent[intent]
        book = turn.state.book(order.intended.book)
        unasked = order.intended.slice in book.slices and book.cancelled_unasked(order)
        if unasked and (due_split(turn, book.id.symbol) or _may_be_explained(turn, book, order)):
            continue
        turn.watch.unexplained.remove(intent)
        if unasked:
            text = f"{order.intended.purpose} of {order.intended.book} was cancelled, and not by us: {order.outcome_detail}"
            turn.alert(Severity.WARNING, f"cancelled/{order.intended.book}", text)


def _may_be_explained(turn: Turn, book: Book, order: Order) -> bool:
    others = any(o.intended.oca_group == order.intended.oca_group for o in book.of_slice(order.intended.slice) if o.live)
    return others and turn.now.process < turn.watch.ended_ns[order.intended.intent] + RETRY_PAUSES_NS[0]

"""Checkers of what reaches the exchange: each new frame, against everything that arrived before it.

Who may send what and when: after a halt, before reconciling, from an older epoch, without a row, twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from robo_trader.simulation.look import ENTER, FLATTEN, PROTECT, Checker, Filled, HaltAcknowledged, Look, Received, Violation

HALT_CANCEL: Final = 3


def new_orders(look: Look) -> Iterable[tuple[int, Received]]:
    """Frames that no earlier look has shown, with their place in `received`."""
    return ((place, look.received[place]) for place in range(look.received_before, len(look.received)))


def no_order_after_a_halt(look: Look) -> Violation | None:
    """I01: once a halt is acknowledged, nothing that it forbids arrives until somebody lifts it."""
    for _, order in new_orders(look):
        for halt in look.halts:
            stands = halt.at < order.at and (halt.lifted is None or order.at < halt.lifted)
            if stands and _covers(halt, order) and _forbids(halt, order):
                return Violation(
                    "I01", f"{order.purpose} {order.intent} of {order.symbol} arrived at {order.at}, halt {halt.id} stood since {halt.at}"
                )
    return None


def _covers(halt: HaltAcknowledged, order: Received) -> bool:
    return halt.symbol in {"", order.symbol} and halt.strategy in {"", order.strategy}


def _forbids(halt: HaltAcknowledged, order: Received) -> bool:
    """HALT_CANCEL takes no new exits; a flatten is no exit of the strategy's but another, stronger halt's own."""
    return order.raising or (halt.level == HALT_CANCEL and order.purpose not in {PROTECT, FLATTEN})


def one_order_an_intent(look: Look) -> Violation | None:
    """I05: an intent becomes one order, whatever time-outs, deaths and repeats there are."""
    for place, order in new_orders(look):
        earlier = [o for o in look.received[:place] if o.intent == order.intent]
        if order.intent and earlier:
            return Violation("I05", f"intent {order.intent} of {order.symbol} reached the exchange {len(earlier) + 1} times")
    return None


def no_order_without_a_row(look: Look) -> Violation | None:
    """I06: the intent's row was safe before the frame left."""
    for _, order in new_orders(look):
        if not order.durable:
            return Violation("I06", f"intent {order.intent} (order {order.order_id}) left at {order.left} before its row was durable")
    return None


def every_order_has_one_owner(look: Look) -> Violation | None:
    """I07: each order of our client names an intent, an epoch and, by the row, a purpose."""
    for _, order in new_orders(look):
        if not (order.intent and order.epoch and order.purpose):
            return Violation("I07", f"order {order.order_id} of {order.symbol} is nobody's: {order.intent or 'no intent'}, epoch {order.epoch}")
    return None


def no_order_of_an_older_epoch(look: Look) -> Violation | None:
    """I08: nothing of epoch e after the first order of epoch e + 1."""
    for place, order in new_orders(look):
        newest = max((o.epoch for o in look.received[:place]), default=0)
        if order.epoch < newest:
            return Violation("I08", f"order {order.order_id} is of epoch {order.epoch}, epoch {newest} had sent before it")
    return None


def order_ids_only_grow(look: Look) -> Violation | None:
    """I09: strictly increasing for each client, so none is used twice and no order, least of all a stop, is ever modified."""
    for place, order in new_orders(look):
        highest = max((o.order_id for o in look.received[:place] if o.client_id == order.client_id), default=0)
        if order.order_id <= highest:
            used = [o for o in look.received[:place] if o.order_id == order.order_id and o.client_id == order.client_id]
            what = f"modifies {used[-1].purpose} {used[-1].intent}" if used else f"comes after order {highest}"
            return Violation("I09", f"order {order.order_id} of intent {order.intent} {what}")
    return None


def nothing_before_reconciling(look: Look) -> Violation | None:
    """I16: entries wait for the whole look at the broker, exits and stops for executions and open orders."""
    for _, order in new_orders(look):
        needed = 2 if order.raising else 1
        if order.looked < needed:
            return Violation("I16", f"{order.purpose} {order.intent} left at {order.left} with the broker looked at to {order.looked} of {needed}")
    return None


def no_reentry_after_a_stop_out(look: Look) -> Violation | None:
    """re-entry: after a stop-out the same side waits for a target of zero or of the other side, on a bar that ends after the fill (DESIGN 3d)."""
    for _, order in new_orders(look):
        if order.purpose != ENTER:
            continue
        for out in reversed(look.fills):
            if _stops_out(out, order) and not _rearmed(look, out, order):
                side = "long" if order.side > 0 else "short"
                return Violation(
                    "re-entry", f"{order.intent} goes {side} {order.symbol} again after the stop-out {out.exec_id}, and nothing re-armed it"
                )
    return None


def _stops_out(fill: Filled, entry: Received) -> bool:
    """Whether the fill closed the side that this entry opens, and was known when it was sent."""
    if fill.purpose not in {PROTECT, FLATTEN} or fill.symbol != entry.symbol or fill.side == entry.side or fill.taken_back:
        return False
    return fill.heard is not None and fill.heard < entry.left


def _rearmed(look: Look, out: Filled, entry: Received) -> bool:
    return any(
        s.symbol == entry.symbol and s.stance * entry.side <= 0 and s.bar_end_market > out.at_market and s.at <= entry.left for s in look.stated
    )


def a_decision_is_one_size(look: Look) -> Violation | None:
    """C40: the entries of one decision, by what they filled and may still fill, never come to more than the size of its book."""
    for _, order in new_orders(look):
        if order.purpose != ENTER or not order.decision or order.symbol in look.excused:
            continue
        name = (order.symbol, order.strategy, order.decision)
        children = {o.intent for o in look.received if o.purpose == ENTER and (o.symbol, o.strategy, o.decision) == name}
        filled = sum(f.shares for f in look.fills if f.intent in children and not f.taken_back)
        came_to = filled + sum(o.remaining for o in look.live if o.intent in children)
        if came_to > look.caps.get(order.symbol, 0):
            return Violation(
                "C40", f"{len(children)} entries of {order.symbol} for one decision come to {came_to}, its size is {look.caps.get(order.symbol, 0)}"
            )
    return None


ARRIVING: Final[tuple[tuple[str, Checker], ...]] = (
    ("I01", no_order_after_a_halt),
    ("I05", one_order_an_intent),
    ("I06", no_order_without_a_row),
    ("I07", every_order_has_one_owner),
    ("I08", no_order_of_an_older_epoch),
    ("I09", order_ids_only_grow),
    ("I16", nothing_before_reconciling),
    ("re-entry", no_reentry_after_a_stop_out),
    ("C40", a_decision_is_one_size),
)

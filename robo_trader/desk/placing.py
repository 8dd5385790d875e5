"""Turning a wish into an intent: named, numbered, on record, and only then sent."""

from __future__ import annotations

from robo_trader.desk.effects import Place
from robo_trader.desk.executing import parent_of, used
from robo_trader.desk.turn import Turn
from robo_trader.orders.events import Intended
from robo_trader.orders.intent import IntentKey, order_ref
from robo_trader.orders.order import OrderType, Purpose, TimeInForce
from robo_trader.values import Instant, Side, Ticks


def place(turn: Turn, key: IntentKey, side: Side, quantity: int, order_type: OrderType, price: Ticks | None, oca_group: str) -> None:
    """Record an intent and send its order; quantity in shares, price in ticks (the trigger of a stop)."""
    intended = _intend(turn, key, side, quantity, order_type, price, oca_group)
    entry = key.purpose is Purpose.ENTER
    decision = turn.state.decisions.get(key.book) if entry else None
    spent = used(turn, turn.state.book(key.book)) if decision else 0
    turn.record(intended)
    turn.watch.placed_ns[intended.intent] = turn.now.process
    turn.tell(
        Place(
            intent=intended.intent,
            order_id=intended.order_id,
            order_ref=intended.order_ref,
            symbol=key.book.symbol,
            side=side,
            quantity=quantity,
            order_type=order_type,
            price=price,
            time_in_force=TimeInForce.GOOD_TILL_CANCELLED if key.purpose is Purpose.PROTECT else TimeInForce.DAY,
            oca_group=oca_group,
            entry=entry,
            parent=parent_of(turn, key.book) if entry else "",
            parent_quantity=abs(decision.target) if decision else 0,
            parent_used=spent,
        ),
    )


def _intend(turn: Turn, key: IntentKey, side: Side, quantity: int, order_type: OrderType, price: Ticks | None, oca_group: str) -> Intended:
    k = turn.state.orders.count_of_key[key]
    intent = key.numbered(k)
    decision = turn.state.decisions.get(key.book)
    signal = turn.watch.signals.get(key.book)
    return Intended(
        intent=intent,
        book=key.book,
        purpose=key.purpose,
        cause=key.cause,
        slice=key.slice,
        k=k,
        order_id=turn.state.orders.next_order_id,
        order_ref=order_ref(turn.settings.system, turn.settings.epoch, intent),
        side=side,
        quantity=quantity,
        order_type=order_type,
        price=price,
        oca_group=oca_group,
        decision_bar_end=decision.bar_end if decision else Instant(0),
        signal_bar_end=signal.bar_end if signal else Instant(0),
        at=turn.now.market,
    )

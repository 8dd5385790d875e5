"""Adding to a position: the one thing that needs everything to be in order.

An increase is asked for by a fresh signal, sized once per decision, at most one entry at a time and one per bar. Each reason to say no is a small
function; the first that speaks is recorded with its control's name, once per bar. Order-shaped refusals latch for the decision, state refusals end
with the signal (DESIGN 3f).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from robo_trader.desk.closing_gap import effective_target
from robo_trader.desk.corporate import due_split
from robo_trader.desk.cover_gap import bare, gap_is_old
from robo_trader.desk.events import Refused
from robo_trader.desk.executing import may_follow, order_for, used
from robo_trader.desk.placing import place
from robo_trader.desk.settings import UNANSWERED_ORDERS_MAX
from robo_trader.desk.state import SignalKept
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import CLOSING, Book
from robo_trader.orders.intent import IntentKey
from robo_trader.orders.order import OrderType, Purpose, Stage
from robo_trader.risk.exposure import Working
from robo_trader.risk.gate import Proposed, Refusal, View, refuse
from robo_trader.values import NS_PER_SECOND, Side, Symbol, Ticks, side_of

_DAY_NS: Final = 24 * 3600 * NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class _Wish:
    """The entry that is wanted: shares, and a limit in ticks."""

    side: Side
    quantity: int
    order_type: OrderType
    price: Ticks | None


def add_to(turn: Turn, book: Book) -> None:
    """Send the entry that closes the gap, or record why not."""
    gap = _wanted(turn, book)
    signal = turn.watch.signals.get(book.id)
    if gap == 0 or signal is None or turn.now.market > signal.valid_until:
        return
    decision = turn.state.decisions[book.id]
    quantity = min(abs(gap), abs(decision.target) - used(turn, book))
    order_type, price = order_for(turn, book, side_of(gap))
    refusal = _first_refusal(turn, book, signal, _Wish(side_of(gap), quantity, order_type, price))
    if refusal is None:
        key = IntentKey(book.id, str(decision.bar_end), Purpose.ENTER, "")
        place(turn, key, side_of(gap), quantity, order_type, price, "")
        return
    said = (str(book.id), refusal.control, signal.bar_end)
    if said not in turn.watch.said:
        turn.watch.said.add(said)
        turn.record(
            Refused(book.id, refusal.control, f"{refusal.detail}: {refusal.value} against {refusal.limit}", signal.bar_end, refusal.order_shaped)
        )


def _wanted(turn: Turn, book: Book) -> int:
    """The signed increase that is missing and that nothing else stands in the way of; 0 while exits or entries still work."""
    target = effective_target(turn, book)
    if not target or target * book.position < 0 or abs(target) <= abs(book.position):
        return 0
    if any(True for _ in book.of(Purpose.ENTER, *CLOSING)):
        return 0
    if any(s.quantity * target < 0 for s in book.slices.values()):
        return 0
    if book.position == 0 and any(True for _ in book.of(Purpose.PROTECT)):
        return 0  # a stop of the closed side may still fill: wait for its end
    return target - book.position


def _first_refusal(turn: Turn, book: Book, signal: SignalKept, wish: _Wish) -> Refusal | None:
    for reason in _STATE_REASONS:
        refusal = reason(turn, book, signal)
        if refusal is not None:
            return refusal
    return _gate(turn, book, wish)


def _no(control: str, detail: str, value: object = "", limit: object = "", *, order_shaped: bool = False) -> Refusal:
    return Refusal(control, detail, str(value), str(limit), order_shaped)


def _halted(turn: Turn, book: Book, _signal: SignalKept) -> Refusal | None:
    level = turn.state.level(book.id)
    if turn.watch.draining:
        return _no("C17", "draining")
    return _no("C17", "halted", level.name, "none") if level is not None else None


def _unreconciled(turn: Turn, book: Book, _signal: SignalKept) -> Refusal | None:
    if book.id.symbol in turn.watch.reconciled:
        return None
    return _no("C21", "not reconciled", turn.watch.broker_positions.get(book.id.symbol), turn.state.net(book.id.symbol))


def _split_due(turn: Turn, book: Book, _signal: SignalKept) -> Refusal | None:
    """Shares bought between a split's midnight and its judgement could be told from the split by nobody."""
    split = due_split(turn, book.id.symbol)
    if split is None:
        return None
    turn.ask_sweep(f"{split.name} is due")
    return _no("C21", "a split is due, and no sweep has judged it yet", split.name)


def _unknown(_turn: Turn, book: Book, _signal: SignalKept) -> Refusal | None:
    unknown = [o.intended.intent for o in book.live.values() if o.stage is Stage.UNKNOWN]
    return _no("C24", "an order's outcome is unknown", unknown[0], "none") if unknown else None


def _bare(turn: Turn, book: Book, _signal: SignalKept) -> Refusal | None:
    missing = bare(turn.state, book.id.symbol)
    if not missing or not gap_is_old(turn.watch, book.id.symbol, turn.now.process):
        return None
    return _no("I29", "shares without an acknowledged stop", missing, 0)


def _old_signal(turn: Turn, book: Book, signal: SignalKept) -> Refusal | None:
    floor = turn.watch.entry_floor.get(book.id, 0)
    if signal.backfilled:
        return _no("3e", "the bar was rebuilt from history")
    if signal.bar_end <= floor:
        return _no("3e", "needs a newer bar", signal.bar_end, floor)
    return None


def _already_tried(turn: Turn, book: Book, signal: SignalKept) -> Refusal | None:
    decision = turn.state.decisions[book.id]
    for order in reversed(book.orders.values()):
        tried = order.intended
        if tried.purpose is not Purpose.ENTER:
            continue
        if tried.decision_bar_end == decision.bar_end and order.stage is Stage.REJECTED:
            return _no("3f", "the broker refused this decision's entry", order.outcome_detail, order_shaped=True)
        if tried.signal_bar_end == signal.bar_end and not may_follow(turn, book, order):
            return _no("3f", "this bar's entry was already sent")
        break
    refused = turn.state.refused.get(book.id)
    if refused is not None and refused.order_shaped:
        return _no(refused.control, f"latched for this decision: {refused.detail}", order_shaped=True)
    return None


def _spent(turn: Turn, book: Book, _signal: SignalKept) -> Refusal | None:
    spent, size = used(turn, book), abs(turn.state.decisions[book.id].target)
    return _no("C40", "the decision's orders have come to its size", spent, size) if spent >= size else None


def _too_many(turn: Turn, book: Book, _signal: SignalKept) -> Refusal | None:
    limit = turn.settings.limits.entries_per_day_max
    today = turn.now.market // _DAY_NS
    count = sum(1 for _ in takewhile(lambda at: at // _DAY_NS == today, reversed(book.entries)))
    return _no("C12", "entries today", count, limit) if count >= limit else None


def _crowded(turn: Turn, book: Book, _signal: SignalKept) -> Refusal | None:
    """In a burst, exits and stops go first, and entries a few at a time.

    Numbered later, and so sent later: the broker takes growing order ids only, and one that waits behind the message budget must not be overtaken.
    """
    waiting = unanswered(turn)
    if waiting < UNANSWERED_ORDERS_MAX:
        return None
    turn.watch.held_back.add(book.id)
    return _no("C08", "orders before it are not answered yet", waiting, UNANSWERED_ORDERS_MAX - 1)


def unanswered(turn: Turn) -> int:
    """Orders of any kind that nobody has answered yet."""
    return sum(o.stage is Stage.INTENDED for book in turn.state.orders.books.values() for o in book.live.values())


_STATE_REASONS: Final[tuple[Callable[[Turn, Book, SignalKept], Refusal | None], ...]] = (
    _halted,
    _unreconciled,
    _split_due,
    _unknown,
    _bare,
    _old_signal,
    _already_tried,
    _spent,
    _too_many,
    _crowded,
)


def working_orders(turn: Turn, symbol: Symbol) -> list[Working]:
    """Every live order of ours in a symbol, as exposure counts them."""
    return [
        Working(
            o.intended.intent,
            symbol,
            o.intended.side,
            o.remaining,
            o.intended.oca_group,
            o.intended.purpose is Purpose.PROTECT,
            o.intended.purpose is Purpose.ENTER,
            price=o.intended.price if o.intended.order_type == OrderType.LIMIT else None,
            dormant=o.intended.order_type == OrderType.STOP and not (o.traded or o.intended.intent in turn.watch.triggered),
        )
        for book in turn.state.books_of(symbol)
        for o in book.live.values()
        if o.remaining
    ]


def _gate(turn: Turn, book: Book, wish: _Wish) -> Refusal | None:
    symbol = book.id.symbol
    instrument = turn.state.instruments.get(symbol)
    if instrument is None:
        return _no("C14", "no contract details yet")
    proposed = Proposed(
        symbol=symbol, side=wish.side, quantity=wish.quantity, order_type=wish.order_type, price=wish.price, reducing=False, protective=False
    )
    view = View(
        position=turn.state.own(symbol),
        working=working_orders(turn, symbol),
        quote=turn.watch.quotes.get(symbol),
        now=turn.now.market,
        instrument=instrument,
    )
    return refuse(proposed, view, turn.settings.limits)

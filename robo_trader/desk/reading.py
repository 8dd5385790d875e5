"""Reading the broker's word: each piece of order evidence becomes events, or nothing.

Executions alone move shares. A status that runs ahead of its executions is a claim, held until the executions come; an error number is read by the
table below and never by the library's idea of it, which marks living orders as cancelled (tws_protocol 4.1).
"""

from __future__ import annotations

from typing import Final

from robo_trader.desk.claims import claim, missing
from robo_trader.desk.corrections import is_of_the_baseline
from robo_trader.desk.effects import Severity
from robo_trader.desk.entry_slices import slice_of_entry
from robo_trader.desk.events import HaltRecorded
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import CLOSING, Order
from robo_trader.orders.events import (
    Acknowledged,
    CancelFailed,
    CommissionCharged,
    Ended,
    ExternalFill,
    Fill,
    OrderIdRaised,
    Resized,
    TwinEnded,
)
from robo_trader.orders.evidence import BrokerError, BrokerStatus, CommissionSeen, ExecutionSeen, OrderSeen, StatusSeen
from robo_trader.orders.intent import ORDER_REF_PREFIX, intent_of
from robo_trader.orders.ledger import CURRENCY, currency_of
from robo_trader.orders.order import Outcome, Purpose, Stage
from robo_trader.orders.standing import execution_base
from robo_trader.risk.halt import Halt

CANCEL_REFUSED: Final = frozenset({135, 161, 10147, 10148})
"""Answers that end the wait for a cancel and say nothing of the order."""
REJECTED: Final = frozenset({103, 109, 110, 200, 201, 203, 320, 321, 322, 326, 383, 388, 391, 434, 460, 10052, 10255, 10268})
"""Answers that mean that this order was not taken."""
HARMLESS: Final = frozenset({165, 202, 399, 404, 492, 10167, 10349, 2109})
"""Notices about an order that lives on; 202 comes with its own Cancelled status."""
UNREADABLE: Final = 0
"""No code of the broker's: the edge could not read a message, and says so without an order's id."""
_NOTICES: Final = range(2100, 2200)
GROUP_FILLED: Final = "OCA group is already filled"
_GONE: Final = frozenset({BrokerStatus.CANCELLED, BrokerStatus.API_CANCELLED})
_WORKING: Final = frozenset({BrokerStatus.PRE_SUBMITTED, BrokerStatus.SUBMITTED})
_LIVE: Final = _WORKING | {BrokerStatus.PENDING_SUBMIT, BrokerStatus.PENDING_CANCEL}


def order_of(turn: Turn, reference: str, client_id: int, order_id: int, perm_id: int) -> Order | None:
    """Our order that this evidence speaks of: by orderRef, then by our own order id, then by permId; never by another client's id."""
    orders = turn.state.orders
    intent = intent_of(reference, turn.settings.system)
    if intent is not None:
        return orders.by_intent.get(intent)
    if reference:
        return None
    if client_id == turn.settings.client_id and order_id in orders.by_order_id:
        return orders.by_order_id[order_id]
    return orders.by_perm_id.get(perm_id) if perm_id else None


def read_order(turn: Turn, seen: OrderSeen) -> Order | None:
    """An open order: proof that the broker has it. Returns our order, None for someone else's."""
    raise_order_id(turn, seen.client_id, seen.order_id)
    order = order_of(turn, seen.order_ref, seen.client_id, seen.order_id, seen.perm_id)
    if order is None:
        return None
    if seen.status in _LIVE:
        acknowledge(turn, order, seen.perm_id)
    if order.stage is Stage.LEAVING and seen.status in _WORKING and order.intended.intent not in turn.watch.cancelled_ns:
        turn.record(CancelFailed(order.intended.intent, "an earlier life asked, and the broker did not hear it"))
    return order


def read_status(turn: Turn, seen: StatusSeen) -> None:
    """An orderStatus of this client."""
    raise_order_id(turn, seen.client_id, seen.order_id)
    order = order_of(turn, "", seen.client_id, seen.order_id, seen.perm_id)
    if order is None:
        return
    claim(turn, order, seen.perm_id, seen.filled)
    if seen.status in _LIVE:
        acknowledge(turn, order, seen.perm_id)
        _read_working(turn, order, seen)
    elif seen.status is BrokerStatus.FILLED:
        _read_filled(turn, order, seen)
    elif seen.status in _GONE:
        end_one(turn, order, seen.perm_id, Outcome.CANCELLED, seen.status)
    elif seen.status is BrokerStatus.INACTIVE:
        _reject(turn, order, "Inactive", seen.perm_id)


def _read_working(turn: Turn, order: Order, seen: StatusSeen) -> None:
    if order.intended.purpose is Purpose.PROTECT and seen.status is BrokerStatus.SUBMITTED and seen.why_held != "trigger":
        turn.watch.triggered.add(order.intended.intent)
    # of an order with a bust, whether `filled` counts the shares that were taken back is the broker's own: then it proves no resize
    if order.live and not order.twins and seen.filled == order.filled == order.traded and seen.remaining != order.remaining:
        turn.record(Resized(order.intended.intent, seen.remaining))


def _read_filled(turn: Turn, order: Order, seen: StatusSeen) -> None:
    acknowledge(turn, order, seen.perm_id)
    if order.twins:
        if order.traded_of(seen.perm_id) >= seen.filled:
            end_one(turn, order, seen.perm_id, Outcome.FILLED, "")
        return
    turn.watch.done_at[order.intended.intent] = seen.filled
    _end_if_done(turn, order)


def _end_if_done(turn: Turn, order: Order) -> None:
    """End an order that the broker calls Filled once its executions are here: an OCA reduction may have ended it below its first quantity."""
    done_at = turn.watch.done_at.get(order.intended.intent)
    if order.live and not order.twins and done_at is not None and order.traded >= done_at:
        end(turn, order, Outcome.FILLED, "")


def acknowledge(turn: Turn, order: Order, perm_id: int) -> None:
    """The broker has this order; under a second permId it has it twice, which a person must know."""
    intent = order.intended.intent
    turn.watch.absent_since_ns.pop(intent, None)
    revived = order.stage in {Stage.NEVER_SENT, Stage.REJECTED}
    new = perm_id and perm_id not in order.perm_ids
    if order.stage in {Stage.INTENDED, Stage.UNKNOWN} or new or revived:
        if order.perm_ids and new:
            turn.alert(Severity.CRITICAL, f"two-perm-ids/{intent}", f"intent {intent} works twice at the broker: {order.perm_ids} and {perm_id}")
        if order.stage is Stage.NEVER_SENT:
            turn.alert(Severity.CRITICAL, f"revived/{intent}", f"intent {intent} was held as never sent, and the broker has it")
        turn.record(Acknowledged(intent, perm_id))


def read_execution(turn: Turn, seen: ExecutionSeen) -> None:
    """One execution of any client: ours moves a slice, anyone else's is external. Heard twice, it counts once."""
    if turn.state.baseline is None:
        return  # whatever was traded before the baseline is taken is in it, and nothing of ours can have been
    if turn.state.orders.knows_fill(seen.exec_id) or is_of_the_baseline(turn, seen):
        return
    order = order_of(turn, seen.order_ref, seen.client_id, seen.order_id, seen.perm_id)
    if order is None:
        _read_external(turn, seen)
        return
    intent = order.intended.intent
    if not order.perm_ids or order.stage is Stage.NEVER_SENT or seen.perm_id not in order.perm_ids | {0}:
        acknowledge(turn, order, seen.perm_id)
    slice_name = order.intended.slice or slice_of_entry(turn, order, seen)
    turn.record(Fill(seen.exec_id, intent, order.intended.book, seen.side, seen.quantity, seen.price, seen.at, slice_name, seen.perm_id))
    if order.traded >= turn.watch.claimed.get(intent, 0):
        turn.watch.claimed.pop(intent, None)
    if order.intended.book.symbol in turn.watch.drift_by:
        turn.ask_sweep(f"{seen.exec_id} may explain a difference")
    _end_if_done(turn, order)


def _refuse_currency(turn: Turn, seen: ExecutionSeen) -> None:
    """The books are in dollars: a trade in anything else is told once, and counted nowhere."""
    if seen.exec_id not in turn.watch.refused_executions:
        turn.watch.refused_executions.add(seen.exec_id)
        text = f"{seen.side} {seen.quantity} {seen.symbol} is in {currency_of(seen.symbol)}: the books are kept in {CURRENCY} only, it is not counted"
        turn.alert(Severity.CRITICAL, f"currency/{seen.symbol}", text)


def _read_external(turn: Turn, seen: ExecutionSeen) -> None:
    if seen.exec_id in turn.state.external_executions:
        return
    if currency_of(seen.symbol) != CURRENCY:
        _refuse_currency(turn, seen)
        return
    if seen.order_ref.startswith(f"{ORDER_REF_PREFIX}:{turn.settings.system}:"):
        turn.alert(
            Severity.CRITICAL, f"unknown-intent/{seen.order_ref}", f"execution {seen.exec_id} names {seen.order_ref}, which no journal row explains"
        )
    turn.record(ExternalFill(seen.exec_id, seen.symbol, seen.side, seen.quantity, seen.price, seen.at, seen.order_ref))
    turn.alert(Severity.WARNING, f"external/{seen.symbol}", f"external {seen.side} {seen.quantity} {seen.symbol} at {seen.price}: shown, not healed")


def read_commission(turn: Turn, seen: CommissionSeen) -> None:
    """A commission, in any order with its execution; repeats change nothing."""
    known = turn.state.ledger.commission_of(seen.exec_id)
    if known is not None and known == seen.commission:
        return
    if execution_base(seen.exec_id) in turn.state.before_us:
        return
    turn.record(CommissionCharged(seen.exec_id, seen.commission, seen.realised))


def read_error(turn: Turn, seen: BrokerError) -> None:
    """An error that names one of our order ids; anything unknown is asked about, never guessed at."""
    if (seen.id, seen.code) == (0, UNREADABLE):
        turn.alert(
            Severity.CRITICAL, f"unreadable/{seen.text}", f"a message of the broker was not understood, and what it said is not counted: {seen.text}"
        )
    order = turn.state.orders.by_order_id.get(seen.id)
    if order is None or seen.code in HARMLESS or seen.code in _NOTICES:
        return
    text = f"{seen.code} {seen.text}"
    if seen.code in CANCEL_REFUSED:
        if order.stage in {Stage.LEAVING, Stage.UNKNOWN}:
            turn.record(CancelFailed(order.intended.intent, text))
        if order.live:  # of one that ended, refusing is all that was left to say: an exit's fill ends its stop while our cancel is on its way
            turn.ask_sweep(f"cancel refused: {text}")
    elif seen.code in REJECTED:
        _reject(turn, order, text)
    else:
        turn.alert(Severity.WARNING, f"error/{seen.code}", f"order {seen.id} of {order.intended.book}: {text}")
        turn.ask_sweep(f"unknown error {seen.code}")


def _reject(turn: Turn, order: Order, text: str, perm_id: int = 0) -> None:
    if not order.live:
        return
    if order.twins and not perm_id:
        turn.ask_sweep(f"one of two orders of {order.intended.intent} was rejected: {text}")
        return
    if not (order.intended.purpose in CLOSING and GROUP_FILLED in text):  # then the stop was faster, which is no fault
        turn.alert(Severity.WARNING, f"rejected/{order.intended.book}", f"{order.intended.purpose} of {order.intended.book} rejected: {text}")
    end_one(turn, order, perm_id, Outcome.REJECTED, text)


def end_one(turn: Turn, order: Order, perm_id: int, outcome: Outcome, detail: str) -> None:
    """The broker's order of this permId is over, and the intent with it, unless a twin still lives."""
    if perm_id and order.perm_ids and perm_id not in order.perm_ids:
        acknowledge(turn, order, perm_id)  # its first sign of life is its end: of a twin all the same
    if not order.live or not order.open_perm_ids - {perm_id} or not order.twins:
        end(turn, order, outcome, detail)
    elif perm_id not in order.over:
        turn.record(TwinEnded(order.intended.intent, perm_id, f"{outcome}: {detail}"))


def end(turn: Turn, order: Order, outcome: Outcome, detail: str) -> None:
    """Make an order terminal, once; shares that the broker claims are filled and nobody showed us are asked for."""
    if not order.live:
        return
    intent = order.intended.intent
    turn.record(Ended(intent, outcome, detail))
    turn.watch.ended_ns[intent] = turn.now.process
    if outcome is Outcome.CANCELLED and order.intended.slice and not order.cancel_asked:
        turn.watch.unexplained.append(intent)
    turn.watch.triggered.discard(intent)
    turn.watch.absent_since_ns.pop(intent, None)
    turn.watch.orphaned_ns.pop(intent, None)
    if missing(turn, order):
        turn.watch.reconciled.discard(order.intended.book.symbol)
        turn.ask_sweep(f"executions of {intent} are missing")


def read_halt(turn: Turn, halt: Halt) -> None:
    """A halt that stands in the fence: on record once, and again where its name stands for something stronger since."""
    known = turn.state.halts.get(halt.id)
    if known is None or not known.does_as(halt) or halt.id in turn.state.lifted:
        turn.record(HaltRecorded(halt))


def raise_order_id(turn: Turn, client_id: int, order_id: int) -> None:
    """Order ids only grow: above every id this client was ever seen to use."""
    if client_id == turn.settings.client_id and order_id >= turn.state.orders.next_order_id:
        turn.record(OrderIdRaised(order_id + 1))

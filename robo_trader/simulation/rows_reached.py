"""What a run must have reached to prove anything: every row of the life-cycle, and the rare states by name.

A row counts as reached when evidence of its step meets an order at its stage, whether or not the desk puts a row on record for it: a terminal stage
listens, and most of what it hears changes nothing. Evidence is read here from the news themselves, once more and by its own few lines.
"""

from __future__ import annotations

from typing import Final

from robo_trader.desk.desk import Desk
from robo_trader.desk.events import Decided, Event
from robo_trader.desk.news import BrokerError, ExecutionSeen, News, NotSent, OrderSeen, StatusSeen
from robo_trader.orders.book import Order
from robo_trader.orders.events import Acknowledged, CancelAsked, CancelFailed, Ended, Fill, Intended, WentUnknown
from robo_trader.orders.evidence import BrokerStatus
from robo_trader.orders.order import NEXT, Outcome, Purpose, Stage, Step
from robo_trader.simulation.kit import CLIENT
from robo_trader.simulation.timeline import Timeline

STOP_OUT, UNKNOWN, FILL_AFTER_CANCEL, PARTIAL_THEN_FLIP, REPLACED = "stop-out", "unknown", "fill after cancel", "partial then flip", "replaced"
NAMED: Final = (STOP_OUT, UNKNOWN, FILL_AFTER_CANCEL, PARTIAL_THEN_FLIP, REPLACED)
ROWS: Final = tuple(f"{stage} / {step}" for stage, step in NEXT)
LYING: Final = frozenset(
    {f"{stage} / {Step.TWIN_SEEN}" for stage in Stage}
    | {f"{Stage.NEVER_SENT} / {step}" for step in (Step.ACKNOWLEDGED, Step.FILLED_IN_PART, Step.FILLED_WHOLE, Step.CANCELLED, Step.REJECTED)}
    | {f"{Stage.REJECTED} / {step}" for step in (Step.FILLED_IN_PART, Step.FILLED_WHOLE)}
    | {f"{Stage.CANCELLED} / {Step.REJECTED}", f"{Stage.UNKNOWN} / {Step.SILENT}", f"{Stage.NEVER_SENT} / {Step.NOT_SENT}"}
)
"""Rows that need a broker which makes two orders of one, has an order that two whole looks did not show, or contradicts its own last word, or a
gateway that says twice that it did not send, or only after two looks: a command waits for seconds, an order counts as lost after half a minute.

No world is asked for one: nothing that the desk may rely on would hold there. The unit tests cover the full product of stages and steps.
"""
REACHABLE: Final = tuple(row for row in ROWS if row not in LYING)
"""Rows that worlds reach."""
_COMMON: Final = {
    Stage.INTENDED: (Step.ACKNOWLEDGED, Step.CANCEL_ASKED, Step.NOT_SENT, Step.REJECTED, Step.SILENT),
    Stage.WORKING: (Step.ACKNOWLEDGED, Step.CANCEL_ASKED, Step.CANCELLED, Step.FILLED_IN_PART, Step.FILLED_WHOLE, Step.REJECTED, Step.SILENT),
    Stage.LEAVING: (Step.ACKNOWLEDGED, Step.CANCEL_FAILED, Step.CANCELLED, Step.FILLED_IN_PART, Step.FILLED_WHOLE),
    Stage.UNKNOWN: (Step.CANCEL_ASKED, Step.CANCEL_FAILED, Step.NOT_SENT),
    Stage.FILLED: (Step.ACKNOWLEDGED, Step.CANCEL_FAILED, Step.FILLED_IN_PART, Step.FILLED_WHOLE),
    Stage.CANCELLED: (Step.CANCEL_FAILED, Step.CANCELLED),
    Stage.REJECTED: (Step.REJECTED,),
}
COMMON: Final = tuple(f"{stage} / {step}" for stage, steps in _COMMON.items() for step in steps)
"""Rows that sixty worlds reach a dozen times: a thousand that miss one have lost a fault or its evidence."""
_STEP_OF: Final = {
    Outcome.FILLED: Step.FILLED_WHOLE,
    Outcome.CANCELLED: Step.CANCELLED,
    Outcome.REJECTED: Step.REJECTED,
    Outcome.NEVER_SENT: Step.NOT_SENT,
}
_CANCEL_REFUSED: Final = frozenset({135, 161, 10147, 10148})
_REJECTED: Final = frozenset({200, 201, 103, 110, 321, 383, 460, 10268})
_GONE: Final = frozenset({BrokerStatus.CANCELLED, BrokerStatus.API_CANCELLED})


class Reached:
    """Follows one desk incarnation after the other."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._desk: Desk | None = None
        self._stages: dict[str, Stage] = {}

    def resumed(self, desk: Desk) -> None:
        """A desk is in service: follow it from now on."""
        self._desk = desk
        self._stages = {intent: order.stage for intent, order in desk.state.orders.by_intent.items()}

    def news(self, piece: News) -> None:
        """Evidence that the desk is about to read."""
        if self._desk is None:
            return
        orders = self._desk.state.orders
        match piece:
            case OrderSeen() | StatusSeen() if piece.client_id == CLIENT:
                order = orders.by_order_id.get(piece.order_id)
                step = _step_of(piece.status)
                if order is not None and step is not None:
                    twin = bool(order.perm_ids and piece.perm_id not in order.perm_ids)
                    self._row(order, Step.TWIN_SEEN if twin and step is Step.ACKNOWLEDGED else step)
            case ExecutionSeen() if piece.client_id == CLIENT and not orders.knows_fill(piece.exec_id):
                order = orders.by_order_id.get(piece.order_id)
                if order is not None:
                    self._filled(order, piece.quantity)
            case BrokerError() if piece.id in orders.by_order_id:
                order = orders.by_order_id[piece.id]
                if piece.code in _CANCEL_REFUSED:
                    self._row(order, Step.CANCEL_FAILED)
                elif piece.code in _REJECTED:
                    self._row(order, Step.REJECTED)
            case NotSent() if piece.intent in orders.by_intent:
                self._row(orders.by_intent[piece.intent], Step.NOT_SENT)
            case _:
                pass

    def _filled(self, order: Order, quantity: int) -> None:
        if order.stage is Stage.CANCELLED:
            self._timeline.reached[FILL_AFTER_CANCEL] += 1
        if order.intended.purpose is Purpose.PROTECT:
            self._timeline.reached[STOP_OUT] += 1
        self._row(order, Step.FILLED_WHOLE if order.filled + quantity >= order.total else Step.FILLED_IN_PART)

    def event(self, event: Event) -> None:
        """What the desk put on record; it is folded in already."""
        match event:
            case Intended():
                self._stages[event.intent] = Stage.INTENDED
            case Acknowledged():
                self._moved(event.intent, Step.ACKNOWLEDGED)
            case CancelAsked():
                self._moved(event.intent, Step.CANCEL_ASKED)
            case CancelFailed():
                self._moved(event.intent, Step.CANCEL_FAILED)
            case WentUnknown():
                self._timeline.reached[UNKNOWN] += 1
                self._moved(event.intent, Step.SILENT)
            case Ended():
                self._moved(event.intent, _STEP_OF[event.outcome])
            case Fill() if self._desk is not None:
                order = self._desk.state.orders.by_intent[event.intent]
                self._moved(event.intent, Step.FILLED_WHOLE if order.filled >= order.total else Step.FILLED_IN_PART)
            case Decided():
                self._decided(event)
            case _:
                pass

    def _moved(self, intent: str, step: Step) -> None:
        before = self._stages.get(intent, Stage.INTENDED)
        self._timeline.rows[f"{before} / {step}"] += 1
        self._stages[intent] = NEXT.get((before, step), before)

    def _decided(self, event: Decided) -> None:
        book = self._desk.state.orders.books.get(event.book) if self._desk is not None else None
        if book is not None and any(0 < order.filled < order.total and order.sign * event.stance < 0 for order in book.of(Purpose.ENTER)):
            self._timeline.reached[PARTIAL_THEN_FLIP] += 1

    def _row(self, order: Order, step: Step) -> None:
        self._timeline.rows[f"{order.stage} / {step}"] += 1


def _step_of(status: BrokerStatus) -> Step | None:
    if status in _GONE:
        return Step.CANCELLED
    if status is BrokerStatus.INACTIVE:
        return Step.REJECTED
    return None if status is BrokerStatus.FILLED else Step.ACKNOWLEDGED

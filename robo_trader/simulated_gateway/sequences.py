"""How the exchange's word is told: the sequences of reports that a real gateway sends, its repetitions included.

A state of an order is told as one `OrderReport` (openOrder + orderStatus on the wire), and repeated at times. An execution is told, then the
order's state, then that state again with the commission, then the commission; now and then the state overtakes the execution. A cancel is
told by the status alone and then error 202; a refusal by error 201 first and then the state.

Chance is counted, not kept: the n-th toss of a seed is always the same, so that saving one number saves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Final

from robo_trader.simulated_gateway.book_order import BookOrder
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderError, OrderHappening, OrderReport, PositionReport, Refusal

REPEATED_CHANCE: Final = 0.5
OVERTAKES_CHANCE: Final = 0.1
CANCELED_TEXT: Final = "Order Canceled - reason:"
REASON: Final = "Order rejected - reason:"
MODIFIED_LATE: Final = 104


class LateModify(StrEnum):
    """How a change of an order that has filled is answered."""

    CODE_104 = "104"
    CODE_201 = "201"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Rules:
    """Switches of the exchange's manners; the defaults are a real gateway's, and so is what most of them switch to.

    `tells_preset`: an order without a time in force is answered with 10349, as newer gateways do. `children_at_first_fill`: a bracket's children work
    from their parent's first fill on, for their whole quantity. `refuses_fok`: 201, as a gateway does for an exchange without FOK.
    `rejects_end_cancelled`: an order that is refused is told as Cancelled, not as Inactive. `modify_of_filled`: see `LateModify`.
    `unknown_cancel_is_135`: not 10147. `fast_fills_without_status`: of a market order that fills at once there is no orderStatus.
    `submitted_at_once`: the first that is told of an order that goes to the exchange at once is Submitted, without PreSubmitted before it.
    `any_client_cancels`: not client 0 alone may cancel another's order. `status_names_canceller`: the status of a cancelled order carries the client
    id of who cancelled it. `global_cancel_tells_161`: each order of the day that was cancelled before is told as not cancellable, the newest first.
    """

    duplicates: bool = True
    status_may_precede_execution: bool = True
    cancel_modified_oca_members: bool = True
    tells_preset: bool = False
    children_at_first_fill: bool = False
    refuses_fok: bool = False
    rejects_end_cancelled: bool = False
    modify_of_filled: LateModify = LateModify.CODE_104
    unknown_cancel_is_135: bool = False
    fast_fills_without_status: bool = False
    submitted_at_once: bool = False
    any_client_cancels: bool = False
    status_names_canceller: bool = False
    global_cancel_tells_161: bool = False


class Teller:
    """Puts what happened to an order into the sequence in which clients hear it."""

    def __init__(self, rules: Rules, seed: int) -> None:
        """`seed` decides which messages repeat and which overtake."""
        self.rules = rules
        self._seed = seed
        self.tosses = 0

    def _toss(self, chance: float) -> bool:
        self.tosses += 1
        return Random(f"{self._seed}:{self.tosses}").random() < chance  # noqa: S311 - manners, not secrets

    def _repeated(self, report: OrderReport) -> list[OrderReport]:
        again = self._toss(REPEATED_CHANCE) and self.rules.duplicates
        return [report, report] if again else [report]

    def told(self, order: BookOrder, *, status: str | None = None) -> list[OrderHappening]:
        """The state of an order."""
        return [*self._repeated(order.report(status=status))]

    def filled(self, order: BookOrder, execution: Execution, note: CommissionNote, position: PositionReport) -> list[OrderHappening]:
        """A fill that is already booked in `order`."""
        now = order.report()
        before = order.commission - note.commission
        unpriced = self._repeated(replace(now, commission=before or None))
        overtakes = self._toss(OVERTAKES_CHANCE) and self.rules.status_may_precede_execution
        head: list[OrderHappening] = [*unpriced, execution] if overtakes else [execution, *unpriced]
        return [*head, now, note, position]

    def cancelled(self, order: BookOrder) -> list[OrderHappening]:
        """An order that has just been cancelled."""
        return [order.report(open_order=False), OrderError(*order.told_key, 202, CANCELED_TEXT)]

    def killed(self, order: BookOrder) -> list[OrderHappening]:
        """What was to fill at once and did not, just before it is cancelled."""
        return self.told(order, status="PendingCancel")

    def rejected(self, order: BookOrder, refusal: Refusal) -> list[OrderHappening]:
        """An order that the exchange does not take."""
        before = self.told(order, status="PreSubmitted") if refusal.after_ack else []
        told_as = "Cancelled" if self.rules.rejects_end_cancelled else ""
        after = self._repeated(replace(order.report(), told_as=told_as))
        return [*before, OrderError(*order.told_key, refusal.code, refusal.text), *after]

    def unchanged(self, order: BookOrder, refusal: tuple[int, str]) -> list[OrderHappening]:
        """A change of an order that is refused; the order itself is as it was."""
        code, text = refusal
        if code != MODIFIED_LATE or self.rules.modify_of_filled is LateModify.CODE_104:
            return [OrderError(*order.told_key, code, text)]
        return [] if self.rules.modify_of_filled is LateModify.SILENCE else [OrderError(*order.told_key, 201, f"{REASON}{text}")]

    def unknown(self, by_client: int, order_id: int) -> OrderError:
        """A cancel of an order that is not found."""
        if self.rules.unknown_cancel_is_135:
            return OrderError(by_client, order_id, 135, f"Can't find order with id ={order_id}")
        return OrderError(by_client, order_id, 10147, f"OrderId {order_id} that needs to be cancelled is not found.")

    def placed(self, happenings: list[OrderHappening]) -> list[OrderHappening]:
        """All that became of an order at once, as the rules have it told. What is logged stays the whole truth."""
        if self.rules.submitted_at_once:
            happenings = _submitted(happenings)
        if self.rules.fast_fills_without_status:
            fast = _filled_at_once(happenings)
            return [replace(one, order_status=False) if isinstance(one, OrderReport) and one.perm_id in fast else one for one in happenings]
        return happenings


def _submitted(happenings: list[OrderHappening]) -> list[OrderHappening]:
    """Without the PreSubmitted of orders that are told as Submitted next; of one that is not, because it fills at once, it is told as Submitted."""
    reports = [one for one in happenings if isinstance(one, OrderReport)]
    further = {one.perm_id for one in reports if one.status in ("Submitted", "Filled")}
    again = {one.perm_id for one in reports if one.status == "Submitted" and not one.filled}
    told: list[OrderHappening] = []
    for one in happenings:
        if isinstance(one, OrderReport) and one.status == "PreSubmitted" and one.perm_id in further:
            silent = one.perm_id in again
            told.append(replace(one, open_order=not silent, order_status=not silent, told_as="Submitted"))
        else:
            told.append(one)
    return told


def _filled_at_once(happenings: Iterable[OrderHappening]) -> set[int]:
    """The permanent ids of market orders that were filled whole by one execution."""
    made = [one for one in happenings if isinstance(one, Execution)]
    return {one.perm_id for one in made if one.ticket.order_type == "MKT" and one.quantity == one.ticket.quantity}

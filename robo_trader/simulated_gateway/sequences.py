"""How the exchange's word is told: the sequences of reports that a real gateway sends, its repetitions included.

A state of an order is told as one `OrderReport` (openOrder + orderStatus on the wire), and repeated at times. An execution is told, then the
order's state, then that state again with the commission, then the commission; now and then the state overtakes the execution. A cancel is
told by the status alone and then error 202; a refusal by error 201 first and then the state.

Chance is counted, not kept: the n-th toss of a seed is always the same, so that saving one number saves it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from robo_trader.simulated_gateway.book_order import BookOrder
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderError, OrderHappening, OrderReport, PositionReport, Refusal

REPEATED_CHANCE: Final = 0.5
OVERTAKES_CHANCE: Final = 0.1
CANCELED_TEXT: Final = "Order Canceled - reason:"


@dataclass(frozen=True, slots=True)
class Rules:
    """Switches of the exchange's manners; the defaults are a real gateway's.

    `tells_preset`: an order without a time in force is answered with 10349, as newer gateways do. `children_at_first_fill`: a bracket's children work
    from their parent's first fill on, for their whole quantity. `refuses_fok`: 201, as a gateway does for an exchange without FOK.
    """

    duplicates: bool = True
    status_may_precede_execution: bool = True
    cancel_modified_oca_members: bool = True
    tells_preset: bool = False
    children_at_first_fill: bool = False
    refuses_fok: bool = False


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
        return [order.report(open_order=False), OrderError(*order.key, 202, CANCELED_TEXT)]

    def killed(self, order: BookOrder) -> list[OrderHappening]:
        """What was to fill at once and did not, just before it is cancelled."""
        return self.told(order, status="PendingCancel")

    def rejected(self, order: BookOrder, refusal: Refusal) -> list[OrderHappening]:
        """An order that the exchange does not take."""
        before = self.told(order, status="PreSubmitted") if refusal.after_ack else []
        return [*before, OrderError(*order.key, refusal.code, refusal.text), *self.told(order)]

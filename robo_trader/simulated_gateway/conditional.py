"""Orders that wait for their conditions or for the time that they are good after, and orders that are cancelled by their conditions.

Conditions are looked at when an order is accepted or changed, at every trade, at every instant that one of them names, and at the open. Outside
regular hours nothing is met, unless the order says that its conditions ignore them. What was met once stays met. Before the time that an order is
good after no conditions start it, but those that cancel it do; that time comes in any hours. An order that waits for its time alone is looked at
then, and when it is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from robo_trader.simulated_gateway.agenda import Agenda, Due
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.conditions import met, moments
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.expiry import is_early
from robo_trader.simulated_gateway.matching import Matching
from robo_trader.simulated_gateway.model import OrderHappening
from robo_trader.simulated_gateway.session_clock import SessionClock

Step = Callable[[BookOrder], list[OrderHappening]]


class Conditional:
    """Watches for one exchange; `matching` knows the last trade of each symbol."""

    def __init__(self, clock: SessionClock, contracts: Contracts, agenda: Agenda, matching: Matching) -> None:
        """All belong to the exchange."""
        self._clock = clock
        self._contracts = contracts
        self._agenda = agenda
        self._matching = matching
        self._watched: list[BookOrder] = []
        self.release: Step = lambda _order: []
        self.cancel: Step = lambda _order: []
        """What becomes of an order whose conditions are met."""

    def watch(self, order: BookOrder) -> None:
        """From now on, if there is anything that it may wait for."""
        ticket = order.ticket
        if ticket.conditions and not self._is_watched(order):
            self._watched.append(order)
        begins = [] if ticket.good_after is None else [ticket.good_after]
        for at in [*moments(ticket.conditions), *begins]:
            if at > self._clock.now:
                self._agenda.note(at, Due.CONDITION, order.key)

    def restore(self, orders: Iterable[BookOrder]) -> None:
        """Watch the live orders of a restored book; what they wait for is on the agenda still."""
        self._watched = [order for order in orders if order.ticket.conditions]

    def holds(self, order: BookOrder) -> bool:
        """Whether an order must wait; once it need not, it never must again."""
        if is_early(order.ticket, self._clock.now):
            return True
        if not order.ticket.conditions or order.ticket.conditions_cancel:
            return False
        order.conditions_met = order.conditions_met or self._met(order)
        return not order.conditions_met

    def reconsider(self, named: BookOrder | None = None) -> list[OrderHappening]:
        """Whatever is met now is released, or cancelled; also the one that was changed now, or whose time comes."""
        told: list[OrderHappening] = []
        looked_at = self._watched if named is None or self._is_watched(named) else [*self._watched, named]
        for order, step in [(order, self._step(order)) for order in looked_at]:
            if step is self.cancel and order.live:  # another's step may have ended it
                order.conditions_met = True
                told += self.cancel(order)
            elif step is self.release and order.phase is Phase.CONDITIONAL:
                told += self.release(order)
        self._watched = [order for order in self._watched if order.live and not self._is_over(order)] if self._watched else []
        return told

    def _step(self, order: BookOrder) -> Step | None:
        """What is due for an order that may wait."""
        if order.ticket.conditions_cancel and order.ticket.conditions and order.live and self._met(order):
            return self.cancel
        return self.release if order.phase is Phase.CONDITIONAL and not self.holds(order) else None

    def _is_over(self, order: BookOrder) -> bool:
        """Whether there is nothing left that an order may wait for."""
        return order.conditions_met or not order.ticket.conditions

    def _is_watched(self, order: BookOrder) -> bool:
        return any(order is other for other in self._watched)

    def _met(self, order: BookOrder) -> bool:
        ticket = order.ticket
        if not ticket.conditions:
            return True
        return (self._clock.open or ticket.conditions_ignore_rth) and met(ticket.conditions, self._clock.now, self._price)

    def _price(self, con_id: int) -> Decimal | None:
        contract = self._contracts.by_con_id(con_id)
        last = None if contract is None else self._matching.last.get(contract.symbol)
        return None if last is None else last.price

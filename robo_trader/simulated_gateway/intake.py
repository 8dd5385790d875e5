"""The way in: a ticket becomes an order, changes one, or is refused.

What makes no sense is told by an error alone and leaves no order (`admission.fault`). What makes sense is an order from then on, though it may be
refused and end at once, or be kept until its family is transmitted (`families`).
"""

from __future__ import annotations

from dataclasses import replace

from robo_trader.simulated_gateway import admission
from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.capacity import Capacity
from robo_trader.simulated_gateway.contracts import Contract, Contracts
from robo_trader.simulated_gateway.families import adopt, as_child, missing_parent, shares_coming, to_transmit
from robo_trader.simulated_gateway.matching import Matching
from robo_trader.simulated_gateway.model import Margins, OrderError, OrderHappening, OrderReport, Refusal, Ticket
from robo_trader.simulated_gateway.sequences import Teller
from robo_trader.simulated_gateway.session_clock import SessionClock
from robo_trader.simulated_gateway.venue import Venue
from robo_trader.simulated_gateway.ways import Ways
from robo_trader.simulated_gateway.what_if import margins


class Intake:
    """Takes orders in for one exchange."""

    def __init__(
        self,
        clock: SessionClock,
        contracts: Contracts,
        account: Account,
        book: Book,
        matching: Matching,
        ways: Ways,
        teller: Teller,
        venue: Venue,
        capacity: Capacity,
    ) -> None:
        """All belong to the exchange."""
        self._clock = clock
        self._contracts = contracts
        self._account = account
        self._book = book
        self._matching = matching
        self._ways = ways
        self._teller = teller
        self._venue = venue
        self._capacity = capacity

    def submit(self, ticket: Ticket, refusal: Refusal | None) -> list[OrderHappening]:
        """A new order, or a modify when (client_id, order_id) is known; `refusal` refuses what would have been taken."""
        asked, ticket = ticket, admission.normal(ticket, self._account.account_id)
        known = self._book.find(ticket.client_id, ticket.order_id)
        contract = self._contracts.find(ticket.symbol)
        wrong = admission.fault(ticket, contract, self._account.account_id)
        if wrong is not None:
            return [wrong]
        missing = missing_parent(ticket, self._book)
        if missing is not None:
            return [OrderError(ticket.client_id, ticket.order_id, *missing)]
        if known is not None:
            return self._modify(known, ticket, refusal)
        if ticket.order_id < self._book.next_order_id(ticket.client_id):
            return [OrderError(ticket.client_id, ticket.order_id, 103, "Duplicate order id")]
        assert contract is not None, "a ticket without a fault names a contract"
        order = self._new(ticket, contract)
        self._book.add(order)
        if refusal is not None and self._refusal(order) is None:
            return self._refused(order, refusal)
        return self._transmit(order, asked) if ticket.transmit else []

    def twin(self, ticket: Ticket) -> list[OrderHappening]:
        """A second order of a ticket that was taken; nothing, if it would be refused."""
        contract = self._contracts.find(ticket.symbol)
        assert contract is not None, "the first was taken"
        order = self._new(replace(admission.normal(ticket, self._account.account_id), order_id=-ticket.order_id), contract)
        adopt(order, self._book)
        if self._refusal(order) is not None:
            return []
        self._book.add(order)
        return self._transmit(order, ticket)

    def _new(self, ticket: Ticket, contract: Contract) -> BookOrder:
        return BookOrder(ticket, self._book.next_perm_id(), self._book.next_priority(), Phase.KEPT, tick=contract.min_tick)

    def what_if(self, ticket: Ticket) -> tuple[OrderReport, Margins] | OrderError:
        """What an order would do, under a permanent id of its own; or why it makes no sense. Nothing is placed."""
        ticket = admission.normal(ticket, self._account.account_id)
        wrong = admission.fault(ticket, self._contracts.find(ticket.symbol), self._account.account_id)
        if wrong is not None:
            return wrong
        order = BookOrder(ticket, self._book.next_perm_id(), 0)
        return order.report(), margins(ticket, self._account, self._capacity.mark, self._venue)

    def _transmit(self, order: BookOrder, asked: Ticket) -> list[OrderHappening]:
        """Take an order to the exchange, and what was kept of its family with it."""
        members = to_transmit(order, self._book)
        told: list[OrderHappening] = [*admission.notices(order.ticket, asked, tells_preset=self._teller.rules.tells_preset)]
        taken: list[BookOrder] = []
        for member in members:
            if member.phase is not Phase.KEPT:
                continue  # its parent was refused
            adopt(member, self._book)
            refusal = self._refusal(member)
            if refusal is not None:
                told += self._refused(member, refusal)
                continue
            self._take(member)
            taken.append(member)
        children = [member for member in taken if member.ticket.parent_id]
        parents = [member for member in taken if not member.ticket.parent_id]
        if children:  # the whole family is told before any of it can fill
            for parent in parents:
                told += self._teller.told(parent)
        for member in (*children, *parents):
            if member.live:  # another's conditions may have ended it
                told += self._ways.accept(member)
        return told

    def _take(self, order: BookOrder) -> None:
        """From here on the exchange knows the order."""
        order.move(Phase.HELD, self._clock.now)
        order.ticket = replace(order.ticket, transmit=True)
        group = order.ticket.oca_group
        if group:
            order.resize(self._matching.groups.join(group, order.ticket.quantity))
        self._book.wake(order)

    def _refused(self, order: BookOrder, refusal: Refusal) -> list[OrderHappening]:
        """An order that is not taken; what was to go with it as its child is not taken either."""
        order.move(Phase.INACTIVE, self._clock.now)
        order.refused_for = refusal.text
        told = self._teller.rejected(order, refusal)
        for child in self._book.children(order):
            if child.phase is Phase.KEPT:
                told += self._refused(child, admission.rejection("Parent order is being cancelled."))
        return told + self._ways.orphaned(order)

    def _refusal(self, order: BookOrder) -> Refusal | None:
        """Why an order that makes sense is not taken; None if it is."""
        ticket = order.ticket
        if ticket.oca_group and not self._matching.groups.room(ticket.oca_group, ticket.quantity):
            return admission.rejection("OCA group is already filled")
        refusal = self._venue_refusal(ticket)
        return refusal if refusal is not None or ticket.parent_id else self._capacity.refusal(ticket, self._book.live(ticket.symbol))

    def _venue_refusal(self, ticket: Ticket) -> Refusal | None:
        return admission.venue_refusal(ticket, self._venue, self._clock.now, refuses_fok=self._teller.rules.refuses_fok)

    def _modify(self, order: BookOrder, ticket: Ticket, scripted: Refusal | None) -> list[OrderHappening]:
        if order.phase is Phase.KEPT:
            order.ticket = as_child(ticket, order)
            if scripted is not None and self._refusal(order) is None:
                return self._refused(order, scripted)
            return self._transmit(order, ticket) if ticket.transmit else []
        ticket = self._within_group(order, as_child(ticket, order))
        refusal = self._modify_refusal(order, ticket)
        if refusal is not None:
            told: list[OrderHappening] = self._teller.unchanged(order, refusal)
            cancels = refusal[0] == admission.OCA_REVISION[0] and self._teller.rules.cancel_modified_oca_members
            return told + (self._ways.cancelled(order) if cancels else [])
        if scripted is not None:
            return [OrderError(*order.key, scripted.code, scripted.text)]
        if order.attached:
            self._matching.groups.grow(ticket.oca_group, ticket.quantity)
        return self._ways.changed(order, ticket)

    def _within_group(self, child: BookOrder, ticket: Ticket) -> Ticket:
        """A change of a child, without the shares that its siblings have filled."""
        if not child.attached or ticket.oca_group != child.ticket.oca_group:
            return ticket
        return replace(ticket, quantity=self._matching.groups.most(child, ticket.quantity))

    def _modify_refusal(self, order: BookOrder, ticket: Ticket) -> tuple[int, str] | None:
        """Why an order stays as it was; more shares are judged like a new order of what is left, those of a child once its parent fills."""
        revision = admission.revision_refusal(order, ticket)
        if revision is not None:
            return revision
        refusal = self._venue_refusal(ticket)
        if refusal is None and ticket.quantity > order.ticket.quantity and order.phase is not Phase.ATTACHED:
            more = replace(ticket, quantity=ticket.quantity - order.filled)
            refusal = self._capacity.refusal(more, self._book.others(order), shares_coming(order, self._book))
        return None if refusal is None else (refusal.code, refusal.text)

"""What the account can carry: shares to borrow for a sale, and margin for what would make a position larger.

An order is judged when it is taken in, and when more is asked of it. A child is judged when it starts, because nobody knows before what its parent
will have brought; shares that the parent has still to bring count as if they were held.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from robo_trader.simulated_gateway import admission
from robo_trader.simulated_gateway.account import Account, Mark
from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder
from robo_trader.simulated_gateway.families import shares_coming
from robo_trader.simulated_gateway.model import Refusal, Ticket
from robo_trader.simulated_gateway.venue import Venue


@dataclass(frozen=True, slots=True)
class Capacity:
    """One account at one venue; all parts belong to the exchange."""

    account: Account
    book: Book
    venue: Venue
    mark: Mark

    def refusal(self, ticket: Ticket, working: Iterable[BookOrder], coming: int = 0) -> Refusal | None:
        """Why the account cannot sell so much short, or carry so much (201); `working` are the other orders of the symbol, `coming` is in shares."""
        working = list(working)
        short = admission.short_refusal(ticket, working, self.account, self.venue, coming)
        if short is not None or not self.venue.margin_check:
            return short
        reason = admission.margin_reason(ticket, working, self.account, self.mark, coming)
        return None if reason is None else admission.rejection(reason)

    def child_refusal(self, child: BookOrder) -> Refusal | None:
        """Why a child that is to start now cannot be carried; what it has filled already is not asked for again."""
        left = replace(child.ticket, quantity=child.remaining)
        return self.refusal(left, self.book.others(child), shares_coming(child, self.book))

    def sells_short(self, order: BookOrder) -> bool:
        """Whether shares would have to be borrowed for it."""
        return admission.shares_short(order.ticket, self.book.others(order), self.account, shares_coming(order, self.book)) > 0

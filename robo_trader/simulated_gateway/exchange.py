"""The exchange: tickets and the passing of time in, happenings out, in the order in which they are to be told.

Pure: no socket, no clock of its own. `advance` moves its time; inside an advance each market event is told first and then what it did to
orders. The session's bounds are events too: at the open (before any event of that instant) held orders start to work, to be filled by the
first quote after it; at the close DAY orders expire and GTC orders are held until the next session. Only a limit order with `outside_rth`
works while the exchange is closed.

`matching` fills, `admission` refuses, `sequences` tells; this module knows orders by name, the session, and what a client may ask.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.admission import OCA_REVISION, REJECTED, fault, held_notice, margin_reason, rejection, revision_refusal
from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.hours import Session, new_york_date, session_after
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.matching import Matching
from robo_trader.simulated_gateway.model import (
    CommissionNote,
    Execution,
    Happening,
    OrderError,
    OrderHappening,
    OrderReport,
    PositionReport,
    QuoteChange,
    Refusal,
    Ticket,
)
from robo_trader.simulated_gateway.sequences import Rules, Teller
from robo_trader.values import Instant, Symbol

DEFAULT_OCA_TYPE: Final = 3
REAL_MANNERS: Final = Rules()
NEVER: Final = Instant(2**63 - 1)
MASTER_CLIENT: Final = 0  # this client may cancel orders of any other


class Exchange:
    """One market, one account, all their orders. `now` is the simulated clock in nanoseconds UTC."""

    def __init__(self, market: Market, account: Account, contracts: Contracts, *, seed: int, now: Instant, rules: Rules = REAL_MANNERS) -> None:
        """Market, account and contracts belong to the exchange from here on; market events up to `now` are taken in silently."""
        self.market = market
        self.account = account
        self.contracts = contracts
        self.rules = rules
        self.now = now
        self._book = Book()
        self._teller = Teller(rules, seed)
        self._matching = Matching(self._book, account, self._teller)
        self._session: Session | None = session_after(market.session, now)
        for event in market.events_until(now):
            if isinstance(event, QuoteChange):
                self._matching.quote(event)

    # What clients ask

    def submit(self, ticket: Ticket, *, refusal: Refusal | None = None) -> list[OrderHappening]:
        """A new order, or a modify when (client_id, order_id) is known; `refusal` refuses a new one that would have been taken."""
        ticket = self._normal(ticket)
        known = self._book.find(ticket.client_id, ticket.order_id)
        wrong = fault(ticket, self.contracts.find(ticket.symbol), self.account.account_id)
        if wrong is not None:
            return [wrong]
        if known is not None:
            return self._modify(known, ticket)
        if ticket.order_id < self._book.next_order_id(ticket.client_id):
            return [OrderError(ticket.client_id, ticket.order_id, 103, "Duplicate order id")]
        order = BookOrder(ticket, self._book.next_perm_id(), self._book.next_priority())
        refusal = self._refusal(ticket) or refusal
        if refusal is not None:
            order.move(Phase.INACTIVE, self.now)
            self._book.add(order)
            return self._teller.rejected(order, refusal)
        if ticket.oca_group:
            order.resize(self._matching.groups.join(ticket.oca_group, ticket.quantity))
        self._book.add(order)
        return self._accepted(order)

    def cancel(self, client_id: int, order_id: int, by_client: int) -> list[OrderHappening]:
        """Cancel the order (client_id, order_id); what is wrong with the wish is told to `by_client`."""
        order = self._book.find(client_id, order_id)
        if order is None or by_client not in (client_id, MASTER_CLIENT):
            return [OrderError(by_client, order_id, 10147, f"OrderId {order_id} that needs to be cancelled is not found.")]
        if order.live:
            return self._cancelled(order)
        if order.cancelled_by_all:
            text = f"Cancel attempted when order is not in a cancellable state.  Order permId ={order.perm_id}"
            return [OrderError(by_client, order_id, 161, text)]
        text = f"OrderId {order_id} that needs to be cancelled can not be cancelled, state: {order.report().status}."
        return [OrderError(by_client, order_id, 10148, text)]

    def global_cancel(self, by_client: int) -> list[OrderHappening]:  # noqa: ARG002 - who asked changes nothing
        """Cancel every live order of every client; each owner is told."""
        told: list[OrderHappening] = []
        for order in self._book.live():
            told += self._cancelled(order)
            order.cancelled_by_all = True
        return told

    def open_orders(self) -> list[OrderReport]:
        """Every live order of every client, oldest first."""
        return [order.report() for order in self._book.live()]

    def completed(self) -> list[OrderReport]:
        """The day's terminal orders, in the order of their completion."""
        reports = (order.report() for order in self._book.completed())
        return [report for report in reports if report.completed_at is not None and self._is_today(report.completed_at)]

    def executions(self) -> list[Execution]:
        """The day's executions of all clients, in time order."""
        return [execution for execution in self._matching.executions if self._is_today(execution.at)]

    def commission_of(self, exec_id: str) -> CommissionNote | None:
        """The commission of an execution; None for an unknown id."""
        return self._matching.notes.get(exec_id)

    def positions(self) -> list[PositionReport]:
        """Every position of the account that is not zero, by symbol."""
        return self.account.positions()

    def ticket(self, client_id: int, order_id: int) -> Ticket | None:
        """The order of this name as it stands; None for an unknown one."""
        order = self._book.find(client_id, order_id)
        return None if order is None else order.ticket

    def next_order_id(self, client_id: int) -> int:
        """One more than the highest order id this client id ever used; 1 for a new one."""
        return self._book.next_order_id(client_id)

    def mark(self, symbol: Symbol) -> Decimal | None:
        """Dollars a share is valued at: the last trade, else the middle of the quote, else None."""
        last = self.market.last_trade(symbol)
        if last is not None:
            return last.price
        quote = self.market.quote(symbol)
        if quote is None or quote.bid is None or quote.ask is None:
            return None
        return (quote.bid + quote.ask) / 2

    # The passing of time

    def advance(self, to: Instant) -> list[Happening]:
        """Move the clock to `to`: market events, and what they do to orders, in time order."""
        told: list[Happening] = []
        for event in self.market.events_until(to):
            if event.at >= self._next_bound():
                told += self._cross_bounds(event.at)
            self.now = event.at
            told.append(event)
            told += self._matching.quote(event) if isinstance(event, QuoteChange) else self._matching.trade(event)
        told += self._cross_bounds(to)
        self.now = max(self.now, to)
        return told

    def _next_bound(self) -> Instant:
        """The next open or close; the present session's open lies behind us while it runs."""
        if self._session is None:
            return NEVER
        return self._session.close if self._open else self._session.open

    @property
    def _open(self) -> bool:
        return self._session is not None and self._session.open <= self.now

    def _cross_bounds(self, upto: Instant) -> list[OrderHappening]:
        told: list[OrderHappening] = []
        while (bound := self._next_bound()) <= upto:
            opens = not self._open
            self.now = bound
            told += self._begin_session() if opens else self._end_session()
        return told

    def _begin_session(self) -> list[OrderHappening]:
        told: list[OrderHappening] = []
        for order in self._book.live():
            if order.phase is Phase.HELD:
                waits = order.ticket.order_type == "STP" and not order.triggered
                order.move(Phase.WAITING if waits else Phase.WORKING, self.now)
                told += [] if waits else self._teller.told(order)
        return told

    def _end_session(self) -> list[OrderHappening]:
        told: list[OrderHappening] = []
        self._session = session_after(self.market.session, self.now)
        for order in self._book.live():
            if order.ticket.time_in_force == "DAY":
                order.move(Phase.CANCELLED, self.now)
                told += self._teller.cancelled(order)
            elif order.phase is not Phase.HELD and not order.ticket.outside_rth:
                order.move(Phase.HELD, self.now)
                told += self._teller.told(order)
        return told

    # The ways of an order

    def _normal(self, ticket: Ticket) -> Ticket:
        """Fill in what a client may leave blank, and keep `outside_rth` only where it means something."""
        return replace(
            ticket,
            account=ticket.account or self.account.account_id,
            time_in_force=ticket.time_in_force or "DAY",
            oca_type=ticket.oca_type or DEFAULT_OCA_TYPE,
            outside_rth=ticket.outside_rth and ticket.order_type == "LMT",
        )

    def _refusal(self, ticket: Ticket) -> Refusal | None:
        if ticket.oca_group and not self._matching.groups.room(ticket.oca_group, ticket.quantity):
            return rejection("OCA group is already filled")
        reason = margin_reason(ticket, self._book.live(ticket.symbol), self.account, self.mark)
        return None if reason is None else rejection(reason)

    def _accepted(self, order: BookOrder) -> list[OrderHappening]:
        if not self._open and not order.ticket.outside_rth:
            contract = self.contracts.find(order.ticket.symbol)
            assert contract is not None, "an order has a contract"
            return [held_notice(order, contract, self._session), *self._teller.told(order)]
        if order.ticket.order_type == "STP":
            order.move(Phase.WAITING, self.now)
            return [*self._teller.told(order), *self._triggered_already(order)]
        told = self._teller.told(order)  # PreSubmitted: it is not at the exchange yet
        order.move(Phase.WORKING, self.now)
        fills = self._matching.arrive(order, self.now)
        return told + (fills or self._teller.told(order))

    def _triggered_already(self, stop: BookOrder) -> list[OrderHappening]:
        """A stop that the session's last trade has passed is triggered at once."""
        last = self.market.last_trade(stop.ticket.symbol)
        if last is None or self._session is None or last.at < self._session.open or not stop.touched_by(last.price):
            return []
        return self._matching.trigger(stop, self.now)

    def _modify(self, order: BookOrder, ticket: Ticket) -> list[OrderHappening]:
        refusal = self._modify_refusal(order, ticket)
        if refusal is not None:
            told: list[OrderHappening] = [OrderError(*order.key, *refusal)]
            cancels = refusal[0] == OCA_REVISION[0] and self.rules.cancel_modified_oca_members
            return told + (self._cancelled(order) if cancels else [])
        order.ticket = ticket
        order.priority = self._book.next_priority()
        order.resting = False
        told = self._teller.told(order)
        if order.phase is Phase.WORKING:
            told += self._matching.arrive(order, self.now)
        elif order.phase is Phase.WAITING:
            told += self._triggered_already(order)
        return told

    def _modify_refusal(self, order: BookOrder, ticket: Ticket) -> tuple[int, str] | None:
        refusal = revision_refusal(order, ticket)
        if refusal is not None or ticket.quantity <= order.ticket.quantity:
            return refusal
        others = [other for other in self._book.live(ticket.symbol) if other is not order]
        more = replace(ticket, quantity=ticket.quantity - order.filled)
        reason = margin_reason(more, others, self.account, self.mark)
        return None if reason is None else (REJECTED, rejection(reason).text)

    def _cancelled(self, order: BookOrder) -> list[OrderHappening]:
        """Cancel a live order; while the exchange is closed the wish is acknowledged first."""
        told: list[OrderHappening] = [] if self._open else [order.report(status="PendingCancel")] * 2
        order.move(Phase.CANCELLED, self.now)
        return told + self._teller.cancelled(order)

    def _is_today(self, at: Instant) -> bool:
        return new_york_date(at) == new_york_date(self.now)

    # Saving

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, JSON-able: clock, account, market cursor, orders, ids, displays, executions."""
        return {
            "now": self.now,
            "tosses": self._teller.tosses,
            "account": self.account.state(),
            "market": self.market.state(),
            "book": self._book.state(),
            "matching": self._matching.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue exactly where `state()` was taken, in the same market or in one that follows it; DataError if that was another market."""
        if not self.market.follows(state["market"]):
            self.market.restore(state["market"])
        self.account.restore(state["account"])
        self._book.restore(state["book"])
        self._matching.restore(state["matching"])
        self._teller.tosses = state["tosses"]
        self.now = Instant(state["now"])
        self._session = session_after(self.market.session, self.now)

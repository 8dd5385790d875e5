"""The exchange: tickets and the passing of time in, happenings out, in the order in which they are to be told.

Pure: no socket, no clock of its own. `advance` moves its time; inside an advance each market event is told first and then what it did to
orders. The session's bounds are events too: at the open (before any event of that instant) held orders start to work, to be filled by the
first quote after it; at the close DAY orders expire and GTC orders are held until the next session. Only a limit order with `outside_rth`
works while the exchange is closed.

At midnight in New York it forgets the day: executions, their commissions, and the orders that have ended. Nobody can ask for them any more, as at a
broker; what must be judged later is in the exchange's log.

`intake` takes or refuses, `ways` carries orders from step to step, `matching` fills, `sequences` tells; this module puts them together and knows
what a client may ask.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.admission import too_late
from robo_trader.simulated_gateway.agenda import Entry
from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.capacity import Capacity
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.corrections import corrected
from robo_trader.simulated_gateway.intake import Intake
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.matching import Matching
from robo_trader.simulated_gateway.model import (
    CommissionNote,
    Execution,
    Happening,
    Margins,
    OrderError,
    OrderHappening,
    OrderReport,
    PositionReport,
    QuoteChange,
    Refusal,
    Ticket,
)
from robo_trader.simulated_gateway.sequences import Rules, Teller
from robo_trader.simulated_gateway.session_clock import SessionClock
from robo_trader.simulated_gateway.venue import PLAIN_VENUE, Venue
from robo_trader.simulated_gateway.ways import Ways
from robo_trader.values import Instant, Symbol

REAL_MANNERS: Final = Rules()
MASTER_CLIENT: Final = 0  # this client may cancel orders of any other


class Exchange:
    """One market, one account, all their orders. `now` is the simulated clock in nanoseconds UTC."""

    def __init__(
        self,
        market: Market,
        account: Account,
        contracts: Contracts,
        *,
        seed: int,
        now: Instant,
        rules: Rules = REAL_MANNERS,
        venue: Venue = PLAIN_VENUE,
    ) -> None:
        """Market, account and contracts belong to the exchange from here on; market events up to `now` are taken in silently."""
        self.market = market
        self.account = account
        self.contracts = contracts
        self.rules = rules
        self.venue = venue
        self._clock = SessionClock(market.session, now)
        self._book = Book()
        self._teller = Teller(rules, seed)
        self._matching = Matching(self._book, account, self._teller, venue)
        capacity = Capacity(account, self._book, venue, self.mark)
        self._ways = Ways(self._clock, contracts, capacity, self._book, self._matching, self._teller, venue)
        self._intake = Intake(self._clock, contracts, account, self._book, self._matching, self._ways, self._teller, venue, capacity)
        for event in market.events_until(now):
            if isinstance(event, QuoteChange):
                self._matching.quote(event)
            else:
                self._matching.last[event.symbol] = event

    @property
    def now(self) -> Instant:
        """The simulated clock."""
        return self._clock.now

    # What clients ask

    def submit(self, ticket: Ticket, *, refusal: Refusal | None = None) -> list[OrderHappening]:
        """A new order, or a modify when (client_id, order_id) is known; `refusal` refuses a new one that would have been taken."""
        return self._teller.placed(self._intake.submit(ticket, refusal))

    def submit_twin(self, ticket: Ticket) -> list[OrderHappening]:
        """The second order of a ticket that has just become one, with its own permanent id; nothing where that one is kept, refused or cancelled."""
        first = self._book.named(ticket.client_id, ticket.order_id)
        return self._teller.placed(self._intake.twin(ticket)) if first is not None and (first.live or first.phase is Phase.FILLED) else []

    def what_if(self, ticket: Ticket) -> tuple[OrderReport, Margins] | OrderError:
        """What an order would do, under a permanent id of its own; or why it makes no sense. Nothing is placed."""
        return self._intake.what_if(ticket)

    def cancel(self, client_id: int, order_id: int, by_client: int) -> list[OrderHappening]:
        """Cancel the order (client_id, order_id); what is wrong with the wish is told to `by_client`."""
        order = self._book.named(client_id, order_id)
        if order is None or not (by_client == client_id or self._may_cancel_any(by_client)):
            return [self._teller.unknown(by_client, order_id)]
        if order.live:
            return self._ways.cancel(order)
        if order.phase is Phase.KEPT:
            return self._ways.end(order)
        if order.cancelled_by_all:
            return [_not_cancellable(order, by_client)]
        return [too_late(order, by_client)]

    def _may_cancel_any(self, by_client: int) -> bool:
        return by_client == MASTER_CLIENT or self.rules.any_client_cancels

    def global_cancel(self, by_client: int) -> list[OrderHappening]:  # noqa: ARG002 - who asked changes nothing
        """Cancel every live order of every client; each owner is told, by a rule of orders too that were cancelled before."""
        told: list[OrderHappening] = []
        before = self._cancelled_today() if self.rules.global_cancel_tells_161 else []
        for order in self._book.live():
            if order.live:  # a parent may have taken it along
                told += self._ways.cancelled(order)
            order.cancelled_by_all = True
        return told + [_not_cancellable(order, order.ticket.client_id) for order in before]

    def _cancelled_today(self) -> list[BookOrder]:
        """Orders of the day that were told as cancelled, the newest first."""
        ended = [order for order in self._book.completed() if order.phase is Phase.CANCELLED and order.ticket.transmit]
        today = [order for order in ended if order.completed_at is not None and self._clock.is_today(order.completed_at)]
        return sorted(today, key=lambda order: -order.perm_id)

    def withdraw(self, symbol: Symbol) -> list[OrderHappening]:
        """Cancel at once, on the broker's part, every order of a symbol, and forget its prices: what they were for has changed."""
        told: list[OrderHappening] = []
        for order in self._book.live(symbol):
            if order.live:
                told += self._ways.cancelled(order)
        for order in self._book.kept():
            if order.ticket.symbol == symbol and order.phase is Phase.KEPT:  # its parent may have taken it along
                told += self._ways.dropped(order)
        self._matching.forget_prices(symbol)
        return told

    def correct(self, exec_id: str, *, quantity: int, price: Decimal) -> list[OrderHappening]:
        """Make of an execution of today what it should have been; no shares is a bust, and gives its commission back. Its order stays as it is."""
        return corrected(self._matching, self.account, exec_id, quantity=quantity, price=price)

    def open_orders(self) -> list[OrderReport]:
        """Every live order of every client, oldest first."""
        return [order.report() for order in self._book.live()]

    def completed(self) -> list[OrderReport]:
        """The day's terminal orders, in the order of their completion."""
        reports = (order.report() for order in self._book.completed())
        return [report for report in reports if report.completed_at is not None and self._clock.is_today(report.completed_at)]

    def executions(self) -> list[Execution]:
        """The day's executions of all clients, in time order."""
        return list(self._matching.executions)

    def commission_of(self, exec_id: str) -> CommissionNote | None:
        """The commission of an execution of the day; None for an unknown id."""
        return self._matching.notes.get(exec_id)

    def positions(self) -> list[PositionReport]:
        """Every position of the account that is not zero, by symbol."""
        return self.account.positions()

    def ticket(self, client_id: int, order_id: int) -> Ticket | None:
        """The order of this name as it stands; None for an unknown one."""
        order = self._book.named(client_id, order_id)
        return None if order is None else order.ticket

    def owner_of(self, order_id: int, by_client: int) -> int:
        """Whose order a client means by an id: its own, but where one that may cancel any has none of it, the first client's that has one alive."""
        if self._may_cancel_any(by_client) and self._book.named(by_client, order_id) is None:
            owners = (order.ticket.client_id for order in self._book.live() if order.ticket.told_id == order_id)
            return next(owners, by_client)
        return by_client

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
        clock, matching, agenda = self._clock, self._matching, self._ways.agenda
        for event in self.market.events_until(to):
            if event.at >= clock.next_bound or event.at >= agenda.next or event.at >= clock.midnight:
                told += self._cross(event.at)
            clock.now = event.at
            told.append(event)
            told += matching.quote(event) if isinstance(event, QuoteChange) else [*matching.trade(event), *self._ways.conditional.reconsider()]
        told += self._cross(to)
        clock.now = max(clock.now, to)
        return told

    def _cross(self, upto: Instant) -> list[OrderHappening]:
        """Midnights, bounds of sessions and entries of the agenda up to an instant, in time order; of one instant, in this order."""
        told: list[OrderHappening] = []
        clock, agenda = self._clock, self._ways.agenda
        while (at := min(clock.midnight, clock.next_bound, agenda.next)) <= upto:
            opens, is_bound = not clock.open, at == clock.next_bound
            clock.now = max(clock.now, at)
            if at == clock.midnight:
                self._forget_the_day()
            elif is_bound:
                told += self._ways.begin_session() if opens else self._ways.end_session()
            else:
                told += self._due(agenda.pop())
        return told

    def _due(self, entry: Entry) -> list[OrderHappening]:
        """Carry out an entry of the agenda, unless its order has ended on an earlier day."""
        forgotten = self._book.find(entry.client_id, entry.order_id) is None
        return [] if forgotten else self._ways.due(entry)

    def _forget_the_day(self) -> None:
        self._clock.pass_midnight()
        self._matching.forget_executions()
        self._book.forget_ended()
        self.account.end_day()

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
            "agenda": self._ways.agenda.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue exactly where `state()` was taken, in the same market or in one that follows it; DataError if that was another market."""
        if not self.market.follows(state["market"]):
            self.market.restore(state["market"])
        self.account.restore(state["account"])
        self._book.restore(state["book"])
        self._matching.restore(state["matching"])
        self._teller.tosses = state["tosses"]
        if "agenda" in state:  # a state of before there was one has none
            self._ways.agenda.restore(state["agenda"])
        self._ways.conditional.restore(self._book.live())
        self._clock.set(Instant(state["now"]))
        self._matching.executions = [made for made in self._matching.executions if self._clock.is_today(made.at)]  # an older state has all


def _not_cancellable(order: BookOrder, to_client: int) -> OrderError:
    """A cancel of an order that a global one has cancelled, or of one before it."""
    text = f"Cancel attempted when order is not in a cancellable state.  Order permId ={order.perm_id}"
    return OrderError(to_client, order.ticket.told_id, 161, text)

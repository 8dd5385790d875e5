"""What becomes of an order that was accepted: it starts, waits, arrives, is changed, expires, ends; and what that does to its children.

Everything that waits for time is here: the open and the close (`begin_session`, `end_session`), the agenda (`due`), a parent that has to fill,
conditions. A method does its step to the order and returns what clients are to be told of it. `matching` calls back for what follows from its fills
and cancels.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import queueing, trailing
from robo_trader.simulated_gateway.admission import held_notice, located_notice, too_late
from robo_trader.simulated_gateway.agenda import Agenda, Due, Entry
from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.capacity import Capacity
from robo_trader.simulated_gateway.conditional import Conditional
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.expiry import end_of, has_expired
from robo_trader.simulated_gateway.families import begins, following, is_for_the_day
from robo_trader.simulated_gateway.matching import Matching
from robo_trader.simulated_gateway.model import OrderHappening, Ticket
from robo_trader.simulated_gateway.order_kinds import AT_CLOSE, AT_OPEN, IMMEDIATE
from robo_trader.simulated_gateway.sequences import Teller
from robo_trader.simulated_gateway.session_clock import SessionClock
from robo_trader.simulated_gateway.venue import Venue
from robo_trader.values import NS_PER_SECOND, Instant

_UNDER_WAY: Final = frozenset({Phase.WAITING, Phase.SENT, Phase.WORKING})


class Ways:
    """The steps of one exchange's orders."""

    def __init__(
        self, clock: SessionClock, contracts: Contracts, capacity: Capacity, book: Book, matching: Matching, teller: Teller, venue: Venue
    ) -> None:
        """All belong to the exchange; `matching` will call back."""
        self._clock = clock
        self._contracts = contracts
        self._capacity = capacity
        self._book = book
        self._matching = matching
        self._teller = teller
        self._venue = venue
        self.agenda = Agenda()
        self.conditional = Conditional(clock, contracts, self.agenda, matching)
        self.conditional.release, self.conditional.cancel = self._release, self.end
        matching.after_fill = self._filled
        matching.after_cancel = self.orphaned

    # Starting

    def accept(self, order: BookOrder) -> list[OrderHappening]:
        """An order that nothing speaks against."""
        self._note_ends(order)
        self.conditional.watch(order)
        return self._set_out(order) + self.conditional.reconsider()

    def start(self, order: BookOrder) -> list[OrderHappening]:
        """A held order goes as far as it can go now."""
        waits_as = Phase.ATTACHED if self._waits_for_parent(order) else Phase.CONDITIONAL if self.conditional.holds(order) else None
        if waits_as is not None:
            order.move(waits_as, self._clock.now)
            return self._teller.told(order)
        if order.ticket.parent_id and (refusal := self._capacity.child_refusal(order)) is not None:
            order.move(Phase.INACTIVE, self._clock.now)
            order.refused_for = refusal.text
            return self._teller.rejected(order, refusal) + self.orphaned(order)
        held = self._hold if self._is_closed_for(order) else self._locate if self._must_locate(order) else None
        if held is not None:
            return held(order)
        if order.is_stop and not order.triggered:
            order.move(Phase.WAITING, self._clock.now)
            return [*self._teller.told(order), *self._triggered_already(order)]
        told = self._teller.told(order)  # PreSubmitted: it is not at the exchange yet
        if self._venue.latency_ns:
            order.move(Phase.SENT, self._clock.now)
            self.agenda.add(self._later(self._venue.latency_ns), Due.ARRIVE, order.key)
            return told
        return told + self._arrive(order)

    def _release(self, order: BookOrder) -> list[OrderHappening]:
        """What an order waited for has come: it sets out as if it came now, a trailing one from the market of now."""
        order.move(Phase.HELD, self._clock.now)
        return self._set_out(order)

    def _set_out(self, order: BookOrder) -> list[OrderHappening]:
        if order.trails:
            trailing.begin(order, self._last(order))
        return self.start(order)

    def _works_now(self, order: BookOrder) -> bool:
        """Whether the exchange is open for it; an order for the opening waits for the next one."""
        return order.ticket.time_in_force != AT_OPEN and (self._clock.open or order.ticket.outside_rth)

    def _is_closed_for(self, order: BookOrder) -> bool:
        return order.ticket.time_in_force not in IMMEDIATE and not self._works_now(order)

    def _hold(self, order: BookOrder) -> list[OrderHappening]:
        """Tell that an order waits for the open."""
        contract = self._contracts.find(order.ticket.symbol)
        assert contract is not None, "an order has a contract"
        return [held_notice(order, contract, self._clock.session), *self._teller.told(order)]

    def _arrive(self, order: BookOrder) -> list[OrderHappening]:
        ticket, now = order.ticket, self._clock.now
        if ticket.order_type in AT_CLOSE:
            order.move(Phase.AUCTION, now)
            return self._teller.told(order)
        order.move(Phase.WORKING, now)
        if ticket.time_in_force not in IMMEDIATE:
            return self._matching.arrive(order, now) or self._teller.told(order)
        told: list[OrderHappening] = []
        if self._works_now(order):
            whole = ticket.time_in_force != "FOK" or self._matching.could_fill(order, now) >= order.remaining
            told += (self._matching.arrive(order, now) if whole else []) or self._teller.told(order)
        return told if order.phase is Phase.FILLED else told + self._teller.killed(order) + self.end(order)

    def _triggered_already(self, stop: BookOrder) -> list[OrderHappening]:
        """A stop that the session's last trade has passed is triggered at once."""
        last, session = self._matching.last.get(stop.ticket.symbol), self._clock.session
        if last is None or session is None or last.at < session.open or not stop.touched_by(last.price):
            return []
        return self._matching.trigger(stop, self._clock.now)

    def _must_locate(self, order: BookOrder) -> bool:
        return not order.located and order.ticket.symbol in self._venue.locate_seconds and self._capacity.sells_short(order)

    def _locate(self, order: BookOrder) -> list[OrderHappening]:
        order.move(Phase.LOCATING, self._clock.now)
        self.agenda.add(self._later(self._venue.locate_seconds[order.ticket.symbol] * NS_PER_SECOND), Due.LOCATE, order.key)
        return [*self._teller.told(order), located_notice(order.ticket)]

    # Parents and children

    def _waits_for_parent(self, order: BookOrder) -> bool:
        parent = self._book.parent(order)
        if parent is None or not parent.live:
            return False
        return not (self._teller.rules.children_at_first_fill and parent.filled)

    def _filled(self, order: BookOrder) -> list[OrderHappening]:
        """A fill of a parent lets its children work."""
        told: list[OrderHappening] = []
        for child in self._book.children(order):
            if child.phase is Phase.ATTACHED and not self._waits_for_parent(child):
                told += self._release(child)
        return told

    def orphaned(self, parent: BookOrder) -> list[OrderHappening]:
        """The end of a parent without its fill is the end of its children."""
        told: list[OrderHappening] = []
        for child in self._book.children(parent):
            if child.phase is Phase.KEPT:
                told += self.dropped(child)
            elif child.live:
                told += self.end(child)
        return told

    def dropped(self, kept: BookOrder) -> list[OrderHappening]:
        """An order that was not transmitted is over: nobody ever heard of it, nor of those that were to follow it."""
        kept.move(Phase.CANCELLED, self._clock.now)
        return self.orphaned(kept)

    # Changing and ending

    def changed(self, order: BookOrder, ticket: Ticket) -> list[OrderHappening]:
        """The order under a new ticket: for other prices, another type or more shares it gives its place in time."""
        old, order.ticket = order.ticket, ticket
        if not queueing.keeps_place(old, ticket):
            order.priority = self._book.next_priority()
            order.resting, order.ahead = False, None
        if order.trails and trailing.course(ticket) != trailing.course(old):
            trailing.begin(order, self._last(order))
        self._note_ends(order)
        told = self._go_on(order)
        self.conditional.watch(order)
        return told + self.conditional.reconsider(order)

    def _go_on(self, order: BookOrder) -> list[OrderHappening]:
        """A changed order is told, and does what it may do now; the change may have opened or closed the hours for it."""
        closed = self._is_closed_for(order)
        if order.phase is Phase.HELD and not closed:
            return self.start(order)
        if order.phase in _UNDER_WAY and closed:
            order.move(Phase.HELD, self._clock.now)
            return self._hold(order)
        told = self._teller.told(order)
        if order.phase is Phase.WORKING:
            told += self._matching.arrive(order, self._clock.now)
        elif order.phase is Phase.WAITING:
            told += self._triggered_already(order)
        return told

    def cancel(self, order: BookOrder) -> list[OrderHappening]:
        """Carry out a cancel; with latency it is carried out when it arrives, unless the order is not at the exchange."""
        if self._venue.latency_ns and order.phase in (Phase.SENT, Phase.WORKING, Phase.AUCTION):
            self.agenda.add(self._later(self._venue.latency_ns), Due.CANCEL, order.key)
            return []
        return self.cancelled(order)

    def cancelled(self, order: BookOrder) -> list[OrderHappening]:
        """Cancel a live order; while the exchange is closed the wish is acknowledged first."""
        told: list[OrderHappening] = [] if self._clock.open else [order.report(status="PendingCancel")] * 2
        return told + self.end(order)

    def end(self, order: BookOrder) -> list[OrderHappening]:
        """An order ends without filling: it is cancelled, and so are its children, and its parent if it says so."""
        order.move(Phase.CANCELLED, self._clock.now)
        parent = self._book.parent(order) if order.ticket.auto_cancel_parent else None
        told = self._teller.cancelled(order) + self.orphaned(order)
        return told + self.end(parent) if parent is not None and parent.live else told

    # The passing of time

    def begin_session(self) -> list[OrderHappening]:
        """The open: held orders start to work, to be filled by what the market brings from now on."""
        told: list[OrderHappening] = []
        for order in self._book.live():
            if order.phase is Phase.HELD:
                told += self._begin(order)
        return told + self.conditional.reconsider()

    def _begin(self, order: BookOrder) -> list[OrderHappening]:
        if self._must_locate(order):
            return self._locate(order)
        if order.is_stop and not order.triggered:
            order.move(Phase.WAITING, self._clock.now)
            return []
        auction = order.ticket.order_type in AT_CLOSE or order.ticket.time_in_force == AT_OPEN
        order.move(Phase.AUCTION if auction else Phase.WORKING, self._clock.now)
        return self._teller.told(order)

    def end_session(self) -> list[OrderHappening]:
        """The close: the closing auction, then what was for the day expires and the rest is held until the next session."""
        told: list[OrderHappening] = []
        opened = self._clock.session.open if self._clock.session is not None else self._clock.now
        self._clock.pass_session()
        for order in self._book.live():
            if order.phase is Phase.AUCTION and order.ticket.order_type in AT_CLOSE:
                told += self._matching.auction(order, self._closing_price(order, opened), self._clock.now)
            elif order.live:
                told += self._over_night(order)
        for order in self._book.kept():
            if order.phase is Phase.KEPT and is_for_the_day(order, self._book, self._clock.now):  # its parent may have taken it along
                told += self.dropped(order)
        return told

    def _closing_price(self, order: BookOrder, opened: Instant) -> Decimal | None:
        last = self._matching.last.get(order.ticket.symbol)
        if last is None or last.at < opened or self._venue.halted(order.ticket.symbol, self._clock.now):
            return None
        return last.price

    def _over_night(self, order: BookOrder) -> list[OrderHappening]:
        ticket, now = order.ticket, self._clock.now
        if ticket.outside_rth or (ticket.time_in_force == AT_OPEN and order.phase is Phase.HELD):
            return []
        if is_for_the_day(order, self._book, now) or has_expired(ticket, now, now):
            return self.end(order)
        if order.phase in (Phase.HELD, Phase.ATTACHED, Phase.CONDITIONAL):
            return []
        order.move(Phase.HELD, self._clock.now)
        return self._teller.told(order)

    def due(self, entry: Entry) -> list[OrderHappening]:
        """Carry out an entry of the agenda, if its order is still there for it."""
        order = self._book.find(entry.client_id, entry.order_id)
        assert order is not None, "orders are never forgotten"
        match entry.due:
            case Due.ARRIVE if order.phase is Phase.SENT:
                return self._arrive(order)
            case Due.CANCEL:
                return self.cancelled(order) if order.live else [too_late(order, entry.client_id)]
            case Due.EXPIRE if order.live and has_expired(order.ticket, self._clock.now, begins(order, self._book)):
                return self.end(order)
            case Due.LOCATE if order.phase is Phase.LOCATING:
                order.located = True
                return self._release(order)
            case Due.CONDITION:
                self._note_ends(order)  # this may be the time that it is good after
                return self.conditional.reconsider(order)
        return []

    def _note_ends(self, order: BookOrder) -> None:
        """The end of its day, and of those that wait for it: with it, they begin."""
        for member in following(order, self._book):
            ends = end_of(member.ticket, self._clock, begins(member, self._book))
            if ends is not None:
                self.agenda.note(ends, Due.EXPIRE, member.key)

    def _last(self, order: BookOrder) -> Decimal | None:
        last = self._matching.last.get(order.ticket.symbol)
        return None if last is None else last.price

    def _later(self, ns: int) -> Instant:
        return Instant(self._clock.now + ns)

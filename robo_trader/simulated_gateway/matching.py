"""Matching: how quotes and prints of the market fill orders.

* A market order, and a stop once triggered, takes the shares displayed at the best price and then at the levels behind it; what is left
  waits for the next quote.
* A limit order that reaches the displayed price takes what is displayed within its limit, at the displayed prices. Once it has met a quote
  that it does not reach it rests: it then fills at its own limit, when a quote crosses it (as many shares as that displays) or when a trade
  prints through it (as many shares as printed; a trade at the limit does not fill it, others were there before, unless the venue keeps a `queue`).
* A stop is triggered by a trade at or through its price, and becomes a market or a limit order at once; a trailing one follows trades before that.
* An order for an auction fills whole at the auction's price, if its limit allows that price.
* Orders of one symbol are served in price-time order. Shares taken from the display are gone until it is refilled (`display`); shares of a
  print are shared out once.
* Our orders do not trade with each other, unless the venue lets `orders_meet`: then a resting one is hit before the display if its price is better.
* While a symbol is halted nothing fills and nothing triggers.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from robo_trader.simulated_gateway import queueing, trailing
from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.commission import PLANS, Charged
from robo_trader.simulated_gateway.display import Display
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderHappening, QuoteChange, TradePrint
from robo_trader.simulated_gateway.oca import Drop, Groups, after_fill
from robo_trader.simulated_gateway.order_kinds import AT_OPEN
from robo_trader.simulated_gateway.saved import loaded, saved
from robo_trader.simulated_gateway.sequences import Teller
from robo_trader.simulated_gateway.venue import PLAIN_VENUE, Venue
from robo_trader.values import Instant, Symbol


class Matching:
    """Fills orders of `book` against the display, and books the fills in `account`."""

    def __init__(self, book: Book, account: Account, teller: Teller, venue: Venue = PLAIN_VENUE) -> None:
        """All belong to the exchange."""
        self._book = book
        self._account = account
        self._teller = teller
        self._venue = venue
        self._plan = PLANS[venue.commissions]
        self._displays: dict[Symbol, Display] = {}
        self.groups = Groups()
        self.executions: list[Execution] = []
        self.notes: dict[str, CommissionNote] = {}
        self.last: dict[Symbol, TradePrint] = {}
        self.after_fill: Callable[[BookOrder], list[OrderHappening]] = lambda _filled: []
        self.after_cancel: Callable[[BookOrder], list[OrderHappening]] = lambda _cancelled: []
        """What else follows from a fill, and from a cancel that matching itself decides; what they return is told after it."""

    def quote(self, quote: QuoteChange) -> list[OrderHappening]:
        """A quote: refill the display and serve the working orders."""
        display = self._displays.get(quote.symbol)
        if display is None:
            display = self._displays[quote.symbol] = Display()
        display.publish(quote)
        return self._serve(quote.symbol, quote.at) if self._book.has_live(quote.symbol) else []

    def trade(self, trade: TradePrint) -> list[OrderHappening]:
        """A print: hold the opening auction if it is the first, trigger stops, then fill the resting limits that it reached."""
        self.last[trade.symbol] = trade
        if not self._book.has_live(trade.symbol) or self._halted(trade.symbol, trade.at):
            return []
        told: list[OrderHappening] = []
        before = self._book.in_phase(trade.symbol, Phase.WORKING)  # what this print sets off comes too late to be filled by it
        for order in self._book.in_phase(trade.symbol, Phase.AUCTION):
            if order.phase is Phase.AUCTION and order.ticket.time_in_force == AT_OPEN:  # an elder's fill may have cancelled it
                told += self.auction(order, trade.price, trade.at)
        for stop in self._book.in_phase(trade.symbol, Phase.WAITING):
            if stop.phase is not Phase.WAITING:
                continue
            if stop.trails:
                trailing.follow(stop, trade.price)
            if stop.touched_by(trade.price):
                told += self.trigger(stop, trade.at)
        return told + self._printed(trade, before)

    def _halted(self, symbol: Symbol, at: Instant) -> bool:
        return bool(self._venue.halts) and self._venue.halted(symbol, at)

    def forget_prices(self, symbol: Symbol) -> None:
        """Nothing is displayed of a symbol any more, and no print of it counts, until the market says something new."""
        self._displays.pop(symbol, None)
        self.last.pop(symbol, None)

    def forget_executions(self) -> None:
        """The executions so far are of a day that is over."""
        self.executions.clear()
        self.notes.clear()

    def trigger(self, stop: BookOrder, at: Instant) -> list[OrderHappening]:
        """Turn a waiting stop into the order that it becomes, and serve it."""
        stop.triggered = True
        stop.limit_now = trailing.limit_at_trigger(stop)
        stop.move(Phase.WORKING, at)
        return [*self._teller.told(stop), *self.arrive(stop, at)]

    def auction(self, order: BookOrder, price: Decimal | None, at: Instant) -> list[OrderHappening]:
        """Fill an order at an auction's price, None if there is none; an order that does not fill is cancelled."""
        if price is not None and order.reached_by(price):
            return self._fill(order, order.remaining, price, at)
        order.move(Phase.CANCELLED, at)
        return self._teller.cancelled(order) + self.after_cancel(order)

    def arrive(self, order: BookOrder, at: Instant) -> list[OrderHappening]:
        """A working order meets the display."""
        told: list[OrderHappening] = []
        display = self._displays.get(order.ticket.symbol)
        if display is None or self._halted(order.ticket.symbol, at):
            return told
        shown = display.facing(order.ticket.side)
        if self._venue.orders_meet:
            told += self._meet(order, shown.best, at)
        if shown.best is not None and not order.reached_by(shown.best):
            order.resting = order.phase is Phase.WORKING
            if self._venue.queue:
                queueing.look(order, display.behind(order.ticket.side))
            return told
        while order.phase is Phase.WORKING and (index := shown.next_level()) is not None:
            price, left = shown.levels[index][0], shown.left[index]
            if not order.reached_by(price):
                break
            quantity = min(left, order.remaining)
            shown.left[index] -= quantity
            told += self._fill(order, quantity, _price_of(order, price), at)
        return told

    def could_fill(self, order: BookOrder, at: Instant) -> int:
        """Shares that an order which arrives now finds displayed within its limit."""
        display = self._displays.get(order.ticket.symbol)
        if display is None or self._halted(order.ticket.symbol, at):
            return 0
        shown = display.facing(order.ticket.side)
        return sum(left for (price, _), left in zip(shown.levels, shown.left, strict=True) if order.reached_by(price))

    def _meet(self, order: BookOrder, best: Decimal | None, at: Instant) -> list[OrderHappening]:
        """Fill an arriving order against the account's resting orders, as long as they offer a better price than the display."""
        told: list[OrderHappening] = []
        for other in sorted(self._book.in_phase(order.ticket.symbol, Phase.WORKING), key=_rank):
            price = other.limit
            if price is None or not other.resting or other.ticket.side is order.ticket.side or not order.reached_by(price):
                continue
            if best is not None and (price - best) * order.ticket.side.sign >= 0:
                break
            if order.phase is Phase.WORKING and not (order.resting or _same_group(order, other)):
                quantity = min(order.remaining, other.remaining)
                told += self._booked(order, quantity, price, at) + self._booked(other, quantity, price, at)  # one trade: both are booked first
                told += self._followed(order, quantity, at) + self._followed(other, quantity, at)
        return told

    def _serve(self, symbol: Symbol, at: Instant) -> list[OrderHappening]:
        told: list[OrderHappening] = []
        for order in sorted(self._book.in_phase(symbol, Phase.WORKING), key=_rank):
            if order.phase is Phase.WORKING:  # an elder's fill may have cancelled it
                told += self.arrive(order, at)
        return told

    def _printed(self, trade: TradePrint, orders: list[BookOrder]) -> list[OrderHappening]:
        """Share a print out among the resting limits that it went through, or with a queue reached."""
        told: list[OrderHappening] = []
        taken = 0
        for order in sorted(orders, key=_rank):
            if order.phase is not Phase.WORKING or not order.resting or not order.reached_by(trade.price):
                continue
            offered = trade.size
            if order.limit == trade.price:
                offered = queueing.reached(order, trade.size) if self._venue.queue else 0
            quantity = min(offered - taken, order.remaining)
            if quantity > 0:
                taken += quantity
                told += self._fill(order, quantity, _price_of(order, trade.price), trade.at)
        return told

    def _fill(self, order: BookOrder, quantity: int, price: Decimal, at: Instant) -> list[OrderHappening]:
        return self._booked(order, quantity, price, at) + self._followed(order, quantity, at)

    def _booked(self, order: BookOrder, quantity: int, price: Decimal, at: Instant) -> list[OrderHappening]:
        assert order.phase in (Phase.WORKING, Phase.AUCTION), "what is not at the exchange does not fill"
        ticket, added = order.ticket, order.resting
        order.book(quantity, price)
        own, passed_on = self._plan(Charged(ticket.side, quantity, price, order.filled, order.value, added=added))
        order.passed_on += passed_on
        charged = own + order.passed_on - order.commission
        order.commission += charged
        name = f"0000e0d5.{order.perm_id:08x}.{order.fills:02d}"
        realised = self._account.fill(ticket.symbol, ticket.side, quantity, price, charged, name)
        exec_id = f"{name}.01"
        execution = Execution(exec_id, ticket, order.perm_id, quantity, price, at, order.filled, order.average_price, added)
        note = CommissionNote(exec_id, ticket.client_id, charged, realised)
        self.executions.append(execution)
        self.notes[exec_id] = note
        if not order.remaining:
            order.move(Phase.FILLED, at)
        return self._teller.filled(order, execution, note, self._account.report(ticket.symbol))

    def _followed(self, order: BookOrder, quantity: int, at: Instant) -> list[OrderHappening]:
        """What a fill does to others."""
        return self._settle_group(order, quantity, at) + self.after_fill(order)

    def _settle_group(self, filler: BookOrder, quantity: int, at: Instant) -> list[OrderHappening]:
        if not filler.ticket.oca_group:
            return []
        self.groups.book(filler, quantity)
        told: list[OrderHappening] = []
        for step in after_fill(filler, quantity, self._book.siblings(filler)):
            if not step.member.live:
                continue  # it was a child of one that has just been cancelled
            if isinstance(step, Drop):
                step.member.move(Phase.CANCELLED, at)
                told += self._teller.cancelled(step.member) + self.after_cancel(step.member)
            else:
                step.member.resize(step.quantity)
                told += self._teller.told(step.member)
        return told

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, JSON-able."""
        return {
            "displays": {symbol: saved(display) for symbol, display in self._displays.items()},
            "groups": self.groups.state(),
            "executions": saved(self.executions),
            "notes": saved(list(self.notes.values())),
            "last": saved(list(self.last.values())),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the displays, groups and executions of a `state()`."""
        self._displays = {Symbol(symbol): loaded(display, Display) for symbol, display in state["displays"].items()}
        self.groups.restore(state["groups"])
        self.executions = loaded(state["executions"], list[Execution])
        self.notes = {note.exec_id: note for note in loaded(state["notes"], list[CommissionNote])}
        self.last = {trade.symbol: trade for trade in loaded(state.get("last", []), list[TradePrint])}


def _rank(order: BookOrder) -> tuple[int, Decimal, int]:
    return order.rank


def _price_of(order: BookOrder, offered: Decimal) -> Decimal:
    """A resting order has named its price; any other takes what is offered."""
    return order.limit if order.resting and order.limit is not None else offered


def _same_group(one: BookOrder, other: BookOrder) -> bool:
    return bool(one.ticket.oca_group) and one.ticket.oca_group == other.ticket.oca_group

"""Matching: how quotes and prints of the market fill orders.

* A market order, and a stop once triggered, takes the shares displayed at the best price and then at the levels behind it; what is left
  waits for the next quote.
* A limit order that reaches the displayed price takes what is displayed within its limit, at the displayed prices. Once it has met a quote
  that it does not reach it rests: it then fills at its own limit, when a quote crosses it (as many shares as that displays) or when a trade
  prints through it (as many shares as printed; a trade at the limit does not fill it, others were there before).
* A stop is triggered by a trade at or through its price, and becomes a market order at once.
* Orders of one symbol are served in price-time order. Shares taken from the display are gone until it is refilled (`display`); shares of a
  print are shared out once.
* Our orders do not trade with each other.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.book import Book
from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.commission import order_commission
from robo_trader.simulated_gateway.display import Display
from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderHappening, QuoteChange, TradePrint
from robo_trader.simulated_gateway.oca import Drop, Groups, after_fill
from robo_trader.simulated_gateway.saved import loaded, saved
from robo_trader.simulated_gateway.sequences import Teller
from robo_trader.values import Instant, Symbol


class Matching:
    """Fills orders of `book` against the display, and books the fills in `account`."""

    def __init__(self, book: Book, account: Account, teller: Teller) -> None:
        """All three belong to the exchange."""
        self._book = book
        self._account = account
        self._teller = teller
        self._displays: dict[Symbol, Display] = {}
        self.groups = Groups()
        self.executions: list[Execution] = []
        self.notes: dict[str, CommissionNote] = {}

    def quote(self, quote: QuoteChange) -> list[OrderHappening]:
        """A quote: refill the display and serve the working orders."""
        display = self._displays.get(quote.symbol)
        if display is None:
            display = self._displays[quote.symbol] = Display()
        display.publish(quote)
        return self._serve(quote.symbol, quote.at) if self._book.has_live(quote.symbol) else []

    def trade(self, trade: TradePrint) -> list[OrderHappening]:
        """A print: trigger stops, then fill the resting limits it went through."""
        if not self._book.has_live(trade.symbol):
            return []
        told: list[OrderHappening] = []
        for stop in self._book.in_phase(trade.symbol, Phase.WAITING):
            if stop.phase is Phase.WAITING and stop.touched_by(trade.price):
                told += self.trigger(stop, trade.at)
        return told + self._through(trade)

    def trigger(self, stop: BookOrder, at: Instant) -> list[OrderHappening]:
        """Turn a waiting stop into a market order and serve it."""
        stop.triggered = True
        stop.move(Phase.WORKING, at)
        return [*self._teller.told(stop), *self.arrive(stop, at)]

    def arrive(self, order: BookOrder, at: Instant) -> list[OrderHappening]:
        """A working order meets the display."""
        told: list[OrderHappening] = []
        display = self._displays.get(order.ticket.symbol)
        if display is None:
            return told
        shown = display.facing(order.ticket.side)
        if shown.best is not None and not order.reached_by(shown.best):
            order.resting = True
            return told
        while order.phase is Phase.WORKING and (index := shown.next_level()) is not None:
            price, left = shown.levels[index][0], shown.left[index]
            if not order.reached_by(price):
                break
            quantity = min(left, order.remaining)
            shown.left[index] -= quantity
            told += self._fill(order, quantity, _price_of(order, price), at)
        return told

    def _serve(self, symbol: Symbol, at: Instant) -> list[OrderHappening]:
        told: list[OrderHappening] = []
        for order in sorted(self._book.in_phase(symbol, Phase.WORKING), key=_rank):
            if order.phase is Phase.WORKING:  # an elder's fill may have cancelled it
                told += self.arrive(order, at)
        return told

    def _through(self, trade: TradePrint) -> list[OrderHappening]:
        told: list[OrderHappening] = []
        left = trade.size
        for order in sorted(self._book.in_phase(trade.symbol, Phase.WORKING), key=_rank):
            if left and order.phase is Phase.WORKING and order.resting and order.limit != trade.price and order.reached_by(trade.price):
                quantity = min(left, order.remaining)
                left -= quantity
                told += self._fill(order, quantity, _price_of(order, trade.price), trade.at)
        return told

    def _fill(self, order: BookOrder, quantity: int, price: Decimal, at: Instant) -> list[OrderHappening]:
        ticket = order.ticket
        order.book(quantity, price)
        charged = order_commission(order.filled, order.value) - order.commission
        order.commission += charged
        realised = self._account.fill(ticket.symbol, ticket.side, quantity, price, charged)
        exec_id = f"0000e0d5.{order.perm_id:08x}.{order.fills:02d}.01"
        execution = Execution(exec_id, ticket, order.perm_id, quantity, price, at, order.filled, order.average_price)
        note = CommissionNote(exec_id, ticket.client_id, charged, realised)
        self.executions.append(execution)
        self.notes[exec_id] = note
        if not order.remaining:
            order.move(Phase.FILLED, at)
        told = self._teller.filled(order, execution, note, self._account.report(ticket.symbol))
        return told + self._settle_group(order, quantity, at)

    def _settle_group(self, filler: BookOrder, quantity: int, at: Instant) -> list[OrderHappening]:
        if not filler.ticket.oca_group:
            return []
        self.groups.book(filler, quantity)
        told: list[OrderHappening] = []
        for step in after_fill(filler, quantity, self._book.siblings(filler)):
            if isinstance(step, Drop):
                step.member.move(Phase.CANCELLED, at)
                told += self._teller.cancelled(step.member)
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
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the displays, groups and executions of a `state()`."""
        self._displays = {Symbol(symbol): loaded(display, Display) for symbol, display in state["displays"].items()}
        self.groups.restore(state["groups"])
        self.executions = loaded(state["executions"], list[Execution])
        self.notes = {note.exec_id: note for note in loaded(state["notes"], list[CommissionNote])}


def _rank(order: BookOrder) -> tuple[int, Decimal, int]:
    return order.rank


def _price_of(order: BookOrder, offered: Decimal) -> Decimal:
    """A resting order has named its price; any other takes what is offered."""
    return order.limit if order.resting and order.limit is not None else offered

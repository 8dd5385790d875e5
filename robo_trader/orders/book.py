"""Sub-books: the position, orders and slices of one strategy in one symbol, computed from order events.

A slice is a batch of fills with one protection of its own (DESIGN 3c): it is born by entry fills and shrinks by the fills of its exits and stops. The
book's position is the sum of its slices, nothing else. An order keeps counting in full until evidence ends it; `remaining` is what may still fill.
Everything here changes through `Orders.apply`, so reading the journal again gives the same books.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from robo_trader.orders.cost_basis import Split
from robo_trader.orders.events import (
    Acknowledged,
    CancelAsked,
    CancelFailed,
    Ended,
    Fill,
    Intended,
    OrderEvent,
    OrderIdRaised,
    Resized,
    SplitApplied,
    TwinEnded,
    WentUnknown,
)
from robo_trader.orders.intent import IntentKey
from robo_trader.orders.order import Outcome, Purpose, Stage, Step, after
from robo_trader.orders.standing import Latch, closing, execution_base, newer, restate
from robo_trader.orders.standing import Order as Order
from robo_trader.orders.standing import Slice as Slice
from robo_trader.values import BookId, Instant, Symbol

_STEP_OF: Final = {
    Outcome.FILLED: Step.FILLED_WHOLE,
    Outcome.CANCELLED: Step.CANCELLED,
    Outcome.REJECTED: Step.REJECTED,
    Outcome.NEVER_SENT: Step.NOT_SENT,
}
CLOSING: Final = frozenset({Purpose.EXIT, Purpose.FLATTEN})
LATCHING: Final = frozenset({Purpose.PROTECT, Purpose.FLATTEN})


@dataclass(slots=True)
class Book:
    """One sub-book. `entries` lists the instants of its entries, for the daily bound; `group_filled` counts the shares each OCA group traded.

    `tried_before` says how many of a slice's orders no longer count as tries.
    """

    id: BookId
    slices: dict[str, Slice] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    live: dict[str, Order] = field(default_factory=dict)
    latches: dict[int, Latch] = field(default_factory=dict)
    entries: list[Instant] = field(default_factory=list)
    by_slice: dict[str, list[Order]] = field(default_factory=dict)
    slices_of_entry: dict[str, list[str]] = field(default_factory=dict)
    group_filled: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    tried_before: dict[str, int] = field(default_factory=dict)

    @property
    def latch(self) -> Latch | None:
        """The newest stop-out that stands; there can be one of each side, where a stop overshot and what it left was stopped too."""
        return max(self.latches.values(), key=lambda latch: latch.at, default=None)

    @property
    def position(self) -> int:
        """Shares held, signed: the sum of its slices."""
        return sum([part.quantity for part in self.slices.values()]) if self.slices else 0  # asked for at every turn: a list is faster

    def of(self, *purposes: Purpose, slice_name: str | None = None) -> Iterator[Order]:
        """Live orders of these purposes, of one slice if named, oldest first."""
        for order in self.live.values():
            if order.intended.purpose in purposes and slice_name in {None, order.intended.slice}:
                yield order

    def of_slice(self, slice_name: str) -> Sequence[Order]:
        """All stops and exits that a slice ever had, live or not, oldest first."""
        return self.by_slice.get(slice_name, ())

    def cancelled_unasked(self, order: Order) -> bool:
        """Whether a stop or exit was cancelled neither by us nor by its OCA group, whose fills since it joined leave a member nothing to do."""
        if order.stage is not Stage.CANCELLED or order.cancel_asked or order.outdated:
            return False
        group = order.intended.oca_group
        return self.group_filled.get(group, 0) - order.group_filled_before < order.intended.quantity

    def setbacks(self, slice_name: str, purpose: Purpose) -> list[Order]:
        """Stops or exits of a slice that came back undone, since new tries were last granted, oldest first."""
        tries = [o for o in self.of_slice(slice_name)[self.tried_before.get(slice_name, 0) :] if not o.outdated]
        refused = {Stage.REJECTED, Stage.NEVER_SENT}
        return [o for o in tries if o.intended.purpose is purpose and ((o.stage in refused and not o.traded) or self.cancelled_unasked(o))]

    def grant_new_tries(self) -> None:
        """Count setbacks from here: a person looked and lifted the halt that the old ones led to."""
        self.tried_before = {name: len(orders) for name, orders in self.by_slice.items()}

    def restate(self, split: Split) -> None:
        """Put the slices on the footing of a split; whatever was sent before is outdated."""
        restate(self.slices, split)
        for order in self.orders.values():
            order.outdated = True

    @property
    def working_entries(self) -> int:
        """Signed shares that live entries may still add."""
        return sum(o.sign * o.remaining for o in self.of(Purpose.ENTER))


class Orders:
    """All orders and books, as the order events made them."""

    def __init__(self) -> None:
        self.books: dict[BookId, Book] = {}
        self.books_of: defaultdict[Symbol, list[Book]] = defaultdict(list)
        self.by_intent: dict[str, Order] = {}
        self.by_order_id: dict[int, Order] = {}
        self.by_perm_id: dict[int, Order] = {}
        self.count_of_key: defaultdict[IntentKey, int] = defaultdict(int)
        self.next_order_id = 1
        self._fills: dict[str, Fill] = {}  # by the id without its version: the version that counts
        self._most: dict[str, int] = {}  # and the shares of its largest version

    def book(self, book_id: BookId) -> Book:
        """The sub-book of this name, empty at first."""
        if book_id not in self.books:
            self.books_of[book_id.symbol].append(self.books.setdefault(book_id, Book(book_id)))
        return self.books[book_id]

    @property
    def fill_count(self) -> int:
        """Executions of ours, corrections not counted."""
        return len(self._fills)

    def knows_fill(self, exec_id: str) -> bool:
        """Whether this very execution has been applied, or a later version of it."""
        known = self._fills.get(execution_base(exec_id))
        return known is not None and not newer(exec_id, known.exec_id)

    def corrects(self, exec_id: str) -> bool:
        """Whether another version of this execution has been applied."""
        return execution_base(exec_id) in self._fills

    def apply(self, event: OrderEvent) -> None:
        """Fold one event in; raises `ImpossibleStep` for one that contradicts the life-cycle."""
        match event:
            case Intended():
                self._intend(event)
            case Acknowledged():
                self._acknowledge(event)
            case CancelAsked():
                self.by_intent[event.intent].cancel_asked = True
                self._step(self.by_intent[event.intent], Step.CANCEL_ASKED)
            case CancelFailed():
                self._step(self.by_intent[event.intent], Step.CANCEL_FAILED)
            case Resized():
                order = self.by_intent[event.intent]
                order.total = order.traded + event.remaining
            case TwinEnded():
                self.by_intent[event.intent].over.add(event.perm_id)
            case WentUnknown():
                self._step(self.by_intent[event.intent], Step.SILENT)
            case Ended():
                order = self.by_intent[event.intent]
                order.outcome_detail = event.detail
                self._step(order, _STEP_OF[event.outcome])
            case Fill():
                self._fill(event)
            case _:
                self._apply_to_all(event)

    def _apply_to_all(self, event: OrderEvent) -> None:
        """Events of no single order."""
        match event:
            case SplitApplied():
                for book in self.books_of.get(event.symbol, ()):
                    book.restate(Split(event.new, event.old))
            case OrderIdRaised():
                self.next_order_id = max(self.next_order_id, event.next_order_id)
            case _:
                pass  # money only: the ledger's business

    def _intend(self, event: Intended) -> None:
        assert event.intent not in self.by_intent, f"intent {event.intent} was already recorded"
        book = self.book(event.book)
        order = Order(event, total=event.quantity, group_filled_before=book.group_filled.get(event.oca_group, 0))
        self.by_intent[event.intent] = self.by_order_id[event.order_id] = book.orders[event.intent] = book.live[event.intent] = order
        key = IntentKey(event.book, event.cause, event.purpose, event.slice)
        self.count_of_key[key] = max(self.count_of_key[key], event.k) + 1  # while the journal failed, the intents before it may have left no row
        self.next_order_id = max(self.next_order_id, event.order_id + 1)
        if event.slice:
            book.by_slice.setdefault(event.slice, []).append(order)
            self._follow_group(book, event.slice)
        if event.purpose is Purpose.ENTER:
            book.entries.append(event.at)

    def _acknowledge(self, event: Acknowledged) -> None:
        order = self.by_intent[event.intent]
        twin = bool(order.perm_ids) and event.perm_id not in order.perm_ids | {0}
        if event.perm_id:
            order.perm_ids.add(event.perm_id)
            order.over.discard(event.perm_id)  # thrown out, and then alive again
            self.by_perm_id[event.perm_id] = order
        self._step(order, Step.TWIN_SEEN if twin else Step.ACKNOWLEDGED)

    def _step(self, order: Order, step: Step) -> None:
        order.stage = after(order.stage, step)
        book = self.book(order.intended.book)
        if order.live:
            book.live[order.intended.intent] = order
            return
        order.over |= order.perm_ids
        book.live.pop(order.intended.intent, None)
        self._close_group(book, order)

    @staticmethod
    def _close_group(book: Book, order: Order) -> None:
        """Give the slice a fresh OCA group once nobody is left in the old one: a filled group admits no one (error 201)."""
        slice_ = book.slices.get(order.intended.slice)
        group = order.intended.oca_group
        if slice_ is None or group != slice_.group:
            return
        if not any(o.intended.oca_group == group for o in book.live.values()):
            slice_.group_number += 1

    @staticmethod
    def _follow_group(book: Book, name: str, coming: int = 0) -> None:
        """The newest group that an order of the slice was sent into is its group, even if the end of the one before was never recorded."""
        slice_ = book.slices.get(name)
        if slice_ is not None:
            numbers = [
                int(o.intended.oca_group.rpartition(".")[2]) for o in book.by_slice.get(name, ()) if o.intended.oca_group.startswith(f"{name}.")
            ]
            slice_.group_number = max(slice_.group_number, *numbers, 0)
            if numbers and not any(o.live and o.intended.oca_group == slice_.group for o in closing(book.by_slice[name], slice_.quantity or coming)):
                slice_.group_number += 1  # a bust brought the slice back, and the group that its exit filled admits no one

    def _fill(self, event: Fill) -> None:
        base = execution_base(event.exec_id)
        corrected = self._fills.get(base)
        self._fills[base] = event
        change = event.quantity - (corrected.quantity if corrected else 0)
        order = self.by_intent[event.intent]
        order.filled += change
        new = max(event.quantity - self._most.get(base, 0), 0)  # what the exchange did is not undone by a correction
        self._most[base] = self._most.get(base, 0) + new
        order.traded_by[event.perm_id] += new
        book = self.book(event.book)
        book.group_filled[order.intended.oca_group] += new
        if order.intended.purpose is Purpose.ENTER:
            names = book.slices_of_entry.setdefault(event.intent, [])
            names += [event.slice] if event.slice not in names else []
        self._move_slice(book, event, corrected, entering=order.intended.purpose is Purpose.ENTER)
        self._set_off(book)
        self._step(order, Step.FILLED_WHOLE if order.traded >= order.total and not order.left else Step.FILLED_IN_PART)
        # a correction of old shares is no new stop-out; a fill that found its shares gone is one: the price was there
        if order.intended.purpose in LATCHING and corrected is None:
            side = -event.side.sign
            before = book.latches.get(side)
            book.latches[side] = Latch(side, max(event.at, before.at) if before else event.at)  # fills are not always told in their order

    @staticmethod
    def _move_slice(book: Book, event: Fill, corrected: Fill | None, *, entering: bool) -> None:
        """Move the shares of a fill, or by what a correction changes of one; a bust (no shares) restates no price."""
        price = corrected.price if corrected and not event.quantity else event.price
        change = event.quantity - (corrected.quantity if corrected else 0)
        if event.slice not in book.slices:
            book.slices[event.slice] = Slice(event.slice, event.book)
            Orders._follow_group(book, event.slice, event.side.sign * change)
        slice_ = book.slices[event.slice]
        before = slice_.quantity
        slice_.quantity += event.side.sign * change
        if corrected and entering and before * slice_.quantity > 0:
            slice_.shares_in += change
            slice_.cost_in += event.quantity * price - corrected.quantity * corrected.price
        elif abs(slice_.quantity) > abs(before) and before * event.side.sign > 0:
            slice_.shares_in += change
            slice_.cost_in += change * price
        if before * slice_.quantity <= 0 or slice_.shares_in <= 0:  # new, or beyond zero, or all that made it was taken back: a holding of its own
            slice_.shares_in = abs(slice_.quantity)
            slice_.cost_in = slice_.shares_in * price
        if slice_.quantity == 0:
            del book.slices[event.slice]

    @staticmethod
    def _set_off(book: Book) -> None:
        """A late fill or a bust may leave slices of both sides: what one holds the other has sold already, oldest first, and no stop may sell it."""
        for short in [s for s in book.slices.values() if s.quantity < 0]:
            for long in [s for s in book.slices.values() if s.quantity > 0]:
                shares = min(long.quantity, -short.quantity)
                long.quantity -= shares
                short.quantity += shares
        book.slices = {name: slice_ for name, slice_ in book.slices.items() if slice_.quantity}

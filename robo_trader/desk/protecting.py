"""Protection: every held share has a stop at the broker, one stop per slice, never modified (DESIGN 3c).

A slice is covered by a live stop, or by a live exit of the same group. What is uncovered gets a new stop at once; a stop that is larger than what
the broker's net still allows is cancelled first and replaced when it is gone, so that no stop can ever open a position.

While the broker shows another number on the side of the books, a split may have been made that nobody announced, and then the price of a new stop
is of another world: it would fire at once. Such a stop goes only where a quote of today says that it would rest; else a person is called.
"""

from __future__ import annotations

from typing import Final

from robo_trader.desk.closing_gap import cancel, cancel_outdated, traceless, unheard
from robo_trader.desk.corporate import due_split
from robo_trader.desk.effects import Severity
from robo_trader.desk.placing import place
from robo_trader.desk.retrying import retry_allowed
from robo_trader.desk.settings import STOP_DOUBT_NS
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import CLOSING, Book, Order, Slice
from robo_trader.orders.intent import IntentKey
from robo_trader.orders.order import OrderType, Purpose, Stage
from robo_trader.orders.standing import closing, covering
from robo_trader.risk.sizing import stop_price
from robo_trader.values import NS_PER_MINUTE, Money, Side, Symbol, Ticks, side_of

_DAY_NS: Final = 24 * 60 * NS_PER_MINUTE


def protect_slices(turn: Turn, book: Book, budget: int) -> None:
    """Give each slice the stop it lacks and take away what the budget (shares) no longer covers."""
    if not turn.watch.swept or book.id.symbol not in turn.state.instruments or due_split(turn, book.id.symbol):
        return
    for slice_ in list(book.slices.values()):
        allowed = min(abs(slice_.quantity), budget)
        budget -= allowed
        _protect(turn, book, slice_, allowed)


def _protect(turn: Turn, book: Book, slice_: Slice, allowed: int) -> None:
    if cancel_outdated(turn, book, slice_.name):
        return  # cancel, wait, replace
    stops = closing(book.of(Purpose.PROTECT, slice_name=slice_.name), slice_.quantity)
    exits = closing(book.of(*CLOSING, slice_name=slice_.name), slice_.quantity)
    if allowed < abs(slice_.quantity):
        _shrink(turn, [*stops, *exits], allowed)
        if any(o.remaining > allowed and not traceless(turn, o) for o in [*stops, *exits]):
            return  # cancel, wait, replace
    certain = [o for o in stops if not _doubtful(turn, o)] + [o for o in exits if o.stage is not Stage.UNKNOWN and not _doubtful(turn, o)]
    bare = allowed - covering(certain) - unheard(turn, book, slice_.name)  # shares that an ended order took are gone, though nobody told how yet
    if bare > 0 and not _ends_spent_group(turn, book, slice_, [*stops, *exits]):
        # what is in the group already is reduced by the fills of whatever joins it: only a member for all of them covers more
        _place_stop(turn, book, slice_, bare + covering(o for o in certain if o.intended.oca_group == slice_.group))


def _shrink(turn: Turn, orders: list[Order], allowed: int) -> None:
    for order in orders:
        if order.remaining > allowed:
            cancel(turn, order, "the broker's net no longer covers it")


def _ends_spent_group(turn: Turn, book: Book, slice_: Slice, members: list[Order]) -> bool:
    """Whether a group that has traded still has members, and no room for the shares that a bust brought back: it is ended, and a fresh one follows.

    Not for one whose stop is UNKNOWN, or without a trace: its end may never be heard, and a second stop in it is better than none.
    """
    if not members or not book.group_filled.get(slice_.group) or any(o.stage is Stage.UNKNOWN or traceless(turn, o) for o in members):
        return False
    for order in members:
        cancel(turn, order, "a bust brought back shares that its group cannot carry")
    return True


def _doubtful(turn: Turn, stop: Order) -> bool:
    """Whether a stop is UNKNOWN, or without a trace, for so long that a second one may join its group (DESIGN 3g)."""
    if stop.stage is not Stage.UNKNOWN and not traceless(turn, stop):
        return False
    since = turn.watch.unknown_ns.setdefault(stop.intended.intent, turn.now.process)
    return turn.now.process - since > STOP_DOUBT_NS


def _place_stop(turn: Turn, book: Book, slice_: Slice, quantity: int) -> None:
    key = IntentKey(book.id, slice_.name, Purpose.PROTECT, slice_.name)
    if not retry_allowed(turn, book, key):
        return
    settings = turn.settings.books[book.id]
    instrument = turn.state.instruments[book.id.symbol]
    side = side_of(slice_.quantity)
    price = stop_price(slice_.price, side, settings.stop_percent, instrument.tick_size)
    if _split_unannounced(turn, book.id.symbol) and not _would_rest(turn, book.id.symbol, side, price):
        _tell_withheld(turn, book, quantity, price * instrument.tick_size)
        return
    place(turn, key, side.opposite, quantity, OrderType.STOP, price, slice_.group)


def _split_unannounced(turn: Turn, symbol: Symbol) -> bool:
    """Whether the broker shows another number on our side; none at all is what a late answer looks like, and no split."""
    return symbol in turn.watch.drift_since and turn.state.net(symbol) * turn.watch.broker_positions.get(symbol, 0) > 0


def _would_rest(turn: Turn, symbol: Symbol, held: Side, trigger: Ticks) -> bool:
    """Whether a quote of today (a day in UTC, so that no session shares it with the one before) says that a stop would not fire as it arrives."""
    quote = turn.watch.quotes.get(symbol)
    if quote is None or quote.at // _DAY_NS != turn.now.market // _DAY_NS:
        return False
    return quote.bid > trigger if held is Side.BUY else quote.ask < trigger


def _tell_withheld(turn: Turn, book: Book, quantity: int, trigger: Money) -> None:
    """Call a person, once for each stop, as soon as the difference is no passing one."""
    said = (str(book.id), "stop-withheld", quantity)
    if not turn.watch.drift_declared(book.id.symbol) or said in turn.watch.said:
        return
    turn.watch.said.add(said)
    text = f"no stop at {trigger} for {quantity} shares of {book.id}: the broker holds another number, and no quote of today says that it would rest"
    turn.alert(Severity.CRITICAL, f"stop-withheld/{book.id.symbol}", text)


def uncovered(book: Book) -> int:
    """Shares of a book that neither a live stop nor a live exit covers, as far as evidence goes."""
    total = 0
    for slice_ in book.slices.values():
        members = closing(book.of(Purpose.PROTECT, *CLOSING, slice_name=slice_.name), slice_.quantity)
        total += max(abs(slice_.quantity) - covering(o for o in members if o.stage is not Stage.UNKNOWN), 0)
    return total

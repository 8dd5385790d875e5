"""How an entry meets the market: its order type and price, and when it makes room for another (DESIGN 3b; C40).

A decision is one size. The orders that carry it out are its children: one at a time, each a new intent after the one before it has ended, and what
they filled and may still fill never comes to more than the decision. Nothing is ever modified: a child that the market left behind is cancelled, and
the next one is born only when evidence says how the first one ended.
"""

from __future__ import annotations

from robo_trader.desk.claims import missing
from robo_trader.desk.settings import BookSettings, Execution
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import Book
from robo_trader.orders.order import OrderType, Purpose, Stage
from robo_trader.orders.standing import Order
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Quote, Side, Ticks


def parent_of(turn: Turn, book: BookId) -> str:
    """The name of the decision whose children a book's entries are; empty while nothing was decided."""
    decision = turn.state.decisions.get(book)
    return f"{book}/{decision.bar_end}" if decision is not None else ""


def used(turn: Turn, book: Book) -> int:
    """Shares of the standing decision that its children filled or may still fill, as far as the journal and the broker's claims tell."""
    decision = turn.state.decisions.get(book.id)
    total = 0
    for order in reversed(book.orders.values()):
        if order.intended.purpose is not Purpose.ENTER:
            continue
        if decision is None or order.intended.decision_bar_end != decision.bar_end:
            break
        total += order.filled + max(order.remaining, missing(turn, order))
    return total


def order_for(turn: Turn, book: Book, side: Side) -> tuple[OrderType, Ticks | None]:
    """The type and limit of an entry as the book's settings want it; no price while there is no quote, which the gate refuses."""
    settings = turn.settings.books[book.id]
    quote = turn.watch.quotes.get(book.id.symbol)
    if settings.execution is Execution.MARKET:
        return OrderType.MARKET, None
    return OrderType.LIMIT, _limit(settings, quote, side) if quote is not None else None


def may_follow(turn: Turn, book: Book, before: Order) -> bool:
    """Whether another child may follow the newest one, which ended, on the same bar: only where that one was cancelled to be replaced."""
    settings = turn.settings.books[book.id]
    replaced = settings.execution is Execution.LIMIT and before.cancel_asked and before.stage is Stage.CANCELLED
    return replaced and _children(book, before.intended.signal_bar_end) <= settings.replacements_max


def left_behind(turn: Turn, book: Book, order: Order) -> str:
    """Why a resting entry should be replaced; empty while it should not."""
    settings, quote = turn.settings.books.get(book.id), turn.watch.quotes.get(book.id.symbol)
    price = order.intended.price
    if settings is None or settings.execution is not Execution.LIMIT or quote is None or price is None or order.stage is not Stage.WORKING:
        return ""
    rested = turn.now.market - order.intended.at >= settings.rest_seconds * NS_PER_SECOND
    behind = (_limit(settings, quote, order.intended.side) - price) * order.sign
    if not rested or behind <= 0 or _children(book, order.intended.signal_bar_end) > settings.replacements_max:
        return ""
    return f"the market left it {behind} ticks behind: to be replaced"


def _limit(settings: BookSettings, quote: Quote, side: Side) -> Ticks:
    near, far = (quote.bid, quote.ask) if side is Side.BUY else (quote.ask, quote.bid)
    return near if settings.execution is Execution.LIMIT else Ticks(max(far + side.sign * settings.limit_ticks, 1))


def _children(book: Book, signal_bar_end: Instant) -> int:
    """Entries that were sent on a bar's signal."""
    count = 0
    for order in reversed(book.orders.values()):
        if order.intended.purpose is Purpose.ENTER:
            if order.intended.signal_bar_end != signal_bar_end:
                break
            count += 1
    return count

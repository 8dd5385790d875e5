"""How long shares have stood without a stop that the broker itself acknowledged, and what follows from it (I29).

Protecting places the stops; this looks whether they are there. A stop on its way, or one that is UNKNOWN, protects nothing yet. A gap is timed by
the process's own clock from the turn that first saw it. One that is older than 2 s is told once, and the symbol gets no entries until the gap is
closed. Shares that the broker's net no longer holds need no cover: for them the symbol is halted already.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from robo_trader.desk.effects import Severity
from robo_trader.desk.state import State, Watch
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import CLOSING, Book
from robo_trader.orders.order import Purpose, Stage
from robo_trader.orders.standing import Order, closing, covering
from robo_trader.values import NS_PER_SECOND, Symbol

GAP_NS: Final = 2 * NS_PER_SECOND
"""Process time after which a gap of cover is told, and entries of its symbol wait."""


def proven(book: Book) -> int:
    """Shares of a book that a stop or an exit covers which the broker has acknowledged."""
    total = 0
    for slice_ in book.slices.values():
        members = closing(book.of(Purpose.PROTECT, *CLOSING, slice_name=slice_.name), slice_.quantity)
        total += min(covering(o for o in members if _acknowledged(o)), abs(slice_.quantity))
    return total


def bare(state: State, symbol: Symbol) -> int:
    """Shares of a symbol that should be covered, and are not as far as evidence goes."""
    own, net = state.own(symbol), state.net(symbol)
    held = min(abs(own), abs(net)) if own * net > 0 else 0
    return max(held - sum(proven(book) for book in state.books_of(symbol)), 0)


def watch_cover(turn: Turn, symbols: Iterable[Symbol]) -> None:
    """Time the gaps of these symbols, tell of one that grew old, and of its end."""
    for symbol in symbols:
        missing = bare(turn.state, symbol)
        if missing:
            turn.watch.bare_since_ns.setdefault(symbol, turn.now.process)
            if gap_is_old(turn.watch, symbol, turn.now.process) and symbol not in turn.watch.bare_told:
                turn.watch.bare_told.add(symbol)
                text = f"{missing} shares of {symbol} have had no acknowledged stop for {GAP_NS // NS_PER_SECOND} s; no new entries in it"
                turn.alert(Severity.CRITICAL, f"bare/{symbol}", text)
            continue
        turn.watch.bare_since_ns.pop(symbol, None)
        if symbol in turn.watch.bare_told:
            turn.watch.bare_told.discard(symbol)
            turn.alert(Severity.INFO, f"bare/{symbol}", f"every share of {symbol} has a stop again")


def gap_is_old(watch: Watch, symbol: Symbol, now_ns: int) -> bool:
    """Whether shares of a symbol have gone without cover for too long at `now_ns` (process time)."""
    since = watch.bare_since_ns.get(symbol)
    return since is not None and now_ns - since >= GAP_NS


def _acknowledged(order: Order) -> bool:
    return bool(order.perm_ids) and order.stage is not Stage.UNKNOWN

"""What stops and exits of each book may take off: its shares, as far as the broker's net bears them out (DESIGN 3a).

Where the net is smaller than the sum of the books, or opposite to it, some shares on the side of the sum are not there. The eldest books of that side
keep theirs, so that all orders together never exceed the net; books of the other side lack nothing.

While the broker shows another number than executions explain, its word counts too. That word is as old as the look it came from: what we traded since
then is taken off it, so that the fill of one exit is no room for the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from robo_trader.desk.settings import WAY_OUT_OF_DRIFT
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import Book
from robo_trader.risk.halt import HaltScope
from robo_trader.values import BookId, Symbol

DRIFT: Final = "drift"
NET_BELOW_BOOKS: Final = "net-below-books"
_WAY_BACK: Final = "Trade the difference back by hand, then lift this halt with `robo-trader resume`"
"""What a person can do who took away by hand what the books hold."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Shares of one book that all its stops, and all its exits, may take off."""

    stops: int
    exits: int


def budgets(turn: Turn, books: Iterable[Book]) -> dict[BookId, Budget]:
    """Of these books; of a symbol they are all or none. Raises a symbol's halt where the net is below what its books hold."""
    symbols = dict.fromkeys(book.id.symbol for book in books)
    return {book: budget for symbol in symbols for book, budget in _of(turn, symbol, turn.state.orders.books_of[symbol]).items()}


def _of(turn: Turn, symbol: Symbol, books: Sequence[Book]) -> dict[BookId, Budget]:
    missing = _missing(turn, symbol, doubted=drift_proven(turn, symbol))
    if missing:
        _tell(turn, symbol)
    stops = _shared(turn, symbol, books, missing)
    exits = stops
    if symbol in turn.watch.drift_since:  # an exit never sells what the broker may not hold
        exits = _shared(turn, symbol, books, _missing(turn, symbol, doubted=True))
    return {book.id: Budget(stops[book.id], exits[book.id]) for book in books}


def drift_proven(turn: Turn, symbol: Symbol) -> bool:
    """Whether two looks saw the difference, or one did since we connected and a halt remembers it from before."""
    return turn.watch.drift_declared(symbol) or (symbol in turn.watch.drift_since and _halted_for_drift(turn, symbol))


def _halted_for_drift(turn: Turn, symbol: Symbol) -> bool:
    halts = turn.state.standing_halts
    return any(h.scope is HaltScope.SYMBOL and h.target == symbol and h.reason in {DRIFT, NET_BELOW_BOOKS} for h in halts)


def borne_out(turn: Turn, symbol: Symbol, *, doubted: bool) -> int:
    """The net, signed shares; `doubted` takes the broker's word too, whichever leaves less on the side of the books."""
    net, sign = turn.state.net(symbol), 1 if turn.state.own(symbol) > 0 else -1
    if not doubted:
        return net
    told = turn.watch.broker_positions.get(symbol, 0)
    since = net + turn.watch.drift_by.get(symbol, 0)
    return sign * min(sign * net, sign * told, sign * since)


def _missing(turn: Turn, symbol: Symbol, *, doubted: bool) -> int:
    """Shares of the books' sum that are not there."""
    own = turn.state.own(symbol)
    if not own:
        return 0
    there = borne_out(turn, symbol, doubted=doubted) * (1 if own > 0 else -1)
    return abs(own) - min(max(there, 0), abs(own))


def _shared(turn: Turn, symbol: Symbol, books: Sequence[Book], missing: int) -> dict[BookId, int]:
    """Each book's shares; what is missing lacks from the youngest of the side of the sum."""
    own, shares = turn.state.own(symbol), {}
    for book in reversed(books):
        lacks = min(abs(book.position), missing) if book.position * own > 0 else 0
        missing -= lacks
        shares[book.id] = abs(book.position) - lacks
    return shares


def _tell(turn: Turn, symbol: Symbol) -> None:
    proven = drift_proven(turn, symbol)
    net = borne_out(turn, symbol, doubted=proven)
    text = f"{symbol}: books hold {turn.state.own(symbol)}, the broker's net is {net}; stops and exits are bounded by it."
    turn.halt_symbol(symbol, NET_BELOW_BOOKS, f"{text} {WAY_OUT_OF_DRIFT if proven else _WAY_BACK}")

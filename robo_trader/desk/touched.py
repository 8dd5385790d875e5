"""Whose books a piece of news touches: one symbol's, or everybody's where it cannot be told.

A hundred books are not judged anew because one of them heard of an order. What time alone changes (a signal that grew old, a retry that is due, an
answer that never came) is found by the clock's own news, which touches all.
"""

from __future__ import annotations

from robo_trader.desk import news as n
from robo_trader.desk.adding import unanswered
from robo_trader.desk.reading import order_of
from robo_trader.desk.settings import UNANSWERED_ORDERS_MAX
from robo_trader.desk.turn import Turn
from robo_trader.values import Symbol


def touched_by(turn: Turn, piece: n.News) -> Symbol | None:
    """The symbol whose books have to be settled after this; None means every symbol's."""
    match piece:
        case n.QuoteSeen():
            return piece.quote.symbol
        case n.Signal():
            return piece.book.symbol
        case n.PositionSeen():
            return piece.symbol
        case _ if turn.watch.held_back and unanswered(turn) < UNANSWERED_ORDERS_MAX:
            return None  # whoever waits for the answers of others may go now
        case _:
            return _named_by(turn, piece)


def _named_by(turn: Turn, piece: n.News) -> Symbol | None:
    """The symbol of the order that this speaks of."""
    match piece:
        case n.OrderSeen() | n.ExecutionSeen():
            return piece.symbol
        case n.StatusSeen():
            order = order_of(turn, "", piece.client_id, piece.order_id, piece.perm_id)
            return order.intended.book.symbol if order is not None else None
        case n.NotSent() | n.CancelNotSent():
            return turn.state.orders.by_intent[piece.intent].intended.book.symbol
        case _:
            return None

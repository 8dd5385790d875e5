"""Claims: the broker calls shares filled whose executions have not come. Executions alone move shares, so a claim is only waited for.

While it stands nothing is added to its symbol, and the order does not end. Most claims are a moment long. One may be of a trade that was taken back
before its execution was ever heard: then two complete sweeps, asked at least 10 s apart, find the positions as the executions have them. Such a claim
is given up, a person is told, and it is not believed again from the same broker's mouth.
"""

from __future__ import annotations

from robo_trader.desk.effects import Severity
from robo_trader.desk.settings import SWEEPS_APART_NS
from robo_trader.desk.turn import Turn
from robo_trader.orders.evidence import Sweep
from robo_trader.orders.standing import Order
from robo_trader.values import Symbol


def claim(turn: Turn, order: Order, perm_id: int, filled: int) -> bool:
    """The broker says that `filled` shares of an order of ours are filled; whether executions for some of them are still to come."""
    intent = order.intended.intent
    shares = order.traded + filled - order.traded_of(perm_id)
    if shares <= max(order.traded, turn.watch.disproven.get(intent, 0)):
        return False
    if turn.watch.claimed.get(intent) != shares:
        turn.watch.claimed[intent] = shares
        turn.watch.claim_doubted_ns.pop(intent, None)
    return True


def missing(turn: Turn, order: Order) -> int:
    """Shares of an order that are claimed, and whose executions have not come."""
    return max(turn.watch.claimed.get(order.intended.intent, 0) - order.traded, 0)


def doubt_claims(turn: Turn, sweep: Sweep, agreeing: set[Symbol]) -> None:
    """Give up what two complete sweeps do not bear out; `agreeing` are the symbols whose positions are as executions have them."""
    for intent, shares in list(turn.watch.claimed.items()):
        book = turn.state.orders.by_intent[intent].intended.book
        if book.symbol not in agreeing:
            turn.watch.claim_doubted_ns.pop(intent, None)
        elif sweep.asked_process_ns - turn.watch.claim_doubted_ns.setdefault(intent, sweep.asked_process_ns) >= SWEEPS_APART_NS:
            del turn.watch.claimed[intent]
            turn.watch.disproven[intent] = shares
            text = f"the broker called {shares} shares of {intent} filled, and neither executions nor positions know of them: taken for a bust"
            turn.alert(Severity.WARNING, f"claim-disproven/{book}", text)

"""Dividends and borrow fees that were announced: cash moves on the calendar.

The broker pays by who held the shares, and so do we, once we know who did: an amount is booked for good. So it waits until a complete sweep found the
symbol's positions equal and none of its orders open to doubt; what was traded unheard before the right was lost is then counted.
"""

from __future__ import annotations

from typing import Final

from robo_trader.desk.effects import Severity
from robo_trader.desk.turn import Turn
from robo_trader.market.announced import CashAnnounced
from robo_trader.orders.events import CashPaid
from robo_trader.values import Instant

NEVER: Final = Instant(2**63 - 1)


def pay_what_is_due(turn: Turn) -> None:
    """Book dividends and borrow fees whose day has come and whose shares are known; the watch keeps when to look again (each sweep resets that)."""
    if turn.now.market < turn.watch.pay_at or turn.state.baseline is None:
        return
    turn.watch.pay_at = NEVER
    for action in turn.settings.announced:
        if not isinstance(action, CashAnnounced) or action.name in turn.state.actions:
            continue
        if turn.now.market < action.paid_at:
            turn.watch.pay_at = min(turn.watch.pay_at, action.paid_at)
            continue
        if action.symbol not in turn.watch.reconciled:
            continue
        shares = turn.state.ledger.position_before(action.symbol, action.at)
        amount = action.amount(shares)
        if amount:
            turn.record(CashPaid(action.name, action.symbol, shares, amount, action.paid_at))
            turn.alert(Severity.INFO, f"{action.kind}/{action.symbol}", f"{action.name}: {amount} dollars for {shares} shares")

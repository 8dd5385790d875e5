"""What an order would do to the account: the margins before, the change and after, and the commission, without placing it.

Margin is what the gateway tells of the account: a quarter of the gross position value. The order is judged alone, at the last price, else at its own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.account import GROSS_LEVERAGE_MAX, Account, Mark
from robo_trader.simulated_gateway.admission_fields import prices_of
from robo_trader.simulated_gateway.commission import PLANS, Charged
from robo_trader.simulated_gateway.model import Margins, Ticket
from robo_trader.simulated_gateway.venue import Venue

ZERO: Final = Decimal(0)


def margins(ticket: Ticket, account: Account, mark: Mark, venue: Venue) -> Margins:
    """The account before, and what the whole order's fill would change."""
    price = mark(ticket.symbol) or next(iter(prices_of(ticket)), ZERO)
    signed = ticket.side.sign * ticket.quantity
    held = account.position(ticket.symbol)
    before = account.gross_value(mark)
    after = before - abs(account.market_value(ticket.symbol, mark)) + abs(held + signed) * price
    fill = Charged(ticket.side, ticket.quantity, price, ticket.quantity, price * ticket.quantity, added=False)
    own, passed_on = PLANS[venue.commissions](fill)
    change = (after - before) / GROSS_LEVERAGE_MAX
    return Margins(
        initial_before=before / GROSS_LEVERAGE_MAX,
        initial_change=change,
        maintenance_before=before / GROSS_LEVERAGE_MAX,
        maintenance_change=change,
        equity_before=account.equity(mark),
        equity_change=-(own + passed_on),
        commission=own + passed_on,
    )

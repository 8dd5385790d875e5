"""What an order would do to the account."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.model import Margins
from robo_trader.simulated_gateway.venue import PLAIN_VENUE, Venue
from robo_trader.simulated_gateway.what_if import margins
from robo_trader.values import Symbol
from tests.support.exchange_bench import BUY, SELL, SPY, ticket


def at_ten(_: Symbol) -> Decimal:
    return Decimal(10)


def test_a_quarter_of_the_position_is_margin_and_the_commission_leaves_the_equity() -> None:
    answer = margins(ticket(1, quantity=400), Account(cash=Decimal(5000)), at_ten, PLAIN_VENUE)
    assert answer == Margins(Decimal(0), Decimal(1000), Decimal(0), Decimal(1000), Decimal(5000), Decimal("-2.00"), Decimal("2.00"))


def test_an_order_that_closes_frees_margin() -> None:
    account = Account(cash=Decimal(5000))
    account.fill(SPY, BUY, 400, Decimal(10), Decimal(0))
    answer = margins(ticket(1, SELL, 300), account, at_ten, PLAIN_VENUE)
    assert (answer.initial_before, answer.initial_change) == (Decimal(1000), Decimal(-750))


def test_without_a_market_the_orders_own_price_counts() -> None:
    answer = margins(ticket(1, limit="20.00"), Account(), lambda _: None, PLAIN_VENUE)
    assert answer.initial_change == Decimal(500)


def test_the_commission_is_that_of_the_plan() -> None:
    assert margins(ticket(1, quantity=400), Account(), at_ten, Venue(commissions="tiered")).commission > Decimal("2.00")

"""Who hears of the account, and a position in words."""

from __future__ import annotations

from robo_trader.simulated_gateway.subscriptions_account import AccountLines, portfolio_of, position_of
from tests.support.exchange_bench import IBM, SELL, SPY, exchange, quote, ticket, trade
from tests.support.real_client import told


def test_nobody_listens_at_first() -> None:
    lines = AccountLines()
    assert not lines.any
    lines.updates = {}
    assert lines.any


def test_a_position_is_worded_with_its_contract_and_its_mark() -> None:
    it = exchange(quote("09:30:30", "168.10", "168.12"), trade("09:30:40", "168.11"), now="09:31:00")
    it.submit(ticket(1, quantity=100))
    (report,) = it.positions()
    heard = told(position_of(it, report), portfolio_of(it, report))
    assert [name for name, _ in heard] == ["position", "updatePortfolio"]
    assert heard[0][1][1].symbol == "SPY" and heard[0][1][2] == 100
    assert heard[1][1][2] == 168.11


def test_a_portfolio_line_tells_what_its_own_position_realised() -> None:
    it = exchange(quote("09:30:30", "168.10", "168.12"), quote("09:30:31", "180.00", "180.02", symbol=IBM), now="09:31:00")
    it.submit(ticket(1, quantity=100))
    it.submit(ticket(2, SELL, quantity=100))
    it.submit(ticket(3, quantity=100, symbol=IBM))
    flat, held = (told(portfolio_of(it, it.account.report(symbol)))[0][1] for symbol in (SPY, IBM))
    assert [(line[0].symbol, line[6]) for line in (flat, held)] == [("SPY", float(it.account.realised)), ("IBM", 0.0)]

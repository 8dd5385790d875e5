"""Profit of the day, as the broker tells it: of the whole account, and of one symbol.

The day begins at midnight in New York, with the account at the marks of that moment (the last close), or when this gateway started, if that was
later. What a position earned since then is what it is worth now, less what it was worth then, plus what its trades brought in. Nothing is added up
twice: trades and their commissions are read from the exchange's own record, realised profit from the account's books.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.hours import new_york_date
from robo_trader.values import NS_PER_MINUTE, Instant, Money, Symbol

ZERO: Final = Decimal(0)
NS_PER_HOUR: Final = 60 * NS_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Dawn:
    """The account when the day began; `traded` are the executions that were in it already."""

    traded: frozenset[str]
    equity: Money
    realised: dict[Symbol, Money]
    values: dict[Symbol, Money]


@dataclass(frozen=True, slots=True)
class SymbolProfit:
    """The day in one symbol, in dollars; nothing is unrealised where nothing is held."""

    shares: int
    daily: Money
    unrealised: Money | None
    realised: Money
    value: Money


class Profits:
    """The profit of an exchange's account."""

    def __init__(self, exchange: Exchange) -> None:
        """The day of the first gateway begins with its first dollar."""
        self._exchange = exchange
        self._dawn = self._look()

    def _look(self) -> Dawn:
        account, mark = self._exchange.account, self._exchange.mark
        values = {report.symbol: account.market_value(report.symbol, mark) for report in account.positions()}
        traded = frozenset(execution.exec_id for execution in self._exchange.executions())
        return Dawn(traded, account.equity(mark), account.realised_by_symbol(), values)

    def passed(self, since: Instant, to: Instant) -> None:
        """Time has passed: at midnight another day begins."""
        if since // NS_PER_HOUR != to // NS_PER_HOUR and new_york_date(since) != new_york_date(to):
            self._dawn = self._look()

    @property
    def equity_before(self) -> Money:
        """The account's equity when the day began."""
        return self._dawn.equity

    def account(self) -> tuple[Money, Money, Money]:
        """Daily, unrealised and realised profit of the account."""
        account, mark = self._exchange.account, self._exchange.mark
        unrealised = sum((account.unrealised(report.symbol, mark) for report in account.positions()), ZERO)
        return account.equity(mark) - self._dawn.equity, unrealised, account.realised - sum(self._dawn.realised.values(), ZERO)

    def of(self, symbol: Symbol) -> SymbolProfit:
        """The day in one symbol."""
        account, mark = self._exchange.account, self._exchange.mark
        shares, value = account.position(symbol), account.market_value(symbol, mark)
        brought = ZERO
        for execution in self._exchange.executions():
            if execution.ticket.symbol != symbol or execution.exec_id in self._dawn.traded:
                continue
            note = self._exchange.commission_of(execution.exec_id)
            assert note is not None, "an execution has a commission"
            brought -= execution.ticket.side.sign * execution.quantity * execution.price + note.commission
        realised = account.realised_of(symbol) - self._dawn.realised.get(symbol, ZERO)
        daily = value - self._dawn.values.get(symbol, ZERO) + brought
        return SymbolProfit(shares, daily, account.unrealised(symbol, mark) if shares else None, realised, value)

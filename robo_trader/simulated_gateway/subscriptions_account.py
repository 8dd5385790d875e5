"""Who hears of the account, and how a position is worded.

A subscriber hears everything once, and after that what has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway.account_values import Key
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.model import PositionReport
from robo_trader.simulated_gateway.profit import SymbolProfit
from robo_trader.values import Symbol

SUMMARIES_MAX: Final = 2
LINES_MAX: Final = 100


@dataclass(slots=True)
class AccountLines:
    """One connection's subscriptions to the account, each with what it was last told."""

    positions: bool = False
    updates: dict[Key, str] | None = None
    summaries: dict[int, tuple[str, dict[Key, str]]] = field(default_factory=dict)
    multi: dict[int, tuple[bool, str, dict[Key, str]]] = field(default_factory=dict)
    positions_multi: dict[int, str] = field(default_factory=dict)
    profit: dict[int, tuple[Decimal, Decimal, Decimal] | None] = field(default_factory=dict)
    position_profit: dict[int, tuple[Symbol, SymbolProfit | None]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether there are as many subscriptions with an id as one client may have."""
        return len(self.multi) + len(self.positions_multi) + len(self.profit) + len(self.position_profit) >= LINES_MAX

    @property
    def any(self) -> bool:
        """Whether account values are told at all."""
        return self.updates is not None or bool(self.summaries) or bool(self.multi)


def position_of(exchange: Exchange, report: PositionReport) -> tuple[str, ...]:
    """A position in the words of reqPositions."""
    contract = exchange.contracts.find(report.symbol)
    assert contract is not None, "a position has a contract"
    account = exchange.account.account_id
    return replies.position(account, report, contract.con_id, exchange=contract.primary_exchange, trading_class=contract.trading_class)


def position_multi_of(exchange: Exchange, report: PositionReport, req_id: int, model: str) -> tuple[str, ...]:
    """A position in the words of reqPositionsMulti."""
    contract = exchange.contracts.find(report.symbol)
    assert contract is not None, "a position has a contract"
    return replies_data.position_multi(req_id, exchange.account.account_id, report, contract, model)


def portfolio_of(exchange: Exchange, report: PositionReport) -> tuple[str, ...]:
    """A position in the words of reqAccountUpdates."""
    contract = exchange.contracts.find(report.symbol)
    assert contract is not None, "a position has a contract"
    return replies.portfolio_value(
        exchange.account.account_id,
        report,
        contract.con_id,
        price=exchange.mark(report.symbol) or report.average_cost,
        unrealised=exchange.account.unrealised(report.symbol, exchange.mark),
        realised=exchange.account.realised_of(report.symbol),
        primary_exchange=contract.primary_exchange,
        trading_class=contract.trading_class,
    )

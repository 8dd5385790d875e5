"""What the gateway tells of the account: the broker's keys and values, and who hears which of them.

A subscriber hears everything once, and after that what has changed. Money is told exactly, as decimal text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.model import PositionReport
from robo_trader.simulated_gateway.profit import SymbolProfit
from robo_trader.values import Symbol

SUMMARIES_MAX: Final = 2
LINES_MAX: Final = 100
LEDGER: Final = "$LEDGER"
_USD: Final = "USD"
_PLAIN: Final = ""

Values = Mapping[str, tuple[str, str]]
"""Key to (value, currency)."""

_LEDGER_KEYS: Final = (
    "CashBalance",
    "TotalCashBalance",
    "NetLiquidationByCurrency",
    "RealizedPnL",
    "StockMarketValue",
    "UnrealizedPnL",
    "ExchangeRate",
)
_MULTI_LEDGER_KEYS: Final = (*_LEDGER_KEYS, "NetLiquidation")


@dataclass(slots=True)
class AccountLines:
    """One connection's subscriptions to the account, each with what it was last told."""

    positions: bool = False
    updates: dict[str, tuple[str, str]] | None = None
    summaries: dict[int, tuple[frozenset[str], dict[str, tuple[str, str]]]] = field(default_factory=dict)
    multi: dict[int, tuple[bool, str, dict[str, tuple[str, str]]]] = field(default_factory=dict)
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


def account_values(exchange: Exchange) -> Values:
    """Every value the gateway knows of the account, at the marks of this moment."""
    account, mark = exchange.account, exchange.mark
    equity, gross = account.equity(mark), account.gross_value(mark)
    margin = gross / 4
    unrealised = sum((account.unrealised(report.symbol, mark) for report in account.positions()), Decimal(0))
    money = {
        "NetLiquidation": equity,
        "NetLiquidationByCurrency": equity,
        "EquityWithLoanValue": equity,
        "TotalCashValue": account.cash,
        "TotalCashBalance": account.cash,
        "CashBalance": account.cash,
        "SettledCash": account.cash,
        "BuyingPower": account.buying_power(mark),
        "GrossPositionValue": gross,
        "StockMarketValue": equity - account.cash,
        "InitMarginReq": margin,
        "MaintMarginReq": margin,
        "FullInitMarginReq": margin,
        "FullMaintMarginReq": margin,
        "AvailableFunds": equity - margin,
        "ExcessLiquidity": equity - margin,
        "RealizedPnL": account.realised,
        "UnrealizedPnL": unrealised,
    }
    told = {key: (dollars(amount), _USD) for key, amount in money.items()}
    plain = {"AccountCode": account.account_id, "AccountType": "INDIVIDUAL", "AccountReady": "true", "Cushion": "1", "DayTradesRemaining": "-1"}
    return told | {key: (text, _PLAIN) for key, text in plain.items()} | {"ExchangeRate": ("1.00", _USD), "Currency": (_USD, _USD)}


def dollars(amount: Decimal) -> str:
    """Exact decimal text without an exponent or idle zeros, but for cents."""
    text = f"{amount.normalize():f}"
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.ljust(2, '0')}"


def summary_keys(tags: str) -> frozenset[str]:
    """The keys behind a client's comma-separated list of tags; `$LEDGER` stands for the ledger's."""
    named = {tag.strip() for tag in tags.split(",") if tag.strip()}
    ledger = {tag for tag in named if tag.startswith(LEDGER)}
    return frozenset((named - ledger) | (set(_LEDGER_KEYS) if ledger else set()))


def multi_keys(values: Values, *, ledger_and_nlv: bool) -> frozenset[str]:
    """The keys told to an account-and-model subscription."""
    return frozenset(_MULTI_LEDGER_KEYS if ledger_and_nlv else values)


def changed(values: Values, told: dict[str, tuple[str, str]], keys: frozenset[str] | None = None) -> Iterator[tuple[str, str, str]]:
    """(key, value, currency) of everything that differs from what was `told`, which is brought up to date; `keys` limits it."""
    for key, value in values.items():
        if (keys is None or key in keys) and told.get(key) != value:
            told[key] = value
            yield key, *value


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
        realised=exchange.account.realised,
        primary_exchange=contract.primary_exchange,
        trading_class=contract.trading_class,
    )

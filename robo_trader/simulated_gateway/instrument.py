"""One contract as the gateway knows it, and how a client names one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from robo_trader.values import Symbol

SMART = "SMART"
EVERYWHERE = (SMART,)
US_VENUES = (
    "AMEX", "NYSE", "CBOE", "PHLX", "ISE", "CHX", "ARCA", "NASDAQ", "DRCTEDGE", "BEX", "BATS", "EDGEA", "BYX", "IEX", "PEARL", "NYSENAT", "LTSE",
    "MEMX", "PSX", "T24X",
)  # fmt: skip
"""Exchanges where any US stock or ETF trades, wherever it is listed."""
_ALIASES = {"ISLAND": "NASDAQ"}  # what the broker's older texts call it


@dataclass(frozen=True, slots=True)
class Contract:
    """One tradable contract; prices move in `min_tick` dollars, as its `market_rule` says. Orders go to `exchanges` or to the primary one."""

    symbol: Symbol
    con_id: int
    primary_exchange: str
    long_name: str
    stock_type: str  # COMMON, ETF
    min_tick: Decimal = Decimal("0.01")
    currency: str = "USD"
    time_zone: str = "US/Eastern"
    exchanges: tuple[str, ...] = EVERYWHERE
    market_rule: int = 26
    isin: str = ""  # empty where it is not known

    @property
    def trading_class(self) -> str:
        """The broker's class: NMS for the stocks listed on NASDAQ, else the symbol."""
        return "NMS" if self.primary_exchange == "NASDAQ" else self.symbol

    @property
    def valid_exchanges(self) -> tuple[str, ...]:
        """Where orders may be sent, each once."""
        return tuple(dict.fromkeys((*self.exchanges, self.primary_exchange)))

    def traded_at(self, routed: str) -> str:
        """Where an order trades that was sent to an exchange; what is left to the broker trades at the primary one."""
        return self.primary_exchange if routed == SMART else exchange_name(routed)


def exchange_name(said: str) -> str:
    """An exchange by the one name of those that it has."""
    return _ALIASES.get(said, said)


@dataclass(frozen=True, slots=True)
class ContractSpec:
    """How a client names a contract; any part may be empty, and zero is no contract id."""

    con_id: int
    symbol: str
    sec_type: str
    last_trade_date: str
    strike: Decimal
    right: str
    multiplier: str
    exchange: str
    primary_exchange: str
    currency: str
    local_symbol: str
    trading_class: str
    sec_id_type: str = ""
    sec_id: str = ""

"""The account in the broker's keys and values, and which of them a subscription is told.

A value belongs to a key and a currency. The ledger's keys are told twice, as those of the one currency in the account and of `BASE`, the account's
own; a summary tells one or both, as its tag says. Money is told exactly, as decimal text. What the look-ahead keys announce is what holds already:
margins do not change by themselves here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.values import Money

USD: Final = "USD"
BASE: Final = "BASE"
LEDGER: Final = "$LEDGER"
_PLAIN: Final = ""
_ALL: Final = "ALL"
_ZERO: Final = Decimal(0)

Key = tuple[str, str]
"""The broker's word, and a currency or nothing."""
Values = Mapping[Key, str]

_LEDGER_KEYS: Final = frozenset(
    {
        "AccruedCash",
        "CashBalance",
        "Currency",
        "ExchangeRate",
        "NetLiquidationByCurrency",
        "RealCurrency",
        "RealizedPnL",
        "StockMarketValue",
        "TotalCashBalance",
        "UnrealizedPnL",
    }
)
_OF_SUMMARIES: Final = frozenset({"HighestSeverity", "Leverage", "ReqTEquity", "ReqTMargin"})
"""Tags of summaries that account updates do not have, or call otherwise."""


def account_values(exchange: Exchange, equity_before: Money) -> Values:
    """Every value the gateway knows of the account, at the marks of this moment; `equity_before` is that of the last close."""
    account, mark = exchange.account, exchange.mark
    equity, gross = account.equity(mark), account.gross_value(mark)
    unrealised = sum((account.unrealised(report.symbol, mark) for report in account.positions()), _ZERO)
    ledger = {
        "AccruedCash": dollars(_ZERO),
        "CashBalance": dollars(account.cash),
        "ExchangeRate": "1.00",
        "NetLiquidationByCurrency": dollars(equity),
        "RealizedPnL": dollars(account.realised),
        "StockMarketValue": dollars(equity - account.cash),
        "TotalCashBalance": dollars(account.cash),
        "UnrealizedPnL": dollars(unrealised),
    }
    money = {
        "NetLiquidation": equity,
        "EquityWithLoanValue": equity,
        "PreviousDayEquityWithLoanValue": equity_before,
        "TotalCashValue": account.cash,
        "SettledCash": account.cash,
        "BuyingPower": account.buying_power(mark),
        "GrossPositionValue": gross,
        **_margins(equity, gross / 4),
        **_regulation_t(equity, gross / 2),
    }
    plain = {
        "AccountCode": account.account_id,
        "AccountType": "INDIVIDUAL",
        "AccountReady": "true",
        "Cushion": _ratio(equity - gross / 4, equity, "1E-6"),
        "DayTradesRemaining": "-1",
        "HighestSeverity": "0",
        "Leverage": _ratio(gross, equity, "0.01"),
        "LookAheadNextChange": "0",
    }
    told = {(key, USD): dollars(amount) for key, amount in money.items()} | {(key, _PLAIN): text for key, text in plain.items()}
    for currency in (BASE, USD):
        told |= {(key, currency): text for key, text in ledger.items()}
        told |= {("Currency", currency): currency, ("RealCurrency", currency): currency}
    return told


def _margins(equity: Money, margin: Money) -> dict[str, Money]:
    """The same now, without discounts, and ahead."""
    return {
        f"{when}{key}": amount
        for when in ("", "Full", "LookAhead")
        for key, amount in (
            ("InitMarginReq", margin),
            ("MaintMarginReq", margin),
            ("AvailableFunds", equity - margin),
            ("ExcessLiquidity", equity - margin),
        )
    }


def _regulation_t(equity: Money, margin: Money) -> dict[str, Money]:
    """Half of what is held; the official client's tags for it are spelt with a Q."""
    return {"RegTEquity": equity, "RegTMargin": margin, "ReqTEquity": equity, "ReqTMargin": margin, "SMA": max(_ZERO, equity - margin)}


def _ratio(part: Money, whole: Money, step: str) -> str:
    """As a plain number without idle zeros; 0 of nothing."""
    if whole <= 0:
        return "0"
    return f"{(part / whole).quantize(Decimal(step), ROUND_HALF_UP).normalize():f}"


def dollars(amount: Decimal) -> str:
    """Exact decimal text without an exponent or idle zeros, but for cents."""
    text = f"{amount.normalize():f}"
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.ljust(2, '0')}"


def in_summary(values: Values, tags: str) -> frozenset[Key]:
    """What a client's comma-separated list of tags names: `$LEDGER` the ledger in BASE, `$LEDGER:USD` in a currency, `$LEDGER:ALL` in each."""
    named = {tag.strip() for tag in tags.split(",") if tag.strip()}
    currencies = {tag.partition(":")[2] or BASE for tag in named if tag.partition(":")[0] == LEDGER}
    return frozenset((key, currency) for key, currency in values if _is_named(key, currency, named) or _is_of_ledger(key, currency, currencies))


def _is_named(key: str, currency: str, named: set[str]) -> bool:
    return key in named and currency != BASE


def _is_of_ledger(key: str, currency: str, currencies: set[str]) -> bool:
    return key in _LEDGER_KEYS and bool({currency, _ALL} & currencies)


def in_updates(values: Values, *, ledger_and_nlv: bool = False) -> frozenset[Key]:
    """What account updates tell: all but what belongs to summaries, or the ledger and the net liquidation value alone."""
    if ledger_and_nlv:
        return frozenset(key for key in values if key[0] in _LEDGER_KEYS or key[0] == "NetLiquidation")
    return frozenset(key for key in values if key[0] not in _OF_SUMMARIES)


def changed(values: Values, told: dict[Key, str], wanted: frozenset[Key]) -> Iterator[tuple[str, str, str]]:
    """(key, value, currency) of everything wanted that differs from what was `told`, which is brought up to date."""
    for key, value in values.items():
        if key in wanted and told.get(key) != value:
            told[key] = value
            yield key[0], value, key[1]

"""A client's way of naming a contract."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.dispatch_contracts import find, known
from robo_trader.simulated_gateway.requests import ContractSpec
from tests.support.exchange_bench import exchange


def test_nasdaq_has_another_name() -> None:
    aapl = replace(SPY, symbol="AAPL", primary_exchange="ISLAND", exchange="ISLAND")
    found = known(exchange(), aapl)
    assert found is not None
    assert found.primary_exchange == "NASDAQ"
    assert find(exchange(), aapl) is None  # it does not trade here
    assert known(exchange(), replace(SPY, primary_exchange="ISLAND")) is None


SPY = ContractSpec(0, "SPY", "STK", "", Decimal(0), "", "", "SMART", "", "USD", "", "")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"con_id": 756733},
        {"con_id": 756733, "symbol": "", "sec_type": "", "currency": ""},
        {"symbol": "", "local_symbol": "SPY"},
        {"exchange": "ARCA"},
        {"exchange": ""},
        {"primary_exchange": "ARCA", "trading_class": "SPY", "local_symbol": "SPY"},
    ],
)
def test_every_way_of_naming_it_finds_the_contract(changes: dict[str, Any]) -> None:
    found = find(exchange(), replace(SPY, **changes))
    assert found is not None
    assert found.con_id == 756733


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": "NOPE"},
        {"symbol": ""},
        {"con_id": 999},
        {"con_id": 8314},
        {"sec_type": "FUT"},
        {"currency": "EUR"},
        {"exchange": "LSE"},
        {"primary_exchange": "NYSE"},
        {"symbol": "AAPL"},
    ],
)
def test_a_name_that_fits_nothing_traded_here_finds_nothing(changes: dict[str, Any]) -> None:
    assert find(exchange(), replace(SPY, **changes)) is None

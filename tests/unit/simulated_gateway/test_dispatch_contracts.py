"""A client's way of naming a contract."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.dispatch_contracts import NO_CONTRACT, find, known, no_stock, not_traded, others
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
        {"exchange": "BATS"},
        {"symbol": "", "sec_id_type": "ISIN", "sec_id": "US78462F1030"},
        {"symbol": "SPY", "sec_id_type": "CUSIP", "sec_id": "78462F103"},
        {"primary_exchange": "ARCA", "trading_class": "SPY", "local_symbol": "SPY"},
        {"primary_exchange": "SMART"},
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
        {"sec_id_type": "ISIN", "sec_id": "US4592001014"},
        {"sec_id_type": "ISIN", "sec_id": "US0000000000"},
        {"primary_exchange": "NYSE"},
        {"symbol": "AAPL"},
    ],
)
def test_a_name_that_fits_nothing_traded_here_finds_nothing(changes: dict[str, Any]) -> None:
    assert find(exchange(), replace(SPY, **changes)) is None


FUTURE = replace(SPY, symbol="ES", sec_type="FUT", exchange="CME")


def test_what_is_no_stock_is_found_among_the_others() -> None:
    assert known(exchange(), FUTURE) is None
    assert [other.local_symbol for other in others(exchange(), replace(FUTURE, last_trade_date="201312"))] == ["ESZ3"]
    assert others(exchange(), SPY) == []


def test_where_no_stock_fits_it_depends_on_what_else_does() -> None:
    assert no_stock(exchange(), FUTURE, lambda other: (354, other.symbol)) == (354, "ES")
    assert no_stock(exchange(), replace(FUTURE, symbol="NOPE"), lambda other: (354, other.symbol)) == NO_CONTRACT


def test_an_isin_says_nothing_of_a_contract_whose_own_is_not_known() -> None:
    amc = replace(SPY, symbol="AMC", sec_id_type="ISIN", sec_id="US00165C3025")
    found = known(exchange(), amc)
    assert found is not None
    assert found.symbol == "AMC"


@pytest.mark.parametrize(("symbol", "code"), [("AAPL", 460), ("NOPE", 200), ("ES", 200)])
def test_an_order_in_what_is_told_of_and_not_traded_lacks_permissions(symbol: str, code: int) -> None:
    assert not_traded(exchange(), replace(SPY, symbol=symbol))[0] == code
    assert not_traded(exchange(), FUTURE)[0] == 460

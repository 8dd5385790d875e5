"""Contract ids never change, and hours are told as the broker writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.values import Symbol


@pytest.mark.parametrize(("symbol", "con_id", "exchange"), [("SPY", 756733, "ARCA"), ("IBM", 8314, "NYSE"), ("AAPL", 265598, "NASDAQ")])
def test_well_known_contracts_carry_the_broker_s_ids(symbol: str, con_id: int, exchange: str) -> None:
    contract = Contracts().find(symbol)
    assert contract is not None
    assert (contract.con_id, contract.primary_exchange) == (con_id, exchange)
    assert Contracts().by_con_id(con_id) == contract


def test_a_made_contract_has_the_same_id_in_every_gateway() -> None:
    first, second = Contracts([Symbol("ACME")]).find("ACME"), Contracts([Symbol("OTHER"), Symbol("ACME")]).find("ACME")
    assert first == second
    assert first is not None
    assert 0 < first.con_id < 2**31


def test_a_made_contract_trades_at_the_usual_venues() -> None:
    made = Contracts([Symbol("ACME")]).find("ACME")
    assert made is not None
    assert {"SMART", "ARCA", "BATS", "IEX", "NYSE"} <= set(made.valid_exchanges)


def test_an_isin_finds_its_contract() -> None:
    assert Contracts().by_isin("US0378331005") == Contracts().find("AAPL")
    assert Contracts().by_isin("US0000000000") is None
    assert Contracts().by_isin("") is None


def test_an_unknown_symbol_is_none() -> None:
    assert Contracts().find("NOPE") is None
    assert Contracts().by_con_id(1) is None


def test_hours_are_told_in_new_york_and_weekends_are_closed() -> None:
    told = Contracts().liquid_hours(date(2013, 10, 4)).split(";")
    assert told[:3] == ["20131004:0930-20131004:1600", "20131005:CLOSED", "20131006:CLOSED"]
    assert Contracts().trading_hours(date(2013, 10, 4)).startswith("20131004:0400-20131004:2000;20131005:CLOSED")


def test_a_pattern_finds_tickers_first_and_then_names() -> None:
    contracts = Contracts([Symbol("SPXL")])
    assert [contract.symbol for contract in contracts.matching("SP")] == ["SPXL", "SPY", "BABA", "DIA", "GLD", "XLF"]
    assert contracts.matching("  ") == []


def test_a_market_rule_is_the_tick_of_those_that_go_by_it() -> None:
    assert Contracts().market_rule(26) == Decimal("0.01")
    assert Contracts().market_rule(27) is None

"""Stocks that are listed abroad: found by name, venue, currency or id, and by a search."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.foreign_stocks import FOREIGN_STOCKS
from robo_trader.simulated_gateway.instrument import ContractSpec
from robo_trader.simulated_gateway.other_instruments import Other, matching, named

ANYTHING = ContractSpec(0, "", "", "", Decimal(0), "", "", "", "", "", "", "")


def found(**said: Any) -> list[Other]:
    spec = ContractSpec(**{name: said.get(name, getattr(ANYTHING, name)) for name in ContractSpec.__dataclass_fields__})
    return named(spec, date(2026, 3, 2), lambda: None, 756733)


def test_every_one_is_found_by_its_id_and_no_two_share_one() -> None:
    ids = [stock.con_id for symbol in {stock.symbol for stock in FOREIGN_STOCKS} for stock in found(sec_type="STK", symbol=symbol, currency="EUR")]
    assert len(ids) == len(set(ids)) == len(FOREIGN_STOCKS)
    assert [len(found(con_id=con_id)) for con_id in ids] == [1] * len(ids)


@pytest.mark.parametrize(
    "said",
    [
        {"symbol": "SIE", "currency": "EUR", "exchange": "SMART"},
        {"symbol": "SIE", "exchange": "IBIS"},
        {"symbol": "SIE", "exchange": "SMART", "primary_exchange": "IBIS"},
        {"symbol": "SIE", "currency": "EUR", "exchange": "SMART", "primary_exchange": "SMART"},
        {"symbol": "SIE", "local_symbol": "SIE", "trading_class": "XETRA"},
    ],
)
def test_a_european_stock_is_found_at_home_and_under_smart(said: dict[str, Any]) -> None:
    (stock,) = found(sec_type="STK", **said)
    assert (stock.symbol, stock.currency, stock.home, stock.exchanges, stock.time_zone) == ("SIE", "EUR", "IBIS", ("SMART", "IBIS"), "MET")
    assert found(con_id=stock.con_id) == [stock]


def test_stocks_match_by_their_beginning_or_their_name() -> None:
    assert [stock.symbol for stock in matching("sanofi")] == [stock.symbol for stock in matching("SAN")] == ["SAN"]
    assert [stock.symbol for stock in matching("SA")] == ["SAN", "SAP", "LHA"]
    assert matching(" ") == []

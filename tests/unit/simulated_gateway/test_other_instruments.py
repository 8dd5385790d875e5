"""Instruments that are no stocks: what is listed on a day, and which of them a client means."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.instrument import ContractSpec
from robo_trader.simulated_gateway.other_instruments import QUARTERS, Hours, Other, named, options, undated

DAY = date(2026, 3, 2)
SPY_ID = 756733
ANYTHING = ContractSpec(0, "", "", "", Decimal(0), "", "", "", "", "", "", "")


def found(day: date = DAY, price: str | None = "683.40", **said: Any) -> list[Other]:
    spec = ContractSpec(**{name: said.get(name, getattr(ANYTHING, name)) for name in ContractSpec.__dataclass_fields__})
    return named(spec, day, lambda: None if price is None else Decimal(price), SPY_ID)


def test_well_known_ones_carry_the_brokers_ids() -> None:
    (euro,) = found(symbol="EUR", sec_type="CASH", currency="USD", exchange="IDEALPRO")
    assert (euro.con_id, euro.local_symbol, euro.market_name, euro.min_tick) == (12087792, "EUR.USD", "EUR.USD", Decimal("0.00005"))
    (coin,) = found(symbol="BTC", sec_type="CRYPTO", exchange="PAXOS")
    (index,) = found(symbol="SPX", sec_type="IND", exchange="CBOE")
    assert (coin.con_id, index.con_id) == (479624278, 416904)


def test_futures_are_the_next_quarters_and_found_by_month_day_or_name() -> None:
    listed = found(symbol="ES", sec_type="FUT", exchange="CME")
    assert [future.local_symbol for future in listed[:3]] == ["ESH6", "ESM6", "ESU6"]
    assert len(listed) == QUARTERS
    for said in ({"last_trade_date": "202606"}, {"last_trade_date": "20260618"}, {"local_symbol": "ESM6"}, {"con_id": 649180678}):
        (future,) = found(**({"symbol": "ES", "sec_type": "FUT"} | said))
        assert (future.con_id, future.expiry_text, future.multiplier, future.exchanges[0]) == (649180678, "20260618", "50", "CME")
    assert found(symbol="ES", sec_type="FUT", exchange="GLOBEX") == listed
    assert found(symbol="ES", sec_type="FUT", last_trade_date="202503") == []


def test_the_continuous_future_is_the_nearest_under_another_type() -> None:
    (continuous,) = found(symbol="ES", sec_type="CONTFUT", exchange="CME")
    assert (continuous.local_symbol, continuous.con_id) == ("ESH6", 649180695)
    (by_id,) = found(con_id=649180695)
    assert by_id.sec_type == "FUT"
    (after,) = found(date(2026, 3, 21), symbol="ES", sec_type="CONTFUT")
    assert after.local_symbol == "ESM6"


def test_options_are_told_of_by_any_part_of_their_name() -> None:
    (option,) = found(symbol="SPY", sec_type="OPT", last_trade_date="20260320", strike=Decimal(680), right="CALL", multiplier="100")
    assert (option.local_symbol, option.under.con_id, option.strike, option.right) == ("SPY   260320C00680000", SPY_ID, Decimal(680), "C")
    assert found(con_id=option.con_id) == [option]
    assert found(local_symbol=option.local_symbol, sec_type="OPT") == [option]
    calls = found(symbol="SPY", sec_type="OPT", last_trade_date="202603", right="C", exchange="SMART")
    assert [call.strike for call in calls] == [Decimal(strike) for strike in range(630, 731, 10)]
    assert found(symbol="SPY", sec_type="OPT", strike=Decimal("680.5")) == []
    assert found(symbol="AAPL", sec_type="OPT") == []


def test_an_option_whose_id_is_published_is_listed_whatever_the_price_and_until_it_ends() -> None:
    said: dict[str, Any] = {"symbol": "SPY", "sec_type": "OPT", "last_trade_date": "20260116", "strike": Decimal(440), "right": "C"}
    for price in ("168.10", "441.00", None):
        assert [option.con_id for option in found(date(2025, 11, 24), price, **said)] == [653318228]
    assert found(date(2026, 1, 17), **said) == []


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"symbol": "SIE", "sec_type": "STK", "currency": "USD"},
        {"symbol": "SIE", "sec_type": "STK", "exchange": "NYSE"},
        {"symbol": "SIE", "sec_type": "STK", "primary_exchange": "SBF"},
        {"symbol": "SIE", "currency": "EUR"},
        {"sec_type": "FUT"},
        {"symbol": "ES"},
        {"symbol": "ES", "sec_type": "STK"},
        {"symbol": "ES", "sec_type": "FUT", "currency": "EUR"},
        {"symbol": "ES", "sec_type": "FUT", "exchange": "SMART"},
        {"symbol": "ES", "sec_type": "FUT", "multiplier": "5"},
        {"symbol": "ES", "sec_type": "FUT", "trading_class": "MES"},
        {"symbol": "EUR", "sec_type": "CASH", "currency": "JPY"},
        {"con_id": 12087792, "symbol": "GBP"},
        {"con_id": 1},
    ],
)
def test_what_fits_none_of_them_finds_none(said: dict[str, Any]) -> None:
    assert found(**said) == []


def test_no_two_instruments_share_an_id_but_the_continuous_future() -> None:
    ids = [other.con_id for other in (*undated(DAY), *options(DAY, Decimal("683.40"), SPY_ID)) if other.sec_type != "CONTFUT"]
    assert len(set(ids)) == len(ids)
    assert all(0 < con_id < 2**31 for con_id in ids)


def test_hours_that_begin_on_the_evening_before_are_told_so() -> None:
    told = Hours("1700", "1600", overnight=True).told(date(2026, 3, 5)).split(";")
    assert told[:3] == ["20260304:1700-20260305:1600", "20260305:1700-20260306:1600", "20260307:CLOSED"]
    assert Hours("0830", "1500").told(date(2026, 3, 5)).startswith("20260305:0830-20260305:1500;")

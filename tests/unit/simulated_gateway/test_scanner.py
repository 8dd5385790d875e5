"""A scan ranks what passes its filters."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.instrument import Contract
from robo_trader.simulated_gateway.scanner import RANKS, ROWS_MAX, Figures, Scan, filters_of, is_known, scanned
from robo_trader.values import Symbol


def listed(symbol: str, exchange: str = "NYSE", stock_type: str = "COMMON") -> Contract:
    return Contract(Symbol(symbol), 1, exchange, symbol, stock_type)


def figures(contract: Contract, price: str, before: str, volume: int, trades: int = 1) -> Figures:
    day = Decimal(price)
    return Figures(contract, day, Decimal(before), Decimal(before), day + 1, day - 1, volume, day * volume, trades)


UP = figures(listed("UP", "NASDAQ"), "11.00", "10.00", 500, 9)
DOWN = figures(listed("DOWN"), "9.00", "10.00", 900, 3)
FLAT = figures(listed("FLAT", "ARCA", "ETF"), "100.00", "100.00", 100, 1)
NEW = Figures(listed("NEW"), Decimal("50.00"))
MARKET = (FLAT, UP, NEW, DOWN)


def ranked(scan: Scan) -> list[str]:
    return [contract.symbol for contract in scanned(scan, MARKET)]


@pytest.mark.parametrize(
    ("code", "order"),
    [
        ("TOP_PERC_GAIN", ["UP", "FLAT", "NEW", "DOWN"]),
        ("TOP_PERC_LOSE", ["DOWN", "FLAT", "NEW", "UP"]),
        ("HOT_BY_PRICE", ["DOWN", "UP", "FLAT", "NEW"]),
        ("MOST_ACTIVE", ["DOWN", "UP", "FLAT", "NEW"]),
        ("MOST_ACTIVE_USD", ["FLAT", "DOWN", "UP", "NEW"]),
        ("TOP_TRADE_COUNT", ["UP", "DOWN", "FLAT", "NEW"]),
        ("TOP_PRICE_RANGE", ["DOWN", "FLAT", "UP", "NEW"]),
    ],
)
def test_the_largest_comes_first_and_of_equals_the_first_ticker(code: str, order: list[str]) -> None:
    assert ranked(Scan(code)) == order


def test_every_code_ranks_an_instrument_without_trades_too() -> None:
    assert all(scanned(Scan(code), [NEW]) for code in RANKS)


@pytest.mark.parametrize(
    ("scan", "left"),
    [
        (Scan("MOST_ACTIVE", above_price=Decimal(10)), ["UP", "FLAT", "NEW"]),
        (Scan("MOST_ACTIVE", below_price=Decimal(50)), ["DOWN", "UP", "NEW"]),
        (Scan("MOST_ACTIVE", above_volume=500), ["DOWN", "UP"]),
        (Scan("MOST_ACTIVE", rows=2), ["DOWN", "UP"]),
        (Scan("MOST_ACTIVE", rows=-1), ["DOWN", "UP", "FLAT", "NEW"]),
        (Scan("MOST_ACTIVE", filters=filters_of("changePercAbove=5;unheardOf=7;")), ["UP"]),
        (Scan("MOST_ACTIVE", filters=filters_of("priceBelow=10;volumeAbove=1;")), ["DOWN"]),
        (Scan("MOST_ACTIVE", stock_type="ETF"), ["FLAT"]),
        (Scan("MOST_ACTIVE", stock_type="CORP"), ["DOWN", "UP", "NEW"]),
        (Scan("MOST_ACTIVE", "ETF.EQ.US", "ETF.EQ.US.MAJOR"), ["FLAT"]),
        (Scan("MOST_ACTIVE", location="STK.NASDAQ.NMS"), ["UP"]),
        (Scan("MOST_ACTIVE", location="STK.NYSE"), ["DOWN", "NEW"]),
        (Scan("MOST_ACTIVE", "", ""), ["DOWN", "UP", "FLAT", "NEW"]),
        (Scan("MOST_ACTIVE", location="STK.HK"), []),
        (Scan("MOST_ACTIVE", location="STK.US.MINOR"), []),
        (Scan("MOST_ACTIVE", "STOCK.EU", "STK.EU"), []),
        (Scan("HIGH_OPT_IMP_VOLAT"), []),
    ],
)
def test_what_does_not_pass_a_filter_is_left_out(scan: Scan, left: list[str]) -> None:
    assert ranked(scan) == left


def test_no_scan_finds_more_than_the_most_rows() -> None:
    many = [replace(UP, contract=listed(f"S{number}")) for number in range(ROWS_MAX + 5)]
    assert len(scanned(Scan("MOST_ACTIVE", rows=1000), many)) == ROWS_MAX


def test_codes_that_a_real_scanner_does_not_have_are_unknown() -> None:
    assert is_known("TOP_PERC_GAIN")
    assert is_known("HIGH_OPT_IMP_VOLAT")
    assert not is_known("HOT")


def test_filters_are_tags_with_numbers() -> None:
    assert filters_of("priceAbove=5;name=x;volumeAbove=NaN;;usdMarketCapAbove=1e4;") == {
        "priceAbove": Decimal(5),
        "usdMarketCapAbove": Decimal(10_000),
    }

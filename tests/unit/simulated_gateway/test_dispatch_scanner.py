"""Market scans as clients hear of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.objects import ScannerSubscription

from robo_trader.simulated_gateway.dispatch_scanner import SCANS_MAX
from robo_trader.simulated_gateway.model import TradePrint
from tests.support.exchange_bench import IBM, MORNING, SPY, at, trade
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import told

FRIDAY = date(2013, 10, 4)
MARKET = (
    TradePrint(SPY, Decimal("169.00"), 100, at("15:59:00", FRIDAY)),
    TradePrint(IBM, Decimal("180.00"), 100, at("15:59:00", FRIDAY)),
    trade("09:30:05", "181.00", 5, IBM),
    *MORNING,
)


def scan(code: str = "TOP_PERC_GAIN", req_id: int = 5, **filters: Any) -> Callable[[Client], object]:
    asked = ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode=code, **filters)
    return lambda it: it.reqScannerSubscription(req_id, asked, [], [])


def ranked(heard: list[tuple[str, ...]]) -> list[tuple[int, str]]:
    *rows, (end, _) = told(*heard)
    assert end == "scannerDataEnd"
    return [(arguments[1], arguments[2].contract.symbol) for _, arguments in rows]


def test_the_market_is_ranked_by_the_days_move_or_volume(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MARKET).client()
    assert ranked(client.say(scan())) == [(0, "IBM"), (1, "SPY")]
    assert ranked(client.say(scan("MOST_ACTIVE", 6))) == [(0, "SPY"), (1, "IBM")]
    assert ranked(client.say(scan("MOST_ACTIVE", 7, abovePrice=180.0))) == [(0, "IBM")]


def test_a_symbol_without_any_price_is_not_there(tmp_path: Path) -> None:
    assert ranked(Bench(tmp_path, *MORNING).client().say(scan())) == [(0, "SPY")]


def test_a_scan_that_finds_nothing_says_so_and_ends(tmp_path: Path) -> None:
    heard = Bench(tmp_path, *MARKET).client().say(scan("HIGH_OPT_IMP_VOLAT"))
    assert (names(heard), heard[0][4]) == (["error 165", "scannerData"], "Historical Market Data Service query message:no items retrieved")
    assert ranked(heard[1:]) == []


def test_a_code_that_there_is_not_is_refused_and_nothing_is_open(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MARKET).client()
    (fields,) = client.say(scan("HOT"))
    assert fields[2:5] == ("5", "162", "Historical Market Data Service error message:Scanner type with code HOT is disabled")
    assert names(client.say(lambda it: it.cancelScannerSubscription(5))) == ["error 365"]


def test_a_scan_is_open_until_it_is_cancelled_which_is_told_as_an_error(tmp_path: Path) -> None:
    client = Bench(tmp_path, *MARKET).client()
    client.say(scan())
    assert names(client.say(scan())) == ["error 322"]
    (fields,) = client.say(lambda it: it.cancelScannerSubscription(5))
    assert fields[2:5] == ("5", "162", "Historical Market Data Service error message:API scanner subscription cancelled: 5")
    assert names(client.say(lambda it: it.cancelScannerSubscription(5))) == ["error 365"]
    assert names(client.say(scan())) == ["scannerData"]


def test_a_client_has_so_many_scans_at_most(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *MARKET)
    client, other = bench.client(1), bench.client(2)
    answers = [names(client.say(scan(req_id=number))) for number in range(SCANS_MAX + 1)]
    assert answers == [["scannerData"]] * SCANS_MAX + [["error 162"]]
    assert names(other.say(scan())) == ["scannerData"]


@pytest.mark.parametrize("during", [{"fault": "farms_down", "when": {"market_time": "2013-10-07T09:31:01"}, "market_seconds": 60}])
def test_without_the_farm_of_the_past_there_are_no_scans(tmp_path: Path, during: dict[str, Any]) -> None:
    bench = Bench(tmp_path, *MARKET, scenario=[during])
    client = bench.client()
    bench.pass_seconds(2)
    assert names(client.say(scan())) == ["error 162"]

"""The market as its lines are told of it: on a grid of time, and never in the dark."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from ib_insync.contract import Stock

from robo_trader.simulated_gateway.hours import NEW_YORK
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.settings import Manners
from robo_trader.simulated_gateway.telling_market import MarketTeller
from robo_trader.values import NS_PER_SECOND, Instant
from tests.support.exchange_bench import SPY, at, exchange, quote, trade
from tests.support.gateway_bench import Bench, names

STOCK = Stock("SPY", "SMART", "USD")
EVENTS = (
    quote("09:30:30", "168.10", "168.12", 500, 500),
    trade("09:31:02.2", "168.13", 300),
    quote("09:31:02.3", "168.11", "168.13", 400, 400),
    trade("09:31:08.0", "168.20", 300),
)


def wall(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant // NS_PER_SECOND, NEW_YORK)


@pytest.mark.parametrize(
    ("seconds", "form", "date"),
    [(60, 1, "20131007 09:31:00 US/Eastern"), (60, 2, str(at("09:31:00") // 10**9)), (86_400, 1, "20131007"), (86_400, 2, "20131007")],
)
def test_a_bar_is_dated_as_asked_and_a_days_by_its_day(seconds: int, form: int, date: str) -> None:
    one = Decimal(1)
    teller = MarketTeller(exchange(), {}, Manners(), wall)
    assert teller.dated(TradeBar(SPY, at("09:31:00"), seconds, one, one, one, one, 0, 0, one), form) == date


def test_farms_that_are_lost_tell_nothing_and_the_samples_after_them_everything(tmp_path: Path) -> None:
    lost = {"fault": "farms_down", "when": {"market_time": "2013-10-07T09:31:01"}, "market_seconds": 5}
    bench = Bench(tmp_path, *EVENTS, scenario=[lost])
    client = bench.client()
    client.say(
        lambda it: it.reqMktData(5, STOCK, "233", False, False, []),
        lambda it: it.reqTickByTickData(6, STOCK, "AllLast", 0, False),
        lambda it: it.reqRealTimeBars(7, STOCK, 5, "TRADES", True, []),
    )
    bench.pass_seconds(6)
    assert names(client.heard()) == ["error 2103", "error 2105", "error 2104", "error 2106"]
    bench.pass_seconds(4)
    heard = client.heard()
    assert ("46", "6", "5", "48") in {fields[:4] for fields in heard}
    volumes = [fields[4].split(";")[3] for fields in heard if fields[0] == "46" and fields[3] == "48"]
    assert volumes == ["600"]  # what traded in the dark counts
    assert [fields[4] for fields in heard if fields[0] == "1" and fields[3] == "1"] == ["168.11"]
    assert names(heard)[-1] == "realTimeBar"


def test_a_connection_that_lost_its_data_hears_nothing_of_single_ticks(tmp_path: Path) -> None:
    outage = {"fault": "outage", "when": {"market_time": "2013-10-07T09:31:01"}, "market_seconds": 2, "ends_with": 1101}
    bench = Bench(tmp_path, *EVENTS, scenario=[outage])
    client = bench.client()
    client.say(lambda it: it.reqTickByTickData(6, STOCK, "AllLast", 0, False))
    client.say(lambda it: it.reqHistoricalData(7, STOCK, "", "1 D", "1 min", "MIDPOINT", True, 1, True, []))
    bench.pass_seconds(20)
    assert names(client.heard()) == ["error 1100", "error 1101"]

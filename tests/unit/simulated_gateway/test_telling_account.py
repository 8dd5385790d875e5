"""Who is told of the account, and when not."""

from __future__ import annotations

from pathlib import Path

from ib_insync.contract import Stock
from ib_insync.order import MarketOrder

from tests.support.exchange_bench import quote, trade
from tests.support.gateway_bench import Bench, names

EVENTS = (quote("09:30:30", "168.10", "168.12", 500, 500), trade("09:30:40", "168.11"), trade("09:31:10", "168.50"))


def test_what_is_told_to_one_is_not_told_to_the_other(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    watcher, other = bench.client(7), bench.client(8)
    watcher.say(lambda it: it.reqPnL(5, "", ""))
    other.say(lambda it: it.placeOrder(1, Stock("SPY", "SMART", "USD"), MarketOrder("BUY", 100, tif="DAY")))
    bench.pass_seconds(1)
    assert names(watcher.heard()) == ["pnl"]
    assert other.heard() == []


def test_nothing_is_told_through_an_outage_and_everything_after_it(tmp_path: Path) -> None:
    outage = {"fault": "outage", "when": {"market_time": "2013-10-07T09:31:05"}, "market_seconds": 10}
    bench = Bench(tmp_path, *EVENTS, scenario=[outage])
    client = bench.client()
    client.say(
        lambda it: it.placeOrder(1, Stock("SPY", "SMART", "USD"), MarketOrder("BUY", 100, tif="DAY")),
        lambda it: it.reqPnL(5, "", ""),
    )
    bench.pass_seconds(12)
    assert names(client.heard()) == ["error 1100"]
    bench.pass_seconds(6)
    assert "pnl" in names(client.heard())


def test_a_subscription_ends_with_its_connection(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(lambda it: it.reqPnL(5, "", ""), lambda it: it.reqPositionsMulti(6, "", ""))
    bench.gateway.dismiss(client.connection)
    bench.client(8).say(lambda it: it.placeOrder(1, Stock("SPY", "SMART", "USD"), MarketOrder("BUY", 100, tif="DAY")))
    bench.pass_seconds(12)
    assert client.heard() == []

"""The account as its subscribers hear of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest
from ib_insync.client import Client
from ib_insync.contract import Stock
from ib_insync.order import MarketOrder

from tests.support.exchange_bench import quote, trade
from tests.support.gateway_bench import Bench, BenchClient, names
from tests.support.real_client import sent, told

EVENTS = (quote("09:30:30", "168.10", "168.12", 500, 500), trade("09:30:40", "168.11"))


def buy(client: BenchClient, order_id: int = 1) -> None:
    client.say(lambda it: it.placeOrder(order_id, Stock("SPY", "SMART", "USD"), MarketOrder("BUY", 100, tif="DAY")))


def values(messages: list[tuple[str, ...]]) -> dict[str, str]:
    return {fields[2]: fields[3] for fields in messages if fields[0] == "6"}


def test_account_updates_are_values_portfolio_time_and_an_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    buy(client)
    heard = client.say(lambda it: it.reqAccountUpdates(True, "DU1000001"))
    assert names(heard)[-3:] == ["accountUpdateTime", "portfolioValue", "accountDownloadEnd"]
    assert values(heard)["TotalCashValue"] == "983187.00"


def test_a_fill_pushes_the_position_the_portfolio_and_the_values_that_changed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    trader, watcher = bench.client(7), bench.client(8)
    watcher.say(lambda it: it.reqAccountUpdates(True, ""), lambda it: it.reqPositions())
    buy(trader)
    heard = watcher.heard()
    assert names(heard)[:2] == ["position", "portfolioValue"]
    assert "TotalCashValue" in values(heard)
    assert "AccountCode" not in values(heard)


def test_who_unsubscribed_hears_nothing_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    trader, watcher = bench.client(7), bench.client(8)
    watcher.say(
        lambda it: it.reqAccountUpdates(True, ""),
        lambda it: it.reqPositions(),
        lambda it: it.reqAccountSummary(5, "All", "NetLiquidation"),
        lambda it: it.reqAccountUpdatesMulti(6, "", "", False),
        lambda it: it.reqAccountUpdates(False, ""),
        lambda it: it.cancelPositions(),
        lambda it: it.cancelAccountSummary(5),
        lambda it: it.cancelAccountUpdatesMulti(6),
    )
    buy(trader)
    assert watcher.heard() == []


def test_positions_are_told_with_their_end_even_when_there_are_none(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    assert names(client.say(lambda it: it.reqPositions())) == ["positionEnd"]
    buy(client)
    assert names(client.say(lambda it: it.reqPositions())) == ["position", "positionEnd"]


def test_a_summary_is_of_its_tags_and_a_third_one_is_refused(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    heard = client.say(lambda it: it.reqAccountSummary(5, "All", "NetLiquidation,BuyingPower"))
    assert names(heard) == ["accountSummary", "accountSummary", "accountSummaryEnd"]
    client.say(lambda it: it.reqAccountSummary(6, "All", "NetLiquidation"))
    assert names(client.say(lambda it: it.reqAccountSummary(7, "All", "NetLiquidation"))) == ["error 322"]
    assert names(client.say(lambda it: it.reqAccountSummary(6, "All", "BuyingPower"))) == ["accountSummary", "accountSummaryEnd"]


def test_values_by_model_end_too(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    heard = client.say(lambda it: it.reqAccountUpdatesMulti(6, "DU1000001", "", True))
    assert names(heard)[-1] == "accountUpdateMultiEnd"
    assert {"CashBalance", "NetLiquidation"} <= {fields[5] for fields in heard[:-1]}


def test_another_account_is_refused(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    assert names(client.say(lambda it: it.reqAccountUpdates(True, "DU9"))) == ["error 321"]
    assert names(client.say(lambda it: it.reqAccountUpdatesMulti(6, "DU9", "", False))) == ["error 321"]


def test_the_managed_accounts_are_the_one_account(tmp_path: Path) -> None:
    assert Bench(tmp_path).client().say(lambda it: it.reqManagedAccts()) == [("15", "1", "DU1000001")]


def test_positions_of_an_account_are_told_as_they_change_and_of_a_model_never(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    assert names(client.say(lambda it: it.reqPositionsMulti(5, "DU1000001", ""), lambda it: it.reqPositionsMulti(6, "", "growth"))) == [
        "positionMultiEnd", "positionMultiEnd"
    ]  # fmt: skip
    client.say(lambda it: it.placeOrder(1, Stock("SPY", "SMART", "USD"), MarketOrder("BUY", 100, tif="DAY")))
    assert names(client.say(lambda it: it.reqPositionsMulti(7, "", ""))) == ["positionMulti", "positionMultiEnd"]
    client.say(lambda it: it.cancelPositionsMulti(7))
    client.feed(sent(lambda it: it.placeOrder(2, Stock("SPY", "SMART", "USD"), MarketOrder("SELL", 40, tif="DAY"))))
    told_multi = [told(fields)[0][1] for fields in client.heard() if fields[0] == "71"]
    assert [(req_id, account, model, position) for req_id, account, model, _, position, _ in told_multi] == [(5, "DU1000001", "", 60.0)]
    assert names(client.say(lambda it: it.reqPositionsMulti(8, "U999", ""))) == ["error 321"]


@pytest.mark.parametrize("everything", ["All", "ALL", "all", ""])
def test_all_accounts_are_asked_for_in_any_case_of_the_word(tmp_path: Path, everything: str) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    heard = client.say(lambda it: it.reqAccountUpdatesMulti(5, everything, "", False), lambda it: it.reqPositionsMulti(6, everything, ""))
    assert {"accountUpdateMultiEnd", "positionMultiEnd"} <= set(names(heard))
    assert "error 321" not in names(heard)


def test_profit_is_told_at_once_and_then_once_a_second_as_it_changes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS, trade("09:31:02.5", "168.61"))
    client = bench.client()
    buy(client)
    assert told(*client.say(lambda it: it.reqPnL(5, "DU1000001", ""))) == [("pnl", (5, -2.0, -2.0, 0.0))]  # a cent a share, and the fee
    single = told(*client.say(lambda it: it.reqPnLSingle(6, "DU1000001", "", 756733)))
    assert single == [("pnlSingle", (6, 100.0, -2.0, -2.0, 0.0, 16811.0))]
    bench.pass_seconds(2)
    assert client.heard() == []
    bench.pass_seconds(1)
    assert told(*client.heard()) == [("pnl", (5, 48.0, 48.0, 0.0)), ("pnlSingle", (6, 100.0, 48.0, 48.0, 0.0, 16861.0))]
    client.say(lambda it: it.cancelPnL(5), lambda it: it.cancelPnLSingle(6), lambda it: it.reqPnLSingle(7, "", "", 8314))
    assert told(*client.say(lambda it: it.reqPnLSingle(7, "", "", 8314))) == [("pnlSingle", (7, 0.0, 0.0, UNSET, 0.0, 0.0))]
    assert names(client.say(lambda it: it.reqPnL(8, "U999", ""), lambda it: it.reqPnLSingle(9, "", "", 99))) == ["error 321", "error 321"]


UNSET = 1.7976931348623157e308


def test_subscriptions_of_one_client_are_bounded(tmp_path: Path) -> None:
    client = Bench(tmp_path, *EVENTS).client()
    for start in (0, 40, 80):
        heard = client.say(*(by_number(number) for number in range(start, start + 40)))
    assert names(heard).count("error 322") == 20
    client.say(lambda it: it.cancelPnL(5))
    assert names(client.say(lambda it: it.reqPnL(500, "", ""))) == ["pnl"]


def by_number(number: int) -> Callable[[Client], None]:
    return lambda it: it.reqPnL(number, "", "")


@pytest.mark.parametrize(
    ("apart", "tags", "ends"),
    [
        (False, "NetLiquidation,$LEDGER:ALL", [False, True]),
        (True, "NetLiquidation,$LEDGER:ALL", [False, True, False, True]),
        (True, "NetLiquidation", [False, True]),
        (True, "$LEDGER", [False, True]),
        (True, "", [True]),
    ],
)
def test_a_summary_of_tags_and_the_ledger_may_end_twice(tmp_path: Path, apart: bool, tags: str, ends: list[bool]) -> None:
    bench = Bench(tmp_path, ledger_ends_apart=apart)
    client = bench.client()
    heard = client.say(lambda it: it.reqAccountSummary(5, "All", tags))
    assert [name == "accountSummaryEnd" for name, _ in groupby(names(heard))] == ends
    if len(ends) > 2:
        assert heard[0][4] == "NetLiquidation"
    bench.gateway.tell_account()
    assert client.heard() == [], "nothing of it has changed"

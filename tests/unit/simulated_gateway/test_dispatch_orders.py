"""Orders and executions as clients hear of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import ContFuture, Contract, Crypto, Forex, Future, Index, Option, Stock, TagValue
from ib_insync.objects import ExecutionFilter
from ib_insync.order import LimitOrder, MarketOrder, Order, TimeCondition

from robo_trader.simulated_gateway.time_words import TimeForm
from robo_trader.simulated_gateway.verify import verify
from tests.support.exchange_bench import quote, trade
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import told

SPY = Stock("SPY", "SMART", "USD")
QUOTE = quote("09:30:30", "168.10", "168.12", 500, 500)
LAST = trade("09:30:40", "168.11")


def place(order_id: int, order: Order, contract: Contract = SPY) -> Callable[[Client], None]:
    order.tif = order.tif or "DAY"
    return lambda it: it.placeOrder(order_id, contract, order)


def buy(quantity: float = 100, **more: Any) -> MarketOrder:
    return MarketOrder("BUY", quantity, orderRef="rt:t:1:x", **more)


def statuses(heard: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [fields[1:3] for fields in heard if fields[0] == "3"]


def test_a_market_order_fills_and_is_told_in_the_real_sequence(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    heard = client.say(place(1, buy()))
    assert names(heard) == [
        "openOrder",
        "orderStatus",
        "execDetails",
        "openOrder",
        "orderStatus",
        "openOrder",
        "orderStatus",
        "commissionReport",
    ]
    statuses = [arguments[1] for name, arguments in told(*heard) if name == "orderStatus"]
    assert statuses == ["PreSubmitted", "Filled", "Filled"]


def test_the_orders_of_one_client_are_not_told_to_another(tmp_path: Path) -> None:
    bench = Bench(tmp_path, QUOTE, LAST)
    owner, other = bench.client(7), bench.client(8)
    other.heard()
    owner.say(place(1, LimitOrder("BUY", 100, 160.0)))
    assert other.heard() == []
    assert names(other.say(lambda it: it.reqOpenOrders())) == ["openOrderEnd"]
    assert names(other.say(lambda it: it.reqAllOpenOrders())) == ["openOrder", "orderStatus", "openOrderEnd"]
    assert names(owner.say(lambda it: it.reqOpenOrders())) == ["openOrder", "orderStatus", "openOrderEnd"]


def test_a_cancel_is_told_by_its_status_and_then_by_202(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    client.say(place(1, LimitOrder("BUY", 100, 160.0)))
    assert names(client.say(lambda it: it.cancelOrder(1, ""))) == ["orderStatus", "error 202"]
    assert names(client.say(lambda it: it.cancelOrder(99, ""))) == ["error 10147"]


def test_a_global_cancel_reaches_every_client_and_tells_each_owner(tmp_path: Path) -> None:
    bench = Bench(tmp_path, QUOTE, LAST)
    first, second = bench.client(7), bench.client(8)
    first.say(place(1, LimitOrder("BUY", 100, 160.0)))
    second.say(place(1, LimitOrder("BUY", 100, 160.0)))
    first.heard()
    assert names(second.say(lambda it: it.reqGlobalCancel())) == ["orderStatus", "error 202"]
    assert names(first.heard()) == ["orderStatus", "error 202"]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (buy(1.5), "10243"),
        (buy(parentId=3), "135"),
        (buy(hidden=True), "321"),
        (buy(tif="GTD"), "321"),
        (buy(tif="GTD", goodTillDate="tomorrow"), "343"),
        (buy(goodAfterTime="tomorrow"), "343"),
        (Order(action="BUY", totalQuantity=1, orderType="MOC", tif="OPG"), "113"),
        (Order(action="BUY", totalQuantity=1, orderType="STP", auxPrice=1.0, tif="IOC"), "111"),
        (Order(action="BUY", totalQuantity=1, orderType="MIDPRICE", lmtPrice=1.0, tif="DAY"), "387"),
        (Order(action="BUY", totalQuantity=1, orderType="FEELINGS", tif="DAY"), "321"),
        (Order(action="BUY", totalQuantity=1, orderType="TRAIL", tif="DAY"), "321"),
        (LimitOrder("BUY", 1, 160.005), "110"),
        (buy(conditions=[TimeCondition(time="soon")]), "321"),
        (buy(algoStrategy="Feelings"), "439"),
        (Order(action="BUY", totalQuantity=1, orderType="STP", auxPrice=170.0, algoStrategy="Adaptive"), "442"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_and_leaves_no_order(tmp_path: Path, order: Order, code: str) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    assert names(client.say(place(1, order))) == [f"error {code}"]
    assert names(client.say(lambda it: it.reqAllOpenOrders())) == ["openOrderEnd"]


@pytest.mark.parametrize("order", [buy(), buy(whatIf=True)])
@pytest.mark.parametrize("contract", [Stock("NOPE"), Stock("SPY", "", "USD"), Contract(conId=756733)])
def test_the_exchange_of_an_order_is_missed_before_its_contract_is_looked_up(tmp_path: Path, order: Order, contract: Contract) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    contract.exchange = ""
    (fields,) = client.say(place(1, order, contract))
    assert fields[2:5] == ("1", "321", "Error validating request.-'bN' : cause - Missing order exchange")
    assert client.say(lambda it: it.reqIds(1)) == [("9", "1", "1")]


def test_an_unknown_contract_is_refused_by_200(tmp_path: Path) -> None:
    assert names(Bench(tmp_path).client().say(place(1, buy(), Stock("NOPE", "SMART", "USD")))) == ["error 200"]


def test_completed_orders_are_told_and_ended(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    client.say(place(1, buy()), place(2, LimitOrder("BUY", 100, 160.0)), lambda it: it.cancelOrder(2, ""))
    heard = client.say(lambda it: it.reqCompletedOrders(False))
    assert names(heard) == ["completedOrder", "completedOrder", "completedOrdersEnd"]
    states = [arguments[2] for name, arguments in told(*heard) if name == "completedOrder"]
    assert [state.status for state in states] == ["Filled", "Cancelled"]
    assert states[0].completedTime == "20131007 09:31:00 US/Eastern"


def test_all_executions_of_all_clients_come_before_all_their_commissions_and_the_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, QUOTE, LAST)
    owner, other = bench.client(7), bench.client(8)
    owner.say(place(1, buy()), place(2, buy()))
    heard = other.say(lambda it: it.reqExecutions(5, ExecutionFilter()))
    assert names(heard) == ["execDetails", "execDetails", "commissionReport", "commissionReport", "execDetailsEnd"]
    assert [fields[1:3] for fields in heard[:2]] == [("5", "1"), ("5", "2")]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (ExecutionFilter(clientId=7), 1),
        (ExecutionFilter(clientId=8), 0),
        (ExecutionFilter(symbol="SPY", side="BUY", secType="STK", acctCode="DU1000001"), 1),
        (ExecutionFilter(symbol="IBM"), 0),
        (ExecutionFilter(side="SELL"), 0),
        (ExecutionFilter(side="BOT"), 1),
        (ExecutionFilter(side="SIDEWAYS"), 0),
        (ExecutionFilter(exchange="ARCA"), 1),
        (ExecutionFilter(exchange="ISLAND"), 0),
        (ExecutionFilter(time="20131007 09:31:00 US/Eastern"), 1),
        (ExecutionFilter(time="20131007 09:31:01 US/Eastern"), 0),
    ],
)
def test_executions_pass_the_filter(tmp_path: Path, wanted: ExecutionFilter, count: int) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    client.say(place(1, buy()))
    heard = client.say(lambda it: it.reqExecutions(5, wanted))
    assert names(heard).count("execDetails") == count


def test_a_filter_whose_time_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert names(Bench(tmp_path).client().say(lambda it: it.reqExecutions(5, ExecutionFilter(time="yesterday")))) == ["error 321"]


def test_the_next_id_is_one_more_than_the_highest_used(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    assert client.say(place(41, buy()), lambda it: it.reqIds(1))[-1] == ("9", "1", "42")


def test_a_date_alone_is_good_till_that_days_close_and_a_time_till_then(tmp_path: Path) -> None:
    bench = Bench(tmp_path, QUOTE, LAST, now="15:59:50")
    client = bench.client()
    dated, timed = (LimitOrder("BUY", 100, 160.0, tif="GTD", goodTillDate=till) for till in ("20131007", "20131007-19:59:55"))
    client.say(place(1, dated), place(2, timed))
    bench.pass_seconds(5)
    assert statuses(client.heard()) == [("2", "Cancelled")]
    bench.pass_seconds(5)
    assert statuses(client.heard()) == [("1", "Cancelled")]


def test_a_trailing_order_may_leave_zeros_where_it_has_nothing_to_say_and_a_trailing_limit_may_be_told_by_its_first_limit(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    trail = Order(action="SELL", totalQuantity=100, orderType="TRAIL", trailingPercent=1.0, auxPrice=0.0, trailStopPrice=0.0)
    limited = Order(action="SELL", totalQuantity=100, orderType="TRAIL LIMIT", auxPrice=1.0, trailStopPrice=167.0, lmtPrice=166.9)
    opened = [arguments[2] for name, arguments in told(*client.say(place(1, trail), place(2, limited))) if name == "openOrder"]
    assert (opened[0].trailStopPrice, opened[1].lmtPriceOffset) == (166.43, 0.1)


def test_a_what_if_is_one_open_order_and_leaves_the_id_free(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    assert names(client.say(place(1, buy(whatIf=True)))) == ["openOrder"]
    assert names(client.say(place(1, LimitOrder("BUY", 100, 160.005, whatIf=True)))) == ["error 110"]
    assert names(client.say(lambda it: it.reqAllOpenOrders())) == ["openOrderEnd"]
    assert client.say(lambda it: it.reqIds(1)) == [("9", "1", "1")]


def test_nothing_is_told_of_an_order_that_is_not_transmitted(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    assert client.say(place(1, LimitOrder("BUY", 100, 160.0, transmit=False))) == []
    assert names(client.say(place(2, LimitOrder("SELL", 100, 170.0, parentId=1)))) == ["openOrder", "orderStatus"] * 4


@pytest.mark.parametrize(
    "contract",
    [
        Forex("EURUSD"),
        Future("ES", "201312", "CME"),
        ContFuture("ES", "CME"),
        Option("SPY", "20131018", 170, "C", "SMART"),
        Crypto("BTC", "PAXOS", "USD"),
        Index("SPX", "CBOE"),
    ],
)
def test_an_order_in_what_is_no_stock_is_refused_and_leaves_no_order(tmp_path: Path, contract: Contract) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    (fields,) = client.say(place(1, buy(1), contract))
    assert fields[2:5] == ("1", "460", "No trading permissions.")
    assert names(client.say(lambda it: it.reqAllOpenOrders())) == ["openOrderEnd"]


def test_an_order_may_name_its_stock_by_isin_and_any_usual_venue(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    by_isin = Contract(secType="STK", secIdType="ISIN", secId="US78462F1030", exchange="BATS", currency="USD")
    ((_, (_, opened, *_)), *_) = told(*client.say(place(1, LimitOrder("BUY", 1, 160.0), by_isin)))
    assert opened.symbol == "SPY"


def test_an_order_keeps_the_exchange_it_was_sent_to_and_trades_there(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    heard = client.say(place(1, buy(), Stock("SPY", "ARCA", "USD")), place(2, LimitOrder("BUY", 100, 160.0)), lambda it: it.reqCompletedOrders(False))
    heard_of = told(*heard)
    assert [arguments[1].exchange for name, arguments in heard_of if name == "openOrder"] == ["ARCA"] * 3 + ["SMART"] * 2
    assert [arguments[0].exchange for name, arguments in heard_of if name == "completedOrder"] == ["ARCA"]
    assert [arguments[2].exchange for name, arguments in heard_of if name == "execDetails"] == ["ARCA"]


def test_client_0_hears_that_anothers_order_is_cancelled_as_its_owner_does(tmp_path: Path) -> None:
    bench = Bench(tmp_path, QUOTE, LAST)
    owner, zero = bench.client(7), bench.client(0)
    owner.say(place(1, LimitOrder("BUY", 100, 160.0)))
    heard = zero.say(lambda it: it.cancelOrder(1, ""))
    assert names(heard) == ["orderStatus", "error 202"]
    assert heard[0][1:3] == ("1", "Cancelled")
    assert heard[0][9] == "7"
    assert owner.heard() == heard


def test_the_master_client_hears_of_everybodys_orders_executions_and_commissions(tmp_path: Path) -> None:
    bench = Bench(tmp_path, QUOTE, LAST, master_client_id=3)
    owner, master, other = bench.client(7), bench.client(3), bench.client(8)
    master.heard()
    other.heard()
    told_owner = owner.say(place(1, buy()), place(2, LimitOrder("BUY", 100, 160.0)), lambda it: it.cancelOrder(2, ""))
    assert names(told_owner)[-1] == "error 202"
    assert master.heard() == told_owner[:-1]
    assert other.heard() == []


@pytest.mark.parametrize(("form", "words"), [("plain", "20131007  09:31:00"), ("utc", "20131007-13:31:00")])
def test_executions_are_timed_in_the_form_that_the_gateway_is_set_to(tmp_path: Path, form: str, words: str) -> None:
    client = Bench(tmp_path, QUOTE, LAST, execution_times=TimeForm(form)).client()
    heard = client.say(place(1, buy()), lambda it: it.reqExecutions(5, ExecutionFilter()))
    assert [fields[15] for fields in heard if fields[0] == "11"] == [words] * 2


def test_an_algorithm_is_told_and_carried_out_as_the_plain_order(tmp_path: Path) -> None:
    client = Bench(tmp_path, QUOTE, LAST).client()
    heard = client.say(place(1, buy(algoStrategy="Adaptive", algoParams=[TagValue("adaptivePriority", "Normal")])))
    assert "execDetails" in names(heard)
    order = told(*heard)[0][1][2]
    assert (order.algoStrategy, order.algoParams) == ("Adaptive", [TagValue("adaptivePriority", "Normal")])


def test_an_order_with_a_condition_rests_and_is_told_with_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, QUOTE, LAST)
    client = bench.client()
    condition = TimeCondition(isMore=True, time="20131007-13:31:05")
    opened = [arguments for name, arguments in told(*client.say(place(1, buy(conditions=[condition])))) if name == "openOrder"]
    assert [(arguments[2].conditions, arguments[3].status) for arguments in opened] == [([condition], "PreSubmitted")]
    bench.pass_seconds(4)
    assert client.heard() == []
    bench.pass_seconds(1)
    assert "execDetails" in names(client.heard())
    bench.log.close()
    assert verify(bench.log.path.read_text().splitlines()).clean

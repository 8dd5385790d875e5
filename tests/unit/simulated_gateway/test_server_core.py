"""The gateway as a whole, without sockets: time, connections, and who hears what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ib_insync.client import Client
from ib_insync.contract import Stock
from ib_insync.order import LimitOrder, MarketOrder, Order

from robo_trader.simulated_gateway.server_core import CONNECTIONS_MAX
from robo_trader.simulated_gateway.verify import verify
from tests.support.exchange_bench import at, quote, trade
from tests.support.gateway_bench import Bench, names

SPY = Stock("SPY", "SMART", "USD")
EVENTS = (
    quote("09:30:30", "168.10", "168.12", 500, 500),
    trade("09:30:40", "168.11"),
    quote("09:31:02.5", "167.00", "167.02", 60, 60),
    trade("09:31:02.6", "166.90", 60),
    quote("09:31:04.5", "166.00", "166.02", 500, 500),
)


def place(order_id: int, order: Order) -> Callable[[Client], None]:
    order.tif, order.orderRef = "DAY", order.orderRef or f"rt:t:1:i{order_id}"
    return lambda it: it.placeOrder(order_id, SPY, order)


def test_the_greeting_has_the_simulated_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.pass_seconds(75)
    assert bench.client().heard()[0] == ("176", "20131007 09:32:15 US/Eastern")


def test_time_text_is_new_yorks(tmp_path: Path) -> None:
    gateway = Bench(tmp_path).gateway
    assert gateway.time_text(at("15:59:59.9")) == "20131007 15:59:59 US/Eastern"


def test_a_fill_that_time_brings_is_told_to_its_owner(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(place(1, LimitOrder("BUY", 100, 167.02)))
    bench.pass_seconds(3)
    assert "execDetails" in names(client.heard())
    assert [line["qty"] for line in bench.lines() if line["k"] == "match"] == [60, 40]


def test_inside_a_step_the_log_tells_each_match_at_its_own_instant(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    bench.client().say(place(1, LimitOrder("BUY", 100, 167.02)))
    bench.pass_seconds(5)
    assert [line["c"] for line in bench.lines() if line["k"] == "match"] == [at("09:31:02.5"), at("09:31:02.6")]


def test_orders_of_a_client_that_is_gone_go_on_without_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(place(1, LimitOrder("BUY", 100, 167.02)))
    bench.gateway.dismiss(client.connection)
    bench.pass_seconds(5)
    assert bench.gateway.exchange.positions()[0].quantity == 100
    assert bench.client().heard()[2] == ("9", "1", "2")


def test_subscriptions_end_with_their_connection(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(lambda it: it.reqMktData(5, SPY, "", False, False, []), lambda it: it.reqRealTimeBars(6, SPY, 5, "TRADES", True, []))
    bench.gateway.dismiss(client.connection)
    bench.pass_seconds(6)
    assert not bench.gateway.lines.ticks.feeds
    assert not bench.gateway.lines.bars.lines


def test_the_number_of_connections_is_bounded(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for client_id in range(CONNECTIONS_MAX):
        assert not bench.client(client_id).wire.aborted
    assert bench.client(None).wire.aborted


def test_account_values_are_refreshed_every_three_minutes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    client.say(place(1, MarketOrder("BUY", 100)), lambda it: it.reqAccountUpdates(True, ""))
    bench.pass_seconds(119)
    assert names(client.heard()).count("accountUpdateTime") == 0
    bench.pass_seconds(1)
    heard = client.heard()
    assert names(heard).count("accountUpdateTime") == 1
    assert ("6", "2", "UnrealizedPnL", "-123.00", "USD", "DU1000001") in heard


def test_a_gateway_that_stood_still_says_so_in_its_log(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.process.pass_seconds(0.2)
    bench.gateway.beat()
    bench.process.pass_seconds(3)
    bench.gateway.beat()
    assert [line["ns"] for line in bench.lines() if line["k"] == "stall"] == [3 * 10**9]


def test_counts_are_those_of_the_named_clients(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.client(None)
    named = bench.client(7)
    assert bench.gateway.counts() == {7: named.connection.counts}


def test_closing_ends_every_connection(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    clients = [bench.client(7), bench.client(8)]
    bench.gateway.close()
    assert all(client.wire.closed for client in clients)
    assert not bench.gateway.connections


def test_whatever_could_be_saved_counts_as_a_change(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS)
    client = bench.client()
    before = bench.gateway.keeping.changes
    client.say(lambda it: it.reqPositions())
    assert bench.gateway.keeping.changes == before
    client.say(place(1, MarketOrder("BUY", 100)))
    assert (after := bench.gateway.keeping.changes) > before
    bench.pass_seconds(1)
    assert bench.gateway.keeping.changes > after


ORDERS = st.one_of(
    st.builds(MarketOrder, st.sampled_from(["BUY", "SELL"]), st.integers(1, 300)),
    st.builds(LimitOrder, st.sampled_from(["BUY", "SELL"]), st.integers(1, 300), st.sampled_from([166.02, 167.0, 168.11])),
)


@pytest.mark.parametrize("seed", range(3))
def test_the_verdict_recomputes_the_account_of_any_day(tmp_path: Path, seed: int) -> None:
    @settings(max_examples=20)
    @given(orders=st.lists(st.tuples(ORDERS, st.integers(0, 3)), max_size=12))
    def day(orders: list[tuple[Order, int]]) -> None:
        (tmp_path / "exchange.jsonl").unlink(missing_ok=True)
        bench = Bench(tmp_path, *EVENTS)
        client = bench.client(seed)
        for order_id, (order, seconds) in enumerate(orders, start=1):
            client.say(place(order_id, order))
            bench.pass_seconds(seconds)
        bench.log.close()
        report = verify(bench.log.path.read_text().splitlines())
        account = bench.gateway.exchange.account
        assert (report.cash, report.realised) == (f"{account.cash.normalize():f}", report.realised)
        assert report.positions == {line.symbol: line.quantity for line in account.positions()}
        assert [line for line in report.violations if not line.startswith("crossing")] == []

    day()


def test_client_0_binds_no_order_of_another_though_it_is_told_of_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *EVENTS, master_client_id=0)
    zero, owner = bench.client(0), bench.client(7)
    zero.say(lambda it: it.reqAutoOpenOrders(True))
    owner.say(place(1, LimitOrder("BUY", 100, 160.0)))
    assert set(names(zero.heard())) == {"openOrder", "orderStatus"}

"""The link against the simulated gateway, over TCP, through the real client library on our side."""

import asyncio
import itertools
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import BrokerError, CommissionSeen, Disconnected, ExecutionSeen, OrderSeen, PositionSeen, QuoteSeen, StatusSeen
from robo_trader.edge.clock import process_ns
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.errors import ClientIdInUse, ConfigurationError, GatewayAbsent
from robo_trader.market.bar import Bar
from robo_trader.orders.evidence import BrokerStatus
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.simulated_gateway.server import serve
from robo_trader.simulated_gateway.settings import GatewaySettings
from robo_trader.values import NS_PER_SECOND, Side, Symbol

SPY = Symbol("SPY")
ANSWER_SECONDS = 10
MID_MORNING = int(datetime(2026, 3, 2, 15, 0, tzinfo=UTC).timestamp()) * NS_PER_SECOND
SPEED = 20.0
ACCOUNT = "DU1000001"


@asynccontextmanager
async def gateway(tmp_path):
    """A generated market at 10:00 in New York, running twenty times as fast as life; yields its port and its log."""
    log = tmp_path / "exchange.jsonl"
    ready = asyncio.get_running_loop().create_future()
    settings = GatewaySettings(port=0, log_path=log, seed=7, speed=SPEED, start=MID_MORNING)
    serving = asyncio.ensure_future(serve(settings, ready.set_result))
    done, _ = await asyncio.wait({serving, ready}, timeout=ANSWER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if serving in done:
        serving.result()
    try:
        yield await ready, log
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


class Trader:
    """A link and everything it told."""

    def __init__(self, port, client_id=7, account=ACCOUNT):
        self.heard, self.something = [], asyncio.Event()
        self.line = LastLine(lease_valid=lambda _: True, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)
        self.link = Link(
            host="127.0.0.1",
            port=port,
            client_id=client_id,
            account=account,
            on_news=self.hear,
            on_bar=self.hear,
            last_line=self.line,
            process_ns=process_ns,
        )

    def hear(self, thing):
        self.heard.append(thing)
        self.something.set()

    def all(self, kind):
        return [thing for thing in self.heard if isinstance(thing, kind)]

    async def until(self, condition):
        """Wait, message by message, until `condition()` holds; returns what it returned."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while not (found := condition()):
                self.something.clear()
                await self.something.wait()
        return found

    async def status(self, order_id, status):
        return await self.until(lambda: [seen for seen in self.all(StatusSeen) if (seen.order_id, seen.status) == (order_id, status)])


@asynccontextmanager
async def connected(port, client_id=7, **kwargs):
    trader = Trader(port, client_id, **kwargs)
    trader.next_id = (await trader.link.connect(ANSWER_SECONDS)).next_order_id
    await trader.link.qualify(SPY)
    try:
        yield trader
    finally:
        await trader.link.close()


def order(order_id, side=Side.BUY, quantity=100, **changes):
    facts = {"order_type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.DAY, "oca_group": "", "entry": True, **changes}
    return Place(f"i{order_id}", order_id, f"rt:wire:1:i{order_id}", SPY, side, quantity, **facts)


async def test_connected_means_the_account_and_the_next_order_id(tmp_path):
    async with gateway(tmp_path) as (port, _):
        trader = Trader(port)
        session = await trader.link.connect(ANSWER_SECONDS)
        assert (session.account, session.next_order_id) == (ACCOUNT, 1)
        assert trader.link.connected
        assert await trader.link.round_trip(ANSWER_SECONDS)
        assert trader.link.clock.now >= MID_MORNING
        await trader.link.close()
        await trader.link.close()
        assert trader.all(Disconnected) == [Disconnected("closed")]
        assert not trader.link.connected


async def test_a_wrong_account_is_a_configuration_error_that_names_both(tmp_path):
    async with gateway(tmp_path) as (port, _):
        with pytest.raises(ConfigurationError, match=f"DU9999999 .*{ACCOUNT}"):
            await Trader(port, account="DU9999999").link.connect(ANSWER_SECONDS)


async def test_a_client_id_in_use_is_said_at_once_and_is_free_again_after_a_close(tmp_path):
    async with gateway(tmp_path) as (port, _):
        async with connected(port):
            with pytest.raises(ClientIdInUse, match="326"):
                await asyncio.wait_for(Trader(port).link.connect(60), ANSWER_SECONDS)
        trader = Trader(port)
        async with asyncio.timeout(ANSWER_SECONDS):
            while not trader.link.connected:
                try:
                    await trader.link.connect(ANSWER_SECONDS)
                except ClientIdInUse:  # the gateway has not read our good-bye yet
                    continue
        await trader.link.close()


async def test_contract_details_name_the_instrument_and_an_unknown_symbol_is_a_configuration_error(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        spy = await trader.link.qualify(SPY)
        assert (spy.con_id, spy.tick_size, spy.currency) == (756733, Decimal("0.01"), "USD")
        with pytest.raises(ConfigurationError, match="'ZZZZZ' is unknown"):
            await trader.link.qualify(Symbol("ZZZZZ"))


async def test_quotes_are_whole_and_bars_follow_each_other_on_the_markets_clock(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        await trader.link.subscribe(SPY)
        bars = await trader.until(lambda: bars if len(bars := trader.all(Bar)) >= 5 else None)
        assert [later.start - earlier.start for earlier, later in itertools.pairwise(bars)] == [5 * NS_PER_SECOND] * (len(bars) - 1)
        assert all(bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high for bar in bars)
        quotes = [seen.quote for seen in trader.all(QuoteSeen)]
        assert all(0 < quote.bid < quote.ask and quote.bid_size > 0 and quote.ask_size > 0 for quote in quotes)
        assert [quote.at for quote in quotes] == sorted(quote.at for quote in quotes)
        assert trader.link.clock.now >= bars[-1].end


async def test_a_market_order_is_told_as_order_status_execution_and_commission_and_the_sweep_agrees(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        number = trader.next_id
        assert trader.link.place(order(number)) is None
        assert trader.line.unacknowledged == 1
        await trader.status(number, BrokerStatus.FILLED)
        assert trader.line.unacknowledged == 0
        await trader.until(lambda: {seen.exec_id for seen in trader.all(ExecutionSeen)} == {seen.exec_id for seen in trader.all(CommissionSeen)})
        fills = trader.all(ExecutionSeen)
        assert sum(fill.quantity for fill in fills) == 100
        assert {fill.order_ref for fill in fills} == {f"rt:wire:1:i{number}"}
        assert all(seen.order_ref == f"rt:wire:1:i{number}" for seen in trader.all(OrderSeen))

        live = len(trader.all(ExecutionSeen))
        sweep = await trader.link.sweep(1)
        assert sweep.open_orders == ()
        assert [(seen.order_id, seen.filled, seen.status, seen.order_ref) for seen in sweep.completed] == [
            (0, 100, BrokerStatus.FILLED, f"rt:wire:1:i{number}")
        ]
        assert sorted(sweep.executions, key=repr) == sorted(set(fills), key=repr)
        assert {seen.exec_id: seen.commission for seen in sweep.commissions} == {seen.exec_id: seen.commission for seen in trader.all(CommissionSeen)}
        assert sweep.positions == (PositionSeen(SPY, 100),)
        assert len(trader.all(ExecutionSeen)) == live  # those of the answer travel in the sweep only

        figures = await trader.link.account()
        paid = sum(fill.quantity * fill.price for fill in fills) + sum(seen.commission for seen in sweep.commissions)
        assert figures.cash == pytest.approx(Decimal(1_000_000) - paid, abs=Decimal("0.01"))


async def test_a_resting_stop_is_seen_with_its_group_and_a_cancel_ends_it(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        number = trader.next_id
        stop = order(
            number, Side.BUY, order_type=OrderType.STOP, price=10**6, time_in_force=TimeInForce.GOOD_TILL_CANCELLED, oca_group="grp", entry=False
        )
        assert trader.link.place(stop) is None
        await trader.status(number, BrokerStatus.PRE_SUBMITTED)
        (seen,) = (await trader.link.sweep(1)).open_orders
        assert (seen.oca_group, seen.order_type, seen.quantity, seen.status) == ("grp", "STP", 100, BrokerStatus.PRE_SUBMITTED)
        assert trader.link.cancel(Cancel(stop.intent, number)) is None
        await trader.status(number, BrokerStatus.CANCELLED)
        await trader.until(lambda: (number, 202) in [(error.id, error.code) for error in trader.all(BrokerError)])
        assert (await trader.link.sweep(2)).open_orders == ()


async def test_a_rejected_order_is_an_error_and_a_status_and_counts_as_acknowledged(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        number = trader.next_id
        assert trader.link.place(order(number, quantity=10**7)) is None  # far beyond the buying power
        await trader.until(lambda: (number, 201) in [(error.id, error.code) for error in trader.all(BrokerError)])
        assert trader.line.unacknowledged == 0


async def test_orders_and_executions_of_another_client_are_in_the_sweep_with_its_id(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader, connected(port, client_id=8) as manual:
        limit = order(manual.next_id, order_type=OrderType.LIMIT, price=100)
        manual.link.place(limit)
        await manual.status(limit.order_id, BrokerStatus.SUBMITTED)
        market = order(manual.next_id + 1)
        manual.link.place(market)
        await manual.status(market.order_id, BrokerStatus.FILLED)
        sweep = await trader.link.sweep(1)
        assert [(seen.client_id, seen.order_id) for seen in sweep.open_orders] == [(8, limit.order_id)]
        assert {(seen.client_id, seen.order_id) for seen in sweep.executions} == {(8, market.order_id)}
        assert trader.all(ExecutionSeen) == []  # others' executions are never live news


async def test_questions_use_up_no_order_ids_and_orders_survive_a_reconnect(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        for number in range(3):
            await trader.link.sweep(number)
        trader.link.place(order(trader.next_id, order_type=OrderType.LIMIT, price=100))
        await trader.status(trader.next_id, BrokerStatus.SUBMITTED)
        trader.heard.clear()
        trader.link.abort("to see what is told afterwards")
        async with asyncio.timeout(ANSWER_SECONDS):
            while not trader.link.connected:
                try:
                    again = await trader.link.connect(ANSWER_SECONDS)
                except ClientIdInUse:
                    continue
        assert again.next_order_id == trader.next_id + 1
        assert [type(thing) for thing in trader.heard][:3] == [Disconnected, OrderSeen, StatusSeen]


async def test_history_is_whole_minutes_of_regular_hours_up_to_now(tmp_path):
    async with gateway(tmp_path) as (port, _), connected(port) as trader:
        bars = await trader.link.minute_history(SPY, 2, ANSWER_SECONDS)
        assert len(bars) > 390
        assert all(bar.backfilled and bar.seconds == 60 and bar.start % (60 * NS_PER_SECOND) == 0 for bar in bars)
        assert bars == sorted(bars, key=lambda bar: bar.start)
        assert bars[-1].end <= trader.link.clock.now < bars[-1].end + 2 * 60 * NS_PER_SECOND


async def test_the_end_of_the_gateway_is_told_once_and_ends_every_question(tmp_path):
    async with gateway(tmp_path) as (port, _):
        trader = Trader(port)
        await trader.link.connect(ANSWER_SECONDS)
    await trader.until(lambda: trader.all(Disconnected))
    assert len(trader.all(Disconnected)) == 1
    assert not await trader.link.round_trip(ANSWER_SECONDS)
    assert trader.link.cancel(Cancel("i1", 1)) == "not connected to the gateway"
    with pytest.raises(GatewayAbsent):
        await trader.link.connect(ANSWER_SECONDS)


async def test_a_burst_of_questions_stays_within_the_rate_and_every_byte_is_counted(tmp_path):
    async with gateway(tmp_path) as (port, log), connected(port) as trader:
        before = trader.link.traffic()
        assert all(await asyncio.gather(*(trader.link.round_trip(ANSWER_SECONDS) for _ in range(90))))
        asked = len(b"\x00\x00\x00\x0549\x001\x00")
        answered = len(b"\x00\x00\x00\x1049\x001\x001772463600\x00")
        received, sent = (now - then for now, then in zip(trader.link.traffic(), before, strict=True))
        assert (received, sent) == (90 * answered, 90 * asked)
    frames = [record["t"] for record in map(json.loads, log.read_text().splitlines()) if record["k"] == "in"]
    assert len(frames) >= 90
    assert max(sum(start <= t <= start + NS_PER_SECOND for t in frames) for start in frames) <= 45

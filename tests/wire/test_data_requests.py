"""Profit, ticks, history and reference data, asked by the real client library over TCP; the flows of its published examples among them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ib_insync import IB, ContFuture, Crypto, Forex, Future, Index, MarketOrder, Option, RequestError, ScannerSubscription, Stock, util

from robo_trader.simulated_gateway.entitlement import Entitlement
from robo_trader.simulated_gateway.instruments import parse_instruments
from robo_trader.simulated_gateway.scenario import parse as parse_scenario
from robo_trader.simulated_gateway.settings import GatewaySettings, Manners
from robo_trader.values import NS_PER_SECOND
from tests.wire.conftest import MID_MORNING, RealClient, Simulated, running

NOW = datetime.fromtimestamp(MID_MORNING // NS_PER_SECOND, UTC)
MORE = "symbol,con_id,type,exchange,primary_exchange,currency,min_tick,market_rule,name\nACME,4242,STK,SMART ARCA,NYSE,USD,0.0001,635,ACME & SONS\n"


@pytest.fixture
async def client(simulated: Simulated) -> RealClient:
    """A client whose every refused request raises."""
    connected = await simulated.client()
    connected.ib.RaiseRequestErrors = True
    return connected


async def test_a_connection_that_raises_on_any_failed_request_is_clean(simulated: Simulated, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ib = IB()
    ib.RaiseRequestErrors = True
    await ib.connectAsync("127.0.0.1", simulated.port, clientId=0, timeout=5)
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []
    ib.disconnect()


async def test_the_example_of_contract_details_runs(client: RealClient) -> None:
    amd = Stock("AMD", "SMART", "USD")
    (details,) = await client.ib.reqContractDetailsAsync(amd)
    assert (details.contract.conId, details.longName, details.stockType) == (4391, "ADVANCED MICRO DEVICES", "COMMON")
    assert details.marketRuleIds.count(",") == details.validExchanges.count(",")
    contracts = [Stock(symbol, "SMART", "USD") for symbol in ("SPY", "TSLA", "INTC")]
    assert await client.ib.qualifyContractsAsync(*contracts) == contracts
    assert all(contract.conId for contract in contracts)
    matches = await client.ib.reqMatchingSymbolsAsync("intel")
    assert [match.contract.symbol for match in matches] == ["INTC"]
    with pytest.raises(RequestError) as refused:
        await client.ib.reqContractDetailsAsync(Option("SPY", "20260321", 600, "C", "SMART"))
    assert refused.value.code == 200


async def test_the_example_of_option_chains_runs(client: RealClient) -> None:
    spy = await client.stock()
    (chain,) = await client.ib.reqSecDefOptParamsAsync(spy.symbol, "", spy.secType, spy.conId)
    assert (chain.exchange, chain.multiplier, chain.expirations[0]) == ("SMART", "100", "20260320")
    options = [Option("SPY", expiry, strike, right, "SMART") for expiry in chain.expirations for strike in chain.strikes for right in "CP"]
    qualified = await client.ib.qualifyContractsAsync(*options[:6])
    assert [option.strike for option in qualified] == [chain.strikes[0]] * 2 + [chain.strikes[1]] * 2 + [chain.strikes[2]] * 2
    assert len({option.conId for option in qualified}) == 6


async def test_the_example_of_contracts_that_are_no_stocks_runs(client: RealClient) -> None:
    future, euro, coin, index = Future("ES", "202606", "CME"), Forex("EURUSD"), Crypto("BTC", "PAXOS", "USD"), Index("SPX", "CBOE")
    assert len(await client.ib.qualifyContractsAsync(future, euro, coin, index)) == 4
    assert (future.localSymbol, euro.conId, coin.localSymbol, index.conId) == ("ESM6", 12087792, "BTC.USD", 416904)
    (continuous,) = await client.ib.qualifyContractsAsync(ContFuture("ES", "CME"))
    assert continuous.localSymbol == "ESH6"
    client.ib.RaiseRequestErrors = False
    trade = client.ib.placeOrder(future, MarketOrder("BUY", 1, tif="DAY"))
    await client.until(lambda: 460 in client.errors)
    assert not client.ib.fills()
    assert trade.orderStatus.filled == 0


async def test_the_example_of_bar_data_runs(client: RealClient) -> None:
    spy = await client.stock()
    head = await client.ib.reqHeadTimeStampAsync(spy, "TRADES", True, 1)
    assert head < NOW.replace(tzinfo=None)
    bars = await client.ib.reqHistoricalDataAsync(spy, "", "20 D", "1 hour", "TRADES", True)
    frame = util.df(bars)
    assert len(frame) == len(bars) > 100
    assert (frame.low <= frame.close).all()
    middles = await client.ib.reqHistoricalDataAsync(spy, "", "1 D", "1 min", "MIDPOINT", True)
    assert [bar.date for bar in middles] == [bar.date for bar in await client.ib.reqHistoricalDataAsync(spy, "", "1 D", "1 min", "TRADES", True)]


async def test_a_history_is_kept_up_to_date(client: RealClient) -> None:
    spy = await client.stock()
    bars = await client.ib.reqHistoricalDataAsync(spy, "", "900 S", "1 min", "TRADES", True, keepUpToDate=True)
    updates: list[bool] = []
    bars.updateEvent += lambda _, is_new: updates.append(is_new)
    known = len(bars)
    await client.until(lambda: len(bars) >= known + 2)
    assert updates.count(True) == 2
    assert updates.count(False) >= 8
    whole = await client.ib.reqHistoricalDataAsync(spy, "", "900 S", "1 min", "TRADES", True)
    kept = {bar.date: (bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars}
    last_whole = whole[-2]
    assert kept[last_whole.date] == (last_whole.open, last_whole.high, last_whole.low, last_whole.close, last_whole.volume)
    client.ib.cancelHistoricalData(bars)
    await client.until(lambda: 162 in client.errors)


async def test_a_schedule_is_told(client: RealClient) -> None:
    schedule = await client.ib.reqHistoricalScheduleAsync(await client.stock(), 3, "", True)
    assert [session.refDate for session in schedule.sessions] == ["20260226", "20260227", "20260302"]
    assert (schedule.timeZone, schedule.endDateTime) == ("US/Eastern", "20260302-16:00:00")


async def test_real_time_bars_of_the_middle_are_told(client: RealClient) -> None:
    bars = client.ib.reqRealTimeBars(await client.stock(), 5, "MIDPOINT", False)
    await client.until(lambda: len(bars) >= 2)
    assert (bars[1].time - bars[0].time).total_seconds() == 5


async def test_the_example_of_tick_data_runs(client: RealClient) -> None:
    spy, ibm = await client.stock(), await client.stock("IBM")
    for contract in (spy, ibm):
        client.ib.reqMktData(contract, "233", False, False)
    ticker = client.ib.ticker(spy)
    await client.until(lambda: ticker.marketPrice() > 0 and ticker.rtVolume > 0 and client.ib.ticker(ibm).bid > 0)
    assert ticker.marketDataType == 1
    single = client.ib.reqTickByTickData(spy, "BidAsk")
    await client.until(lambda: single.tickByTicks)
    assert single.tickByTicks[0].bidPrice <= single.tickByTicks[0].askPrice
    client.ib.cancelTickByTickData(spy, "BidAsk")
    trades = client.ib.reqTickByTickData(ibm, "AllLast", 5)
    await client.until(lambda: trades.tickByTicks)
    assert trades.tickByTicks[0].tickType == 2
    client.ib.cancelMktData(spy)
    start = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    ticks = await client.ib.reqHistoricalTicksAsync(spy, start, "", 1000, "BID_ASK", useRth=False)
    assert 0 < len(ticks) <= 1000
    assert start <= ticks[0].time <= ticks[-1].time
    prints = await client.ib.reqHistoricalTicksAsync(spy, "", NOW, 10, "TRADES", useRth=True)
    assert len(prints) == 10
    assert prints[-1].time < NOW
    middles = await client.ib.reqHistoricalTicksAsync(spy, "", NOW, 10, "MIDPOINT", useRth=True)
    assert len(middles) == 10


async def test_a_snapshot_ends_and_has_the_close_before(client: RealClient) -> None:
    (ticker,) = await client.ib.reqTickersAsync(await client.stock())
    assert ticker.bid < ticker.ask
    assert ticker.low <= ticker.last <= ticker.high
    assert ticker.close > 0


async def test_profit_follows_the_market(client: RealClient) -> None:
    spy = await client.stock()
    profit = client.ib.reqPnL("DU1000001")
    single = client.ib.reqPnLSingle("DU1000001", "", spy.conId)
    order = MarketOrder("BUY", 100, tif="DAY")
    trade = client.ib.placeOrder(spy, order)
    await client.until(lambda: trade.orderStatus.status == "Filled" and single.position == 100)
    before = profit.dailyPnL
    await client.until(lambda: profit.dailyPnL != before)
    assert profit.dailyPnL == pytest.approx(single.dailyPnL)
    assert profit.unrealizedPnL == pytest.approx(single.unrealizedPnL)
    assert single.value == pytest.approx(client.ib.portfolio()[0].position * single.value / 100)
    client.ib.cancelPnL("DU1000001")
    client.ib.cancelPnLSingle("DU1000001", "", spy.conId)
    positions: list[float] = []
    client.ib.wrapper.positionMulti = lambda *arguments: positions.append(arguments[4])
    client.ib.client.reqPositionsMulti(client.ib.client.getReqId(), "DU1000001", "")
    assert await client.until(lambda: positions) == [100.0]


Call = Callable[[IB, Stock], Awaitable[Any]]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda ib, spy: ib.reqFundamentalDataAsync(spy, "ReportSnapshot"), 430),
        (lambda ib, _: ib.reqHistoricalNewsAsync(8314, "BRFG", "", "", 10), 10276),
        (lambda ib, _: ib.reqNewsArticleAsync("BRFG", "BRFG$1"), 10172),
        (lambda ib, _: ib.reqScannerDataAsync(ScannerSubscription(scanCode="HOT")), 162),
        (lambda ib, spy: ib.calculateImpliedVolatilityAsync(spy, 1.0, 2.0), 321),
        (lambda ib, spy: ib.calculateOptionPriceAsync(spy, 1.0, 2.0), 321),
        (lambda ib, spy: ib.reqHistoricalDataAsync(spy, "", "1 D", "1 min", "OPTION_IMPLIED_VOLATILITY", True), 321),
        (lambda ib, spy: ib.reqHistoricalTicksAsync(spy, "", "", 10, "TRADES", True), 321),
        (lambda ib, _: ib.reqHeadTimeStampAsync(Stock("AAPL", "SMART", "USD"), "TRADES", True, 1), 162),
        (lambda ib, _: ib.reqSecDefOptParamsAsync("SPY", "", "STK", 0), 321),
        (lambda ib, _: ib.reqSmartComponentsAsync("nope"), 321),
    ],
)
async def test_what_is_not_to_be_had_ends_with_its_code(client: RealClient, call: Call, code: int) -> None:
    with pytest.raises(RequestError) as refused:
        await call(client.ib, await client.stock())
    assert refused.value.code == code


async def test_questions_are_answered_with_what_there_is(client: RealClient) -> None:
    ib, spy = client.ib, await client.stock()
    assert [provider.code for provider in await ib.reqNewsProvidersAsync()] == ["BRFG", "BRFUPDN", "DJNL"]
    assert {row.exchange for row in await ib.reqMktDepthExchangesAsync()} >= {"ISLAND", "NYSE", "ARCA"}
    ranked = await ib.reqScannerDataAsync(ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode="TOP_PERC_GAIN"))
    assert {row.contractDetails.contract.symbol for row in ranked} >= {"SPY", "IBM"}
    assert await ib.reqUserInfoAsync() == []  # the library ends the request, and forgets what it was told
    assert [(step.lowEdge, step.increment) for step in await ib.reqMarketRuleAsync(26)] == [(0.0, 0.01)]
    assert "ScanParameterResponse" in await ib.reqScannerParametersAsync()
    assert {part.exchange for part in await ib.reqSmartComponentsAsync("9c0001")} >= {"NYSE", "NASDAQ", "ARCA"}
    histogram = await ib.reqHistogramDataAsync(spy, True, "1 day")
    assert sum(row.count for row in histogram) > 0


async def test_depth_is_refused_and_nobody_waits(client: RealClient) -> None:
    client.ib.reqMktDepth(await client.stock())
    await client.until(lambda: 10092 in client.errors)
    client.ib.reqMktDepth(Stock("SPY", "ISLAND", "USD"))
    await client.until(lambda: 10089 in client.errors)


async def test_only_client_0_binds_orders(simulated: Simulated, client: RealClient) -> None:
    zero = await simulated.client(0, lockstep=False)
    client.ib.client.reqAutoOpenOrders(True)
    await client.until(lambda: 321 in client.errors)
    assert 321 not in zero.errors


@pytest.fixture
async def unpaid(tmp_path: Path) -> AsyncIterator[Simulated]:
    """A gateway whose account has delayed data alone, and which knows one more instrument."""
    settings = GatewaySettings(
        port=0,
        log_path=tmp_path / "exchange.jsonl",
        seed=7,
        symbols=("SPY", "ACME"),
        lockstep=True,
        control_path=tmp_path / "control",
        start=MID_MORNING,
        manners=Manners(market_data=Entitlement.DELAYED),
        instruments=parse_instruments(MORE.splitlines(), "more.csv"),
    )
    async with running(settings) as gateway:
        yield gateway


async def test_who_has_not_paid_is_told_and_gets_delayed_data_for_the_asking(unpaid: Simulated) -> None:
    client = await unpaid.client()
    spy = await client.stock()
    client.ib.reqMktData(spy)
    await client.until(lambda: 354 in client.errors)
    client.ib.cancelMktData(spy)
    client.ib.reqMarketDataType(3)
    ticker = client.ib.reqMktData(spy)
    await client.until(lambda: 10167 in client.errors and ticker.last > 0)
    assert ticker.marketDataType == 3
    assert ticker.close > 0
    client.ib.RaiseRequestErrors = True
    with pytest.raises(RequestError) as refused:
        await client.ib.reqHistoricalDataAsync(spy, "", "1 D", "1 min", "TRADES", True)
    assert refused.value.code == 162


async def test_an_instrument_of_the_users_is_as_known_as_ours(unpaid: Simulated) -> None:
    client = await unpaid.client()
    (details,) = await client.ib.reqContractDetailsAsync(Stock("ACME", "SMART", "USD"))
    assert (details.contract.conId, details.minTick, details.longName) == (4242, 0.0001, "ACME & SONS")
    assert (details.validExchanges, details.marketRuleIds) == ("SMART,ARCA,NYSE", "635,635,635")
    (step,) = await client.ib.reqMarketRuleAsync(635)
    assert step.increment == 0.0001
    (by_id,) = await client.ib.qualifyContractsAsync(Stock(conId=4242))
    assert by_id.symbol == "ACME"


async def test_an_order_entered_by_hand_is_bound_to_client_0(tmp_path: Path) -> None:
    by_hand = '{"fault": "manual_order", "when": {"market_time": "2026-03-02T10:00:02"}, "symbol": "SPY", "side": "BUY", "quantity": 100}'
    control = tmp_path / "control"
    settings = GatewaySettings(
        port=0, log_path=tmp_path / "x.jsonl", seed=7, lockstep=True, control_path=control, start=MID_MORNING, scenario=parse_scenario([by_hand])
    )
    async with running(settings) as gateway:
        client = await gateway.client(0)
        bound: list[tuple[int, int, int]] = []
        client.ib.wrapper.orderBound = lambda *ids: bound.append(ids)
        await client.until(lambda: client.ib.fills())
        assert bound == [(client.ib.fills()[0].execution.permId, 0, 1)]
        assert client.ib.positions()[0].position == 100

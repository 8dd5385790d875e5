"""Contracts as clients hear of them: a row for each exchange that their words leave open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ib_insync.contract import Contract, ContractDetails, Forex, Future, Option, Stock
from ib_insync.order import MarketOrder

from robo_trader.simulated_gateway.instrument import US_VENUES
from robo_trader.simulated_gateway.other_instruments import QUARTERS
from tests.support.exchange_bench import MORNING
from tests.support.gateway_bench import Bench, BenchClient, names
from tests.support.real_client import told

SPY_ID = 756733
SPY = Stock("SPY", "SMART", "USD")


@pytest.fixture
def client(tmp_path: Path) -> BenchClient:
    return Bench(tmp_path, *MORNING).client()


def details(client: BenchClient, contract: Contract) -> list[ContractDetails]:
    """The rows that answer it."""
    heard = client.say(lambda it: it.reqContractDetails(5, contract))
    assert names(heard) == ["contractDetails"] * (len(heard) - 1) + ["contractDetailsEnd"]
    return [arguments[1] for name, arguments in told(*heard) if name == "contractDetails"]


def test_contract_details_name_the_contract_and_end(client: BenchClient) -> None:
    (spy,) = details(client, SPY)
    assert (spy.contract.conId, spy.minTick, spy.contract.primaryExchange) == (SPY_ID, 0.01, "ARCA")
    assert spy.liquidHours.startswith("20131007:0930-20131007:1600;")


def test_without_an_exchange_there_is_a_row_for_each_where_it_trades(client: BenchClient) -> None:
    rows = details(client, Stock("SPY", "", "USD"))
    assert {row.contract.conId for row in rows} == {SPY_ID}
    assert [row.contract.exchange for row in rows] == ["SMART", *US_VENUES]
    assert rows[0].validExchanges == ",".join(row.contract.exchange for row in rows)


@pytest.mark.parametrize(
    ("said", "exchange"),
    [
        ({"symbol": "SPY", "secType": "STK", "currency": "USD", "exchange": "BATS"}, "BATS"),
        ({"symbol": "SPY", "secType": "STK", "currency": "USD", "exchange": "ISLAND"}, "NASDAQ"),
        ({"conId": SPY_ID, "exchange": "IEX"}, "IEX"),
        ({"conId": SPY_ID}, "SMART"),
    ],
)
def test_an_exchange_that_is_named_is_told_and_a_contract_id_alone_means_one_row(client: BenchClient, said: dict[str, Any], exchange: str) -> None:
    assert [row.contract.exchange for row in details(client, Contract(**said))] == [exchange]


@pytest.mark.parametrize("exchange", ["LSE", "PAXOS", "smart"])
def test_where_a_contract_does_not_trade_there_is_none(client: BenchClient, exchange: str) -> None:
    assert names(client.say(lambda it: it.reqContractDetails(5, Stock("SPY", exchange, "USD")))) == ["error 200"]


def test_details_are_told_of_what_is_no_stock(client: BenchClient) -> None:
    (euro,) = details(client, Forex("EURUSD"))
    assert (euro.contract.secType, euro.contract.symbol, euro.contract.currency, euro.marketName) == ("CASH", "EUR", "USD", "EUR.USD")
    futures = details(client, Future("ES", exchange="CME"))
    assert len(futures) == QUARTERS
    nearest = futures[0]
    assert (nearest.contract.lastTradeDateOrContractMonth, nearest.lastTradeTime, nearest.contractMonth) == ("20131220", "08:30:00", "201312")
    assert len(details(client, Option("SPY", "20131018", 170, "C", "SMART"))) == 1
    assert names(client.say(lambda it: it.reqContractDetails(5, Option("SPY", "20131018", 171, "C", "SMART")))) == ["error 200"]


def test_a_european_stock_is_told_of_and_neither_traded_nor_quoted(client: BenchClient) -> None:
    siemens = Stock("SIE", "SMART", "EUR", primaryExchange="IBIS")
    (row,) = details(client, siemens)
    told_of = row.contract
    assert (told_of.symbol, told_of.secType, told_of.currency, told_of.exchange, told_of.primaryExchange) == ("SIE", "STK", "EUR", "SMART", "IBIS")
    assert (row.validExchanges, row.timeZoneId, row.stockType) == ("SMART,IBIS", "MET", "COMMON")
    assert len(details(client, Stock("SIE", "", "EUR"))) == 2
    assert names(client.say(lambda it: it.placeOrder(5, siemens, MarketOrder("BUY", 1, tif="DAY")))) == ["error 460"]
    assert names(client.say(lambda it: it.reqMktData(6, siemens, "", False, False, []))) == ["error 354"]
    ((*_, text, _),) = client.say(lambda it: it.reqHistoricalData(7, siemens, "", "1 D", "1 min", "TRADES", True, 1, False, []))
    assert text.endswith("No market data permissions for IBIS STK")


def test_what_is_no_stock_has_a_row_for_each_exchange_too(client: BenchClient) -> None:
    assert [row.contract.exchange for row in details(client, Future("ES", "201312"))] == ["CME", "QBALGO"]
    assert [row.contract.exchange for row in details(client, Future("ES", "201312", "QBALGO"))] == ["QBALGO"]
    assert [row.contract.exchange for row in details(client, Future("ES", "201312", "GLOBEX"))] == ["CME"]


def test_details_tell_the_isin_where_it_is_known(client: BenchClient) -> None:
    (ibm,) = details(client, Contract(secType="STK", secIdType="ISIN", secId="US4592001014", exchange="SMART", currency="USD"))
    assert (ibm.contract.symbol, [(pair.tag, pair.value) for pair in ibm.secIdList]) == ("IBM", [("ISIN", "US4592001014")])
    (amc,) = details(client, Stock("AMC", "SMART", "USD"))
    assert not amc.secIdList

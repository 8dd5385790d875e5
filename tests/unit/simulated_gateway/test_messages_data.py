"""Ticks, history and reference data: every request of the real client fits its table, and it reads every answer as it was meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from ib_insync.contract import Stock
from ib_insync.objects import ScannerSubscription, WshEventData

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.messages import CLIENT, SERVER, message_id
from robo_trader.simulated_gateway.messages_data import CLIENT_DATA, SERVER_DATA
from tests.support.real_client import Client, said, told

SPY = Stock("SPY", "SMART", "USD", conId=756733)
SAID: dict[int, Callable[[Client], object]] = {
    10: lambda it: it.reqMktDepth(55, SPY, 5, isSmartDepth=False, mktDepthOptions=[]),
    11: lambda it: it.cancelMktDepth(55, isSmartDepth=False),
    12: lambda it: it.reqNewsBulletins(allMsgs=True),
    13: lambda it: it.cancelNewsBulletins(),
    18: lambda it: it.requestFA(1),
    19: lambda it: it.replaceFA(55, 1, "<xml/>"),
    21: lambda it: it.exerciseOptions(55, SPY, 1, 1, "DU1", 0),
    22: lambda it: it.reqScannerSubscription(55, ScannerSubscription(scanCode="TOP_PERC_GAIN"), [], []),
    23: lambda it: it.cancelScannerSubscription(55),
    24: lambda it: it.reqScannerParameters(),
    52: lambda it: it.reqFundamentalData(55, SPY, "ReportSnapshot", []),
    53: lambda it: it.cancelFundamentalData(55),
    54: lambda it: it.calculateImpliedVolatility(55, SPY, 1.0, 2.0, []),
    55: lambda it: it.calculateOptionPrice(55, SPY, 1.0, 2.0, []),
    56: lambda it: it.cancelCalculateImpliedVolatility(55),
    57: lambda it: it.cancelCalculateOptionPrice(55),
    67: lambda it: it.queryDisplayGroups(55),
    68: lambda it: it.subscribeToGroupEvents(55, 1),
    69: lambda it: it.updateDisplayGroup(55, "8314@SMART"),
    70: lambda it: it.unsubscribeFromGroupEvents(55),
    74: lambda it: it.reqPositionsMulti(55, "DU1", ""),
    75: lambda it: it.cancelPositionsMulti(55),
    78: lambda it: it.reqSecDefOptParams(55, "SPY", "", "STK", 756733),
    79: lambda it: it.reqSoftDollarTiers(55),
    80: lambda it: it.reqFamilyCodes(),
    81: lambda it: it.reqMatchingSymbols(55, "SP"),
    82: lambda it: it.reqMktDepthExchanges(),
    83: lambda it: it.reqSmartComponents(55, "9c0001"),
    84: lambda it: it.reqNewsArticle(55, "BRFG", "BRFG$1", []),
    85: lambda it: it.reqNewsProviders(),
    86: lambda it: it.reqHistoricalNews(55, 8314, "BRFG", "", "", 10, []),
    87: lambda it: it.reqHeadTimeStamp(55, SPY, "TRADES", useRTH=True, formatDate=1),
    88: lambda it: it.reqHistogramData(55, SPY, useRTH=True, timePeriod="3 days"),
    89: lambda it: it.cancelHistogramData(55),
    90: lambda it: it.cancelHeadTimeStamp(55),
    91: lambda it: it.reqMarketRule(26),
    92: lambda it: it.reqPnL(55, "DU1", ""),
    93: lambda it: it.cancelPnL(55),
    94: lambda it: it.reqPnLSingle(55, "DU1", "", 756733),
    95: lambda it: it.cancelPnLSingle(55),
    96: lambda it: it.reqHistoricalTicks(55, SPY, "", "20131007 10:00:00", 10, "TRADES", useRth=True, ignoreSize=False, miscOptions=[]),
    97: lambda it: it.reqTickByTickData(55, SPY, "Last", 0, ignoreSize=False),
    98: lambda it: it.cancelTickByTickData(55),
    100: lambda it: it.reqWshMetaData(55),
    101: lambda it: it.cancelWshMetaData(55),
    102: lambda it: it.reqWshEventData(55, WshEventData()),
    103: lambda it: it.cancelWshEventData(55),
    104: lambda it: it.reqUserInfo(55),
}


@pytest.mark.parametrize("number", [number for number, _, _ in CLIENT_DATA])
def test_every_request_of_the_real_client_fits_its_table(number: int) -> None:
    fields = said(SAID[number])
    record = CLIENT[number].read(fields)
    assert message_id(fields) == number
    assert CLIENT[number].read(CLIENT[number].write(record)) == record
    if "reqId" in record:
        assert record["reqId"] == 55
    with pytest.raises(ProtocolError):
        CLIENT[number].read((*fields, "one more"))


SHARES = {"conId": 8314, "symbol": "IBM", "secType": "STK", "currency": "USD"}
ANSWERS: list[tuple[int, Mapping[str, Any], str, tuple[Any, ...]]] = [
    (19, {"xml": "<a/>"}, "scannerParameters", ("<a/>",)),
    (67, {"reqId": 5, "groups": "1|2"}, "displayGroupList", (5, "1|2")),
    (68, {"reqId": 5, "contract": "none"}, "displayGroupUpdated", (5, "none")),
    (72, {"reqId": 5}, "positionMultiEnd", (5,)),
    (76, {"reqId": 5}, "securityDefinitionOptionParameterEnd", (5,)),
    (77, {"reqId": 5}, "softDollarTiers", (5, [])),
    (80, {}, "mktDepthExchanges", ([],)),
    (85, {}, "newsProviders", ([],)),
    (86, {"reqId": 5, "time": "t", "provider": "p", "article": "a", "headline": "h"}, "historicalNews", (5, "t", "p", "a", "h")),
    (87, {"reqId": 5}, "historicalNewsEnd", (5, False)),
    (88, {"reqId": 5, "time": "20131001-13:30:00"}, "headTimestamp", (5, "20131001-13:30:00")),
    (91, {"reqId": 5, "conId": 1, "exchange": "NYSE"}, "rerouteMktDataReq", (5, 1, "NYSE")),
    (94, {"reqId": 5, "daily": Decimal(1), "unrealized": Decimal(2), "realized": Decimal(3)}, "pnl", (5, 1.0, 2.0, 3.0)),
    (
        95,
        {"reqId": 5, "position": Decimal(9), "daily": Decimal(1), "unrealized": None, "realized": Decimal(3), "value": Decimal(4)},
        "pnlSingle",
        (5, 9.0, 1.0, 1.7976931348623157e308, 3.0, 4.0),
    ),
    (96, {"reqId": 5}, "historicalTicks", (5, [], True)),
    (97, {"reqId": 5}, "historicalTicksBidAsk", (5, [], True)),
    (98, {"reqId": 5}, "historicalTicksLast", (5, [], True)),
    (100, {"permId": 600, "clientId": 0, "orderId": -1}, "orderBound", (600, 0, -1)),
    (107, {"reqId": 5, "whiteBrandingId": ""}, "userInfo", (5, "")),
]


@pytest.mark.parametrize(("number", "values", "name", "arguments"), ANSWERS, ids=[row[2] for row in ANSWERS])
def test_the_real_client_reads_an_answer_as_it_was_meant(number: int, values: Mapping[str, Any], name: str, arguments: tuple[Any, ...]) -> None:
    assert told(SERVER[number].write(values)) == [(name, arguments)]


def test_the_real_client_reads_lists_inside_lists() -> None:
    sample = {**SHARES, "primaryExchange": "NYSE", "derivatives": [{"secType": "OPT"}, {"secType": "CFD"}], "description": "INTL"}
    ((_, (req_id, found)),) = told(SERVER[79].write({"reqId": 5, "samples": [sample, {**sample, "derivatives": []}]}))
    assert (req_id, [row.derivativeSecTypes for row in found]) == (5, [["OPT", "CFD"], []])
    chain = {"exchange": "CBOE", "underConId": 8314, "tradingClass": "IBM", "multiplier": "100"}
    lists = {"expirations": [{"date": "20131018"}], "strikes": [{"strike": Decimal(180)}, {"strike": Decimal(185)}]}
    ((_, arguments),) = told(SERVER[75].write({"reqId": 5, **chain, **lists}))
    assert arguments[-2:] == (["20131018"], [180.0, 185.0])


def test_the_real_client_reads_bonds_and_scans() -> None:
    bond = {"reqId": 5, "symbol": "X", "secType": "BOND", "cusip": "9", "conId": 1, "minTick": Decimal("0.01"), "maturity": "20300101"}
    ((name, arguments),) = told(SERVER[18].write({**bond, "secIds": [{"tag": "ISIN", "value": "US"}]}))
    assert (name, arguments[1].cusip, arguments[1].maturity) == ("bondContractDetails", "9", "20300101")
    row = {**SHARES, "rank": 0, "exchange": "SMART"}
    assert [name for name, _ in told(SERVER[20].write({"reqId": 5, "rows": [row, row]}))] == ["scannerData", "scannerData", "scannerDataEnd"]


def test_no_id_stands_twice() -> None:
    for rows in (CLIENT_DATA, SERVER_DATA):
        numbers = [number for number, _, _ in rows]
        assert len(set(numbers)) == len(numbers)

"""The tables of all messages: what they write they read, and the real client library agrees on every one that it reads."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ib_insync.contract import Stock
from ib_insync.objects import ExecutionFilter, ScannerSubscription, WshEventData

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.fields import Field, Layout, Record, Repeat, When
from robo_trader.simulated_gateway.fields_text import KINDS, UNSET_INT, UNSET_LONG, Scalar
from robo_trader.simulated_gateway.messages import CLIENT, SERVER, UNSUPPORTED, Message, message_id
from tests.support.real_client import Client, said

doubles = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300).map(lambda number: Decimal(repr(number)))
quantities = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
ints = st.integers(-UNSET_INT, UNSET_INT - 1)
longs = st.integers(-UNSET_LONG, UNSET_LONG - 1)
VALUES: dict[int, st.SearchStrategy[Scalar]] = {
    id(KINDS[name]): values
    for name, values in {
        "text": texts,
        "flag": st.booleans(),
        "int": ints,
        "int?": st.none() | ints,
        "int!": st.none() | ints,
        "long": longs,
        "long!": st.none() | longs,
        "decimal": quantities,
        "decimal?": st.none() | quantities,
        "double": doubles,
        "double?": st.none() | doubles,
        "double!": st.none() | doubles,
        "infinite?": st.none() | quantities | st.just(Decimal("Infinity")),
    }.items()
}
STEERING = {
    "secType": st.sampled_from(["STK", "BAG"]),
    "orderType": st.sampled_from(["LMT", "PEG BENCH", "PEG BEST", "PEG MID"]),
    "exchange": st.sampled_from(["SMART", "IBKRATS"]),
    "type": st.integers(1, 7),
}
ALL = [*CLIENT.values(), *SERVER.values()]


def drawn(layout: Layout, data: st.DataObject, into: Record | None = None) -> Record:
    """A record that the layout could have read."""
    record = Record() if into is None else into
    for item in layout:
        match item:
            case Field():
                record[item.name] = data.draw(STEERING.get(item.name) if item.kind is KINDS["text"] and item.name in STEERING else value_of(item))
            case When():
                if item.holds(record):
                    drawn(item.items, data, record)
            case Repeat():
                record[item.name] = [drawn(item.items, data) for _ in range(data.draw(st.integers(0, 2)))]
    return record


def value_of(field: Field) -> st.SearchStrategy[Scalar]:
    return VALUES[id(field.kind)]


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.name)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_a_table_writes_it_reads_back(message: Message, data: st.DataObject) -> None:
    record = drawn(message.layout, data)
    fields = message.write(record)
    assert fields[0] == str(message.id)
    assert message.read(fields) == record
    with pytest.raises(ProtocolError):
        message.read((*fields, "one more"))


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.name)
def test_a_message_stands_in_its_table_under_its_own_id(message: Message) -> None:
    assert (CLIENT if message in CLIENT.values() else SERVER)[message.id] is message


SPY = Stock("SPY", "SMART", "USD")
PLAIN: dict[int, Callable[[Client], object]] = {
    1: lambda client: client.reqMktData(5, SPY, "233", snapshot=False, regulatorySnapshot=False, mktDataOptions=[]),
    2: lambda client: client.cancelMktData(5),
    4: lambda client: client.cancelOrder(5),
    5: lambda client: client.reqOpenOrders(),
    6: lambda client: client.reqAccountUpdates(subscribe=True, acctCode="DU1"),
    7: lambda client: client.reqExecutions(5, ExecutionFilter()),
    8: lambda client: client.reqIds(1),
    9: lambda client: client.reqContractDetails(5, SPY),
    14: lambda client: client.setServerLogLevel(5),
    15: lambda client: client.reqAutoOpenOrders(bAutoBind=True),
    16: lambda client: client.reqAllOpenOrders(),
    17: lambda client: client.reqManagedAccts(),
    20: lambda client: client.reqHistoricalData(5, SPY, "", "2 D", "1 min", "TRADES", useRTH=True, formatDate=1, keepUpToDate=False, chartOptions=[]),
    25: lambda client: client.cancelHistoricalData(5),
    49: lambda client: client.reqCurrentTime(),
    50: lambda client: client.reqRealTimeBars(5, SPY, 5, "TRADES", useRTH=True, realTimeBarsOptions=[]),
    51: lambda client: client.cancelRealTimeBars(5),
    58: lambda client: client.reqGlobalCancel(),
    59: lambda client: client.reqMarketDataType(1),
    61: lambda client: client.reqPositions(),
    62: lambda client: client.reqAccountSummary(5, "All", "NetLiquidation"),
    63: lambda client: client.cancelAccountSummary(5),
    64: lambda client: client.cancelPositions(),
    71: lambda client: client.startApi(),
    76: lambda client: client.reqAccountUpdatesMulti(5, "DU1", "", ledgerAndNLV=False),
    77: lambda client: client.cancelAccountUpdatesMulti(5),
    99: lambda client: client.reqCompletedOrders(apiOnly=False),
}


@pytest.mark.parametrize("number", sorted(CLIENT.keys() - {3}))
def test_every_request_of_the_real_client_fits_its_table(number: int) -> None:
    fields = said(PLAIN[number])
    record = CLIENT[number].read(fields)
    assert message_id(fields) == number
    assert CLIENT[number].read(CLIENT[number].write(record)) == record


OTHERS: dict[int, Callable[[Client], object]] = {
    10: lambda client: client.reqMktDepth(55, SPY, 5, isSmartDepth=False, mktDepthOptions=[]),
    11: lambda client: client.cancelMktDepth(55, isSmartDepth=False),
    19: lambda client: client.replaceFA(55, 1, "<xml/>"),
    21: lambda client: client.exerciseOptions(55, SPY, 1, 1, "DU1", 0),
    22: lambda client: client.reqScannerSubscription(55, ScannerSubscription(), [], []),
    23: lambda client: client.cancelScannerSubscription(55),
    52: lambda client: client.reqFundamentalData(55, SPY, "ReportSnapshot", []),
    54: lambda client: client.calculateImpliedVolatility(55, SPY, 1.0, 2.0, []),
    74: lambda client: client.reqPositionsMulti(55, "DU1", ""),
    78: lambda client: client.reqSecDefOptParams(55, "SPY", "", "STK", 756733),
    81: lambda client: client.reqMatchingSymbols(55, "SP"),
    87: lambda client: client.reqHeadTimeStamp(55, SPY, "TRADES", useRTH=True, formatDate=1),
    92: lambda client: client.reqPnL(55, "DU1", ""),
    96: lambda client: client.reqHistoricalTicks(55, SPY, "", "", 10, "TRADES", useRth=True, ignoreSize=False, miscOptions=[]),
    97: lambda client: client.reqTickByTickData(55, SPY, "Last", 0, ignoreSize=False),
    102: lambda client: client.reqWshEventData(55, WshEventData()),
}


@pytest.mark.parametrize("number", OTHERS)
def test_the_request_id_of_an_unserved_request_stands_where_the_table_says(number: int) -> None:
    at = UNSUPPORTED[number]
    assert at is not None
    assert said(OTHERS[number])[at] == "55"


def test_no_request_is_both_served_and_unserved() -> None:
    assert not CLIENT.keys() & UNSUPPORTED.keys()


@pytest.mark.parametrize("fields", [(), ("",), ("x",), ("-1",), ("1.0",), ("٣",), ("1000",), (" 1",)])
def test_what_does_not_begin_with_an_id_is_no_message(fields: tuple[str, ...]) -> None:
    with pytest.raises(ProtocolError):
        message_id(fields)

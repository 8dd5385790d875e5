"""The tables of all messages: what they write they read, and the real client library agrees on every one that it reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ib_insync.contract import Stock
from ib_insync.objects import ExecutionFilter

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.frames import FrameReader, decode, encode
from robo_trader.simulated_gateway.messages import CLIENT, NEWEST, OLDEST, SERVER, UNSUPPORTED, Message, client_messages, message_id, server_messages
from robo_trader.simulated_gateway.messages_data import CLIENT_DATA
from tests.support.drawn_messages import drawn
from tests.support.real_client import Client, said

ALL = [*CLIENT.values(), *SERVER.values()]


VERSIONS = range(OLDEST, NEWEST + 1)


def in_version(message: Message, version: int) -> Message:
    return (client_messages if message in CLIENT.values() else server_messages)(version)[message.id]


VERSIONED = [message for message in ALL if len({in_version(message, version).layout for version in VERSIONS}) > 1]


def test_the_messages_whose_layout_depends_on_the_version_are_known() -> None:
    assert {message.name for message in VERSIONED} == {
        *("placeOrder", "cancelOrder", "reqContractDetails", "replaceFA", "reqWshEventData"),
        *("error", "openOrder", "completedOrder", "contractDetails", "bondContractDetails", "tickOptionComputation", "symbolSamples"),
    }


def test_no_table_says_anything_of_a_version_that_is_not_served() -> None:
    for tables in (client_messages, server_messages):
        for version in (OLDEST - 1, NEWEST + 1):
            with pytest.raises(AssertionError):
                tables(version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("message", VERSIONED, ids=lambda message: message.name)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_what_a_table_writes_it_reads_back_in_every_version(message: Message, version: int, data: st.DataObject) -> None:
    assert_round_trip(in_version(message, version), data)


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.name)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_a_table_writes_it_reads_back(message: Message, data: st.DataObject) -> None:
    assert_round_trip(message, data)


def assert_round_trip(message: Message, data: st.DataObject) -> None:
    record = drawn(message.layout, data)
    fields = message.write(record)
    assert fields[0] == str(message.id)
    assert message.read(fields) == record
    frame = encode(fields)
    (payload,) = FrameReader().feed(frame)
    assert encode(message.write(message.read(decode(payload)))) == frame
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


@pytest.mark.parametrize("number", sorted(CLIENT.keys() - {3} - {number for number, _, _ in CLIENT_DATA}))
def test_every_request_of_the_real_client_fits_its_table(number: int) -> None:
    fields = said(PLAIN[number])
    record = CLIENT[number].read(fields)
    assert message_id(fields) == number
    assert CLIENT[number].read(CLIENT[number].write(record)) == record


def test_no_request_is_both_served_and_unserved() -> None:
    assert not CLIENT.keys() & UNSUPPORTED


@pytest.mark.parametrize("fields", [(), ("",), ("x",), ("-1",), ("1.0",), ("٣",), ("1000",), (" 1",)])
def test_what_does_not_begin_with_an_id_is_no_message(fields: tuple[str, ...]) -> None:
    with pytest.raises(ProtocolError):
        message_id(fields)

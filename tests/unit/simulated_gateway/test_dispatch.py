"""Admission, and that every request of the protocol has its answer."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.dispatch import HANDLERS
from robo_trader.simulated_gateway.fields import Record
from robo_trader.simulated_gateway.frames import encode
from robo_trader.simulated_gateway.messages import CLIENT, Message
from tests.support.drawn_messages import drawn
from tests.support.exchange_bench import quote
from tests.support.gateway_bench import Bench, names
from tests.support.real_client import Client, sent


def test_every_kind_of_request_has_its_row() -> None:
    assert set(HANDLERS) == set(get_args(ask.Request))


def test_a_client_hears_accounts_its_next_id_and_the_farms(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    greeting, *heard = client.heard()
    assert greeting == ("176", "20131007 09:31:00 US/Eastern")
    assert names(heard) == ["managedAccounts", "nextValidId", "error 2104", "error 2106", "error 2158"]
    assert heard[0] == ("15", "1", "DU1000001")
    assert heard[1] == ("9", "1", "1")


def test_a_client_id_in_use_is_refused_and_its_owner_left_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    owner, second = bench.client(7), bench.client(7)
    assert names(second.heard()[1:]) == ["error 326"]
    assert second.wire.closed
    assert not owner.wire.closed
    assert names(owner.say(lambda it: it.reqCurrentTime())) == ["currentTime"]


def test_what_follows_a_refused_id_in_the_same_bytes_is_not_carried_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.client(7)
    second = bench.client(None)
    second.feed(sent(lambda it: it.startApi(), lambda it: it.reqGlobalCancel()))
    assert [line["f"][0] for line in bench.lines() if line["k"] == "in"] == ["71", "71"]


def test_an_id_is_free_again_once_its_connection_is_gone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.gateway.dismiss(bench.client(7).connection)
    assert not bench.client(7).wire.closed


def test_a_half_open_connection_may_hold_its_id_for_a_while(tmp_path: Path) -> None:
    bench = Bench(tmp_path, id_hold_seconds=30.0)
    bench.gateway.dismiss(bench.client(7).connection)
    bench.process.pass_seconds(29.9)
    assert bench.client(7).wire.closed
    bench.process.pass_seconds(0.2)
    assert not bench.client(7).wire.closed


def test_open_orders_come_before_anything_else_to_a_client_that_returns(tmp_path: Path) -> None:
    bench = Bench(tmp_path, quote("09:30:30", "168.10", "168.12"))
    client = bench.client()
    client.say(limit_order(1))
    bench.gateway.dismiss(client.connection)
    heard = bench.client().heard()[1:]
    assert names(heard)[:5] == ["openOrder", "orderStatus", "openOrderEnd", "managedAccounts", "nextValidId"]
    assert heard[4] == ("9", "1", "2")


def limit_order(order_id: int):
    from ib_insync.contract import Stock  # noqa: PLC0415
    from ib_insync.order import LimitOrder  # noqa: PLC0415

    return lambda it: it.placeOrder(order_id, Stock("SPY", "SMART", "USD"), LimitOrder("BUY", 100, 160.0, tif="DAY"))


def test_a_request_that_is_not_served_is_answered(tmp_path: Path) -> None:
    assert names(Bench(tmp_path).client().say(lambda it: it.verifyMessage("x"))) == ["error 321"]


def test_a_request_that_cannot_be_read_is_answered_with_its_id(tmp_path: Path) -> None:
    def torn(it: Client) -> None:
        it.send(1, 11, 77)

    (heard,) = Bench(tmp_path).client().say(torn)
    assert heard[:4] == ("4", "2", "77", "320")


def test_requests_that_need_no_answer_have_none(tmp_path: Path) -> None:
    client = Bench(tmp_path).client()
    assert client.say(lambda it: it.reqMarketDataType(3), lambda it: it.setServerLogLevel(5), lambda it: it.cancelPnL(5)) == []


@pytest.mark.parametrize("message", [message for message in CLIENT.values() if message.id != 71], ids=lambda message: message.name)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_client_asks_the_gateway_goes_on_and_serves_the_others(tmp_path: Path, message: Message, data: st.DataObject) -> None:
    bench = Bench(tmp_path, quote("09:30:30", "168.10", "168.12"))
    client, other = bench.client(7), bench.client(8)
    client.feed(encode(message.write(plausible(message, data))))
    bench.pass_seconds(1)
    assert names(other.say(lambda it: it.reqCurrentTime())) == ["currentTime"]
    assert not client.wire.aborted


SENSIBLE = {
    "conId": st.sampled_from([0, 756733, 8314, 265598, 1]),
    "symbol": st.sampled_from(["SPY", "AAPL", "", "NOPE"]),
    "secType": st.sampled_from(["STK", "", "OPT"]),
    "exchange": st.sampled_from(["SMART", "", "ARCA"]),
    "currency": st.sampled_from(["USD", ""]),
    **dict.fromkeys(("expiry", "right", "multiplier", "primaryExchange", "localSymbol", "tradingClass"), st.just("")),
    "whatToShow": st.sampled_from(["TRADES", "BID_ASK", "MIDPOINT", "SCHEDULE", "ADJUSTED_LAST", "NOTHING"]),
    "barSize": st.sampled_from(["1 secs", "5 secs", "1 min", "1 hour", "1 day", "1W", "1M", "7 mins"]),
    "duration": st.sampled_from(["1 D", "60 S", "2 W", "1 M", "30 Y", "x"]),
    **dict.fromkeys(("endDateTime", "start", "end"), st.sampled_from(["", "20131007 09:30:31", "20131006-00:00:00", "20990101 00:00:00", "never"])),
    "count": st.integers(-1, 1001),
    "tickType": st.sampled_from(["Last", "AllLast", "BidAsk", "MidPoint", "Every"]),
    "period": st.sampled_from(["3 days", "1 week", "x", "99999 days"]),
    "genericTicks": st.sampled_from(["", "233", "999", "mdoff,292:BRFG+DJNL"]),
    "account": st.sampled_from(["", "DU1000001", "U9"]),
}


def plausible(message: Message, data: st.DataObject) -> Record:
    """A record of the message in which what is named sensibly is mostly sensible."""
    record = drawn(message.layout, data)
    if data.draw(st.booleans()) and record.get("secType") != "BAG":
        for name, values in SENSIBLE.items():
            value = data.draw(values) if name in record else None
            if value is not None and type(value) is type(record[name]):
                record[name] = value
    return record

"""The door, as far as it goes without a socket: what it says and refuses while there is no session."""

import asyncio
import logging

import pytest

from robo_trader.desk.effects import Cancel, Place
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.errors import GatewayAbsent
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.values import Side, Symbol

ENTRY = Place("i1", 1, "rt:s:1:i1", Symbol("SPY"), Side.BUY, 100, OrderType.MARKET, None, TimeInForce.DAY, "", entry=True)


@pytest.fixture
def last_line():
    return LastLine(lease_valid=lambda _: True, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)


@pytest.fixture
def link(last_line):
    return Link(
        host="127.0.0.1",
        port=1,
        client_id=7,
        account=None,
        on_news=lambda _: None,
        on_bar=lambda _: None,
        last_line=last_line,
        process_ns=lambda: 10**18,
    )


def test_without_a_session_nothing_is_written_and_the_refusal_says_so(link, last_line):
    assert link.place(ENTRY) == "the contract of SPY is not known"
    assert link.cancel(Cancel("i1", 1)) == "not connected to the gateway"
    assert last_line.unacknowledged == 0


def test_a_cancel_that_could_not_be_sent_still_buries_its_intent(link, last_line):
    link.cancel(Cancel("i1", 1))
    assert last_line.refusal(ENTRY, 0, 0) == "the intent was cancelled before it was sent"


def test_the_last_line_finds_no_clear_socket_without_a_session(link, last_line):
    assert not link.connected
    assert not last_line.socket_clear()


async def test_questions_without_a_session_raise_and_a_round_trip_is_not_confirmed(link):
    for question in (link.qualify(Symbol("SPY")), link.subscribe(Symbol("SPY")), link.sweep(1), link.account(), link.minute_history("SPY", 1, 1)):
        with pytest.raises(GatewayAbsent):
            await question
    assert not await link.round_trip(0.1)


async def test_closing_what_is_not_open_does_nothing(link):
    link.abort("no reason")
    await link.close()
    assert (link.traffic(), link.waiting_for_budget) == ((0, 0), 0)


async def test_a_gateway_that_is_not_there_is_a_state_with_its_address(link, monkeypatch):
    async def refuse(*_args, **_kwargs):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", refuse)
    with pytest.raises(GatewayAbsent, match=r"127\.0\.0\.1:1.*refused"):
        await link.connect(1)
    assert not link.connected


async def test_a_gateway_that_says_nothing_is_given_up_at_the_deadline(link, monkeypatch):
    async def hang(*_args, **_kwargs):
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", hang)
    with pytest.raises(GatewayAbsent, match=r"within 0\.01 s"):
        await link.connect(0.01)


def test_the_library_logs_warnings_only_and_never_by_the_last_resort():
    library = logging.getLogger("ib_insync")
    assert library.level == logging.WARNING
    assert library.handlers

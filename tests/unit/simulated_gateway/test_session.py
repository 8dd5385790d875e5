"""One conversation: any split of its bytes gives the same requests, and nothing but the protocol is accepted."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ib_insync.contract import Stock
from ib_insync.order import LimitOrder, MarketOrder

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.frames import FrameReader, decode, encode
from robo_trader.simulated_gateway.requests import CancelOrder, Malformed, MarketData, PlaceOrder, Positions, Request, StartApi, Unsupported
from robo_trader.simulated_gateway.session import NEXT, Said, Session, Stage
from tests.support.real_client import Client, sent

TIME = "20131007 09:30:00 US/Eastern"
SPY = Stock("SPY", "SMART", "USD")
START = sent(lambda client: client.startApi(), client_id=9)


def hello(text: bytes = b"v157..176") -> bytes:
    return b"API\0" + len(text).to_bytes(4, "big") + text


def session_at(stage: Stage) -> Session:
    session = Session(lambda: TIME)
    session.receive(
        {Stage.AWAITING_PREFIX: b"", Stage.AWAITING_HELLO: b"API\0", Stage.AWAITING_START: hello(), Stage.RUNNING: hello() + START}[stage]
    )
    assert session.stage is stage
    return session


def market_data(client: Client) -> None:
    client.reqMktData(6, SPY, "", snapshot=False, regulatorySnapshot=False, mktDataOptions=[])


CONVERSATION = (
    hello(b"v157..176 +PACEAPI")
    + START
    + sent(
        lambda client: client.reqPositions(),
        lambda client: client.placeOrder(5, SPY, LimitOrder("BUY", 100, 187.25)),
        lambda client: client.placeOrder(5, SPY, MarketOrder("BUY", float("nan"))),
        market_data,
        lambda client: client.verifyMessage("x"),
        lambda client: client.cancelOrder(5),
    )
)


def heard(*pieces: bytes) -> tuple[list[Request], Session]:
    session = Session(lambda: TIME)
    return [request for piece in pieces for request in session.receive(piece)], session


WHOLE, _ = heard(CONVERSATION)


def test_a_conversation_becomes_its_requests_in_order() -> None:
    assert [type(request) for request in WHOLE] == [StartApi, Positions, PlaceOrder, Malformed, MarketData, Unsupported, CancelOrder]


def test_a_conversation_byte_by_byte_gives_the_same_requests() -> None:
    requests, session = heard(*(CONVERSATION[at : at + 1] for at in range(len(CONVERSATION))))
    assert requests == WHOLE
    assert (session.client_id, session.pace_api, session.version, session.stage) == (9, True, 176, Stage.RUNNING)


@settings(deadline=None)
@given(st.lists(st.integers(0, len(CONVERSATION)), max_size=20))
def test_any_split_of_a_conversation_gives_the_same_requests(cuts: list[int]) -> None:
    requests, session = heard(*(CONVERSATION[start:end] for start, end in pairwise(sorted({0, len(CONVERSATION), *cuts}))))
    assert requests == WHOLE
    assert session.outgoing() == encode(("176", TIME))


def test_the_fields_behind_each_request_are_kept_until_more_is_received() -> None:
    session = session_at(Stage.RUNNING)
    session.receive(encode(("61", "1")) + encode(("4", "1", "5", "")))
    assert session.frames == [("61", "1"), ("4", "1", "5", "")]
    session.receive(b"\0")
    assert session.frames == []


def test_the_greeting_is_two_fields_said_once_and_only_after_the_hello() -> None:
    session = session_at(Stage.AWAITING_HELLO)
    assert session.outgoing() == b""
    session.receive(hello()[4:])
    (payload,) = FrameReader().feed(session.outgoing())
    assert decode(payload) == ("176", TIME)
    session.receive(START)
    assert session.outgoing() == b""


@pytest.mark.parametrize(
    ("versions", "announced"),
    [
        (b"v157..176", 176),
        (b"v100..187", 176),
        (b"v100..157", 157),
        (b"v100..151", 151),
        (b"v38..193", 176),
        (b"v176", 176),
        (b"v157..170 +PACEAPI", 170),
        (b"v213..225", 176),
    ],
)
def test_the_lower_of_both_highest_versions_is_announced(versions: bytes, announced: int) -> None:
    session = Session(lambda: TIME)
    session.receive(hello(versions))
    assert session.version == announced


def test_a_client_of_a_lower_version_is_read_by_that_versions_tables() -> None:
    session = Session(lambda: TIME)
    session.receive(hello(b"v100..168") + START)
    assert session.receive(encode(("4", "1", "5"))) == [CancelOrder(5)]
    (answer,) = session.receive(encode(("4", "1", "5", "")))
    assert isinstance(answer, Malformed)
    assert (answer.req_or_order_id, answer.code) == (5, 320)


@pytest.mark.parametrize(
    ("versions", "paced"),
    [(b"v157..176", False), (b"v157..176 +PACEAPI", True), (b"v157..176 a +PACEAPI b", True), (b"v157..176 +PACEAPI2", False)],
)
def test_a_client_may_ask_to_be_paced(versions: bytes, paced: bool) -> None:
    session = Session(lambda: TIME)
    session.receive(hello(versions))
    assert session.pace_api is paced


@pytest.mark.parametrize(
    "versions", [b"v100..150", b"", b"v", b"vx..y", b"v157..176\0", b"157..176", b"v157...176", b"v999999..9999999", b"GET / HTTP/1.1"]
)
def test_a_hello_without_a_version_we_serve_ends_the_session(versions: bytes) -> None:
    with pytest.raises(ProtocolError):
        Session(lambda: TIME).receive(hello(versions))


def test_a_client_that_does_not_begin_with_api_is_refused_at_its_first_wrong_byte() -> None:
    session = Session(lambda: TIME)
    session.receive(b"AP")
    with pytest.raises(ProtocolError):
        session.receive(b"X")


@pytest.mark.parametrize("first", [encode(("61", "1")), encode(("71", "2", "x", "")), encode(("80",)), encode(("71", "2", "", ""))])
def test_anything_but_a_whole_start_api_at_the_start_ends_the_session(first: bytes) -> None:
    session = session_at(Stage.AWAITING_START)
    with pytest.raises(ProtocolError, match="REQUEST does not belong"):
        session.receive(first)
    assert session.client_id is None


def test_a_second_start_api_is_an_error_and_the_session_goes_on() -> None:
    session = session_at(Stage.RUNNING)
    again, positions = session.receive(sent(lambda client: client.startApi(), client_id=10) + encode(("61", "1")))
    assert isinstance(again, Malformed)
    assert (again.req_or_order_id, again.code, positions) == (None, 321, Positions())
    assert (session.client_id, session.stage, session.complaint) == (9, Stage.RUNNING, None)


def test_what_was_read_before_a_breach_is_kept_and_a_broken_session_stays_broken() -> None:
    session = session_at(Stage.RUNNING)
    assert session.receive(encode(("61", "1")) + encode(("60",)) + encode(("61", "1"))) == [Positions()]
    assert (session.stage, session.frames, session.complaint) == (Stage.BROKEN, [("61", "1")], "there is no request 60")
    with pytest.raises(ProtocolError, match="has ended"):
        session.receive(encode(("61", "1")))


@pytest.mark.parametrize("bad", [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\2\xff\0", b"\0\0\0\1x"])
def test_a_frame_that_is_no_message_ends_the_session_behind_what_came_before(bad: bytes) -> None:
    session = session_at(Stage.RUNNING)
    assert session.receive(encode(("61", "1")) + bad) == [Positions()]
    assert (session.stage, bool(session.complaint)) == (Stage.BROKEN, True)
    early = session_at(Stage.AWAITING_START)
    with pytest.raises(ProtocolError):
        early.receive(bad)
    assert (early.stage, early.complaint) == (Stage.BROKEN, None)


def test_every_pair_of_stage_and_word_is_in_the_table_or_raises() -> None:
    for stage, said in product(Stage, Said):
        session = Session(lambda: TIME)
        session._stage = stage
        if (stage, said) in NEXT:
            session._step(said)
            assert session.stage is NEXT[stage, said]
        else:
            with pytest.raises(ProtocolError):
                session._step(said)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([stage for stage in Stage if stage is not Stage.BROKEN]), st.lists(st.binary(max_size=60), max_size=5))
def test_garbage_raises_nothing_but_protocol_errors(stage: Stage, pieces: list[bytes]) -> None:
    session = session_at(stage)
    try:
        for piece in pieces:
            session.receive(piece)
    except ProtocolError:
        assert session.stage is Stage.BROKEN


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(CONVERSATION) - 1), st.integers(0, 255))
def test_one_wrong_byte_in_a_conversation_raises_nothing_but_protocol_errors(at: int, byte: int) -> None:
    spoilt = CONVERSATION[:at] + bytes([byte]) + CONVERSATION[at + 1 :]
    session = Session(lambda: TIME)
    try:
        session.receive(spoilt)
    except ProtocolError:
        assert session.stage is Stage.BROKEN

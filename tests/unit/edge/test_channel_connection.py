"""Two ends on a cable of memory: greetings, order, nonsense, and a consumer that fails."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from robo_trader.edge import channel_connection
from robo_trader.edge.channel_connection import Connection
from robo_trader.edge.channel_contract import BUFFER_BYTES_MAX, CONSUMER_FAILED, OTHER_SIDE_CLOSED, Hello, Stage
from robo_trader.edge.channel_frames import framed
from robo_trader.edge.channel_vocabulary import Vocabulary
from robo_trader.errors import ProtocolError
from tests.support.channel_bench import WORDS, MemoryTransport, Note, Recorder, flow, joined

DESK, GATEWAY = Hello("desk", 3, "demo", "secret"), Hello("gateway", 5, "demo")


def end(own: Hello, consumer: Recorder, *, connects: bool, refusal: str | None = None) -> Connection:
    return Connection(own, WORDS, consumer, lambda *_: refusal, lambda *_: None, connects=connects)


class Cable:
    """A desk that connects to a gateway."""

    def __init__(self, refusal: str | None = None) -> None:
        self.desk, self.gateway = Recorder(), Recorder()
        self.near = end(DESK, self.desk, connects=True)
        self.far = end(GATEWAY, self.gateway, connects=False, refusal=refusal)
        self.transports = joined(self.near, self.far)

    def flow(self, chance: Random | None = None) -> None:
        flow(*self.transports, chance=chance)


async def test_both_sides_learn_who_the_other_is():
    cable = Cable()
    assert not cable.near.send(Note(1)), "nothing goes out before both have greeted"
    cable.flow()
    assert cable.desk.told == [("opened", "gateway", 5)]
    assert cable.gateway.told == [("opened", "desk", 3)]


async def test_a_stranger_learns_nothing_before_it_has_said_who_it_is():
    gateway = end(GATEWAY, Recorder(), connects=False)
    assert not MemoryTransport(gateway).waiting
    gateway.close("enough")


@pytest.mark.parametrize("seed", range(5))
async def test_order_is_kept_both_ways_however_the_stream_is_cut(seed: int):
    cable, chance = Cable(), Random(seed)
    cable.flow(chance)
    for number in range(300):
        assert cable.near.send(Note(number, "x" * chance.randint(0, 300)))
        assert cable.far.send(Note(-number))
        if chance.random() < 0.1:
            cable.flow(chance)
    cable.flow(chance)
    assert [note.number for note in cable.gateway.all("received")] == list(range(300))
    assert [note.number for note in cable.desk.all("received")] == [-number for number in range(300)]


async def test_a_batch_is_settled_once():
    cable = Cable()
    cable.flow()
    before = cable.gateway.batches
    for number in range(10):
        cable.near.send(Note(number))
    cable.flow()
    assert cable.gateway.batches == before + 1


async def test_messages_right_behind_the_hello_arrive_after_opened():
    cable = Cable()
    cable.near._transport.write(framed(WORDS.encode(Note(1))))  # type: ignore[union-attr]
    cable.flow()
    assert [kind for kind, *_ in cable.gateway.told] == ["opened", "received"]


async def test_a_refused_connector_is_told_why_and_by_whom_and_the_listeners_consumer_hears_nothing():
    cable = Cable(refusal="not on Sundays")
    cable.flow()
    assert cable.desk.told == [("closed", "gateway", "refused by 'gateway': not on Sundays")]
    assert cable.near.refused
    assert cable.gateway.told == []
    await cable.near.wait_gone()


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "a frame says it has"),
        (framed(b"\xc1"), "not a message"),
        (framed(WORDS.encode(Note(1))), "'Note' is not in the vocabulary"),
        (framed(Vocabulary(Hello).encode(Hello("x" * 5000, 1, "s"))), "a frame says it has"),
    ],
)
async def test_a_wrong_first_message_ends_the_connection_with_a_reason(first: bytes, reason: str):
    ended: list[str] = []
    gateway = Connection(GATEWAY, WORDS, Recorder(), lambda *_: None, lambda _, why: ended.append(why), connects=False)
    transport = MemoryTransport(gateway)
    gateway.data_received(first)
    assert transport.over
    assert len(ended) == 1 and reason in ended[0]
    desk = Recorder()
    connecting = end(DESK, desk, connects=True)
    MemoryTransport(connecting)
    connecting.data_received(first)
    assert reason in desk.all("closed")[0], "who connected is told even before the channel was open"


async def test_garbage_later_ends_the_connection_and_not_what_came_before():
    cable = Cable()
    cable.flow()
    cable.far.data_received(framed(WORDS.encode(Note(1))) + framed(b"\xc1nonsense") + framed(WORDS.encode(Note(2))))
    assert cable.gateway.all("received") == [Note(1)]
    assert "not a message" in cable.gateway.all("closed")[0]
    assert await cable.desk.until("closed") == [OTHER_SIDE_CLOSED]


async def test_silence_instead_of_a_hello_has_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(channel_connection, "HELLO_SECONDS_MAX", 0.01)
    desk = Recorder()
    MemoryTransport(end(DESK, desk, connects=True))
    assert await desk.until("closed") == ["no Hello within 0.01 s"]


async def test_a_full_buffer_refuses_entries_keeps_the_reserve_for_cancels_and_takes_messages_again_when_read():
    cable = Cable()
    cable.flow()
    mebibyte = Note(1, "x" * 1_048_576)
    sent = 0
    while cable.near.send(mebibyte):
        sent += 1
    assert sent == 7
    small = Note(2, "x" * 200_000)
    while cable.near.send(small):
        pass
    assert cable.near.send(Note(3), reserve=True)
    while cable.near.send(small, reserve=True):
        pass
    assert not cable.near.send(small, reserve=True)
    assert cable.near.pending_bytes <= BUFFER_BYTES_MAX
    cable.flow()
    assert cable.near.pending_bytes == 0
    assert cable.near.send(mebibyte)
    assert Note(3) in cable.gateway.all("received")


async def test_a_closed_channel_takes_nothing_and_says_closed_once():
    cable = Cable()
    cable.flow()
    cable.near.send(Note(1))
    cable.near.close("the day is over")
    cable.near.close("again")
    assert not cable.near.send(Note(2), reserve=True)
    assert await cable.gateway.until("closed") == [OTHER_SIDE_CLOSED]
    assert cable.gateway.all("received") == [Note(1)], "what waited is sent before the end"
    await cable.near.wait_gone()
    assert cable.desk.all("closed") == ["the day is over"]


async def test_a_consumer_that_closes_while_it_receives_hears_nothing_more():
    cable = Cable()
    cable.gateway.answer = lambda peer, _: peer.close("enough")
    cable.flow()
    for number in range(5):
        cable.near.send(Note(number))
    cable.flow()
    assert [kind for kind, *_ in cable.gateway.told] == ["opened", "received", "closed"]


async def test_a_consumer_that_fails_ends_the_connection_and_its_error_goes_on():
    cable = Cable()
    cable.gateway.answer = lambda *_: {}["nothing"]
    cable.flow()
    cable.near.send(Note(1))
    with pytest.raises(KeyError):
        cable.flow()
    assert cable.gateway.all("closed") == [CONSUMER_FAILED]
    assert cable.far.stage is Stage.CLOSED


async def test_a_word_outside_the_vocabulary_is_the_senders_bug_and_breaks_nothing():
    cable = Cable()
    cable.flow()
    with pytest.raises(ProtocolError, match="Hello is not in the vocabulary"):
        cable.near.send(DESK)
    assert cable.near.send(Note(1))


async def test_a_connection_closed_before_its_socket_was_there_closes_the_socket():
    closed = end(DESK, Recorder(), connects=True)
    closed.close("redirected")
    transport = MemoryTransport(closed)
    assert transport.over
    await asyncio.wait_for(closed.wait_gone(), 5)

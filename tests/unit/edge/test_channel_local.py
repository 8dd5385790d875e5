"""The twin in one process keeps the promises of the real channel."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from robo_trader.edge.channel_contract import CONSUMER_FAILED, OTHER_SIDE_CLOSED
from robo_trader.edge.channel_local import MESSAGES_WAITING_MAX, LocalEnd, LocalPeer, local_pair
from robo_trader.errors import ProtocolError
from tests.support.channel_bench import WORDS, Note, Recorder


def pair(**options: Any) -> tuple[Recorder, Recorder, LocalPeer, LocalPeer]:
    desk, gateway = Recorder(), Recorder()
    return desk, gateway, *local_pair(LocalEnd("desk", 3, desk), LocalEnd("gateway", 5, gateway), **options)


@pytest.mark.parametrize("options", [{}, {"vocabulary": WORDS, "through_bytes": True}])
async def test_messages_arrive_in_order_later_and_in_batches(options: dict[str, Any]):
    desk, gateway, to_gateway, to_desk = pair(**options)
    assert not to_gateway.send(Note(0)), "not open yet"
    await gateway.until("opened")
    assert desk.told == [("opened", "gateway", 5)] and gateway.told == [("opened", "desk", 3)]
    for number in range(100):
        assert to_gateway.send(Note(number))
    to_desk.send(Note(-1))
    assert not gateway.all("received"), "never from within send"
    assert to_gateway.pending_bytes > 0
    assert await gateway.until("received", 100) == [Note(number) for number in range(100)]
    assert await desk.until("received") == [Note(-1)]
    assert gateway.batches == 1 and to_gateway.pending_bytes == 0


async def test_two_that_answer_each_other_leave_the_loop_to_others():
    desk, gateway, to_gateway, _ = pair()
    desk.answer = gateway.answer = lambda peer, note: peer.send(Note(note.number + 1))
    await gateway.until("opened")
    to_gateway.send(Note(0))
    await desk.until("received", 10)
    to_gateway.close("enough")
    assert await gateway.until("closed") == [OTHER_SIDE_CLOSED]


async def test_who_closes_is_told_at_once_and_the_other_after_what_was_sent():
    desk, gateway, to_gateway, to_desk = pair()
    await gateway.until("opened")
    to_gateway.send(Note(1))
    to_desk.send(Note(2))
    to_gateway.close("the day is over")
    assert desk.told[-1] == ("closed", "gateway", "the day is over")
    assert await gateway.until("closed") == [OTHER_SIDE_CLOSED]
    assert gateway.all("received") == [Note(1)] and not desk.all("received")
    assert not to_gateway.send(Note(3)) and not to_desk.send(Note(3), reserve=True)
    to_desk.close("again")
    assert len(gateway.all("closed")) == 1


async def test_it_is_bounded_and_keeps_the_reserve():
    _, gateway, to_gateway, _ = pair()
    await gateway.until("opened")
    sent = 0
    while to_gateway.send(Note(sent)):
        sent += 1
    assert sent < MESSAGES_WAITING_MAX
    while to_gateway.send(Note(sent), reserve=True):
        sent += 1
    assert sent == MESSAGES_WAITING_MAX
    await gateway.until("received", sent)
    assert to_gateway.send(Note(sent))


async def test_through_bytes_finds_what_could_not_travel():
    _, gateway, to_gateway, _ = pair(vocabulary=WORDS, through_bytes=True)
    await gateway.until("opened")
    with pytest.raises(ProtocolError):
        to_gateway.send(Note("one"))  # type: ignore[arg-type]


async def test_a_consumer_that_fails_ends_both_sides_and_its_error_goes_on():
    desk, gateway, to_gateway, _ = pair()
    gateway.answer = lambda *_: {}["nothing"]
    await gateway.until("opened")
    errors: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context["exception"]))
    to_gateway.send(Note(1))
    assert await gateway.until("closed") == [CONSUMER_FAILED]
    assert await desk.until("closed") == [OTHER_SIDE_CLOSED]
    assert [type(error) for error in errors] == [KeyError]


async def test_a_pair_closed_before_it_was_open_says_nothing():
    desk, gateway, to_gateway, to_desk = pair()
    to_gateway.close("changed my mind")
    await asyncio.sleep(0)
    to_desk.close("me too")
    await asyncio.sleep(0)
    assert not desk.told
    assert [kind for kind, *_ in gateway.told] in ([], ["opened", "closed"])

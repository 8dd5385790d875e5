"""The door of the channel's parts: everything that a node needs comes through it."""

from __future__ import annotations

from robo_trader.edge import channel
from tests.support.channel_bench import Note, Recorder


def test_the_door_offers_what_it_names():
    assert all(hasattr(channel, name) for name in channel.__all__)


async def test_a_node_needs_nothing_but_the_door():
    asked, answering = Recorder(), Recorder(answer=lambda peer, note: peer.send(Note(note.number + 1)))
    ends = channel.LocalEnd("desk", 1, asked), channel.LocalEnd("gateway", 2, answering)
    peer, _ = channel.local_pair(*ends, vocabulary=channel.Vocabulary(Note), through_bytes=True)
    await answering.until("opened")
    assert peer.send(Note(1), reserve=True)
    assert await asked.until("received") == [Note(2)]

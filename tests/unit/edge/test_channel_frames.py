"""A stream of frames may be cut anywhere and is the same stream."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge.channel_contract import FRAME_BYTES_MAX
from robo_trader.edge.channel_frames import FrameReader, framed
from robo_trader.errors import ProtocolError


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers())
def test_pieces_of_any_size_give_the_same_payloads(payloads: list[bytes], seed: int):
    stream, chance, reader, found = b"".join(map(framed, payloads)), Random(seed), FrameReader(100), []
    while stream:
        size = chance.randint(1, 60)
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == payloads


def test_byte_by_byte_is_the_same_as_at_once():
    stream = framed(b"buy") + framed(b"") + framed(b"sell")
    slow, fast = FrameReader(10), FrameReader(10)
    assert [bytes(each) for byte in stream for each in slow.feed(bytes([byte]))] == list(fast.feed(stream)) == [b"buy", b"", b"sell"]


def test_a_length_above_the_limit_is_refused_before_its_bytes_come():
    reader = FrameReader(10)
    assert list(reader.feed(framed(b"0123456789"))) == [b"0123456789"]
    with pytest.raises(ProtocolError, match="11 bytes"):
        list(reader.feed(framed(b"0123456789a")[:4]))


def test_the_limit_holds_from_the_next_frame_on():
    reader, found = FrameReader(10), []
    for payload in reader.feed(framed(b"hello") + framed(b"x" * 50)):
        found.append(payload)
        reader.frame_bytes_max = 100
    assert found == [b"hello", b"x" * 50]


def test_the_longest_frame_passes_in_pieces_and_a_longer_one_is_not_written():
    longest, reader = framed(bytes(FRAME_BYTES_MAX)), FrameReader(FRAME_BYTES_MAX)
    found = [len(each) for at in range(0, len(longest), 262_144) for each in reader.feed(longest[at : at + 262_144])]
    assert found == [FRAME_BYTES_MAX]
    with pytest.raises(ProtocolError, match="longer than a frame"):
        framed(bytes(FRAME_BYTES_MAX + 1))

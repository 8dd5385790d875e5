"""Frames: bytes come in as they please, messages come out whole."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.frames import FRAME_BYTES_MAX, FrameReader, decode, encode

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
messages = st.lists(st.lists(texts, min_size=1, max_size=6).map(tuple), max_size=8)


@settings(deadline=None)
@given(messages, st.data())
def test_messages_survive_any_split_of_their_bytes(sent: list[tuple[str, ...]], data: st.DataObject) -> None:
    stream = b"".join(encode(fields) for fields in sent)
    cuts = sorted({0, len(stream), *data.draw(st.lists(st.integers(0, len(stream)), max_size=10))})
    reader = FrameReader()
    payloads = [payload for start, end in pairwise(cuts) for payload in reader.feed(stream[start:end])]
    assert [decode(payload) for payload in payloads] == sent


def test_a_frame_has_its_length_first_and_a_nul_after_each_field() -> None:
    assert encode(("71", "2", "7", "")) == b"\x00\x00\x00\x08" + b"71\x002\x007\x00\x00"


def test_a_frame_of_the_largest_size_passes_and_one_byte_more_does_not() -> None:
    reader = FrameReader(frame_bytes_max=3)
    assert reader.feed(b"\x00\x00\x00\x03abc") == [b"abc"]
    with pytest.raises(ProtocolError, match="4 bytes"):
        reader.feed(b"\x00\x00\x00\x04")


def test_a_length_beyond_the_bound_is_refused_before_its_bytes_arrive() -> None:
    with pytest.raises(ProtocolError, match=str(FRAME_BYTES_MAX)):
        FrameReader().feed(b"\xff\xff\xff\xff")


@pytest.mark.parametrize("payload", [b"", b"71", b"\xff\xfe\x00"])
def test_a_payload_that_is_no_text_ended_by_nul_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(payload)


def test_a_field_with_a_nul_is_our_bug() -> None:
    with pytest.raises(AssertionError):
        encode(("a\0b",))

"""Frames: how messages are cut out of a stream of bytes, without touching a socket.

A frame is a four-byte length, most significant byte first, and that many bytes of payload. The payload of a message is its fields as UTF-8
text, each ended by a NUL. Only the client's hello is not a message: its payload has no NUL at all. Bytes come in as they please, payloads come
out whole, and a length that no honest client sends ends the conversation before anything is stored for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from robo_trader.errors import ProtocolError

FRAME_BYTES_MAX: Final = 1 << 20
"""Longest payload accepted; the largest honest request, a combination order with conditions, has some ten thousand bytes."""

_PREFIX_BYTES: Final = 4


def encode(fields: Sequence[str]) -> bytes:
    """The frame of one message. A NUL inside a field would make two of it: that is our bug, and asserted."""
    text = "\0".join(fields)
    assert text.count("\0") == len(fields) - 1, "a field with a NUL, or no field at all"
    payload = text.encode() + b"\0"
    return len(payload).to_bytes(_PREFIX_BYTES, "big") + payload


def decode(payload: bytes) -> tuple[str, ...]:
    """The fields of one message's payload; ProtocolError unless it is UTF-8 text that ends in a NUL."""
    if not payload.endswith(b"\0"):
        raise ProtocolError("a message does not end in NUL")
    try:
        return tuple(payload[:-1].decode().split("\0"))
    except UnicodeDecodeError:
        raise ProtocolError("a message is not UTF-8 text") from None


class FrameReader:
    """Cuts a stream into payloads; holds at most one unfinished frame."""

    def __init__(self, *, frame_bytes_max: int = FRAME_BYTES_MAX) -> None:
        """`frame_bytes_max` bounds the payload of one frame."""
        self._frame_bytes_max = frame_bytes_max
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that `data` completes; ProtocolError on a frame that announces more bytes than allowed."""
        return list(self.cut(data))

    def cut(self, data: bytes) -> Iterator[bytes]:
        """The same one by one, so that those before a frame that is none are not lost with it."""
        self._pending += data
        while (end := self._end_of_frame()) is not None:
            payload = bytes(self._pending[_PREFIX_BYTES:end])
            del self._pending[:end]
            yield payload

    def _end_of_frame(self) -> int | None:
        """Where the frame that waits ends; None while it is unfinished."""
        if len(self._pending) < _PREFIX_BYTES:
            return None
        size = int.from_bytes(self._pending[:_PREFIX_BYTES], "big")
        if size > self._frame_bytes_max:
            raise ProtocolError(f"a frame of {size} bytes, {self._frame_bytes_max} are allowed")
        end = _PREFIX_BYTES + size
        return end if len(self._pending) >= end else None

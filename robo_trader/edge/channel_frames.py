"""Frames: a length in 4 bytes (big-endian), then that many bytes of payload. Bytes in, payloads out; no socket in sight.

TCP cuts a stream wherever it likes, so nothing may depend on where. The reader holds at most one unfinished frame and refuses a length above its
limit before the bytes come, which is also what most garbage looks like.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from robo_trader.edge.channel_contract import FRAME_BYTES_MAX
from robo_trader.errors import ProtocolError

LENGTH_BYTES: Final = 4


def framed(payload: bytes) -> bytes:
    """The frame of `payload`; raises `ProtocolError` above `FRAME_BYTES_MAX`."""
    if len(payload) > FRAME_BYTES_MAX:
        raise ProtocolError(f"a message of {len(payload)} bytes is longer than a frame may be ({FRAME_BYTES_MAX})")
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


class FrameReader:
    """Cuts a stream into payloads. `frame_bytes_max` may be changed between frames."""

    def __init__(self, frame_bytes_max: int) -> None:
        self.frame_bytes_max = frame_bytes_max
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes | bytearray]:
        """Payloads that `data` completes. Read it to its end before feeding more; raises `ProtocolError` for a frame above the limit."""
        buffer: bytes | bytearray = data
        if self._rest:
            self._rest += data
            buffer = self._rest
        at = 0
        while (begin := at + LENGTH_BYTES) <= len(buffer):
            length = int.from_bytes(buffer[at:begin], "big")
            if length > self.frame_bytes_max:
                raise ProtocolError(f"a frame says it has {length} bytes, more than {self.frame_bytes_max}")
            if begin + length > len(buffer):
                break
            yield buffer[begin : begin + length]
            at = begin + length
        if buffer is self._rest:
            del self._rest[:at]
        else:
            self._rest += buffer[at:]

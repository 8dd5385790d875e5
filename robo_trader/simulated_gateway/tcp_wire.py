"""A TCP socket as a connection's wire: bytes out whole, or in pieces with a pause after each; bytes in by turns; an end that comes.

A client that floods the gateway is heard a slice at a time, and everybody else between two slices.

`TransportWire` touches only a transport and `later`, so its order of bytes can be tested without a socket. Pieces that wait count as waiting: a
client that is slow to take them is dropped by the same bound as any other.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final

from robo_trader.simulated_gateway.connection import Connection, Wire

RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # linger for no time at all
CLOSE_SECONDS_MAX: Final = 5.0
"""How long a client that is being sent away has for what was still to be said; one that does not read must not keep its place."""

INPUT_SLICE_BYTES: Final = 8_192
"""So much of what a client said is carried out in one turn of the loop; the smallest requests of a slice take some 40 ms."""

Later = Callable[[float, Callable[[], None]], object]


class TransportWire:
    """A transport as a `Wire`; `later` runs a function after so many seconds."""

    def __init__(self, transport: asyncio.Transport, later: Later) -> None:
        """Whole and reading."""
        self._transport = transport
        self._later = later
        self._left = bytearray()
        self._piece_bytes = 0
        self._pause_seconds = 0.0
        self._sending = False
        self._ending = False
        self._deaf = False
        self._busy = False

    def write(self, data: bytes) -> None:
        """Send, in order, without waiting."""
        if self._piece_bytes == 0 and not self._left:
            self._transport.write(data)
            return
        self._left += data
        self._send_on()

    def chop(self, piece_bytes: int, pause_seconds: float) -> None:
        """From now on send so many bytes at a time; 0 sends what is left, and all that follows, whole."""
        self._piece_bytes, self._pause_seconds = piece_bytes, pause_seconds

    def listen(self, *, on: bool) -> None:
        """Stop reading, or begin again."""
        self._deaf = not on
        self._read_or_not()

    def busy(self, *, on: bool) -> None:
        """Stop reading while there is more than a slice to carry out."""
        self._busy = on
        self._read_or_not()

    def _read_or_not(self) -> None:
        reads = not (self._deaf or self._busy)
        if self._transport.is_closing() or self._transport.is_reading() == reads:
            return
        (self._transport.resume_reading if reads else self._transport.pause_reading)()

    def _send_on(self) -> None:
        if not self._sending:
            self._sending = True
            self._later(self._pause_seconds, self._send_piece)

    def _send_piece(self) -> None:
        self._sending = False
        if self._transport.is_closing():
            self._left.clear()
            return
        size = self._piece_bytes or len(self._left)
        self._transport.write(bytes(self._left[:size]))
        del self._left[:size]
        if self._left:
            self._send_on()
        elif self._ending:
            self._transport.close()

    def close(self) -> None:
        """End the connection after what was written, or a while later if the client does not take it."""
        self._ending = True
        if self.waiting_bytes():
            self._later(CLOSE_SECONDS_MAX, self.abort)
        if not self._left:
            self._transport.close()

    def abort(self) -> None:
        """End the connection now, by a reset."""
        self._left.clear()
        if self._transport.is_closing() and not self._transport.get_write_buffer_size():
            return
        held = self._transport.get_extra_info("socket")
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._transport.abort()

    def waiting_bytes(self) -> int:
        """Bytes written that the client has not taken."""
        return len(self._left) + self._transport.get_write_buffer_size()


class TcpConnection(asyncio.Protocol):
    """A `Connection` on a TCP socket: the socket's events in, the transport as its wire."""

    def __init__(
        self,
        opened: Callable[[Wire], Connection],
        closed: Callable[[Connection], None],
        *,
        before: Callable[[], None],
        after: Callable[[], None],
        later: Later,
    ) -> None:
        """`opened` admits the wire and `closed` is called once at the end; `before` and `after` enclose each piece of input."""
        self._opened = opened
        self._closed = closed
        self._before = before
        self._after = after
        self._later = later
        self._unheard = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the client."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = TransportWire(transport, self._later)
        self._connection = self._opened(self._wire)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on, a slice in this turn of the loop and the rest in the next ones."""
        if self._unheard:
            self._unheard += data
        elif len(data) > INPUT_SLICE_BYTES:
            self._unheard += data
            self._wire.busy(on=True)
            self._next_slice()
        else:
            self._pass_on(data)

    def _next_slice(self) -> None:
        if not self._unheard:
            return  # the end came first, and all was heard
        data = bytes(self._unheard[:INPUT_SLICE_BYTES])
        del self._unheard[:INPUT_SLICE_BYTES]
        self._pass_on(data)
        if self._unheard:
            self._later(0, self._next_slice)
        else:
            self._wire.busy(on=False)

    def _pass_on(self, data: bytes) -> None:
        self._before()
        self._connection.feed(data)
        self._after()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone, however it went; what the client said before that was said."""
        del exc
        if self._unheard:
            self._pass_on(bytes(self._unheard))
            self._unheard.clear()
        self._connection.closing = True
        self._closed(self._connection)

"""A TCP socket as a connection's wire: bytes out whole, or in pieces with a pause after each; reading that can stop; an end that comes.

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
        if self._transport.is_closing() or self._transport.is_reading() == on:
            return
        (self._transport.resume_reading if on else self._transport.pause_reading)()

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

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the client."""
        assert isinstance(transport, asyncio.Transport)
        self._connection = self._opened(TransportWire(transport, self._later))

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        self._before()
        self._connection.feed(data)
        self._after()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone, however it went."""
        del exc
        self._connection.closing = True
        self._closed(self._connection)

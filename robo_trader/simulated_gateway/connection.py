"""One client's connection: bytes to requests, messages to bytes, and the counts of both that lockstep rests on.

`Connection` knows no socket; a `Wire` carries its bytes. What it has to say is collected and written in one piece at the end of each event, so that a
client reads whole messages and the gateway makes one system call. A client that does not read is dropped once `OUTPUT_BYTES_MAX` wait for it: it must
never stall the others.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.clock import WireCounts
from robo_trader.simulated_gateway.frames import decode, encode
from robo_trader.simulated_gateway.requests import Request
from robo_trader.simulated_gateway.session import Session
from robo_trader.simulated_gateway.subscriptions_account import AccountLines
from robo_trader.values import NS_PER_SECOND

OUTPUT_BYTES_MAX: Final = 16 << 20
MESSAGES_PER_SECOND_MAX: Final = 50
BREACHES_MAX: Final = 3
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # linger for no time at all
_LENGTH_BYTES: Final = 4


class Wire(Protocol):
    """Where a connection's bytes go."""

    def write(self, data: bytes) -> None:
        """Send, in order, without waiting."""

    def close(self) -> None:
        """End the connection after what was written."""

    def abort(self) -> None:
        """End the connection now, by a reset."""

    def waiting_bytes(self) -> int:
        """Bytes written that the client has not taken."""


class Hub(Protocol):
    """The gateway as a connection sees it."""

    def time_text(self) -> str:
        """The simulated clock for the greeting."""

    def log_frame(self, kind: str, connection: Connection, fields: tuple[str, ...]) -> None:
        """Write a frame, `in` or `out`, to the exchange's log."""

    def handle(self, connection: Connection, request: Request) -> None:
        """Carry a request out."""

    def process_ns(self) -> int:
        """CLOCK_BOOTTIME in nanoseconds."""


class Pace:
    """Messages of one client in the last second of process time."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._recent: deque[int] = deque()
        self._told_at = -NS_PER_SECOND
        self.breaches = 0

    def breach(self, now_ns: int) -> int:
        """Count a message; how many came within a second where that is too many and was not told within this second, else 0."""
        self._recent.append(now_ns)
        while now_ns - self._recent[0] >= NS_PER_SECOND:
            self._recent.popleft()
        if len(self._recent) <= MESSAGES_PER_SECOND_MAX or now_ns - self._told_at < NS_PER_SECOND:
            return 0
        self._told_at = now_ns
        self.breaches += 1
        return len(self._recent)

    def forgive(self) -> None:
        """The gateway itself stood still: what now comes in a burst was not sent in one."""
        self._recent.clear()


class Connection:
    """See the module's head. `number` is unique in a gateway's life."""

    def __init__(self, number: int, hub: Hub, wire: Wire) -> None:
        """Silent until the client says hello."""
        self.number = number
        self.account = AccountLines()
        self.pace = Pace()
        self.closing = False
        self.named = False  # whether the client id was granted
        self._hub = hub
        self._wire = wire
        self._session = Session(hub.time_text)
        self._out: list[bytes] = []
        self._read = 0
        self._written = 0

    @property
    def client_id(self) -> int | None:
        """As the client said in startApi."""
        return self._session.client_id

    @property
    def counts(self) -> WireCounts:
        """Bytes written and read so far, and messages that still wait to be written."""
        return WireCounts(self._written, self._read, len(self._out))

    def feed(self, data: bytes) -> None:
        """Take in bytes and carry out what they complete; what is not the protocol ends this connection and no other."""
        self._read += len(data)
        if self.closing:
            return
        try:
            requests = self._session.receive(data)
        except ProtocolError:
            self.closing = True
            self._wire.close()
            return
        self._greet()
        for fields, request in zip(self._session.frames, requests, strict=True):
            if self.closing:
                break
            self._hub.log_frame("in", self, fields)
            self._keep_pace()
            self._hub.handle(self, request)
        self.flush()

    def _greet(self) -> None:
        greeting = self._session.outgoing()
        if greeting:
            self._hub.log_frame("out", self, decode(greeting[_LENGTH_BYTES:]))
            self._out.append(greeting)

    def _keep_pace(self) -> None:
        """A breach is told and the message still carried out, for it is in the gateway's queue already; the third ends the connection after it."""
        if self._session.pace_api:
            return
        too_many = self.pace.breach(self._hub.process_ns())
        if too_many:
            self.tell(replies.error(None, 100, f"Max rate of messages per second has been exceeded:max={MESSAGES_PER_SECOND_MAX} rec={too_many}"))
            if self.pace.breaches >= BREACHES_MAX:
                self.end()

    def tell(self, fields: tuple[str, ...]) -> None:
        """Say one message; it is written at the next `flush`."""
        if not self.closing:
            self._hub.log_frame("out", self, fields)
            self._out.append(encode(fields))

    def flush(self) -> None:
        """Write what was said."""
        if not self._out:
            return
        data = b"".join(self._out)
        self._out.clear()
        self._written += len(data)
        self._wire.write(data)
        if self._wire.waiting_bytes() > OUTPUT_BYTES_MAX:
            self.closing = True
            self._wire.abort()

    def end(self) -> None:
        """Say what is left to say and close."""
        self.flush()
        self.closing = True
        self._wire.close()

    def abort(self) -> None:
        """Close at once; what was not written is not said."""
        self.deafen()
        self._wire.abort()

    def deafen(self) -> None:
        """Hear and say nothing any more, and leave the socket open."""
        self._out.clear()
        self.closing = True


class TcpConnection(asyncio.Protocol):
    """A `Connection` on a TCP socket: the socket's events in, the transport as its wire."""

    def __init__(
        self, opened: Callable[[Wire], Connection], closed: Callable[[Connection], None], *, before: Callable[[], None], after: Callable[[], None]
    ) -> None:
        """`opened` admits the wire and `closed` is called once at the end; `before` and `after` enclose each piece of input."""
        self._opened = opened
        self._closed = closed
        self._before = before
        self._after = after

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the client."""
        assert isinstance(transport, asyncio.Transport)
        self._connection = self._opened(_TransportWire(transport))

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


class _TransportWire:
    """A transport as a `Wire`."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        if self._transport.is_closing():
            return
        held = self._transport.get_extra_info("socket")
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._transport.abort()

    def waiting_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

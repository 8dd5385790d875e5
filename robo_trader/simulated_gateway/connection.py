"""One client's connection: bytes to requests, messages to bytes, and the counts of both that lockstep rests on.

`Connection` knows no socket; a `Wire` carries its bytes. What it has to say is collected and written in one piece at the end of each event, so that a
client reads whole messages and the gateway makes one system call. A client that does not read is dropped once more than `OUTPUT_BYTES_MAX` wait for
it, and the exchange's log says so: it must never stall the others.

What is said passes the gateway's trouble first (`Bends`), which on a good day is nothing, and costs nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.clock import WireCounts
from robo_trader.simulated_gateway.dialect import said_in
from robo_trader.simulated_gateway.fault_kinds_wire import Pacing
from robo_trader.simulated_gateway.frames import decode, encode
from robo_trader.simulated_gateway.requests import Request, StartApi
from robo_trader.simulated_gateway.requests_parse import UNREADABLE, UNREADABLE_TEXT
from robo_trader.simulated_gateway.session import Session
from robo_trader.simulated_gateway.subscriptions_account import AccountLines
from robo_trader.values import NS_PER_SECOND

OUTPUT_BYTES_MAX: Final = 8 << 20
MESSAGES_PER_SECOND_MAX: Final = 50
BREACHES_MAX: Final = 3
_LENGTH_BYTES: Final = 4

Bend = Callable[["Connection", tuple[str, ...]], Iterable[tuple[str, ...]]]


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

    def chop(self, piece_bytes: int, pause_seconds: float) -> None:
        """From now on send so many bytes at a time; 0 sends whole again."""

    def listen(self, *, on: bool) -> None:
        """Stop reading, or begin again."""


class Bends(Protocol):
    """The gateway's trouble as a connection sees it."""

    @property
    def bend(self) -> Bend | None:
        """What a message becomes on its way out; None where it stays what it is."""

    @property
    def pacing(self) -> Pacing | None:
        """How strict the gateway is about the pace, if stricter than ever."""

    def fell_behind(self, connection: Connection, waiting_bytes: int) -> None:
        """A client did not read, and is dropped."""

    def cut_for_pace(self, connection: Connection) -> None:
        """A client was too fast, and is cut."""


class Hub(Protocol):
    """The gateway as a connection sees it."""

    @property
    def trouble(self) -> Bends:
        """What goes wrong on purpose."""

    def time_text(self) -> str:
        """The simulated clock for the greeting."""

    def log_frame(self, kind: str, connection: Connection, fields: tuple[str, ...]) -> None:
        """Write a frame, `in` or `out`, to the exchange's log."""

    def slowed(self, connection: Connection) -> None:
        """A client asked, with +PACEAPI, to be slowed down and never told."""

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
        self.over = False  # whether the latest message was one too many

    def breach(self, now_ns: int, most: int = MESSAGES_PER_SECOND_MAX) -> int:
        """Count a message; how many came within a second where that is too many and was not told within this second, else 0."""
        self._recent.append(now_ns)
        while now_ns - self._recent[0] >= NS_PER_SECOND:
            self._recent.popleft()
        self.over = len(self._recent) > most
        if not self.over or now_ns - self._told_at < NS_PER_SECOND:
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
        self._client_id: int | None = None
        self.clogged = False  # whether what is said waits
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._read = 0
        self._written = 0

    @property
    def client_id(self) -> int | None:
        """As the client said in startApi, once that is carried out: the log must not depend on what else came in the same bytes."""
        return self._client_id

    @property
    def counts(self) -> WireCounts:
        """Bytes written and read so far, and messages that still wait to be written."""
        return WireCounts(self._written, self._read, len(self._out))

    def feed(self, data: bytes) -> None:
        """Take in bytes and carry out what they complete.

        What is not the protocol ends this connection and no other: without a word before startApi, with an error after it.
        """
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
            if isinstance(request, StartApi):
                self._client_id = request.client_id
            self._hub.log_frame("in", self, fields)
            if self._keeps_pace():
                self._hub.handle(self, request)
        if self._session.complaint is not None and not self.closing:
            self.tell(replies.error(None, UNREADABLE, f"{UNREADABLE_TEXT}{self._session.complaint}"))
            self.end()
        else:
            self.flush()

    def _greet(self) -> None:
        greeting = self._session.outgoing()
        if greeting:
            self._hub.log_frame("out", self, decode(greeting[_LENGTH_BYTES:]))
            self._put(greeting)
            if self._session.pace_api:
                self._hub.slowed(self)

    def _keeps_pace(self) -> bool:
        """Whether a message is carried out.

        A breach is told and the message still carried out, for it is in the gateway's queue already; the third ends the connection after it. Trouble
        may be stricter.
        """
        if self._session.pace_api:
            return True
        strict = self._hub.trouble.pacing
        most = MESSAGES_PER_SECOND_MAX if strict is None else strict.messages_per_second
        too_many = self.pace.breach(self._hub.process_ns(), most)
        if strict is not None and strict.breach == "cut" and self.pace.over:
            self._hub.trouble.cut_for_pace(self)
            return False
        if too_many:
            self.tell(replies.error(None, 100, f"Max rate of messages per second has been exceeded:max={most} rec={too_many}"))
            if self.pace.breaches >= BREACHES_MAX:
                self.end()
        return strict is None or strict.breach == "told" or not self.pace.over

    def tell(self, fields: tuple[str, ...]) -> None:
        """Say one message, or what trouble makes of it."""
        bend = self._hub.trouble.bend
        if bend is None:
            self.say(fields)
        elif not self.closing:
            for bent in bend(self, fields):
                self.say(bent)

    def say(self, fields: tuple[str, ...]) -> None:
        """Say one message as it is, in the client's version of the protocol; it is written at the next `flush`."""
        if not self.closing:
            said = said_in(self._session.version, fields)
            self._hub.log_frame("out", self, said)
            self._put(encode(said))

    def babble(self, data: bytes) -> None:
        """Say what may be no message at all."""
        if not self.closing:
            self._put(data)

    def _put(self, data: bytes) -> None:
        self._out.append(data)
        self._out_bytes += len(data)

    def flush(self) -> None:
        """Write what was said, unless it is to wait."""
        if not self._out:
            return
        if not self.clogged:
            data = b"".join(self._out)
            self._forget()
            self._written += len(data)
            self._wire.write(data)
        waiting = self._wire.waiting_bytes() + self._out_bytes
        if waiting > OUTPUT_BYTES_MAX:
            self._forget()
            self.closing = True
            self._hub.trouble.fell_behind(self, waiting)
            self._wire.abort()

    def _forget(self) -> None:
        self._out.clear()
        self._out_bytes = 0

    def chop(self, piece_bytes: int, pause_seconds: float) -> None:
        """Write in pieces of so many bytes from now on; 0 writes whole again."""
        self._wire.chop(piece_bytes, pause_seconds)

    def listen(self, *, on: bool) -> None:
        """Stop reading, or begin again."""
        self._wire.listen(on=on)

    def end(self) -> None:
        """Say what is left to say and close."""
        self.clogged = False
        self.flush()
        self.closing = True
        self._wire.close()

    def abort(self) -> None:
        """Close at once; what was not written is not said."""
        self.deafen()
        self._wire.abort()

    def deafen(self) -> None:
        """Hear and say nothing any more, and leave the socket open."""
        self._forget()
        self.closing = True

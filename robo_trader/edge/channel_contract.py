"""What both ends of a channel agree on before any byte flows: who greets, who consumes, and how much may wait.

A channel belongs to one pair of parts and one epoch of each. It keeps order, it loses only what was under way when it closed, and it never says
whether a message was acted on: that is for numbered lines and acknowledgements of the parts themselves. A closed channel is news ("the other side may
be anything now"), a full one is an answer (`send` is False), neither is an exception.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, Protocol

Address = str
"""`unix:/path/of/socket` or `tcp:host:port`; port 0 lets the system choose."""

BUFFER_BYTES_MAX: Final = 8 * 1024 * 1024
"""How much may wait unsent, the reserve included."""
RESERVE_BYTES: Final = 256 * 1024
"""The end of the buffer, kept for cancels and reducing orders."""
FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
HELLO_BYTES_MAX: Final = 4096
"""Whoever has not said a good Hello yet gets this much of our memory."""
HELLO_SECONDS_MAX: Final = 2.0
"""For reaching the other side, and again for its Hello."""
CLOSE_SECONDS_MAX: Final = 1.0
"""How long a closing connection may take to send what waits."""

OTHER_SIDE_CLOSED: Final = "the other side closed the connection"
CONSUMER_FAILED: Final = "our own consumer failed"


class Stage(Enum):
    """A connection's life: it only moves down this list."""

    GREETING = auto()
    OPEN = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Hello:
    """Who speaks: the first message of each side. `token` is the shared secret of TCP, said by the side that connects."""

    name: str
    epoch: int
    system: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The listener's answer to a Hello that it does not accept, and who it is."""

    name: str
    epoch: int
    text: str


class Peer(Protocol):
    """The other side, as one end holds it while the connection is up."""

    @property
    def name(self) -> str:
        """Who the other side says it is; empty before its Hello."""

    @property
    def epoch(self) -> int:
        """The other side's epoch; 0 before its Hello."""

    @property
    def pending_bytes(self) -> int:
        """Bytes that wait on this side; what the system's socket buffers hold is not counted."""

    def send(self, message: object, *, reserve: bool = False) -> bool:
        """Queue `message`; False if the channel is closed or full. `reserve` may use the last `RESERVE_BYTES`: cancels and reducing orders.

        True means queued, not received. Never blocks. Raises `ProtocolError` for what is not in the vocabulary or longer than a frame: our own bug.
        """

    def close(self, reason: str) -> None:
        """End this connection, after sending what waits; `closed` is called before this returns. Nothing happens if it is closed."""


class Consumer(Protocol):
    """Whom a connection tells what happens, from the event loop and in order. None of these may block or wait.

    A consumer may also have `batch_done(peer)`: called once after the messages of each read, so that work can be settled per batch. How a stream is
    cut into batches means nothing.

    What a consumer raises closes the connection and goes on to the event loop's exception handler, which decides what becomes of the process.
    """

    def opened(self, peer: Peer) -> None:
        """Both sides have greeted each other; `peer` takes messages."""

    def received(self, peer: Peer, message: object) -> None:
        """The next message of `peer`; may send and close."""

    def closed(self, peer: Peer, reason: str) -> None:
        """The connection is over, once per connection. Follows `opened`, except for a `Connector` that is refused or answered with nonsense."""


class Room:
    """How much may wait. Plain messages leave the reserve free; one frame longer than all that passes when nothing else waits."""

    def __init__(self) -> None:
        self._head_bytes = 0

    def takes(self, pending_bytes: int, frame_bytes: int, *, reserve: bool) -> bool:
        """Whether a frame may be queued behind `pending_bytes`."""
        if pending_bytes == 0:
            self._head_bytes = frame_bytes
            return True
        # Behind an oversize frame the reserve is still whole: a sweep under way must not hold a cancel back.
        limit = max(BUFFER_BYTES_MAX, self._head_bytes + RESERVE_BYTES) if reserve else BUFFER_BYTES_MAX - RESERVE_BYTES
        return pending_bytes + frame_bytes <= limit

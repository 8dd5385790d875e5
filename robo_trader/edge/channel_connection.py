"""One end of one connection, as a protocol of the event loop: bytes arrive, and before that call returns the consumer has been told.

No task, no queue and no wakeup lies between the socket and the consumer; that is where the hop's few dozen microseconds come from. The side that
connected says Hello first and with its token, so that a stranger who connects learns nothing; the listener answers Hello or Refused. What is wrong on
the wire ends this connection and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from robo_trader.edge.channel_address import quicken
from robo_trader.edge.channel_contract import (
    CLOSE_SECONDS_MAX,
    CONSUMER_FAILED,
    FRAME_BYTES_MAX,
    HELLO_BYTES_MAX,
    HELLO_SECONDS_MAX,
    OTHER_SIDE_CLOSED,
    Consumer,
    Hello,
    Peer,
    Refused,
    Room,
    Stage,
)
from robo_trader.edge.channel_frames import FrameReader, framed
from robo_trader.edge.channel_vocabulary import Vocabulary
from robo_trader.errors import ProtocolError

_GREETINGS: Final = Vocabulary(Hello, Refused)


def batch_done_of(consumer: Consumer) -> Callable[[Peer], None]:
    """What the consumer wants called after each batch; nothing, if it has no such wish."""
    found: Callable[[Peer], None] = getattr(consumer, "batch_done", lambda _: None)
    return found


class Connection(asyncio.Protocol):
    """A `Peer`. `admit` judges the other side's Hello (None, or why not); `ended` is told of the end before the consumer is.

    `connects` marks the side that speaks first. `refused` says that a greeting did not please.
    """

    def __init__(
        self,
        own: Hello,
        vocabulary: Vocabulary,
        consumer: Consumer,
        admit: Callable[[Connection, Hello], str | None],
        ended: Callable[[Connection, str], None],
        *,
        connects: bool,
    ) -> None:
        self.name = ""
        self.epoch = 0
        self.stage = Stage.GREETING
        self.refused = False
        self._gone = asyncio.Event()
        self._own = own
        self._vocabulary = vocabulary
        self._consumer = consumer
        self._batch_done = batch_done_of(consumer)
        self._admit = admit
        self._ended = ended
        self._connects = connects
        self._frames = FrameReader(HELLO_BYTES_MAX)
        self._room = Room()
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def pending_bytes(self) -> int:
        """Bytes that the event loop holds for the socket."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    def send(self, message: object, *, reserve: bool = False) -> bool:
        """See `Peer.send`."""
        if self.stage is not Stage.OPEN or self._transport is None:
            return False
        frame = framed(self._vocabulary.encode(message))
        if not self._room.takes(self._transport.get_write_buffer_size(), len(frame), reserve=reserve):
            return False
        self._transport.write(frame)
        return True

    def close(self, reason: str) -> None:
        """See `Peer.close`. What cannot be sent within `CLOSE_SECONDS_MAX` is dropped."""
        self._end(reason, tell=self.stage is Stage.OPEN, flush=True)

    def abort(self, reason: str) -> None:
        """Close, and drop what waits: a replaced peer must not hear another word."""
        self._end(reason, tell=self.stage is Stage.OPEN, flush=False)

    @property
    def is_gone(self) -> bool:
        """Whether the socket is closed, and not only told to close."""
        return self._gone.is_set()

    async def wait_gone(self) -> None:
        """Until the socket is closed; at once where there never was one."""
        if self._transport:
            await self._gone.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected: greet, or wait for the greeting."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop, the loop of an actor, has its own class of it
        if self.stage is Stage.CLOSED:
            self._transport.abort()
            return
        quicken(transport)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(HELLO_SECONDS_MAX, self._fail, f"no Hello within {HELLO_SECONDS_MAX:g} s")
        if self._connects:
            self._transport.write(framed(_GREETINGS.encode(self._own)))

    def data_received(self, data: bytes) -> None:
        """The next bytes of the stream, cut anywhere."""
        frames = self._frames.feed(data)
        try:
            while self.stage is not Stage.CLOSED and (message := self._next(frames)) is not None:
                if self.stage is Stage.OPEN:
                    self._consumer.received(self, message)
                else:
                    self._greeted(message)
            if self.stage is Stage.OPEN:
                self._batch_done(self)
        except Exception:
            self._fail(CONSUMER_FAILED)
            raise

    def eof_received(self) -> None:
        """The other side said that it is done; half a channel is none."""
        self._fail(OTHER_SIDE_CLOSED)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The socket is closed."""
        self._fail(f"the connection broke: {exc}" if exc else OTHER_SIDE_CLOSED)
        if self._deadline:
            self._deadline.cancel()
        self._gone.set()

    def _next(self, frames: Iterator[bytes | bytearray]) -> Any:  # noqa: ANN401 - one of the vocabulary's classes
        """The next message; None if there is none yet, or never again because the bytes are no channel's."""
        try:
            payload = next(frames, None)
            if payload is None:
                return None
            return (self._vocabulary if self.stage is Stage.OPEN else _GREETINGS).decode(payload)
        except ProtocolError as broken:
            self._fail(str(broken))
            return None

    def _greeted(self, greeting: Hello | Refused) -> None:
        """Open, or say why not."""
        self.name, self.epoch = greeting.name, greeting.epoch
        if isinstance(greeting, Refused):
            self.refused = True
            self._fail(f"refused by '{greeting.name}': {greeting.text}")
            return
        refusal = self._admit(self, greeting)
        answer = Refused(self._own.name, self._own.epoch, refusal) if refusal else self._own
        assert self._transport is not None
        if not self._connects:
            self._transport.write(framed(_GREETINGS.encode(answer)))
        if refusal:
            self.refused = True
            self._end(refusal, tell=self._connects, flush=True)
            return
        assert self._deadline is not None
        self._deadline.cancel()
        self._frames.frame_bytes_max = FRAME_BYTES_MAX
        self.stage = Stage.OPEN
        self._consumer.opened(self)

    def _fail(self, reason: str) -> None:
        """End without a wish of ours; who connected hears of it even before the channel was open."""
        self._end(reason, tell=self._connects or self.stage is Stage.OPEN, flush=False)

    def _end(self, reason: str, *, tell: bool, flush: bool) -> None:
        """Close the socket and tell everybody, once."""
        if self.stage is Stage.CLOSED:
            return
        self.stage = Stage.CLOSED
        if self._deadline:
            self._deadline.cancel()
        if self._transport and flush:
            self._transport.close()
            self._deadline = asyncio.get_running_loop().call_later(CLOSE_SECONDS_MAX, self._transport.abort)
        elif self._transport:
            self._transport.abort()
        self._ended(self, reason)
        if tell:
            self._consumer.closed(self, reason)

"""The channel's twin inside one process: the same promises without a socket, for tests, seeded worlds and the run in one process.

Nothing is delivered from within `send`: the event loop calls the receiver later, in order and in batches, as it would for a socket, so a part cannot
come to rely on an answer that has already arrived. Messages are handed on as they are; `through_bytes` sends each through its bytes, which proves
that it could travel.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from robo_trader.edge.channel_connection import batch_done_of
from robo_trader.edge.channel_contract import BUFFER_BYTES_MAX, CONSUMER_FAILED, OTHER_SIDE_CLOSED, Consumer, Room, Stage
from robo_trader.edge.channel_frames import framed
from robo_trader.edge.channel_vocabulary import Vocabulary

MESSAGES_WAITING_MAX: Final = 65_536
_MESSAGE_BYTES: Final = BUFFER_BYTES_MAX // MESSAGES_WAITING_MAX
"""What a message counts for where it is not written as bytes."""


@dataclass(frozen=True, slots=True)
class LocalEnd:
    """One side: who it is, and whom it tells."""

    name: str
    epoch: int
    consumer: Consumer


def local_pair(left: LocalEnd, right: LocalEnd, *, vocabulary: Vocabulary | None = None, through_bytes: bool = False) -> tuple[LocalPeer, LocalPeer]:
    """Connect two ends in the running loop: the peer that `left` holds (named as `right`), and the one that `right` holds.

    Both are told `opened` by the loop, `left` first. `through_bytes` needs the vocabulary.
    """
    assert vocabulary or not through_bytes, "bytes are written with a vocabulary"
    proof = vocabulary if through_bytes else None
    pair = LocalPeer(right, left.consumer, proof), LocalPeer(left, right.consumer, proof)
    for near, far in (pair, pair[::-1]):
        near.join(far)
    return pair


class LocalPeer:
    """A `Peer` in this process."""

    def __init__(self, who: LocalEnd, consumer: Consumer, proof: Vocabulary | None) -> None:
        """`consumer` is the side that holds this peer, `who` the side that it stands for."""
        self.name = who.name
        self.epoch = who.epoch
        self.stage = Stage.GREETING
        self._consumer = consumer
        self._batch_done = batch_done_of(consumer)
        self._proof = proof
        self._loop = asyncio.get_running_loop()
        self._far: LocalPeer
        self._incoming: deque[tuple[object, int]] = deque()
        self._incoming_bytes = 0
        self._delivery_due = False
        self._room = Room()

    def join(self, far: LocalPeer) -> None:
        """Let the loop open this side; `far` is the peer that the other side holds."""
        self._far = far
        self._loop.call_soon(self._open)

    @property
    def pending_bytes(self) -> int:
        """What the other side has not been told yet."""
        return self._far._incoming_bytes  # noqa: SLF001 - the other half of this pair

    def send(self, message: object, *, reserve: bool = False) -> bool:
        """See `Peer.send`."""
        if self.stage is not Stage.OPEN or self._far.stage is Stage.CLOSED:
            return False
        size = _MESSAGE_BYTES
        if self._proof:
            payload = self._proof.encode(message)
            size = len(framed(payload))
            message = self._proof.decode(payload)
        if not self._room.takes(self.pending_bytes, size, reserve=reserve):
            return False
        self._far.accept(message, size)
        return True

    def close(self, reason: str) -> None:
        """See `Peer.close`."""
        was, self.stage = self.stage, Stage.CLOSED
        if was is Stage.CLOSED:
            return
        self._incoming.clear()
        self._incoming_bytes = 0
        self._loop.call_soon(self._far.close, OTHER_SIDE_CLOSED)
        if was is Stage.OPEN:
            self._consumer.closed(self, reason)

    def accept(self, message: object, size: int) -> None:
        """Take a message of `size` bytes from the other half, for the loop to deliver."""
        if not self._delivery_due:
            self._delivery_due = True
            self._loop.call_soon(self._deliver)
        self._incoming.append((message, size))
        self._incoming_bytes += size

    def _open(self) -> None:
        if self.stage is not Stage.GREETING:
            return
        self.stage = Stage.OPEN
        try:
            self._consumer.opened(self)
        except Exception:
            self.close(CONSUMER_FAILED)
            raise

    def _deliver(self) -> None:
        """Tell what has arrived until now; what arrives meanwhile is the next batch."""
        self._delivery_due = False
        batch = len(self._incoming)
        try:
            while batch and self.stage is Stage.OPEN:
                batch -= 1
                message, size = self._incoming.popleft()
                self._incoming_bytes -= size
                self._consumer.received(self, message)
            if self.stage is Stage.OPEN:
                self._batch_done(self)
        except Exception:
            self.close(CONSUMER_FAILED)
            raise

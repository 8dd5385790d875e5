"""Channels under test: a consumer that remembers, a transport in memory, and a process that echoes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, get_args

import uvloop

from robo_trader.desk.effects import Alert, Cancel, Place
from robo_trader.desk.news import News
from robo_trader.edge.channel import Connector, Peer, Vocabulary, listen
from robo_trader.edge.channel_connection import Connection
from robo_trader.edge.channel_contract import Hello
from robo_trader.market.bar import Bar

WAIT_SECONDS_MAX = 20.0


@dataclass(frozen=True, slots=True)
class Note:
    number: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    news: News


WORDS = Vocabulary(Note, Line, Place, Cancel, Alert, Bar)
CLASSES = (Place, Cancel, Alert, Bar, *get_args(News))


@dataclass
class Recorder:
    """Remembers what it was told; answers with `answer`, where there is one."""

    answer: Callable[[Peer, Any], object] | None = None
    told: list[tuple[str, str, Any]] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    batches: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def opened(self, peer: Peer) -> None:
        self.peers.append(peer)
        self._tell("opened", peer, peer.epoch)

    def received(self, peer: Peer, message: object) -> None:
        self._tell("received", peer, message)
        if self.answer:
            self.answer(peer, message)

    def closed(self, peer: Peer, reason: str) -> None:
        self._tell("closed", peer, reason)

    def batch_done(self, _peer: Peer) -> None:
        self.batches += 1

    def _tell(self, kind: str, peer: Peer, what: object) -> None:
        self.told.append((kind, peer.name, what))
        self._news.set()

    def all(self, kind: str) -> list[Any]:
        return [what for told, _, what in self.told if told == kind]

    async def until(self, kind: str, count: int = 1) -> list[Any]:
        """Wait until it was told `count` times of `kind`; what it was told."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while len(found := self.all(kind)) < count:
                self._news.clear()
                await self._news.wait()
        return found


class MemoryTransport(asyncio.Transport):
    """Bytes that a test moves by hand; `full` keeps them here, as a peer does that does not read."""

    def __init__(self, protocol: Connection) -> None:
        super().__init__()
        self.protocol = protocol
        self.far: MemoryTransport | None = None
        self.waiting = bytearray()
        self.over = False
        protocol.connection_made(self)

    def write(self, data: Any) -> None:
        assert not self.over, "nobody writes to a closed socket"
        self.waiting += data

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def close(self) -> None:
        while self.far and self.waiting:
            self.move(len(self.waiting))
        self.abort()

    def abort(self) -> None:
        if not self.over:
            self.over = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)
            if self.far:
                asyncio.get_running_loop().call_soon(self.far.protocol.eof_received)

    def is_closing(self) -> bool:
        return self.over

    def move(self, size: int) -> None:
        """Let the other side read up to `size` bytes."""
        piece = bytes(self.waiting[:size])
        del self.waiting[:size]
        if self.far and piece and not self.far.over:
            self.far.protocol.data_received(piece)


def joined(left: Connection, right: Connection) -> tuple[MemoryTransport, MemoryTransport]:
    """Two connections on one cable."""
    near, far = MemoryTransport(left), MemoryTransport(right)
    near.far, far.far = far, near
    for each, other in ((near, far), (far, near)):
        if each.over:
            asyncio.get_running_loop().call_soon(other.protocol.eof_received)
    return near, far


def flow(*transports: MemoryTransport, chance: Random | None = None) -> None:
    """Move everything that waits, in whole or in pieces by chance."""
    while any(each.waiting and not each.over for each in transports):
        for each in transports:
            each.move(chance.randint(1, 200) if chance else len(each.waiting))


async def echoing(role: str, address: str, name: str, epoch: int) -> None:
    """A process's part: echo every message until it is killed; says where it listens, or that it is connected."""

    class Echo(Recorder):
        def opened(self, peer: Peer) -> None:
            if role == "connect":
                sys.stdout.write(f"connected to {peer.name}\n")
                sys.stdout.flush()

    echo = Echo(answer=lambda peer, message: peer.send(message))
    if role == "connect":
        connector = Connector(address, name=name, epoch=epoch, system="demo", vocabulary=WORDS, consumer=echo, chance=Random(1), token="secret")
        await connector.run()
    listener = await listen(address, name=name, epoch=epoch, vocabulary=WORDS, consumer=echo, accepts=accept_all, system="demo", token="secret")
    sys.stdout.write(f"{listener.address}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def accept_all(_hello: Hello) -> str | None:
    return None


if __name__ == "__main__":
    uvloop.run(echoing(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))

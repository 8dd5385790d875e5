"""The channel over real sockets and between real processes: death, succession, return, and streams cut by the system.

This end runs on asyncio's own loop, the other process on uvloop, whose transports are other classes with other buffers: an actor has that one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from robo_trader.edge.channel import Connector, Listener, Peer, listen
from robo_trader.edge.channel_contract import CLOSE_SECONDS_MAX, OTHER_SIDE_CLOSED, Hello
from robo_trader.edge.channel_frames import framed
from robo_trader.edge.channel_vocabulary import Vocabulary
from robo_trader.errors import ConfigurationError
from tests.support.channel_bench import WAIT_SECONDS_MAX, WORDS, Note, Recorder, accept_all

PROGRAM = [sys.executable, "-m", "tests.support.channel_bench"]
DEATH_SEEN_SECONDS_MAX = 0.05
WINDOW = 40  # notes under way: less than a buffer, for the echo drops what does not fit into its own
TRIES = 3  # every death is seen; how soon is measured on the try that a busy machine disturbed least


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as short:  # tmp_path may be longer than a socket's path
        yield Path(short) / "gateway.sock"


@pytest.fixture(params=["unix", "tcp"])
def anywhere(request: pytest.FixtureRequest, path: Path) -> str:
    return f"unix:{path}" if request.param == "unix" else "tcp:127.0.0.1:0"


def mode(path: Path) -> int | None:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


@asynccontextmanager
async def listening(address: str, consumer: Recorder, epoch: int = 5) -> AsyncIterator[Listener]:
    listener = await listen(
        address, name="gateway", epoch=epoch, vocabulary=WORDS, consumer=consumer, accepts=accept_all, system="demo", token="secret"
    )
    try:
        yield listener
    finally:
        listener.close()
        await listener.wait_closed()


@asynccontextmanager
async def connecting(address: str, consumer: Recorder, *, epoch: int = 3, token: str = "secret") -> AsyncIterator[Connector]:
    connector = Connector(address, name="desk", epoch=epoch, system="demo", vocabulary=WORDS, consumer=consumer, chance=Random(1), token=token)
    running = asyncio.ensure_future(connector.run())
    try:
        yield connector
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Process:
    """`role` of tests/support/channel_bench in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, said: str) -> None:
        self.said = said
        self._process = process

    async def kill(self) -> None:
        if self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
        await self._process.wait()


@asynccontextmanager
async def process(role: str, address: str, name: str, epoch: int) -> AsyncIterator[Process]:
    child = await asyncio.create_subprocess_exec(*PROGRAM, role, address, name, str(epoch), stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    running = Process(child, (await asyncio.wait_for(child.stdout.readline(), WAIT_SECONDS_MAX)).decode().strip())
    try:
        yield running
    finally:
        await running.kill()


async def test_two_processes_keep_order_under_load(anywhere: str):
    chance = Random(11)
    notes = [Note(number, "x" * chance.choice([0, 10, 1000, 100_000])) for number in range(500)]
    more = iter(notes)

    def send_next(peer: Peer, _echoed: object) -> None:
        assert all(map(peer.send, islice(more, 1)))

    desk = Recorder(answer=send_next)
    async with process("listen", anywhere, "gateway", 5) as gateway, connecting(gateway.said, desk):
        await desk.until("opened")
        for _ in range(WINDOW):
            send_next(desk.peers[0], None)
        echoed = await desk.until("received", len(notes))
    assert echoed == notes


async def seconds_until_seen(child: Process, watcher: Recorder) -> float:
    began = time.perf_counter()
    killing = asyncio.ensure_future(child.kill())
    await watcher.until("closed")
    seconds = time.perf_counter() - began
    await killing
    return seconds


async def test_a_killed_connector_is_seen_within_50_ms(anywhere: str):
    seconds = []
    for _ in range(TRIES):
        gateway = Recorder()
        async with listening(anywhere, gateway) as listener, process("connect", listener.address, "desk", 3) as child:
            await gateway.until("opened")
            seconds.append(await seconds_until_seen(child, gateway))
    assert min(seconds) < DEATH_SEEN_SECONDS_MAX


async def test_a_killed_listener_is_seen_within_50_ms(anywhere: str):
    seconds = []
    for _ in range(TRIES):
        desk = Recorder()
        async with process("listen", anywhere, "gateway", 5) as child, connecting(child.said, desk):
            await desk.until("opened")
            seconds.append(await seconds_until_seen(child, desk))
    assert min(seconds) < DEATH_SEEN_SECONDS_MAX


async def test_a_connector_returns_to_the_successor_of_a_listener_that_died(anywhere: str):
    desk = Recorder()
    async with process("listen", anywhere, "gateway", 5) as first, connecting(first.said, desk):
        await desk.until("opened")
        await first.kill()
        await desk.until("closed")
        async with process("listen", first.said, "gateway", 6) as second:
            assert second.said == first.said, "a name left by the dead is taken over"
            assert await desk.until("opened", 2) == [5, 6]
            desk.peers[1].send(Note(1))
            assert await desk.until("received") == [Note(1)]


async def test_a_successor_replaces_its_elder_and_the_elder_is_refused(anywhere: str):
    gateway, elder, successor = Recorder(), Recorder(), Recorder()
    async with listening(anywhere, gateway) as listener, connecting(listener.address, elder, epoch=3):
        await elder.until("opened")
        async with connecting(listener.address, successor, epoch=4):
            await successor.until("opened")
            assert [reason for reason in await elder.until("closed", 2) if "refused" in reason] == [
                "refused by 'gateway': epoch 3 of 'desk' was succeeded by 4"
            ]
            assert gateway.told == [("opened", "desk", 3), ("closed", "desk", "replaced by a connection of epoch 4"), ("opened", "desk", 4)]
            gateway.peers[1].send(Note(1))
            assert await successor.until("received") == [Note(1)]
            assert not elder.all("received")


async def test_a_wrong_token_is_refused_on_tcp_and_a_socket_of_ours_needs_none(path: Path):
    desk, gateway = Recorder(), Recorder()
    async with listening("tcp:127.0.0.1:0", gateway) as listener, connecting(listener.address, desk, token="guess"):
        assert await desk.until("closed") == ["refused by 'gateway': the token is not ours"]
        assert not gateway.told
    async with listening(f"unix:{path}", gateway) as listener, connecting(listener.address, desk, token=""):
        await desk.until("opened")


async def test_a_stranger_with_garbage_or_with_nothing_costs_only_itself(anywhere: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("robo_trader.edge.channel_connection.HELLO_SECONDS_MAX", 0.1)
    gateway, desk = Recorder(), Recorder()

    async def stranger(first: bytes) -> bytes:
        if listener.address.startswith("unix:"):
            reader, writer = await asyncio.open_unix_connection(listener.address.removeprefix("unix:"))
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(listener.address.rpartition(":")[2]))
        writer.write(first)
        try:
            return await asyncio.wait_for(reader.read(), WAIT_SECONDS_MAX)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async with listening(anywhere, gateway) as listener, connecting(listener.address, desk):
        await desk.until("opened")
        for first in (b"GET / HTTP/1.1\r\n\r\n", b"", b"\xff" * 100_000, framed(b"\xc1"), framed(WORDS.encode(Note(1)))):
            assert await stranger(first) == b""
        assert len(gateway.told) == 1
        gateway.peers[0].send(Note(1))
        assert await desk.until("received") == [Note(1)]


async def test_bytes_one_by_one_are_the_same_conversation(path: Path):
    gateway = Recorder()
    hello = Vocabulary(Hello).encode(Hello("desk", 3, "demo"))
    async with listening(f"unix:{path}", gateway):
        reader, writer = await asyncio.open_unix_connection(str(path))
        for byte in framed(hello) + framed(WORDS.encode(Note(1))) + framed(WORDS.encode(Note(2, "two"))):
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert await gateway.until("received", 2) == [Note(1), Note(2, "two")]
        assert len(await reader.readexactly(4)) == 4
        writer.close()
        assert await gateway.until("closed") == [OTHER_SIDE_CLOSED]


async def test_a_peer_that_does_not_read_fills_the_buffer_blocks_nobody_and_keeps_the_reserve(path: Path):
    gateway = Recorder()
    hello = framed(Vocabulary(Hello).encode(Hello("desk", 3, "demo")))
    with socket.socket(socket.AF_UNIX) as deaf:
        async with listening(f"unix:{path}", gateway) as listener:
            deaf.setblocking(False)
            await asyncio.get_running_loop().sock_connect(deaf, str(path))
            await asyncio.get_running_loop().sock_sendall(deaf, hello)
            await gateway.until("opened")
            peer = gateway.peers[0]
            while peer.send(Note(1, "x" * 100_000)):
                pass
            assert peer.send(Note(2), reserve=True)
            began = time.perf_counter()
            listener.close()
            assert not peer.send(Note(3), reserve=True)
            await listener.wait_closed()
            assert time.perf_counter() - began < CLOSE_SECONDS_MAX + 5, "what nobody reads is dropped"


async def test_the_name_is_for_its_user_alone_goes_with_its_listener_and_stays_for_a_successor(path: Path):
    async with listening(f"unix:{path}", Recorder()) as listener:
        assert listener.address == f"unix:{path}"
        assert mode(path) == 0o600
        async with listening(f"unix:{path}", Recorder(), epoch=6):
            listener.close()
            desk = Recorder()
            async with connecting(f"unix:{path}", desk):
                assert await desk.until("opened") == [6]
        assert mode(path) is None


async def test_where_one_cannot_listen_it_says_why(path: Path):
    async with listening("tcp:127.0.0.1:0", Recorder()) as listener:
        for address in (listener.address, f"unix:{path.parent / ('x' * 120)}", f"unix:{path.parent / 'none' / 'x'}"):
            with pytest.raises(ConfigurationError, match="cannot listen at"):
                async with listening(address, Recorder()):
                    pass

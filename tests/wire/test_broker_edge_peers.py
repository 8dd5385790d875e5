"""What answers on the port need not be a gateway: the link calls that absent, in time, and leaves no socket behind."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from robo_trader.edge.clock import process_ns
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.errors import GatewayAbsent

DEADLINE_SECONDS = 0.3


class Peer:
    """A TCP server that behaves as the test says; `left` is set when the other side closed."""

    def __init__(self, behaviour):
        self._behaviour = behaviour
        self.left = asyncio.Event()

    async def __call__(self, reader, writer):
        try:
            await self._behaviour(reader, writer)
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()
            self.left.set()


@asynccontextmanager
async def peer_that(behaviour):
    """The link to such a peer, what it told, and the peer."""
    peer = Peer(behaviour)
    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    heard = []
    line = LastLine(lease_valid=lambda _: True, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)
    port = server.sockets[0].getsockname()[1]
    link = Link(
        host="127.0.0.1", port=port, client_id=7, account=None, on_news=heard.append, on_bar=heard.append, last_line=line, process_ns=process_ns
    )
    try:
        yield link, heard, peer
    finally:
        server.close()
        await server.wait_closed()


async def say_nothing(_reader, _writer):
    pass


async def hang_up(_reader, writer):
    writer.close()


async def talk_nonsense(_reader, writer):
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" * 20)


async def greet_with_no_version(_reader, writer):
    writer.write(b"\x00\x00\x00\x0cabc\x00whenever\x00")


async def greet_and_say_no_more(_reader, writer):
    writer.write(b"\x00\x00\x00\x16176\x0020131007 09:30:00\x00")


async def speak_an_old_dialect(_reader, writer):
    writer.write(b"\x00\x00\x00\x16100\x0020131007 09:30:00\x00")


@pytest.mark.parametrize("behaviour", [say_nothing, hang_up, talk_nonsense, greet_with_no_version, greet_and_say_no_more, speak_an_old_dialect])
async def test_a_peer_that_is_no_gateway_is_absent_within_the_deadline_and_its_socket_is_closed(behaviour):
    async with peer_that(behaviour) as (link, heard, peer):
        began = time.monotonic()
        with pytest.raises(GatewayAbsent):
            await link.connect(DEADLINE_SECONDS)
        assert time.monotonic() - began < DEADLINE_SECONDS + 1
        await asyncio.wait_for(peer.left.wait(), 1)
        assert not link.connected
        assert heard == []  # a session that never was does not end


@pytest.mark.parametrize("behaviour", [hang_up, greet_with_no_version])
async def test_a_peer_that_hangs_up_or_breaks_the_greeting_is_not_waited_for(behaviour):
    async with peer_that(behaviour) as (link, _, _):
        with pytest.raises(GatewayAbsent):
            await asyncio.wait_for(link.connect(60), 5)


async def test_where_nothing_listens_the_text_names_the_address():
    async with peer_that(say_nothing) as (link, _, _):
        port = link._port
    with pytest.raises(GatewayAbsent, match=f"no gateway at 127.0.0.1:{port}"):
        await link.connect(DEADLINE_SECONDS)


async def test_a_cancelled_log_on_closes_its_socket():
    async with peer_that(say_nothing) as (link, _, peer):
        logging_on = asyncio.ensure_future(link.connect(60))
        await asyncio.wait({logging_on}, timeout=0.05)
        logging_on.cancel()
        await asyncio.gather(logging_on, return_exceptions=True)
        await asyncio.wait_for(peer.left.wait(), 1)

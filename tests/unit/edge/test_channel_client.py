"""One connection, kept up: over a network of memory whose listeners come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from robo_trader.edge import channel_client
from robo_trader.edge.channel_address import TcpPlace, UnixPlace
from robo_trader.edge.channel_client import Connector
from robo_trader.edge.channel_connection import Connection
from robo_trader.edge.channel_contract import OTHER_SIDE_CLOSED, Hello
from robo_trader.edge.channel_server import Listener
from robo_trader.errors import ConfigurationError
from tests.support.channel_bench import WORDS, Recorder, accept_all, flow, joined


class Network:
    """Listeners by address; counts who knocks, and remembers how long the connector paused before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pause_factor: float = 0.001) -> None:
        self.listeners: dict[str, Listener] = {}
        self.knocks = 0
        self.pauses: list[float] = []
        self.knocked = asyncio.Event()
        monkeypatch.setattr(channel_client, "connect", self.connect)
        pause = Connector._pause

        async def remembered(connector: Connector, seconds: float) -> None:
            self.pauses.append(seconds)
            await pause(connector, seconds * pause_factor)

        monkeypatch.setattr(Connector, "_pause", remembered)

    async def connect(self, place: UnixPlace | TcpPlace, protocol: Connection) -> None:
        assert isinstance(place, UnixPlace)
        self.knocks += 1
        self.knocked.set()
        listener = self.listeners.get(str(place.path))
        if listener is None:
            raise FileNotFoundError(f"nobody at {place.path}")
        cable = joined(protocol, listener.connection())
        asyncio.get_running_loop().call_soon(flow, *cable)

    async def until_knocks(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.knocks < count:
                self.knocked.clear()
                await self.knocked.wait()

    def listener(self, address: str, epoch: int = 5, name: str = "gateway", system: str = "demo", refuse: str | None = None) -> Recorder:
        consumer = Recorder()
        accepts = accept_all if refuse is None else lambda _hello: refuse
        self.listeners[address] = Listener(Hello(name, epoch, system), WORDS, consumer, accepts, "")
        return consumer


@asynccontextmanager
async def connecting(address: str) -> AsyncIterator[tuple[Connector, Recorder]]:
    desk = Recorder()
    connector = Connector(f"unix:{address}", name="desk", epoch=3, system="demo", vocabulary=WORDS, consumer=desk, chance=Random(1))
    running = asyncio.ensure_future(connector.run())
    try:
        yield connector, desk
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_listener_that_comes_late_is_found_after_growing_bounded_pauses(monkeypatch: pytest.MonkeyPatch):
    network = Network(monkeypatch)
    async with connecting("/a") as (connector, desk):
        await network.until_knocks(12)
        assert connector.trouble == "nobody at /a"
        assert not desk.told, "an absent listener is a state to wait in, not news"
        assert 0.01 < network.pauses[0] <= 0.02 and network.pauses[1] > network.pauses[0] and 0.7 < network.pauses[-1] <= 1.0
        network.listener("/a")
        await desk.until("opened")
        assert connector.trouble == ""


async def test_a_lost_connection_is_made_again(monkeypatch: pytest.MonkeyPatch):
    network = Network(monkeypatch)
    gateway = network.listener("/a")
    async with connecting("/a") as (_, desk):
        await gateway.until("opened")
        gateway.peers[0].close("restart")
        assert await desk.until("closed") == [OTHER_SIDE_CLOSED]
        await desk.until("opened", 2)
    assert [kind for kind, *_ in desk.told] == ["opened", "closed", "opened", "closed"]


async def test_a_refusal_is_told_and_gets_the_longest_pause(monkeypatch: pytest.MonkeyPatch):
    network = Network(monkeypatch)
    network.listener("/a", refuse="not yet")
    async with connecting("/a") as (_, desk):
        assert set(await desk.until("closed", 3)) == {"refused by 'gateway': not yet"}
    assert set(network.pauses) == {channel_client.PAUSE_SECONDS_MAX}


async def test_a_redirection_closes_the_old_connection_and_goes_to_the_new_address(monkeypatch: pytest.MonkeyPatch):
    network = Network(monkeypatch)
    network.listener("/a", name="old")
    network.listener("/b", name="new")
    async with connecting("/a") as (connector, desk):
        await desk.until("opened")
        connector.redirect("unix:/a")
        assert not desk.all("closed"), "to where it is already"
        connector.redirect("unix:/b")
        assert desk.told[-1] == ("closed", "old", "redirected to unix:/b")
        await desk.until("opened", 2)
        assert desk.told[-1] == ("opened", "new", 5)


async def test_a_redirection_does_not_wait_for_the_end_of_a_pause(monkeypatch: pytest.MonkeyPatch):
    network = Network(monkeypatch, pause_factor=100_000)
    network.listener("/b")
    async with connecting("/a") as (connector, desk):
        await network.until_knocks(1)
        connector.redirect("unix:/b")
        await desk.until("opened")


async def test_a_listener_that_was_succeeded_and_another_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch):
    network = Network(monkeypatch)
    network.listener("/a", epoch=6)
    network.listener("/b", epoch=5)
    network.listener("/c", epoch=9, system="other")
    async with connecting("/a") as (connector, desk):
        await desk.until("opened")
        connector.redirect("unix:/b")
        assert (await desk.until("closed", 2))[-1] == "epoch 5 of 'gateway' was succeeded by 6"
        connector.redirect("unix:/c")
        await network.until_knocks(network.knocks + 2)
        assert "refused by 'gateway': this is system 'other', not 'demo'" in desk.all("closed")
        assert desk.all("opened") == [6]


async def test_the_end_of_run_closes_the_connection(monkeypatch: pytest.MonkeyPatch):
    network = Network(monkeypatch)
    gateway = network.listener("/a")
    async with connecting("/a") as (_, desk):
        await desk.until("opened")
    assert desk.all("closed") == ["the connector ends"]
    assert await gateway.until("closed") == [OTHER_SIDE_CLOSED]


async def test_tcp_without_a_token_is_a_mistake_of_configuration():
    def make(address: str) -> Connector:
        return Connector(address, name="desk", epoch=3, system="demo", vocabulary=WORDS, consumer=Recorder(), chance=Random(1))

    with pytest.raises(ConfigurationError, match="no token"):
        make("tcp:h:1")
    with pytest.raises(ConfigurationError, match="no token"):
        make("unix:/a").redirect("tcp:h:1")

"""Who may come in, and who goes when somebody newer comes; the sockets are tested in tests/wire."""

from __future__ import annotations

import logging

import pytest

from robo_trader.edge import channel_server
from robo_trader.edge.channel_connection import Connection
from robo_trader.edge.channel_contract import Hello
from robo_trader.edge.channel_server import Listener
from tests.support.channel_bench import WORDS, Note, Recorder, accept_all, flow, joined


class Gateway:
    """A listener, and desks that connect to it."""

    def __init__(self, token: str = "", refuse: str | None = None) -> None:
        self.consumer = Recorder()
        self.heard: list[Hello] = []
        self.refuse = refuse
        self.listener = Listener(Hello("gateway", 5, "demo"), WORDS, self.consumer, self.accepts, token)

    def accepts(self, hello: Hello) -> str | None:
        self.heard.append(hello)
        return self.refuse

    def visit(self, epoch: int = 1, *, name: str = "desk", system: str = "demo", token: str = "") -> tuple[Connection, Recorder]:
        desk = Recorder()
        near = Connection(Hello(name, epoch, system, token), WORDS, desk, lambda _, hello: accept_all(hello), lambda *_: None, connects=True)
        flow(*joined(near, self.listener.connection()))
        return near, desk


async def test_a_newer_epoch_replaces_the_older_one_which_is_closed_first():
    gateway = Gateway()
    old, told_old = gateway.visit(1)
    gateway.visit(2)
    assert gateway.consumer.told == [("opened", "desk", 1), ("closed", "desk", "replaced by a connection of epoch 2"), ("opened", "desk", 2)]
    await told_old.until("closed")
    assert not old.send(Note(1))


async def test_the_same_epoch_may_come_again_and_another_name_disturbs_nobody():
    gateway = Gateway()
    gateway.visit(1)
    gateway.visit(1, name="host")
    gateway.visit(1)
    assert [kind for kind, name, _ in gateway.consumer.told if name == "desk"] == ["opened", "closed", "opened"]
    assert [kind for kind, name, _ in gateway.consumer.told if name == "host"] == ["opened"]


async def test_an_older_epoch_is_refused_while_its_successor_is_there_and_after_it_left():
    gateway = Gateway()
    successor, _ = gateway.visit(2)
    _, told = gateway.visit(1)
    assert told.all("closed") == ["refused by 'gateway': epoch 1 of 'desk' was succeeded by 2"]
    assert gateway.consumer.all("opened") == [2] and not gateway.consumer.all("closed")
    successor.close("leaves")
    await gateway.consumer.until("closed")
    assert gateway.visit(1)[0].refused
    assert len(gateway.heard) == 1, "who is succeeded is not even considered"


@pytest.mark.parametrize("token", ["", "wrong", "sécret"])
async def test_a_wrong_token_is_refused_before_anything_else(token: str):
    gateway = Gateway(token="secret")
    _, told = gateway.visit(token=token)
    assert told.all("closed") == ["refused by 'gateway': the token is not ours"]
    assert not gateway.heard and not gateway.consumer.told
    assert not gateway.visit(token="secret")[0].refused


async def test_another_system_and_whom_we_do_not_accept_are_refused_in_words():
    gateway = Gateway(refuse="no such symbol")
    assert gateway.visit(system="other")[1].all("closed") == ["refused by 'gateway': this is system 'demo', not 'other'"]
    assert gateway.visit(9)[1].all("closed") == ["refused by 'gateway': no such symbol"]
    gateway.refuse = None
    assert not gateway.visit(1)[0].refused, "an epoch that was not accepted fences nobody"


async def test_strangers_are_bounded_in_number_and_those_who_left_do_not_count(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(channel_server, "CONNECTIONS_MAX", 2)
    gateway = Gateway()
    first, _ = gateway.visit(name="a")
    gateway.visit(name="b")
    with caplog.at_level(logging.WARNING):
        crowded, told = gateway.visit(name="c")
    assert "2 connections are enough" in caplog.text
    await told.until("closed")
    first.close("leaves")
    await gateway.consumer.until("closed")
    for connection in (first, crowded):
        await connection.wait_gone()
    _, told = gateway.visit(name="d")
    assert told.all("opened") == [5]


async def test_names_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(channel_server, "NAMES_MAX", 1)
    gateway = Gateway()
    gateway.visit(name="a")
    assert gateway.visit(name="b")[0].refused
    assert not gateway.visit(2, name="a")[0].refused


async def test_the_same_trouble_is_logged_once(caplog: pytest.LogCaptureFixture):
    gateway = Gateway(token="secret")
    for _ in range(5):
        gateway.visit(token="guess")
    assert len(caplog.records) == 1
    assert "guess" not in caplog.text

"""The real client library as a judge: the bytes it sends for a request, and what it understands of an answer. No socket is opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Never

from ib_insync.client import Client
from ib_insync.decoder import Decoder
from ib_insync.objects import TagValue

from robo_trader.simulated_gateway.frames import FrameReader, decode

SERVER_VERSION = 176
__all__ = ["Client", "TagValue", "Told", "said", "sent", "told", "understood"]

Told = tuple[str, tuple[Any, ...]]
"""A callback of the client's wrapper: its name, and its arguments."""


class Wire:
    """Stands where the client's connection is, and keeps what goes out."""

    def __init__(self) -> None:
        self.sent = bytearray()

    def sendMsg(self, data: bytes) -> None:  # noqa: N802 -- the client's own name for it
        self.sent += data


class Listener:
    """A wrapper that notes every callback."""

    def __init__(self) -> None:
        self.heard: list[Told] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.heard.append((name, arguments))


class Strict:
    """The decoder's logger: what it would only log is a failure here."""

    def exception(self, text: str) -> Never:
        raise AssertionError(text)


def sent(*calls: Callable[[Client], object], client_id: int = 7, version: int = SERVER_VERSION) -> bytes:
    """The bytes that a connected client of `client_id` sends for each of these calls, in order."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # the client takes the time for its own throttle from there
    try:
        client = Client(Listener())
        client.conn = wire = Wire()
        client.MaxRequests = 0
        client.connState, client._serverVersion, client.clientId = Client.CONNECTED, version, client_id
        for call in calls:
            call(client)
        return bytes(wire.sent)
    finally:
        asyncio.set_event_loop(asyncio._get_running_loop())
        loop.close()


def said(call: Callable[[Client], object], version: int = SERVER_VERSION) -> tuple[str, ...]:
    """The fields of the one message that a client sends for this call."""
    (payload,) = FrameReader().feed(sent(call, version=version))
    return decode(payload)


def told(*messages: Sequence[str], version: int = SERVER_VERSION) -> list[Told]:
    """Every callback that the real decoder makes of these messages; a message that it cannot decode fails the test."""
    listener = Listener()
    decoder = Decoder(listener, version)
    decoder.logger = Strict()
    for message in messages:
        decoder.interpret(list(message))
    return listener.heard


def understood(name: str, message: Sequence[str], version: int = SERVER_VERSION) -> tuple[Any, ...]:
    """The arguments of the one callback `name` that the real decoder makes of a message."""
    ((heard, arguments),) = told(message, version=version)
    assert heard == name
    return arguments

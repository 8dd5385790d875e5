"""Addresses: where a channel listens. A unix socket on one machine, TCP between two.

The folder's permissions guard a unix socket. TCP has no such thing, so there a shared token is a must, loopback included: other users have that too.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robo_trader.edge.channel_contract import Address
from robo_trader.errors import ConfigurationError

_PORT_MAX: Final = 65_535
_ALIVE_IDLE_SECONDS: Final = 2
_ALIVE_INTERVAL_SECONDS: Final = 1
_ALIVE_PROBES_MAX: Final = 3
_UNANSWERED_MS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class UnixPlace:
    """A socket's name in the file system."""

    path: Path


@dataclass(frozen=True, slots=True)
class TcpPlace:
    """A host, by name or number, and a port."""

    host: str
    port: int


def place_of(address: Address) -> UnixPlace | TcpPlace:
    """What an address says; raises `ConfigurationError`."""
    scheme, _, rest = address.partition(":")
    if scheme == "unix" and rest:
        return UnixPlace(Path(rest))
    host, _, port = rest.rpartition(":")
    if scheme == "tcp" and host and port.isascii() and port.isdecimal() and int(port) <= _PORT_MAX:
        return TcpPlace(host.removeprefix("[").removesuffix("]"), int(port))
    raise ConfigurationError(f"'{address}' is no channel address", "write unix:/path or tcp:host:port")


def guarded(address: Address, token: str) -> UnixPlace | TcpPlace:
    """The place of an address; raises `ConfigurationError` for TCP without a token."""
    place = place_of(address)
    if isinstance(place, TcpPlace) and not token:
        raise ConfigurationError(f"the channel at {address} has no token", "give both ends the same token, or use a unix socket")
    return place


async def connect(place: UnixPlace | TcpPlace, protocol: asyncio.Protocol) -> None:
    """Connect `protocol`; raises OSError."""
    loop = asyncio.get_running_loop()
    if isinstance(place, UnixPlace):
        await loop.create_unix_connection(lambda: protocol, str(place.path))
    else:
        await loop.create_connection(lambda: protocol, place.host, place.port)


class Door:
    """A place that is listened at. `close` leaves the name of a unix socket alone if a successor took it over."""

    def __init__(self, server: asyncio.AbstractServer, address: Address, path: Path | None) -> None:
        self.address = address
        self._server = server
        self._path = path
        self._identity = _identity(path) if path else None

    @classmethod
    async def open(cls, address: Address, place: UnixPlace | TcpPlace, factory: Callable[[], asyncio.Protocol]) -> Door:
        """Listen; raises `ConfigurationError` where that is not possible."""
        loop = asyncio.get_running_loop()
        try:
            if isinstance(place, UnixPlace):
                return cls(await loop.create_unix_server(factory, sock=_bound(place.path)), address, place.path)
            server = await loop.create_server(factory, place.host, place.port)
        except OSError as broken:
            raise ConfigurationError(f"cannot listen at {address}: {broken}", "choose a free port, or a shorter path in a folder of yours") from None
        host, _, _ = address.rpartition(":")
        return cls(server, f"{host}:{server.sockets[0].getsockname()[1]}", None)

    def close(self) -> None:
        """Take no more connections."""
        self._server.close()
        if self._path and self._identity == _identity(self._path):
            self._path.unlink(missing_ok=True)


def quicken(transport: asyncio.BaseTransport) -> None:
    """On TCP: send at once, and notice a silent machine or cable within seconds (a dead process is seen at once anyway)."""
    connection = transport.get_extra_info("socket")
    if connection is None or connection.family == socket.AF_UNIX:
        return
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", _ALIVE_IDLE_SECONDS),
        ("TCP_KEEPINTVL", _ALIVE_INTERVAL_SECONDS),
        ("TCP_KEEPCNT", _ALIVE_PROBES_MAX),
        ("TCP_USER_TIMEOUT", _UNANSWERED_MS_MAX),
    ):
        if hasattr(socket, option):  # Linux has them all
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _bound(path: Path) -> socket.socket:
    """A socket at `path`, for its user alone; what a killed process left there goes first, and a live predecessor loses its name."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
    except OSError:
        listener.close()
        raise
    return listener


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells this file from a later one of the same name."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None

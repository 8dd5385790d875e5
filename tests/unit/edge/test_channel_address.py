"""What an address means; listening and connecting are tested in tests/wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from robo_trader.edge.channel_address import TcpPlace, UnixPlace, guarded, place_of
from robo_trader.errors import ConfigurationError


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("unix:/run/robo/desk.sock", UnixPlace(Path("/run/robo/desk.sock"))),
        ("unix:a:b", UnixPlace(Path("a:b"))),
        ("tcp:127.0.0.1:0", TcpPlace("127.0.0.1", 0)),
        ("tcp:gateway.local:65535", TcpPlace("gateway.local", 65_535)),
        ("tcp:[::1]:7000", TcpPlace("::1", 7000)),
    ],
)
def test_an_address_names_a_socket_or_a_port(address: str, place: UnixPlace | TcpPlace):
    assert place_of(address) == place


@pytest.mark.parametrize(
    "address", ["", "unix:", "tcp:", "tcp::7000", "tcp:host", "tcp:host:", "tcp:host:65536", "tcp:host:-1", "tcp:host:²", "/a/b"]
)
def test_what_is_no_address_says_how_one_is_written(address: str):
    with pytest.raises(ConfigurationError, match="write unix:/path or tcp:host:port"):
        place_of(address)


def test_tcp_needs_a_token_and_a_unix_socket_none():
    assert guarded("unix:/s", "") == UnixPlace(Path("/s"))
    assert guarded("tcp:h:1", "secret") == TcpPlace("h", 1)
    with pytest.raises(ConfigurationError, match="no token"):
        guarded("tcp:h:1", "")

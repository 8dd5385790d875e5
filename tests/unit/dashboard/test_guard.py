"""A web site that points its own name at this machine is not answered."""

from __future__ import annotations

import pytest

from robo_trader.dashboard.guard import HEADERS, is_ours


@pytest.mark.parametrize("host", ["localhost", "localhost:5555", "LOCALHOST:80", "localhost.", "127.0.0.1", "127.0.0.1:5555", "[::1]", "[::1]:5555"])
def test_our_names_are_answered_with_and_without_port(host: str):
    assert is_ours(host, "127.0.0.1")


@pytest.mark.parametrize(
    "host",
    ["", ":5555", "evil.example", "evil.example:5555", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.7:5555", "[", "[]", "[::2]"],
)
def test_other_names_are_not(host: str):
    assert not is_ours(host, "127.0.0.1")


def test_the_configured_host_is_answered():
    assert is_ours("trader.home:5555", "trader.home")
    assert is_ours("192.168.1.7:5555", "192.168.1.7")
    assert not is_ours("evil.example", "trader.home")


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_on_all_interfaces_addresses_are_answered_because_no_name_hides_behind_them(bound: str):
    assert is_ours("192.168.1.7:5555", bound)
    assert is_ours("[fd00::7]:5555", bound)
    assert not is_ours("evil.example:5555", bound)


def test_a_browser_may_load_nothing_from_elsewhere_and_keep_and_frame_nothing():
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert (HEADERS["Cache-Control"], HEADERS["X-Frame-Options"], HEADERS["X-Content-Type-Options"]) == ("no-store", "DENY", "nosniff")

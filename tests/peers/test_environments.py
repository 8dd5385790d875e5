"""What the environments of the client libraries are made of: pinned, hashed, from no address named here, and the versions that the tests name."""

from __future__ import annotations

import re

import pytest

from tests.peers.environments import PEERS, ROOT, Peer

ELSEWHERE = [peer for peer in PEERS if peer.environment]


def requirements(peer: Peer) -> list[str]:
    """The entries of its file."""
    text = (ROOT / f"tests/peers/requirements-{peer.environment}.txt").read_text(encoding="utf-8")
    assert "://" not in text and "index-url" not in text
    return [entry for entry in re.split(r"\n(?=\S)", text.strip()) if not entry.startswith("#")]


@pytest.mark.parametrize("peer", ELSEWHERE, ids=lambda peer: peer.name)
def test_every_package_of_a_peer_is_pinned_with_hashes(peer: Peer) -> None:
    assert [entry for entry in requirements(peer) if not re.match(r"[\w-]+==\S+", entry) or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("peer", ELSEWHERE, ids=lambda peer: peer.name)
def test_the_version_of_a_peer_is_the_one_in_its_name(peer: Peer) -> None:
    assert any(f"=={peer.name.split()[-1]} " in entry for entry in requirements(peer))


def test_make_builds_every_environment() -> None:
    (listed,) = re.findall(r"^PEERS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed.split() == [peer.environment for peer in ELSEWHERE]


def test_the_projects_own_client_is_in_no_environment_of_another() -> None:
    assert [peer.name for peer in ELSEWHERE if any(entry.startswith(("ib-insync", "eventkit")) for entry in requirements(peer))] == []


def test_a_peer_that_is_not_installed_skips_and_names_the_command() -> None:
    with pytest.raises(pytest.skip.Exception, match="make peers"):
        Peer("a library", "never-made", ()).wanted()

"""The client libraries that the gateway is judged by, each in an environment of its own, and how to run a program there.

`ib_insync` is the project's own and lives in the project's environment; the others are made by `make peers`, because packages of the same name inside
them exclude each other.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "peers"
LINE_BYTES_MAX = 1 << 24


@dataclass(frozen=True)
class Peer:
    """A client library: the environment it lives in (none: the project's), and the driver that trades by it."""

    name: str
    environment: str | None
    driver: tuple[str, ...]

    @property
    def python(self) -> Path:
        """The interpreter that has the library."""
        return Path(sys.executable) if self.environment is None else BUILT / self.environment / "bin" / "python"

    @property
    def is_there(self) -> bool:
        """Whether its environment was made, and made to the end."""
        return self.environment is None or (BUILT / self.environment / "ready").exists()

    def wanted(self) -> None:
        """Skip the test where it is not there."""
        if not self.is_there:
            pytest.skip(f"{self.name} is not installed: make peers")


OWN = Peer("ib_insync 0.9.86", None, ("tests.peers.drive_ib", "ib_insync"))
ASYNC = Peer("ib_async 2.1.0", "ib-async", ("tests.peers.drive_ib", "ib_async"))
OLDEST = Peer("official client 10.19.1", "official-oldest", ("tests.peers.drive_ibapi",))
NEWEST = Peer("official client 10.46.1", "official-newest", ("tests.peers.drive_ibapi",))
OFFICIAL = (OLDEST, NEWEST)
PEERS = (OWN, ASYNC, *OFFICIAL)
HELD = tuple(Peer(f"{OLDEST.name} held at version {version}", OLDEST.environment, (*OLDEST.driver, str(version))) for version in (151, 157, 165, 173))
"""The one that can speak every version, told to speak none above: what clients in other languages agree on with the gateway."""


async def start(peer: Peer, *program: str) -> Process:
    """Run a module of the tests in a peer's environment, spoken to by JSON lines; of the project it sees the tests alone."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = (str(peer.python), "-m", *(program or peer.driver))
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=variables, limit=LINE_BYTES_MAX)

"""One incarnation of a node, as its channels see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from robo_trader.edge.channel import Peer

Strike = Callable[["Part", Peer, object], bool]
"""Sees each message just before its receiver does; True means that it was lost in what the strike did."""


@dataclass
class Part:
    """One incarnation of a node: a consumer that hears nothing any more once it is dead."""

    name: str
    epoch: int
    node: Any
    strike: Strike
    files: AsyncExitStack
    tasks: list[asyncio.Task[Any]]
    dead: bool = False

    def opened(self, peer: Peer) -> None:
        if not self.dead:
            self.node.opened(peer)

    def received(self, peer: Peer, message: object) -> None:
        if not self.dead and not self.strike(self, peer, message):
            self.node.received(peer, message)

    def closed(self, peer: Peer, reason: str) -> None:
        if not self.dead:
            self.node.closed(peer, reason)

    def batch_done(self, peer: Peer) -> None:
        if not self.dead:
            self.node.batch_done(peer)

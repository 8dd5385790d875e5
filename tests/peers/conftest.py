"""The scripted day, traded once by each client library for all tests of a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache

import pytest

from tests.peers.environments import HELD, OWN, PEERS, Peer
from tests.peers.trading import Traded, trade

Trades = Callable[[Peer], Traded]


@pytest.fixture(scope="session")
def day_of(tmp_path_factory: pytest.TempPathFactory) -> Trades:
    """What a peer made of the day. A peer that is not installed skips the test."""

    @cache
    def outcome(peer: Peer) -> Traded | AssertionError | TimeoutError:
        """A day that could not be traded is not tried again by each test."""
        try:
            return asyncio.run(trade(peer, tmp_path_factory.mktemp("peer")))
        except (AssertionError, TimeoutError) as failed:
            return failed

    def asked(peer: Peer) -> Traded:
        peer.wanted()
        traded = outcome(peer)
        if isinstance(traded, Traded):
            return traded
        raise AssertionError(f"{peer.name} could not trade the day") from traded

    return asked


@pytest.fixture(params=(*PEERS, *HELD), ids=lambda peer: peer.name)
def traded(request: pytest.FixtureRequest, day_of: Trades) -> Traded:
    """Each client's day."""
    return day_of(request.param)


@pytest.fixture
def own(day_of: Trades) -> Traded:
    """The day of the project's own client."""
    return day_of(OWN)

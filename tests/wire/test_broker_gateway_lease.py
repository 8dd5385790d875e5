"""The lease of the process that talks to the broker: it ends when there is a successor, and not because somebody looks at it."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from actors.broker_gateway import BrokerGateway
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_file import LockByte
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.edge.root_fence import StandingHalts
from robo_trader.errors import StaleEpoch

WAIT_SECONDS = 10
LOOKS_MAX = 2_000


def gateway_of(fence: Fence) -> BrokerGateway:
    """One without a connection."""
    line = LastLine(lease_valid=fence.lease_valid, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)
    link = Link(
        host="127.0.0.1",
        port=1,
        client_id=7,
        account=None,
        on_news=lambda _: None,
        on_bar=lambda _: None,
        last_line=line,
        process_ns=process_ns,
    )
    return BrokerGateway(
        link=link,
        fence=fence,
        halts=StandingHalts(fence, fence, lambda: ""),
        minutes={},
        tell=lambda _: None,
        changed=lambda: None,
        note=lambda _: None,
        process_ns=process_ns,
        wall_ns=wall,
        epoch=fence.epoch,
        baseline_external=False,
        needs_baseline=lambda: False,
        vouched=lambda: False,
    )


def renewed_ns(fence: Fence) -> int:
    lease = fence.lease()
    assert lease is not None
    return lease.renewed_ns


async def test_a_lease_that_somebody_looks_at_is_renewed_as_soon_as_he_is_gone(tmp_path: Path) -> None:
    fence, onlooker = Fence.open(tmp_path / "fence", create=True), Fence.open(tmp_path / "fence", create=False)
    fence.take_lease(os.getpid())
    taken_ns = renewed_ns(fence)
    assert onlooker._file.try_lock(LockByte.LEASE)
    keeping = asyncio.create_task(gateway_of(fence).keep_lease())
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert not keeping.done(), keeping.exception()
    assert renewed_ns(fence) == taken_ns
    onlooker._file.unlock(LockByte.LEASE)
    for _ in range(LOOKS_MAX):
        await asyncio.sleep(0.005)
        if renewed_ns(fence) > taken_ns:
            break
    assert renewed_ns(fence) > taken_ns
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    onlooker.close()
    fence.close()


async def test_a_successor_ends_it(tmp_path: Path) -> None:
    fence = Fence.open(tmp_path / "fence", create=True)
    fence.take_lease(os.getpid())
    gateway = gateway_of(fence)
    fence.release()
    successor = Fence.open(tmp_path / "fence", create=False)
    successor.take_lease(os.getpid())
    with pytest.raises(StaleEpoch):
        await asyncio.wait_for(gateway.keep_lease(), WAIT_SECONDS)
    successor.close()
    fence.close()

"""The broker's last word on a run: asked until nothing was traded between its answers.

A market does not stop because we do: a stop may fill while we ask. Executions, positions and account belong together only if a second sweep tells the
same as the first; then what the exchange's log holds up to the instant between them is what we saw, and what it holds later is of no run that ended.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Protocol

from robo_trader.desk.news import AccountSeen
from robo_trader.edge.clock import process_ns
from robo_trader.orders.evidence import Sweep

SWEEPS_MAX: Final = 5
LOOKS_MAX: Final = 3
"""How often to look for a desk that has heard of a trade since the look."""
AGAIN_WITHIN_NS: Final = 1_500_000_000
"""A broker that answered more slowly than this is not asked again: whoever waits for us waits for seconds only."""


@dataclass(frozen=True, slots=True)
class FinalLook:
    """A sweep and an account of one moment, `at_ns` (CLOCK_BOOTTIME, nanoseconds)."""

    sweep: Sweep
    account: AccountSeen
    at_ns: int


class Broker(Protocol):
    """Whom to ask: the link."""

    def sweep(self, number: int) -> Awaitable[Sweep]:
        """Everything about orders, executions and positions."""

    def account(self) -> Awaitable[AccountSeen]:
        """The account's figures, fresh."""


async def take(broker: Broker, number: int) -> FinalLook:
    """Look, the first sweep being `number`; what the last of `SWEEPS_MAX` says stands, or of those that a slow broker has time for.

    Raises `GatewayAbsent`.
    """
    began_ns = process_ns()
    sweep = await broker.sweep(number)
    for further in range(1, SWEEPS_MAX):
        account, at_ns = await broker.account(), process_ns()
        if at_ns - began_ns > AGAIN_WITHIN_NS:
            break
        before, sweep = sweep, await broker.sweep(number + further)
        if _traded(before) == _traded(sweep):
            break
    return FinalLook(sweep, account, at_ns)


def _traded(sweep: Sweep) -> tuple[object, ...]:
    """What a trade between two sweeps would change; a part that was not answered is None."""
    executions = None if sweep.executions is None else frozenset(e.exec_id for e in sweep.executions)
    positions = None if sweep.positions is None else frozenset((p.symbol, p.quantity) for p in sweep.positions if p.quantity)
    return executions, positions, len({c.exec_id for c in sweep.commissions})

"""The actors that trade: what each opens, in the order of trust, and what it reports. All else is in their nodes.

Every process of the tree imports this module, and each needs one node of it: a node is imported where it is opened, because what the others bring
along (the broker's client, the database, pyarrow) would be 20 MB in each of a dozen processes.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, Final

from actors.messages import DESK, GATEWAY, HOST_PREFIX, STOPS, VOCABULARY
from actors.plan import Plan
from actors.shell import Identity, Shell
from robo_trader.edge.channel import Connector, Consumer, Hello, listen
from robo_trader.edge.clock import process_ns
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.root_fence import StandingHalts, open_root_fence
from robo_trader.errors import GatewayAbsent, NotConfirmed
from robo_trader.values import NS_PER_SECOND, BookId, Symbol

if TYPE_CHECKING:
    from actors.final_look import FinalLook
    from robo_trader.desk.snapshot import Snapshot
    from robo_trader.orders.evidence import Sweep

OUSTED_GONE_SECONDS_MAX: Final = 2.0
_POLL_SECONDS: Final = 0.01


class _TradingShell(Shell):
    """A shell that opens the fence and joins channels."""

    def fences(self, stack: AsyncExitStack) -> tuple[Fence, Fence]:
        """The system's own fence and that of all systems."""
        fence = Fence.open(self.plan.directory.fence, create=False)
        stack.callback(fence.close)
        shared = open_root_fence()
        stack.callback(shared.close)
        return fence, shared

    def connect(self, of: str, consumer: Consumer) -> None:
        """Keep a channel to the gateway or the desk."""
        connector = Connector(
            self.address(of),
            name=self.identity.name,
            epoch=self.identity.epoch,
            system=self.plan.directory.name,
            vocabulary=VOCABULARY,
            consumer=consumer,
            chance=random.Random(self.identity.epoch),  # noqa: S311  # jitter, not secrets
        )
        self.work(connector.run())

    async def listen(self, of: str, name: str, consumer: Consumer, stack: AsyncExitStack) -> None:
        """Take channels as the gateway or the desk."""
        listener = await listen(
            self.address(of),
            name=name,
            epoch=self.epoch,
            vocabulary=VOCABULARY,
            consumer=consumer,
            accepts=_anyone_of_us,
            system=self.plan.directory.name,
        )
        stack.callback(listener.close)


def _anyone_of_us(hello: Hello) -> str | None:
    """Names that have business with the gateway or the desk."""
    known = hello.name in {DESK, STOPS} or hello.name.startswith(HOST_PREFIX)
    return None if known else f"'{hello.name}' has no business here"


class BrokerGatewayActor(_TradingShell):
    """The only process that talks to the broker: lease first, then the link."""

    async def open(self, stack: AsyncExitStack) -> None:
        """Take the lease, end a predecessor that still lives, listen, and connect."""
        from actors.gateway_node import GatewayNode  # noqa: PLC0415  # see above
        from robo_trader.edge.recorder import Recorder  # noqa: PLC0415  # see above

        fence, shared = self.fences(stack)
        self.epoch = await fence.take_lease_async(os.getpid(), wait=asyncio.sleep)
        stack.callback(fence.release)
        await self._end_predecessor(fence)
        recorder = Recorder(self.plan.directory.recordings)
        stack.callback(recorder.close)
        chance = random.Random(self.plan.config.seed)  # noqa: S311  # jitter, not secrets
        self.node = GatewayNode(self.plan, fence, shared, epoch=self.epoch, recorder=recorder, chance=chance, note=self.note)
        await self.listen("gateway", GATEWAY, self.node, stack)
        self.work(self.node.run())

    @staticmethod
    async def _end_predecessor(fence: Fence) -> None:
        """A holder that let its lease run out and still lives must be gone before we connect."""
        old = fence.ousted
        if old is None:
            return
        deadline = process_ns() + int(OUSTED_GONE_SECONDS_MAX * NS_PER_SECOND)
        while pid_start(old.pid) == old.pid_start and process_ns() < deadline:
            with suppress(ProcessLookupError):
                os.kill(old.pid, signal.SIGKILL)
            await asyncio.sleep(_POLL_SECONDS)
        if pid_start(old.pid) == old.pid_start:  # one more try, after a pause, is the supervisor's business
            raise NotConfirmed(f"the gateway before this one, process {old.pid}, cannot be ended", f"end it by hand: kill -9 {old.pid}")

    def report(self) -> dict[str, Any]:
        """The gateway's own word."""
        from actors.showing import gateway_section  # noqa: PLC0415  # see above

        return gateway_section(self.node)

    async def final_look(self) -> FinalLook | str:
        """The broker's last word on a run, or why there is none."""
        try:
            return await self.node.final_look()
        except GatewayAbsent as absent:
            return str(absent)


class RiskDeskActor(_TradingShell):
    """The desk and its journal."""

    async def open(self, stack: AsyncExitStack) -> None:
        """Resume from the journal, listen for hosts, follow the gateway."""
        from actors.desk_node import DeskNode, open_journal  # noqa: PLC0415  # see above
        from robo_trader.edge.decisions import DecisionFile  # noqa: PLC0415  # see above
        from robo_trader.edge.recorder import Recorder  # noqa: PLC0415  # see above

        fence, _ = self.fences(stack)
        journal = open_journal(self.plan.directory, stack)
        self.epoch = journal.last_epoch + 1
        recorder = Recorder(self.plan.directory.recordings)
        stack.callback(recorder.close)
        self._decisions = DecisionFile(self.plan.config.decisions, goes_on=self.identity.restarts > 0)
        stack.callback(self._decisions.close)
        self.node = DeskNode(self.plan, fence, journal, recorder, epoch=self.epoch, decisions=self._decisions, note=self.note)
        self.alerts = self.node.alerts
        await self.listen("desk", DESK, self.node, stack)
        self.connect("gateway", self.node)
        self.work(self.node.run())

    def report(self) -> dict[str, Any]:
        """The desk's own word."""
        return {**self.node.report(), "closing": self.node.closing.is_set()}

    async def drain(self) -> None:
        """No entries any more, working ones cancelled, stops stay."""
        self.node.drain()

    async def final_look(self, sweep: Sweep) -> tuple[Snapshot, str]:
        """What the books say after the last sweep, and the digest of what was decided."""
        return self.node.final_look(sweep), self._decisions.sha256


class StrategyHostActor(_TradingShell):
    """One host: its books are named by its plan's symbols that were given to it."""

    def __init__(self, identity: Identity, plan: Plan, symbols: tuple[Symbol, ...]) -> None:
        super().__init__(identity, plan)
        self._books = [BookId(plan.config.strategy, symbol) for symbol in symbols]

    async def open(self, stack: AsyncExitStack) -> None:
        """Join the gateway's minutes and the desk."""
        from actors.strategy_host import StrategyHost, halt_book  # noqa: PLC0415  # see above

        fence, _ = self.fences(stack)
        self.node = StrategyHost(self._books, self.plan.strategy, lambda book, why: halt_book(fence, book, why), process_ns)
        self.connect("gateway", self.node)
        self.connect("desk", self.node)

    def report(self) -> dict[str, Any]:
        """What its strategies say."""
        from actors.showing import iso  # noqa: PLC0415  # see above

        age = (process_ns() - self.node.last_bar_ns) / NS_PER_SECOND if self.node.last_bar_ns else None
        lines = [
            {**line, "last_bar_end": iso(line["last_bar_end"]), "waiting_for_history": not line["minutes"], "age_seconds": age}
            for line in self.node.report()
        ]
        return {"hosts": lines}


class StopControllerActor(_TradingShell):
    """The second pair of eyes on every stop."""

    async def open(self, stack: AsyncExitStack) -> None:
        """Follow the gateway."""
        from actors.stop_controller import StopController  # noqa: PLC0415  # see above

        fence, shared = self.fences(stack)
        halts = StandingHalts(fence, shared, lambda: self.plan.config.account or "")
        self.node = StopController(self.plan.directory.name, self.plan.symbols, fence, halts, self.alerts)
        self.connect("gateway", self.node)
        self.work(self.node.run())

    def report(self) -> dict[str, Any]:
        """Cover, halts, alarms."""
        return self.node.report()

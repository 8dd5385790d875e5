"""The whole tree in one event loop beside the real simulated gateway, joined by channels that can be cut, of nodes that can be thrown away.

    simulated gateway --TCP, lockstep-- broker_gateway --- risk_desk --- strategy/SPY
                                              +--- stop_controller, strategy/SPY

A node that dies hears nothing more and leaves its files as they are, as a killed process would. What the nodes raise is kept and fails the test.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from actors.alert_log import AlertLog
from actors.day_end import Books, conclude
from actors.desk_node import DeskNode, open_journal
from actors.gateway_node import GatewayNode
from actors.messages import DESK, GATEWAY, HOST_PREFIX, STOPS, VOCABULARY
from actors.plan import Plan, limits_of
from actors.stop_controller import StopController
from actors.strategy_host import StrategyHost, halt_book
from robo_trader.cli.run_config import RunConfig
from robo_trader.edge.channel import LocalEnd, LocalPeer, local_pair
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.fence import Fence
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.root_fence import StandingHalts, open_root_fence
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.market.calendar import session_on
from robo_trader.simulated_gateway.server import Server
from robo_trader.simulated_gateway.settings import GatewaySettings
from robo_trader.values import BookId, Symbol
from tests.nodes.incarnation import Part, Strike
from tests.support.days import DATE

SPY = Symbol("SPY")
HOST = f"{HOST_PREFIX}SPY"
STARTING_CASH = Decimal(1_000_000)
JOINS = ((DESK, GATEWAY), (STOPS, GATEWAY), (HOST, GATEWAY), (HOST, DESK))
STANDSTILL_SECONDS_MAX = 25.0
"""Process time without a step of the market, or without an end: the tree hangs."""


@dataclass
class World:
    """Everything of one run; made by `running`."""

    plan: Plan
    server: Server
    chance: random.Random
    strike: Strike = lambda *_: False
    parts: dict[str, Part] = field(default_factory=dict)
    channels: dict[tuple[str, str], LocalPeer] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    troubles: list[BaseException] = field(default_factory=list)
    deaths: dict[str, int] = field(default_factory=dict)
    returning: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def desk(self) -> DeskNode:
        node = self.parts[DESK].node
        assert isinstance(node, DeskNode)
        return node

    @property
    def gateway(self) -> GatewayNode:
        node = self.parts[GATEWAY].node
        assert isinstance(node, GatewayNode)
        return node

    @property
    def stops(self) -> StopController:
        node = self.parts[STOPS].node
        assert isinstance(node, StopController)
        return node

    @property
    def whole(self) -> bool:
        """Whether every part lives and every channel is up."""
        return not self.returning and all(pair in self.channels for pair in JOINS)

    # Building.

    async def build(self, name: str) -> None:
        """Build a node from its files and join it to everybody who lives."""
        make = {GATEWAY: self._gateway, DESK: self._desk, HOST: self._host, STOPS: self._stops}[name]
        files = AsyncExitStack()
        epoch, node, jobs = await make(files)
        self.parts[name] = Part(name, epoch, node, lambda *what: self.strike(*what), files, [])
        self.parts[name].tasks += [self._run(job) for job in jobs]
        for pair in JOINS:
            if name in pair:
                self.join(pair)

    def join(self, pair: tuple[str, str]) -> None:
        """Open the channel of a pair, if both live and have none."""
        left, right = (self.parts.get(name) for name in pair)
        if left is None or right is None or left.dead or right.dead or pair in self.channels:
            return
        near = LocalEnd(left.name, left.epoch, left)
        self.channels[pair] = local_pair(near, LocalEnd(right.name, right.epoch, right), vocabulary=VOCABULARY, through_bytes=True)[0]

    def _run(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        async def watched() -> None:
            try:
                await job
            except Exception as trouble:
                self.troubles.append(trouble)
                raise

        return asyncio.ensure_future(watched())

    def _fences(self, files: AsyncExitStack) -> tuple[Fence, Fence]:
        path = self.plan.directory.fence
        own, shared = Fence.open(path, create=not path.exists()), open_root_fence()
        files.callback(own.close)
        files.callback(shared.close)
        return own, shared

    async def _gateway(self, files: AsyncExitStack) -> tuple[int, GatewayNode, list[Coroutine[Any, Any, None]]]:
        own, shared = self._fences(files)
        epoch = await own.take_lease_async(os.getpid(), wait=asyncio.sleep)
        files.callback(own.release)  # the supervisor proves its death: nobody waits for the lease to run out
        recorder = Recorder(self.plan.directory.recordings)
        files.callback(recorder.close)
        node = GatewayNode(self.plan, own, shared, epoch=epoch, recorder=recorder, chance=self.chance, note=self.notes.append)
        return epoch, node, [node.run()]

    async def _desk(self, files: AsyncExitStack) -> tuple[int, DeskNode, list[Coroutine[Any, Any, None]]]:
        own, _ = self._fences(files)
        journal = open_journal(self.plan.directory, files)
        recorder = Recorder(self.plan.directory.recordings)
        files.callback(recorder.close)
        epoch = journal.last_epoch + 1
        node = DeskNode(self.plan, own, journal, recorder, epoch=epoch, decisions=DecisionFile(None), note=self.notes.append)
        return epoch, node, [node.run()]

    async def _host(self, files: AsyncExitStack) -> tuple[int, StrategyHost, list[Coroutine[Any, Any, None]]]:
        own, _ = self._fences(files)
        books = [BookId(self.plan.config.strategy, symbol) for symbol in self.plan.symbols]
        return self._life(HOST), StrategyHost(books, self.plan.strategy, lambda book, why: halt_book(own, book, why), process_ns), []

    async def _stops(self, files: AsyncExitStack) -> tuple[int, StopController, list[Coroutine[Any, Any, None]]]:
        own, shared = self._fences(files)
        node = StopController(
            self.plan.directory.name, self.plan.symbols, own, StandingHalts(own, shared, lambda: ""), AlertLog(wall, self.notes.append)
        )
        return self._life(STOPS), node, [node.run()]

    def _life(self, name: str) -> int:
        return self.deaths.get(name, 0) + 1

    # Harm.

    def cut(self, pair: tuple[str, str], back_in_seconds: float) -> None:
        """End a channel; what is under way in it is lost. It is back after a while."""
        self.channels.pop(pair).close("cut by the test")
        self._later(back_in_seconds, partial(self._rejoin, pair))

    def kill(self, name: str, back_in_seconds: float) -> None:
        """Throw a node away with everything that it had in memory; its successor comes after a while."""
        part = self.parts[name]
        if part.dead:
            return  # its successor is on the way
        part.dead = True
        self.deaths[name] = self.deaths.get(name, 0) + 1
        for task in part.tasks:
            task.cancel()
        if isinstance(part.node, GatewayNode) and part.node._lockstep is not None and part.node._lockstep._writer is not None:
            part.node._lockstep._writer.transport.abort()  # it dies without a word: its market runs on for a while
        for pair in [pair for pair in self.channels if name in pair]:
            self.channels.pop(pair).close("the process ended")
        self._later(back_in_seconds, partial(self._succeed, part))

    async def _rejoin(self, pair: tuple[str, str]) -> None:
        self.join(pair)

    async def _succeed(self, part: Part) -> None:
        await asyncio.gather(*part.tasks, return_exceptions=True)
        await part.files.aclose()
        await self.build(part.name)

    def _later(self, seconds: float, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def after() -> None:
            await asyncio.sleep(seconds)
            await job()

        task = self._run(after())
        self.returning.add(task)
        task.add_done_callback(self.returning.discard)

    # Time.

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the day go on until the condition holds; fails if a node raised, or the market stood still for too long."""
        loop = asyncio.get_running_loop()
        stood, since = self.server.gateway.now, loop.time()
        while not condition():
            assert not self.troubles, self.troubles
            if self.server.gateway.now != stood:
                stood, since = self.server.gateway.now, loop.time()
            assert loop.time() - since < STANDSTILL_SECONDS_MAX, f"the market stands still: {self.state()}"
            await asyncio.sleep(0.002)

    def state(self) -> str:
        """What everybody waits for, for the message of a failure."""
        gateway, desk = self.gateway, self.desk
        said = gateway.state
        live = [f"{order.intended.purpose} {order.stage}" for order in desk.desk.state.orders.by_intent.values() if order.live]
        return (
            f"connected {gateway.link.connected}, gateway busy {gateway.gateway.busy}, log at {gateway.log.seq}, commands {gateway._commands},"
            f" minutes {gateway.minutes[SPY].number}, the desk said {said}, it is busy {desk.desk.busy} with {live},"
            f" {desk.shell.pending} pieces wait, {desk.places}, channels {sorted(self.channels)}, {self.notes[-8:]}"
        )

    async def end(self) -> dict[str, Any]:
        """Drain, compare the books, and sum up as a run does."""
        books = await self.books()
        return conclude(books, self.plan.directory.name, "")

    async def books(self) -> Books:
        """Drain, and look a last time."""
        await self.until(lambda: self.whole and self.gateway.settled)
        self.desk.drain()
        await self.until(lambda: self.desk.desk.drained and not self.desk.desk.busy and self.gateway.settled)
        look = await self.gateway.final_look()
        self.server.gateway.scribe.flush()
        return Books(self.desk.final_look(look.sweep), look, STARTING_CASH, self.plan.exchange_log)

    def raised(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What a consumer or a callback raised."""
        self.troubles.append(context.get("exception") or RuntimeError(context["message"]))

    async def close(self) -> None:
        """End everything."""
        for task in (*self.returning, *(task for part in self.parts.values() for task in part.tasks)):
            task.cancel()
        for part in self.parts.values():
            part.dead = True
            await asyncio.gather(*part.tasks, return_exceptions=True)
            await part.files.aclose()


def plan_of(day: Path, tmp_path: Path) -> Plan:
    """The plan of a lockstep run over a hand-made day, before anybody knows the port; the state root must be the test's own."""
    directory = StateDirectory.of("nodes").make()
    config = RunConfig.of({"system": "nodes", "replay": day, "date": DATE, "symbols": "SPY", "lockstep": True, "fast": 3, "slow": 9})
    return Plan(config, directory, "127.0.0.1", 0, tmp_path / "control", tmp_path / "exchange.jsonl", limits_of(config))


@asynccontextmanager
async def running(day: Path, tmp_path: Path, seed: int) -> AsyncIterator[World]:
    """The world of a hand-made day, whole and connected, until the end of the block."""
    plan = plan_of(day, tmp_path)
    assert plan.exchange_log is not None
    places = {"log_path": plan.exchange_log, "control_path": plan.control, "replay_dir": day}
    server = Server(GatewaySettings(port=0, symbols=("SPY",), date=plan.config.date, seed=seed, lockstep=True, **places), session_on)
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    serving = asyncio.ensure_future(server.run(ready.set_result))
    await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
    world = World(replace(plan, port=ready.result()), server, random.Random(seed))
    loop.set_exception_handler(world.raised)
    try:
        for name in (GATEWAY, DESK, STOPS, HOST):
            await world.build(name)
        yield world
    finally:
        await world.close()
        server.stop()
        await asyncio.wait_for(serving, STANDSTILL_SECONDS_MAX)

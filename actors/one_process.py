"""The whole tree as objects of one event loop: the same nodes as in `tree`, joined by channels that never leave the process.

It is the smallest way to trade, what seeded tests of the shells run on, and the rival that the tree's latency is measured against. The order of
opening is the order of trust: lock, fence, journal, market, lease, desk. Everything opened is closed in reverse by the stack, whatever ends the run.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

from actors.day_end import Books, conclude, positions_agree, unread
from actors.desk_node import DeskNode, open_journal
from actors.final_look import LOOKS_MAX
from actors.gateway_node import GatewayNode
from actors.market_side import Market, open_market
from actors.messages import DESK, GATEWAY, HOST_PREFIX, VOCABULARY
from actors.pauses import keep_short
from actors.plan import Plan, limits_of
from actors.showing import flat, gateway_section, settled
from actors.strategy_host import StrategyHost, halt_book
from robo_trader.cli.run_config import RunConfig
from robo_trader.cli.view import View
from robo_trader.edge import operator_socket
from robo_trader.edge.channel import LocalEnd, local_pair
from robo_trader.edge.clock import process_ns
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.root_fence import open_root_fence
from robo_trader.edge.state_directory import Running, StateDirectory, code_hash
from robo_trader.errors import GatewayAbsent
from robo_trader.values import NS_PER_SECOND

SHOW_EVERY_SECONDS: Final = 0.25
DRAIN_SECONDS_MAX: Final = 6.0
QUIET_SECONDS_MAX: Final = 3.0
POLL_SECONDS: Final = 0.01


def run_one_process(config: RunConfig, view: View) -> dict[str, Any]:
    """Trade until the end, an interrupt or a failure; the run's summary. Raises `UserError` for what a person can put right."""
    return asyncio.run(_run(config, view))


async def _run(config: RunConfig, view: View) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        trader = OneProcess(config, view, stack)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(trader.fail)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, trader.drain)
        await trader.open()
        try:
            return await trader.run()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                with suppress(RuntimeError):
                    loop.remove_signal_handler(number)


class OneProcess:
    """Builds everything from a `RunConfig`, runs it, and leaves nothing running."""

    def __init__(self, config: RunConfig, view: View, stack: AsyncExitStack) -> None:
        self._config, self._view, self._stack = config, view, stack
        self._ending = asyncio.Event()
        self._opened = False
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # Opening, in the order of trust.

    async def open(self) -> None:
        """Take the state directory, the fence's lease and the journal; start or find the market; build the nodes and join them."""
        config, stack = self._config, self._stack
        self.directory = StateDirectory.of(config.system)
        stack.callback(self.directory.lock().release)
        fence = Fence.open(self.directory.fence, create=not self.directory.journal.exists())
        stack.callback(fence.close)
        fence.check()
        shared = open_root_fence()
        stack.callback(shared.close)
        journal = open_journal(self.directory, stack)
        self._market: Market = open_market(config, self.directory)
        stack.callback(self._market.stop)
        plan = self._plan = self._market.plan(limits_of(config))
        epoch = self.epoch = await asyncio.to_thread(fence.take_lease, os.getpid())
        stack.callback(fence.release)
        recorder = Recorder(self.directory.recordings)
        stack.callback(recorder.close)
        self.decisions = DecisionFile(config.decisions)
        stack.callback(self.decisions.close)
        chance = random.Random(config.seed)  # noqa: S311  # jitter, not secrets
        self.desk = DeskNode(plan, fence, journal, recorder, epoch=epoch, decisions=self.decisions, note=self._view.note)
        self.gateway = GatewayNode(plan, fence, shared, epoch=epoch, recorder=recorder, chance=chance, note=self._view.note)
        self._join(plan, fence)
        await self._open_operator_socket()
        keep_short()
        self._opened = True

    def _join(self, plan: Plan, fence: Fence) -> None:
        gateway, desk = LocalEnd(GATEWAY, self.epoch, self.gateway), LocalEnd(DESK, self.epoch, self.desk)
        local_pair(desk, gateway, vocabulary=VOCABULARY)
        for book in plan.books:
            host = StrategyHost([book], plan.strategy, lambda book, why: halt_book(fence, book, why), process_ns)
            end = LocalEnd(f"{HOST_PREFIX}{book.symbol}/{book.strategy}", self.epoch, host)
            local_pair(end, gateway, vocabulary=VOCABULARY)
            local_pair(end, desk, vocabulary=VOCABULARY)

    async def _open_operator_socket(self) -> None:
        path = self.directory.socket_path("operator")
        await self._stack.enter_async_context(operator_socket.serve(path, self._answer))
        start = pid_start(os.getpid())
        assert start is not None, "this process lives"
        log = str(self._plan.exchange_log or "")
        self.directory.write_running(Running(os.getpid(), start, self.epoch, code_hash(), {"gateway": self._plan.port}, log, str(path)))
        self._stack.callback(self.directory.clear_running)

    # The life.

    def drain(self) -> None:
        """Ctrl-C or a stop."""
        if self._opened and not self._ending.is_set():
            self._view.note("draining: entries are cancelled, stops stay at the broker")
            self.desk.drain()
        self._ending.set()

    def fail(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What a callback raised ends the run, as if a task had raised it."""
        problem = context.get("exception")
        if isinstance(problem, Exception) and not self._failure.done():
            self._failure.set_exception(problem)
        elif problem is None:
            loop.default_exception_handler(context)

    async def run(self) -> dict[str, Any]:
        """Run until the close (if asked to), a drain, or a failure; the summary."""
        jobs = [self.gateway.run(), self.desk.run(), self._show()]
        tasks = [asyncio.create_task(job) for job in jobs]
        endings = [asyncio.create_task(self._ending.wait())]
        if self._config.until_close:
            endings.append(asyncio.create_task(self.desk.closing.wait()))
        try:
            ends: list[asyncio.Future[Any]] = [*tasks, *endings, self._failure]
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in done:
                _raise_first(end)
            return await self._finish()
        finally:
            for task in [*tasks, *endings]:
                task.cancel()
            await asyncio.gather(*tasks, *endings, return_exceptions=True)

    async def _finish(self) -> dict[str, Any]:
        """Drain, let answers come, and compare the books."""
        self.drain()
        link, desk = self.gateway.link, self.desk.desk
        await _until(lambda: desk.drained or not link.connected, DRAIN_SECONDS_MAX)
        await _until(lambda: settled(desk) or not link.connected, QUIET_SECONDS_MAX)
        try:
            for _ in range(LOOKS_MAX):
                look = await self.gateway.final_look()
                snapshot = self.desk.final_look(look.sweep)
                if positions_agree(snapshot, look.sweep):
                    break
        except GatewayAbsent as absent:
            return unread(self.directory.name, str(absent))
        books = Books(snapshot, look, self._market.starting_cash, self._plan.exchange_log)
        return await asyncio.to_thread(conclude, books, self.directory.name, self.decisions.sha256)

    async def _show(self) -> None:
        while True:
            self._view.show(self._picture())
            await asyncio.sleep(SHOW_EVERY_SECONDS)

    def _picture(self) -> dict[str, Any]:
        return flat(self.directory.name, self.desk.report(), gateway_section(self.gateway))

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer the operator's socket, in the trading loop itself."""
        if request.get("op") == "status":
            return self._picture()
        return {"error": f"unknown request {request.get('op')!r}", "remedy": "ask for status", "exit_code": 1}


def _raise_first(end: asyncio.Future[Any]) -> None:
    """Raise what ended the run; a group's first cause stands for the group."""
    problem = end.exception()
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if problem is not None:
        raise problem


async def _until(condition: Callable[[], bool], seconds_max: float) -> None:
    """Give the loop time until the condition holds, at most this long."""
    deadline = process_ns() + int(seconds_max * NS_PER_SECOND)
    while not condition() and process_ns() < deadline:  # noqa: ASYNC110  # what is awaited is a state of several parts
        await asyncio.sleep(POLL_SECONDS)

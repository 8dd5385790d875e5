"""One trading process: the parts, put together, and their one life from lock to summary.

The order of opening is the order of trust: lock, fence, journal, market, lease, desk. Everything opened is closed in reverse by the stack, whatever
ends the run.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from actors.assembly import close_of, desk_settings, limits_of, strategy_of
from actors.broker_gateway import BrokerGateway
from actors.day_end import Books, conclude, unread
from actors.lockstep import Lockstep
from actors.risk_desk import Outlets, RiskDesk
from actors.showing import snapshot_for_people
from actors.simulated_market import SimulatedMarket, attach_or_start, stop_process
from actors.strategy_host import StrategyHost
from robo_trader.cli.run_config import RunConfig
from robo_trader.cli.view import View
from robo_trader.desk.desk import Desk
from robo_trader.desk.news import DrainAsked, TimePassed
from robo_trader.edge import operator_socket
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_lease import pid_start
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.last_line import LastLine
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.reserve_merge import merge
from robo_trader.edge.state_directory import ENVIRONMENT_VARIABLE, Running, StateDirectory, code_hash, new_name
from robo_trader.errors import GatewayAbsent
from robo_trader.market.bar import Bar
from robo_trader.values import NS_PER_SECOND, Now, Symbol

SHOW_EVERY_SECONDS: Final = 0.25
TIMER_SECONDS: Final = 0.1
DRAIN_SECONDS_MAX: Final = 6.0
QUIET_SECONDS_MAX: Final = 1.0
AFTER_CLOSE_NS: Final = 2 * NS_PER_SECOND
FARM_NOTICES: Final = range(2100, 2200)
_SIMULATED_CASH: Final = Decimal(1_000_000)


class Trader:
    """Builds everything from a `RunConfig`, runs it, and leaves nothing running."""

    def __init__(self, config: RunConfig, view: View, stack: AsyncExitStack, chance: random.Random) -> None:
        self._config, self._view, self._stack, self._chance = config, view, stack, chance
        self._ending = asyncio.Event()
        self._market: SimulatedMarket | None = None
        self._lockstep: Lockstep | None = None
        self._opened = False
        self._pump_is_due = False
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.epoch = 0

    # Opening, in the order of trust.

    async def open(self) -> None:
        """Take the state directory, the fence's lease and the journal; resume the desk; start or find the market."""
        if self._config.state_dir is not None:
            os.environ[ENVIRONMENT_VARIABLE] = str(self._config.state_dir.absolute())
        fresh = self._config.system is None and self._config.port is None
        self.directory = StateDirectory.of(new_name() if fresh else self._config.system)
        self._stack.callback(self.directory.lock().release)
        self.fence = Fence.open(self.directory.fence, create=not self.directory.journal.exists())
        self._stack.callback(self.fence.close)
        self.fence.check()
        self.journal = Journal.open(self.directory.journal)
        self._stack.callback(self.journal.close)
        self._start_market()
        self._limits = limits_of(self._config)
        self.epoch = await asyncio.to_thread(self.fence.take_lease, os.getpid())
        self._stack.callback(self.fence.release)
        self._build()
        await self._open_operator_socket()
        self._opened = True

    def _start_market(self) -> None:
        config = self._config
        self.host, self.exchange_log = config.host, config.exchange_log
        if config.port is not None:
            self.port = config.port
            return
        control = self.directory.socket_path("control")
        lockstep = ["--lockstep", "--control", str(control)] if config.lockstep else []
        self._market = attach_or_start(self.directory.path, control, [*config.gateway_options(), *lockstep])
        self._stack.callback(self._stop_market)
        self.port, self.exchange_log = self._market.port, self._market.log

    def _stop_market(self) -> None:
        if self._market is not None:
            stop_process(self._market.pid)
            (self.directory.path / "gateway.json").unlink(missing_ok=True)

    def _build(self) -> None:
        config = self._config
        settings = desk_settings(config, self.directory.name, self.epoch, self._limits)
        merge(self.fence, self.journal, self.epoch, wall())
        desk = Desk.resume((event for _, event in self.journal.read()), settings)
        self.recorder = Recorder(self.directory.recordings)
        self._stack.callback(self.recorder.close)
        self.decisions = DecisionFile(config.decisions)
        self._stack.callback(self.decisions.close)
        outlets = Outlets(
            place=lambda command: self.gateway.place(command),
            cancel=lambda command: self.gateway.cancel(command),
            ask_sweep=lambda reason: self.gateway.ask_sweep(reason),
            settled=lambda intent: self.line.settled(intent),
            overrun=lambda reason: self.link.abort(reason),
            note=self._view.note,
        )
        self.desk = RiskDesk(desk, self.journal, self.fence, self.recorder, self.decisions, self.epoch, self.now, wall, outlets)
        self.desk.journaled.update(desk.state.orders.by_intent)
        self._build_link()
        self.gateway = BrokerGateway(
            link=self.link,
            fence=self.fence,
            hosts={
                b.symbol: StrategyHost(b, strategy_of(config), self.desk.tell, lambda host, gap: self.gateway.ask_backfill(host, gap))
                for b in settings.books
            },
            tell=self.desk.tell,
            pump=self._pump,
            changed=self._report,
            note=self._view.note,
            process_ns=process_ns,
            wall_ns=wall,
            epoch=self.epoch,
            baseline_external=settings.baseline_external,
            needs_baseline=lambda: self.desk.desk.state.baseline is None,
        )

    def _build_link(self) -> None:
        self.line = LastLine(
            lease_valid=self.fence.lease_valid,
            may_enter=self._may_enter,
            journaled=self.desk.journaled.__contains__,
            reconciled=self.desk.desk.reconciled,
        )
        self.link = Link(
            host=self.host,
            port=self.port,
            client_id=self._config.client_id,
            account=self._config.account,
            on_news=self.desk.tell,
            on_bar=self._on_bar,
            last_line=self.line,
            process_ns=process_ns,
        )
        self.link.on_processed = self._on_processed
        self.link.on_notice = lambda _about, code, text: None if code in FARM_NOTICES else self._view.note(f"gateway notice {code}: {text}")
        self.link.on_quarantine = lambda symbol, reason: self._view.note(f"quarantined, {symbol}: {reason}")

    async def _open_operator_socket(self) -> None:
        path = self.directory.socket_path("operator")
        await self._stack.enter_async_context(operator_socket.serve(path, self._answer))
        start = pid_start(os.getpid())
        assert start is not None, "this process lives"
        log = str(self.exchange_log) if self.exchange_log else ""
        self.directory.write_running(Running(os.getpid(), start, self.epoch, code_hash(), {"gateway": self.port}, log, str(path)))
        self._stack.callback(self.directory.clear_running)

    # The life.

    def now(self) -> Now:
        """Both clocks."""
        return Now(self.link.clock.now, process_ns())

    def drain(self) -> None:
        """Ctrl-C or a stop: no entries any more, working ones cancelled, stops stay; nothing is written that outlives the process."""
        if self._opened and not self._ending.is_set():
            self._view.note("draining: entries are cancelled, stops stay at the broker")
            self.desk.tell(DrainAsked())
            self._pump()
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
        self.desk.begin()
        self.gateway.remember_halts(halt.id for halt in self.desk.desk.state.standing_halts)
        self.gateway.read_halts()
        await self._join_lockstep()
        jobs = [self.gateway.keep_connected(self._chance), self.gateway.watch_halts(), self.gateway.keep_lease(), self.gateway.watch_silence()]
        tasks = [asyncio.create_task(job) for job in [*jobs, self._tick(), self._show(), self._watch_close()]]
        ending = asyncio.create_task(self._ending.wait())
        try:
            ends: list[asyncio.Future[Any]] = [*tasks, ending, self._failure]
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in done:
                end.result()
            return await self._finish()
        finally:
            for task in [*tasks, ending]:
                task.cancel()
            await asyncio.gather(*tasks, ending, return_exceptions=True)
            self.link.abort("the run ended")

    async def _join_lockstep(self) -> None:
        if self._market is not None and self._market.control is not None and self._config.lockstep:
            self._lockstep = Lockstep(self._market.control, self._config.client_id)
            await self._lockstep.register()
            self._stack.push_async_callback(self._lockstep.unregister)

    async def _finish(self) -> dict[str, Any]:
        """Drain, let answers come, and compare the books."""
        self.drain()
        await self._until(lambda: self.desk.desk.drained or not self.link.connected, DRAIN_SECONDS_MAX)
        await self._until(lambda: not self.desk.desk.busy or not self.link.connected, QUIET_SECONDS_MAX)
        try:
            sweep, account = await self.link.sweep(self.gateway.sweeps_done + 1), await self.link.account()
        except GatewayAbsent as absent:
            return unread(self.directory.name, str(absent))
        self.desk.tell(sweep)
        self.desk.pump()
        log = Path(self.exchange_log) if self.exchange_log else None
        books = Books(self.desk.desk.snapshot(), sweep, account, _SIMULATED_CASH if self._market is not None else None, log)
        return await asyncio.to_thread(conclude, books, self.directory.name, self.decisions.sha256)

    @staticmethod
    async def _until(condition: Callable[[], bool], seconds_max: float) -> None:
        """Give the loop time until the condition holds, at most this long."""
        deadline = process_ns() + int(seconds_max * NS_PER_SECOND)
        while not condition() and process_ns() < deadline:  # noqa: ASYNC110  # what is awaited is a state of several parts
            await asyncio.sleep(TIMER_SECONDS / 10)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TIMER_SECONDS)
            self.desk.tell(TimePassed())
            self._pump()

    async def _show(self) -> None:
        while True:
            self._view.show(snapshot_for_people(self))
            await asyncio.sleep(SHOW_EVERY_SECONDS)

    async def _watch_close(self) -> None:
        """With `--until-close`: end the run after the session's close, once nothing is awaited any more."""
        close = None
        while True:
            await asyncio.sleep(TIMER_SECONDS)
            now = self.link.clock.now
            if now and close is None:
                close = close_of(self._config, self._limits, now)
            if self._config.until_close and close is not None and now >= close + AFTER_CLOSE_NS and not self.desk.desk.busy:
                self.drain()

    # What the parts say to each other.

    def _may_enter(self, symbol: Symbol) -> str | None:
        return self.fence.blocks(symbol, self._config.strategy, wall(), process_ns())

    def _on_bar(self, bar: Bar) -> None:
        self.recorder.bar(bar)
        self.gateway.on_bar(bar)

    def _on_processed(self) -> None:
        self.gateway.last_packet_ns = process_ns()
        if not self._pump_is_due:  # not in this call: the client library would swallow what the desk or the journal raises
            self._pump_is_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_is_due = False
        self.desk.pump()
        self._report()

    def _report(self) -> None:
        """Tell a lockstep market how far we are."""
        if self._lockstep is not None and self.link.connected:
            received, sent = self.link.traffic()
            idle = not (self._pump_is_due or self.desk.pending or self.gateway.busy or self.desk.desk.busy)
            self._lockstep.report(received, sent, idle=idle)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer the operator's socket, in the trading loop itself."""
        if request.get("op") == "status":
            return snapshot_for_people(self)
        return {"error": f"unknown request {request.get('op')!r}", "remedy": "ask for status", "exit_code": 1}

"""One trading process: the parts, put together, and their one life from lock to summary."""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from robo_trader.cli.run_config import RunConfig
from robo_trader.cli.view import View
from robo_trader.edge.fence import Fence
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.state_directory import StateDirectory, code_hash

from actors.broker_gateway import BrokerGateway
from actors.day_end import compare, summary
from actors.lockstep import Lockstep
from actors.risk_desk import Outlets, RiskDesk
from actors.showing import snapshot_for_people
from actors.simulated_market import SimulatedMarket, attach_or_start, stop_process
from actors.strategy_host import StrategyHost
from robo_trader.desk.desk import Desk
from robo_trader.desk.news import DrainAsked, News, TimePassed
from robo_trader.desk.settings import BookSettings, DeskSettings
from robo_trader.edge import operator_socket
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.last_line import LastLine
from robo_trader.errors import GatewayAbsent
from robo_trader.market.bar import Bar
from robo_trader.market.calendar import sessions_between
from robo_trader.risk.limits import Limits
from robo_trader.strategies.catalogue import create
from robo_trader.values import NS_PER_SECOND, BookId, Now, Symbol

SHOW_EVERY_SECONDS: Final = 0.25
TIMER_SECONDS: Final = 0.1
DRAIN_SECONDS_MAX: Final = 6.0
SETTLE_SECONDS_MAX: Final = 20.0
AFTER_CLOSE_NS: Final = 2 * NS_PER_SECOND
_CALENDAR_DAYS: Final = 40
_SIMULATED_CASH: Final = Decimal(1_000_000)


class Trader:
    """Builds everything from a `RunConfig`, runs it, and leaves nothing running."""

    def __init__(self, config: RunConfig, view: View, stack: AsyncExitStack, chance: random.Random) -> None:
        self._config, self._view, self._stack, self._chance = config, view, stack, chance
        self._ending = asyncio.Event()
        self._market: SimulatedMarket | None = None
        self._lockstep: Lockstep | None = None
        self._account: str | None = config.account
        self.epoch = 0

    # Opening, in the order of trust.

    async def open(self) -> None:
        """Take the state directory, the fence's lease and the journal; resume the desk; start or find the market."""
        self.directory = StateDirectory.of(self._config.system, root=self._config.state_dir)
        self._stack.enter_context(self.directory.lock())
        self.fence = Fence.open(self.directory.fence, create=not self.directory.journal.exists())
        self._stack.callback(self.fence.close)
        self.fence.check()
        self.journal = Journal.open(self.directory.journal)
        self._stack.callback(self.journal.close)
        self.epoch = await asyncio.to_thread(self.fence.take_lease, os.getpid())
        self._stack.callback(self.fence.release)
        self._start_market()
        self._build()
        await self._open_operator_socket()

    def _start_market(self) -> None:
        config = self._config
        if config.port is not None:
            self.host, self.port, self.exchange_log = config.host, config.port, config.exchange_log
            return
        options = config.gateway_options()
        control = self.directory.socket_path("control")
        if config.lockstep:
            options += ["--lockstep", "--control", str(control)]
        self._market = attach_or_start(self.directory.path, control, options)
        self._stack.callback(self._stop_market)
        self.host, self.port, self.exchange_log = "127.0.0.1", self._market.port, self._market.log

    def _stop_market(self) -> None:
        if self._market is not None:
            stop_process(self._market.pid)
            (self.directory.path / "gateway.json").unlink(missing_ok=True)

    def _build(self) -> None:
        config = self._config
        books = {BookId(config.strategy, Symbol(s)): BookSettings(config.quantity, config.stop_percent) for s in config.symbols}
        settings = DeskSettings(
            system=self.directory.name,
            account=config.account or "",
            epoch=self.epoch,
            client_id=config.client_id,
            config_hash=config.digest(),
            books=books,
            limits=self._limits(),
            baseline_external=config.baseline == "external",
        )
        desk = Desk.resume((event for _, event in self.journal.read()), settings)
        self.recorder = Recorder(self.directory.recordings)
        self._stack.callback(self.recorder.close)
        self.decisions = DecisionFile(config.decisions)
        self._stack.callback(self.decisions.close)
        outlets = Outlets(place=self._place, cancel=self._cancel, ask_sweep=self._ask_sweep, overrun=self._overrun, note=self._view.note)
        self.desk = RiskDesk(desk, self.journal, self.fence, self.recorder, self.decisions, self.epoch, self.now, wall, outlets)
        self.desk.journaled.update(desk.state.orders.by_intent)
        hosts = {b.symbol: self._host(b) for b in books}
        self.link = self._make_link()
        self.gateway = BrokerGateway(
            link=self.link,
            fence=self.fence,
            hosts=hosts,
            tell=self.desk.tell,
            pump=self._pump,
            changed=self._report,
            note=self._view.note,
            process_ns=process_ns,
            wall_ns=wall,
            epoch=self.epoch,
            baseline_external=config.baseline == "external",
            needs_baseline=lambda: self.desk.desk.state.baseline is None,
        )

    def _limits(self) -> Limits:
        config = self._config
        day = config.date or datetime.now(UTC).date()
        sessions = sessions_between(day - timedelta(days=_CALENDAR_DAYS), day + timedelta(days=_CALENDAR_DAYS))
        return Limits(
            max_quantity=config.max_quantity,
            max_notional=config.max_notional,
            max_position=config.max_position,
            collar_percent=config.collar_percent,
            entries_per_day_max=config.entries_per_day,
            sessions=sessions,
        )

    def _host(self, book: BookId) -> StrategyHost:
        strategy = create(self._config.strategy, self._config.strategy_parameters())
        return StrategyHost(book, strategy, self._tell, lambda host, gap: self.gateway.ask_backfill(host, gap))

    def _make_link(self) -> Link:
        line = LastLine(
            lease_valid=self.fence.lease_valid,
            may_enter=self._may_enter,
            journaled=self.desk.journaled.__contains__,
            reconciled=lambda symbol: self.desk.desk.reconciled(symbol),
        )
        link = Link(
            host=self.host,
            port=self.port,
            client_id=self._config.client_id,
            account=self._config.account,
            on_news=self._on_news,
            on_bar=self._on_bar,
            last_line=line,
            process_ns=process_ns,
        )
        link.on_processed = self._on_processed
        link.on_notice = lambda _about, code, text: self._view.note(f"gateway notice {code}: {text}") if code < 2000 else None  # noqa: PLR2004
        self.line = line
        return link

    def _may_enter(self, symbol: Symbol) -> str | None:
        return self.fence.blocks(symbol, self._config.strategy, wall(), process_ns())

    async def _open_operator_socket(self) -> None:
        path = self.directory.socket_path("operator")
        server = await operator_socket.serve(path, self._answer)
        self._stack.callback(server.close)
        self.directory.write_running(
            {
                "pid": os.getpid(),
                "host": self.host,
                "port": self.port,
                "epoch": self.epoch,
                "code_hash": code_hash(),
                "exchange_log": str(self.exchange_log) if self.exchange_log else None,
                "operator_socket": str(path),
            }
        )
        self._stack.callback(self.directory.clear_running)

    # The loop.

    def now(self) -> Now:
        """Both clocks."""
        return Now(self.link.clock.now, process_ns())

    def drain(self) -> None:
        """Ctrl-C or a stop: no entries any more, working ones cancelled, stops stay; nothing is written that outlives the process."""
        self._view.note("draining: entries are cancelled, stops stay at the broker")
        self.desk.tell(DrainAsked())
        self._pump()
        self._ending.set()

    async def run(self) -> dict[str, Any]:
        """Run until the close (if asked to), a drain, or a failure."""
        self.desk.begin()
        self.gateway.read_halts()
        if self._market is not None and self._market.control is not None and self._config.lockstep:
            self._lockstep = Lockstep(self._market.control, self._config.client_id)
            await self._lockstep.register()
            self._stack.push_async_callback(self._lockstep.unregister)
        jobs = [self.gateway.keep_connected(self._chance), self.gateway.watch_halts(), self.gateway.keep_lease(), self.gateway.watch_silence()]
        tasks = [asyncio.create_task(job) for job in [*jobs, self._tick(), self._show(), self._watch_close()]]
        ending = asyncio.create_task(self._ending.wait())
        try:
            done, _ = await asyncio.wait([*tasks, ending], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {ending}:
                task.result()
            return await self._finish()
        finally:
            for task in [*tasks, ending]:
                task.cancel()
            await asyncio.gather(*tasks, ending, return_exceptions=True)
            self.link.abort("the run ended")

    async def _finish(self) -> dict[str, Any]:
        if not self.desk.desk.snapshot().draining:
            self.drain()
        await self._wait_until(lambda: self.desk.desk.drained, DRAIN_SECONDS_MAX)
        await self._wait_until(lambda: not self.desk.desk.busy or not self.link.connected, 1.0)
        return await self._summary()

    async def _summary(self) -> dict[str, Any]:
        try:
            if not self.link.connected:
                raise GatewayAbsent("no connection at the end of the run")
            sweep, account = await self.link.sweep(self.gateway.sweeps_done + 1), await self.link.account()
        except GatewayAbsent as absent:
            return {"system": self.directory.name, "reconciled": False, "violations": [f"the broker's account was not read: {absent}"]}
        self.desk.tell(sweep)
        self.desk.pump()
        snapshot = self.desk.desk.snapshot()
        cash = _SIMULATED_CASH if self._market is not None else None
        comparison = compare(snapshot, sweep, account, cash, Path(self.exchange_log) if self.exchange_log else None)
        return summary(
            snapshot,
            comparison,
            account,
            decisions_sha256=self.decisions.sha256,
            system=self.directory.name,
            exchange_log=Path(self.exchange_log) if self.exchange_log else None,
        )

    async def _wait_until(self, condition: Any, seconds_max: float) -> None:
        deadline = process_ns() + int(seconds_max * NS_PER_SECOND)
        while not condition() and process_ns() < deadline:
            await asyncio.sleep(TIMER_SECONDS / 10)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TIMER_SECONDS)
            self.desk.tell(TimePassed())
            self._pump()

    async def _show(self) -> None:
        while True:
            self._view.show(self.snapshot())
            await asyncio.sleep(SHOW_EVERY_SECONDS)

    async def _watch_close(self) -> None:
        """End the run after the session's close, once nothing is awaited any more."""
        while True:
            await asyncio.sleep(TIMER_SECONDS)
            if self._config.until_close and self._closed() and not self.desk.desk.busy:
                self._ending.set()

    def _closed(self) -> bool:
        now = self.link.clock.now
        session = next(
            (
                s
                for s in self.desk.desk.settings.limits.sessions
                if s.open <= self._first_market + 24 * 3600 * NS_PER_SECOND and s.close > self._first_market
            ),
            None,
        )
        return session is not None and now >= session.close + AFTER_CLOSE_NS

    @property
    def _first_market(self) -> int:
        if not hasattr(self, "_first"):
            if self.link.clock.now == 0:
                return 0
            self._first = self.link.clock.now
        return self._first

    # What the parts say to each other.

    def _on_news(self, piece: News) -> None:
        self.desk.tell(piece)

    def _tell(self, piece: News) -> None:
        self.desk.tell(piece)

    def _on_bar(self, bar: Bar) -> None:
        self.recorder.bar(bar)
        self.gateway.on_bar(bar)

    def _on_processed(self) -> None:
        self.gateway.last_packet_ns = process_ns()
        self._pump()

    def _pump(self) -> None:
        self.desk.pump()
        self._report()

    def _report(self) -> None:
        if self._lockstep is not None and self.link.connected:
            received, sent = self.link.traffic()
            idle = not (self.desk.pending or self.gateway.busy or self.desk.desk.busy)
            self._lockstep.report(received, sent, idle=idle)

    def _place(self, command: Any) -> None:
        self.gateway.place(command)

    def _cancel(self, command: Any) -> None:
        self.gateway.cancel(command)

    def _ask_sweep(self, reason: str) -> None:
        self.gateway.ask_sweep(reason)

    def _overrun(self, reason: str) -> None:
        self.link.abort(reason)

    def snapshot(self) -> dict[str, Any]:
        """What people see, from the parts that do the work."""
        return snapshot_for_people(self)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer the operator's socket, in the trading loop itself."""
        match request.get("op"):
            case "status":
                return self.snapshot()
            case _:
                return {"error": f"unknown request {request.get('op')!r}"}

"""The gateway as a process: its TCP port, control socket, timers, signals, and the state it leaves behind.

    settings -> market, exchange -> Gateway (server_core) <- TcpConnection per client
                                      ^ step                 ^ control socket
                                    driver (clock_driver) <--+

Everything happens on one event loop, one thing after the other: no two parts can see different states. Nothing may fail quietly: an
exception in any callback of the loop ends the gateway, because one that cannot keep its records must not trade without them.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from robo_trader.errors import AlreadyRunning, ConfigurationError
from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.actions import Split
from robo_trader.simulated_gateway.clock_driver import FreeDriver, LockstepDriver
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.control import ControlPort
from robo_trader.simulated_gateway.dispatch import handle
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.exchange_log import FLUSH_PERIOD_SECONDS, ExchangeLog
from robo_trader.simulated_gateway.generated_walk import after_split
from robo_trader.simulated_gateway.hours import Hours
from robo_trader.simulated_gateway.market import Market
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.market_replay import ReplayMarket
from robo_trader.simulated_gateway.persistence import SAVE_PERIOD_SECONDS, StateDirectory
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.settings import LEAD_SECONDS, GatewaySettings
from robo_trader.simulated_gateway.tcp_wire import TcpConnection
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

HOST: Final = "127.0.0.1"
BACKLOG_CONNECTIONS: Final = 16
Driver = LockstepDriver | FreeDriver


def process_ns() -> int:
    """CLOCK_BOOTTIME in nanoseconds: the process time of the whole machine."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def build_exchange(settings: GatewaySettings, hours: Hours, kept: dict[str, Any] | None = None) -> Exchange:
    """The market and exchange of day one, or as they were `kept`. An account whose market was over goes on in one that follows.

    Raises DataError for missing data, ConfigurationError for a start outside the market's day.
    """
    before: dict[str, Any] = {} if kept is None else kept["market"]
    market = _market(settings, hours, before.get("opening", {}))
    follows = bool(before) and market.follows(before)
    if kept is not None and follows:
        market = _market(settings, hours, _opening(settings, before["prices"], Instant(kept["now"]), market.start))
    for action in settings.actions:
        if hours(action.date) is None:
            raise ConfigurationError(f"--corporate-actions names {action.date}, and there is no session", "give a trading day")
    now = settings.start if settings.start is not None else _lead_in(market, settings)
    if not market.start <= now < market.end:
        raise ConfigurationError("the start lies outside the market's day", f"choose an instant of {settings.trading_day}")
    account, contracts = Account(settings.account, settings.cash), Contracts(market.symbols, hours=hours, more=settings.instruments)
    now = market.start if follows else now
    manners = settings.manners
    exchange = Exchange(market, account, contracts, seed=settings.chance_seed, now=now, rules=manners.rules, venue=manners.venue)
    if kept is not None:
        exchange.restore(kept)
    return exchange


def _market(settings: GatewaySettings, hours: Hours, opening: Mapping[str, int]) -> Market:
    symbols, seed, day = [Symbol(symbol) for symbol in settings.symbols], settings.chance_seed, settings.trading_day
    if settings.replay_dir is not None:
        return ReplayMarket(settings.replay_dir, symbols, day, hours=hours)
    return GeneratedMarket(symbols, seed, day, hours=hours, days=settings.days, splits=settings.splits, opening=opening)


def _opening(settings: GatewaySettings, closed: Mapping[str, int], since: Instant, start: Instant) -> dict[str, int]:
    """The prices that a market closed at, on the footing of the splits on the way to the market that follows it."""
    prices = dict(closed)
    for split in settings.actions:
        if isinstance(split, Split) and split.symbol in prices and since < split.at <= start:
            prices[split.symbol] = after_split(prices[split.symbol], split.new, split.old)
    return prices


def _lead_in(market: Market, settings: GatewaySettings) -> Instant:
    session = market.session(settings.trading_day)
    assert session is not None, "a market has a session on its day"
    return Instant(session.open - LEAD_SECONDS * NS_PER_SECOND)


class Server:
    """One running gateway; `run` until `stop`."""

    def __init__(self, settings: GatewaySettings, hours: Hours) -> None:
        """Opens the log and the state, and builds the world; no socket yet. Raises UserError with cause and remedy."""
        self.settings = settings
        self._state = None if settings.state_dir is None else StateDirectory(settings.state_dir)
        self._exchange = build_exchange(settings, hours, None if self._state is None else self._state.load())
        self._log = ExchangeLog(settings.log_path, process_ns=process_ns)
        self.gateway = Gateway(
            self._exchange,
            self._log,
            manners=settings.manners,
            handler=handle,
            process_ns=process_ns,
            scenario=settings.scenario,
            actions=settings.actions,
        )
        market = "generated" if settings.replay_dir is None else f"replay of {settings.replay_dir}"
        self.gateway.scribe.started(settings.chance_seed, f"{market}, {settings.trading_day}, {','.join(settings.symbols)}")
        self._failure: BaseException | None = None
        self.gateway.keeping.keep = self._keep
        if self.gateway.now < self._exchange.market.start:  # the nights between a market and the one that follows it
            self.gateway.step(_lead_in(self._exchange.market, settings))
        self._driver: Driver | None = None
        self._port: asyncio.Server | None = None
        self._opening: asyncio.Task[int] | None = None
        self._wanted = True  # whether the port is to be open
        self._saved_changes = -1
        self._stopped = asyncio.Event()

    async def run(self, ready: Callable[[int], None]) -> None:
        """Listen, tell `ready` the port, and serve until `stop`; then leave the state and the log whole. Raises what made it fail."""
        loop = asyncio.get_running_loop()
        elder_handler = loop.get_exception_handler()
        loop.set_exception_handler(self._failed)
        opened: list[Callable[[], None]] = [self._leave]
        try:
            await self._open(loop, ready, opened)
            await self._stopped.wait()
        finally:
            while opened:
                opened.pop()()
            loop.set_exception_handler(elder_handler)
        if self._failure is not None:
            raise self._failure

    async def _open(self, loop: asyncio.AbstractEventLoop, ready: Callable[[int], None], opened: list[Callable[[], None]]) -> None:
        """Open everything, in an order in which nothing is missed; what has to be closed is put on `opened`."""
        driver = self._driver = self._choose_driver(loop)
        opened.append(driver.stop)
        port = await self._open_port(loop, driver, self.settings.port)
        opened.append(self._close_port)
        self.gateway.trouble.listening = lambda is_open: self._listen(loop, driver, port, is_open=is_open)
        if self.settings.control_path is not None:
            control = ControlPort(self.settings.control_path, driver.members)
            await control.open()
            opened.append(control.close)
        self._heartbeat(loop)
        self._save_and_again(loop)
        driver.start()
        ready(port)

    def stop(self) -> None:
        """End `run`."""
        self._stopped.set()

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        broken = context.get("exception")
        if isinstance(broken, BaseException) and _passed_here(broken):
            self._failure = self._failure or broken
            self.stop()
        else:
            loop.default_exception_handler(context)

    def _choose_driver(self, loop: asyncio.AbstractEventLoop) -> Driver:
        if self.settings.lockstep:
            return LockstepDriver(self.gateway, seed=self.settings.chance_seed, soon=loop.call_soon, later=loop.call_later)
        return FreeDriver(self.gateway, speed=self.settings.factor, later=loop.call_later, process_ns=process_ns)

    async def _open_port(self, loop: asyncio.AbstractEventLoop, driver: Driver, port: int) -> int:
        """Listen; returns the port. Raises UserError where it cannot be had."""

        def connection() -> TcpConnection:
            return TcpConnection(self.gateway.admit, self.gateway.dismiss, before=self.gateway.beat, after=driver.consider, later=loop.call_later)

        try:
            self._port = await loop.create_server(connection, HOST, port, backlog=BACKLOG_CONNECTIONS)
        except OSError as broken:
            if broken.errno == errno.EADDRINUSE:
                raise AlreadyRunning(f"port {port} is in use", "choose another --port, or 0 for any free one") from None
            raise ConfigurationError(f"port {port} cannot be opened ({broken.strerror})", "choose another --port") from None
        found: int = self._port.sockets[0].getsockname()[1]
        return found

    def _close_port(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def _listen(self, loop: asyncio.AbstractEventLoop, driver: Driver, port: int, *, is_open: bool) -> None:
        """A scripted restart closes the port, and opens the same one again; a port that is being opened is closed once it is open."""
        self._wanted = is_open
        if not is_open:
            self._close_port()
        elif self._opening is None and self._port is None and not self._stopped.is_set():
            self._opening = loop.create_task(self._open_port(loop, driver, port))
            self._opening.add_done_callback(self._opened)

    def _opened(self, opening: asyncio.Task[int]) -> None:
        self._opening = None
        if not opening.cancelled():
            opening.result()
        if not self._wanted or self._stopped.is_set():
            self._close_port()

    def _heartbeat(self, loop: asyncio.AbstractEventLoop) -> None:
        """Each 50 ms: nothing stays unwritten longer, and a gateway that stood still notices."""
        if self._stopped.is_set():
            return
        self.gateway.beat()
        self.gateway.scribe.flush()
        if self._driver is not None:
            self._driver.consider()  # a fault may have begun or ended, and the clock with it
        loop.call_later(FLUSH_PERIOD_SECONDS, self._heartbeat, loop)

    def _save_and_again(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._stopped.is_set():
            return
        self._save()
        loop.call_later(SAVE_PERIOD_SECONDS, self._save_and_again, loop)

    def _keep(self) -> None:
        """What happened is about to be told: save it first; what failed half way is not saved."""
        if self._state is not None and self._failure is None:
            self._state.save(self._exchange.state(), synced=False)

    def _save(self) -> None:
        """Save whatever changed, also by the clock alone, for good."""
        if self._state is not None and self.gateway.keeping.changes != self._saved_changes:
            self._saved_changes = self.gateway.keeping.changes
            self._state.save(self._exchange.state())

    def _leave(self) -> None:
        """End every connection, and leave state and log whole; what a gateway did by halves before it failed is not kept."""
        self.gateway.close()
        self._log.close()
        if self._state is not None:
            if self._failure is None:
                self._save()
            self._state.close()


def _passed_here(broken: BaseException) -> bool:
    """Whether an exception came through the gateway: others on the same loop keep their own troubles."""
    at = broken.__traceback__
    while at is not None:
        if str(at.tb_frame.f_globals.get("__name__", "")).startswith(__package__ or __name__):
            return True
        at = at.tb_next
    return False


async def serve(settings: GatewaySettings, ready: Callable[[int], None]) -> None:
    """Run a gateway until SIGTERM or SIGINT; `ready` is told the port once clients may connect. Raises UserError with cause and remedy."""
    from robo_trader.market.calendar import session_on  # noqa: PLC0415 - the calendar takes seconds to import, wrong settings must not

    server = Server(settings, session_on)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    try:
        await server.run(ready)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

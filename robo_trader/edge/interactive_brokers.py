"""The one door to Interactive Brokers: the only module that imports the client library, and the only object that talks to the broker.

How to think about it. A `Link` lives as long as the process and is connected or not; each connection is one `_Session` that ends once, whatever ended
it, and takes its socket with it. Nothing survives a session but facts about contracts: after a reconnect everything is asked for again, since
starting is recovering. Inbound, every message becomes news the moment it is read (`ib_callbacks`). Outbound, questions wait for the message
budget (`ib_questions`), and orders pass the last line in the same stretch that writes them.

What we do not take from the library, and why (each is a known fault of 0.9.86): its order objects (harmless errors mark them cancelled), its
connect (several deadlines, 326 seen as a time-out), its throttle (orders wait invisibly in its queue), its request bookkeeping (pending questions
swallow events). What we take: framing, the codec, contracts and orders. It swallows what a handler raises and only logs it: `Alarm` listens there,
and `_reading_failed` behind it. Its loggers stay at WARNING, and silent unless the application configures logging: we say the same ourselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import AccountSeen, Connected, Disconnected, News
from robo_trader.edge.ib_account import choose_account
from robo_trader.edge.ib_callbacks import Alarm, Callbacks
from robo_trader.edge.ib_calls import Calls
from robo_trader.edge.ib_event_loop import loop_for_import
from robo_trader.edge.ib_market_callbacks import Outlets
from robo_trader.edge.ib_questions import Questions
from robo_trader.edge.ib_requests import REQUEST_ID_FLOOR
from robo_trader.edge.last_line import LastLine, kind_of
from robo_trader.edge.market_clock import MarketClock
from robo_trader.errors import ClientIdInUse, GatewayAbsent
from robo_trader.market.bar import Bar
from robo_trader.market.quality import Quarantine
from robo_trader.orders.evidence import Sweep
from robo_trader.values import Instrument, Symbol

with loop_for_import():
    from ib_insync import IB, Client, Contract, ExecutionFilter, Order, Wrapper

logging.getLogger("ib_insync").setLevel(logging.WARNING)
logging.getLogger("ib_insync").addHandler(logging.NullHandler())

CLOSE_SECONDS_MAX: Final = 1.0


class _Wrapper(Callbacks, Wrapper):  # type: ignore[misc]  # our callbacks take the place of the library's, on purpose
    """Our callbacks where the library looks for its own; what we do not override stays the library's."""

    def __init__(self, ib: IB, *, account: str | None, client_id: int, clock: MarketClock, outlets: Outlets) -> None:
        Wrapper.__init__(self, ib)  # type: ignore[no-untyped-call]
        Callbacks.__init__(self, account=account, client_id=client_id, clock=clock, outlets=outlets)


class _Session:
    """One connection, from the first byte to its only end."""

    def __init__(self, *, account: str | None, client_id: int, clock: MarketClock, outlets: Callable[[Callable[[str], None]], Outlets]) -> None:
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()  # the socket is closed
        self.reported = False  # the consumer knows this session as Connected, so it will hear of its end
        self._out = outlets(self.over)
        ib = IB()  # type: ignore[no-untyped-call]
        ib.TimezoneTWS = "UTC"  # an execution's time without a zone is read as UTC, not as this machine's
        self.wrapper = _Wrapper(ib, account=account, client_id=client_id, clock=clock, outlets=self._out)
        self.client: Any = Client(self.wrapper)  # type: ignore[no-untyped-call]  # Any: its methods are untyped
        self.client.MaxRequests = 0
        alarm: Any = Alarm(self.wrapper.unreadable)
        self.client.decoder.logger = alarm
        self.client.conn.disconnected += self._socket_gone
        self.client.conn.hasData.error_event += self._reading_failed
        ib.wrapper, ib.client = self.wrapper, self.client
        self.calls = Calls(self.client, contract=Contract, order=Order, execution_filter=ExecutionFilter)

    async def open(self, host: str, port: int, client_id: int) -> list[str]:
        """Log on: socket, version, next valid id, accounts (returned). `GatewayAbsent` if the session ends instead, OSError without a socket."""
        logging_on = asyncio.ensure_future(self.client.connectAsync(host, port, client_id, 0))
        try:
            await asyncio.wait({logging_on, self.ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            logging_on.cancel()
            await asyncio.gather(logging_on, return_exceptions=True)
        if self.ended.done():
            raise (ClientIdInUse if self.wrapper.refused_client_id else GatewayAbsent)(self.ended.result())
        logging_on.result()
        self.client.updateReqId(REQUEST_ID_FLOOR)
        return list(self.client.getAccounts())

    @property
    def live(self) -> bool:
        """Whether orders may be written at all."""
        return self.reported and not self.ended.done()

    @property
    def clear(self) -> bool:
        """Whether all that was written has left this process, and what is written now can."""
        transport = self.client.conn.transport
        return bool(transport and not transport.is_closing() and not transport.get_write_buffer_size() and not self.client._msgQ)  # noqa: SLF001

    def over(self, reason: str) -> None:
        """End the session and its socket now, dropping bytes that have not left; the second time does nothing."""
        if self.ended.done():
            return
        self.ended.set_result(reason)
        transport = self.client.conn.transport
        self.client.disconnect()
        if transport is not None:
            transport.abort()  # the library's close would still send what is buffered
        self.wrapper.requests.end_all()
        if self.reported:
            self._out.news(Disconnected(reason))

    def _socket_gone(self, message: str) -> None:
        self.gone.set()
        self.over(f"the connection broke: {message}" if message else "the gateway closed the connection")

    def _reading_failed(self, _event: object, error: BaseException) -> None:
        """A broken greeting, a consumer that raised: messages may have been lost."""
        self.over(f"reading from the gateway failed: {error!r}")


class Link:
    """The connection to Interactive Brokers. One session at a time; after its end `connect` makes a new one, in which nothing is subscribed.

    `on_news` and `on_bar` are called while the socket is read: they may only enqueue, and must not raise. `last_line` judges every order in the
    stretch that writes it; its `socket_clear` becomes this link's. `process_ns` is CLOCK_BOOTTIME in ns. `on_processed` is called after each
    packet's messages were delivered, `on_notice` gets (id, code, text) of errors that belong to no order, `on_quarantine` (symbol, reason) of bars
    and quotes that are not passed on, once a minute. Without a session, questions raise `GatewayAbsent`, orders are refused.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        client_id: int,
        account: str | None,
        on_news: Callable[[News], None],
        on_bar: Callable[[Bar], None],
        last_line: LastLine,
        process_ns: Callable[[], int],
    ) -> None:
        self.clock = MarketClock()
        self.on_processed: Callable[[], None] | None = None
        self.on_notice: Callable[[int, int, str], None] | None = None
        self.on_quarantine: Callable[[Symbol, str], None] | None = None
        self._quarantine = Quarantine(lambda *facts: self.on_quarantine(*facts) if self.on_quarantine else None)
        self._host, self._port, self._client_id, self._account = host, port, client_id, account
        self._on_news, self._on_bar, self._process_ns = last_line.hearing(on_news, client_id), on_bar, process_ns
        self._last_line = last_line
        self._instruments: dict[Symbol, Instrument] = {}
        self._session: _Session | None = None
        self._questions: Questions | None = None
        last_line.socket_clear = lambda: self._session is not None and self._session.clear

    @property
    def connected(self) -> bool:
        """Whether a session is up and complete."""
        return self._session is not None and self._session.live

    async def connect(self, timeout_seconds: float) -> Connected:
        """Log on within one deadline for all of it; await it directly, so that `Connected` is told before anything later.

        Raises `GatewayAbsent` when there is no gateway or no complete answer, `ClientIdInUse` for 326, `ConfigurationError` for a wrong account.
        News of open orders may precede the return: the gateway tells them before it completes the log-on.
        """
        self.abort("a new session was asked for")
        where = f"{self._host}:{self._port}"
        session = _Session(account=self._account, client_id=self._client_id, clock=self.clock, outlets=self._outlets)
        try:
            async with asyncio.timeout(timeout_seconds):
                accounts = await session.open(self._host, self._port, self._client_id)
            account = choose_account(self._account, accounts)
        except TimeoutError:
            raise GatewayAbsent(f"the gateway at {where} did not complete the log-on within {timeout_seconds:g} s") from None
        except OSError as refused:
            raise GatewayAbsent(f"no gateway at {where}: {refused.strerror or refused}") from None
        else:
            return self._take_up(session, account)
        finally:
            if not session.reported:
                session.over("the log-on failed")

    def _take_up(self, session: _Session, account: str) -> Connected:
        next_order_id = session.wrapper.next_order_id
        assert next_order_id is not None, "the library calls a session ready only after nextValidId"
        session.wrapper.account = account
        session.reported = True
        self._session = session
        budget, wrapper = self._last_line.budget, session.wrapper
        self._questions = Questions(
            calls=session.calls, callbacks=wrapper, clock=self.clock, budget=budget, process_ns=self._process_ns, over=session.over
        )
        return Connected(account, next_order_id)

    def _outlets(self, over: Callable[[str], None]) -> Outlets:
        return Outlets(
            news=self._on_news,
            bar=self._on_bar,
            notice=lambda *facts: self.on_notice(*facts) if self.on_notice else None,
            over=over,
            acknowledged=self._last_line.acknowledged,
            processed=lambda: self.on_processed() if self.on_processed else None,
            quarantined=self._quarantine.put,
        )

    async def close(self) -> None:
        """End the session; returns when the socket is closed."""
        self.abort("closed")
        if self._session is not None:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self._session.gone.wait()

    def abort(self, reason: str) -> None:
        """End the session at once, on any doubt about what the socket does."""
        if self._session is not None:
            self._session.over(reason)

    async def qualify(self, symbol: Symbol) -> Instrument:
        """Contract details, remembered for orders and subscriptions; `ConfigurationError` for an unknown symbol."""
        self._instruments[symbol] = instrument = await self._asking.instrument(symbol)
        return instrument

    async def subscribe(self, symbol: Symbol) -> None:
        """Quotes as `QuoteSeen` news and 5-second bars by `on_bar`, until the session ends."""
        await self._asking.subscribe(self._instruments.get(symbol) or await self.qualify(symbol))

    async def minute_history(self, symbol: Symbol, days: int, timeout: float) -> list[Bar]:  # noqa: ASYNC109
        """Completed 1-minute bars of the last `days` sessions, marked `backfilled`; `timeout` in seconds; `DataError` when they do not come."""
        return await self._asking.minute_history(self._instruments.get(symbol) or await self.qualify(symbol), days, timeout)

    async def sweep(self, number: int, *, light: bool = False) -> Sweep:
        """A whole look at the broker, or a light one; a part that was not answered in full is None."""
        sweep = await (self._asking.glance(number) if light else self._asking.sweep(number))
        self._last_line.heard(sweep, self._client_id)
        for order in sweep.completed or ():
            self._last_line.settled(order.order_ref.rpartition(":")[2])  # it bears no order id, but our reference ends with the intent
        return sweep

    async def round_trip(self, timeout_seconds: float) -> bool:
        """Whether the gateway has read everything written before: it answered a question written now, on this socket."""
        return self.connected and await self._asking.round_trip(timeout_seconds)

    async def account(self) -> AccountSeen:
        """The account's figures, fresh; changes are pushed as news from then on."""
        return await self._asking.account()

    def place(self, command: Place, *, issued_ns: int | None = None) -> str | None:
        """Write an order, or say why nothing was written. `issued_ns`: when the desk decided (process time), now if absent."""
        if (instrument := self._instruments.get(command.symbol)) is None:
            return f"the contract of {command.symbol} is not known"
        return self._write(command, issued_ns, lambda calls, account: calls.place(command, instrument, account))

    def cancel(self, command: Cancel) -> str | None:
        """Write a cancel, or say why nothing was written; either way the intent's order is refused from now on if it was not sent yet."""
        self._last_line.bury(command.intent)
        return self._write(command, None, lambda calls, _account: calls.cancel(command))

    def _write(self, command: Place | Cancel, issued_ns: int | None, write: Callable[[Calls, str], None]) -> str | None:
        session = self._session
        if session is None or not session.live:
            return "not connected to the gateway"
        now_ns = self._process_ns()
        if (refusal := self._last_line.refusal(command, now_ns, now_ns if issued_ns is None else issued_ns)) is not None:
            return refusal
        self._last_line.sent(command, now_ns)
        write(session.calls, session.wrapper.account or "")
        if not session.clear:
            session.over("the socket did not take a whole frame")  # part of it may be gone: the outcome is unknown, not refused
        return None

    def traffic(self) -> tuple[int, int]:
        """Bytes received and, their messages delivered, and bytes sent in this session; zeros without one."""
        if self._session is None or not self._session.live:
            return 0, 0
        stats = self._session.client.connectionStats()
        return stats.numBytesRecv, stats.numBytesSent

    def free_ns(self, command: Place | Cancel, now_ns: int) -> int:
        """Process instant, not before `now_ns`, from which the message budget lets `command` go, if nothing else is sent meanwhile."""
        return self._last_line.budget.next_free_ns(kind_of(command), now_ns)

    @property
    def quarantined(self) -> dict[str, int]:
        """How many bars and quotes were not passed on, by reason, since this link was made; a copy."""
        return dict(self._quarantine.counts)

    @property
    def waiting_for_budget(self) -> int:
        """Number of questions that wait for the message budget."""
        return self._questions.waiting_for_budget if self._questions else 0

    @property
    def _asking(self) -> Questions:
        if self._questions and self.connected:
            return self._questions
        raise GatewayAbsent("not connected to the gateway")

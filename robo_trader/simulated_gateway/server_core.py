"""The gateway without its sockets: exchange, connections, log and market data lines, wired to each other.

Three things happen to it: a client says something (`handle`), time passes (`step`), a connection comes or goes. Whatever follows from one of them is
said to everyone concerned, written down, and flushed before the next begins. Orders are told to their `audience`; positions and account values to
whoever subscribed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway.actions import Action
from robo_trader.simulated_gateway.audience import Audience, OrderNews
from robo_trader.simulated_gateway.binding import BINDING_CLIENT, Binding
from robo_trader.simulated_gateway.client_ids import ClientIds
from robo_trader.simulated_gateway.clock import WireCounts
from robo_trader.simulated_gateway.connection import Connection, Wire
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.display_groups import DisplayGroups
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.exchange_log import ExchangeLog
from robo_trader.simulated_gateway.faults import Faults
from robo_trader.simulated_gateway.hours import NEW_YORK
from robo_trader.simulated_gateway.keeping import Keeping
from robo_trader.simulated_gateway.model import CommissionNote, Execution, Happening, OrderError, OrderReport, PositionReport, QuoteChange, TradePrint
from robo_trader.simulated_gateway.nights import Nights
from robo_trader.simulated_gateway.requests import PlaceOrder, Request
from robo_trader.simulated_gateway.scenario import Planned
from robo_trader.simulated_gateway.server_log import Scribe
from robo_trader.simulated_gateway.settings import Manners
from robo_trader.simulated_gateway.telling_account import AccountTeller
from robo_trader.simulated_gateway.telling_market import MarketTeller
from robo_trader.simulated_gateway.time_words import time_words
from robo_trader.simulated_gateway.trouble import Trouble
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

CONNECTIONS_MAX: Final = 64
STALL_NS: Final = NS_PER_SECOND // 4

Handler = Callable[["Gateway", Connection, Request], None]


class Gateway:
    """See the module's head. `handle` carries out requests (`dispatch.handle`); `process_ns` reads CLOCK_BOOTTIME."""

    def __init__(
        self,
        exchange: Exchange,
        log: ExchangeLog,
        *,
        manners: Manners,
        handler: Handler,
        process_ns: Callable[[], int],
        scenario: Sequence[Planned] = (),
        actions: Sequence[Action] = (),
    ) -> None:
        """The exchange belongs to the gateway from here on."""
        self.exchange = exchange
        self.manners = manners
        self.scribe = Scribe(log, exchange)
        self.connections: dict[int, Connection] = {}
        self.ids = ClientIds(process_ns)
        self.clients = self.ids.living
        self.feeds = MarketTeller(exchange, self.connections, manners, self.wall)
        self.lines = self.feeds.lines
        self.books = AccountTeller(exchange, self.connections, self.wall)
        self.binding = Binding()
        self.groups = DisplayGroups()
        self.audience = Audience(manners.master_client_id, names_canceller=exchange.rules.status_names_canceller)
        self.keeping = Keeping()
        self.process_ns = process_ns
        self._handler = handler
        self._numbers = 0
        self._beat_ns = process_ns()
        self.nights = Nights(self, actions)
        self.trouble = Trouble(self, Faults(scenario, exchange.now, process_ns()))

    # Time

    @property
    def now(self) -> Instant:
        """The simulated clock."""
        return self.exchange.now

    @property
    def end(self) -> Instant:
        """Where the market ends, and the clock with it."""
        return self.exchange.market.end

    @property
    def is_open(self) -> bool:
        """Whether the exchange is in a regular session."""
        session = self.exchange.market.session(self.wall().date())
        return session is not None and session.open <= self.now < session.close

    def time_text(self, at: Instant | None = None) -> str:
        """An instant, or the simulated clock, as this gateway writes times; clients read it as aware of its zone."""
        return time_words(self.now if at is None else at)

    def wall(self, at: Instant | None = None) -> datetime:
        """New York's wall clock at an instant, or at the simulated clock."""
        return datetime.fromtimestamp((self.now if at is None else at) // NS_PER_SECOND, NEW_YORK)

    def step(self, to: Instant) -> None:
        """Let the simulated clock pass to `to`, at most a second or a night that the market sleeps through, and tell what happened."""
        since, to = self.now, self.exchange.market.awake(to)
        self.scribe.moving(since, to)
        dark = self.trouble.no_quotes
        for midnight in self.nights.midnights(since, to):
            self._tell_until(midnight, dark=dark)
            self.nights.passed(midnight)
            self.keeping.happened()
        self._tell_until(to, dark=dark)
        self.feeds.passed(since, to, dark=dark)
        self.books.passed(since, to, silent=self.trouble.silent)
        self.keeping.passed()
        self.trouble.passed()
        self.flush()

    @property
    def alone_until(self) -> Instant | None:
        """Until when the market goes on though no client can be there; None while clients can be."""
        return self.trouble.alone_until

    def _tell_until(self, to: Instant, *, dark: bool) -> None:
        for happening in self.exchange.advance(to):
            if isinstance(happening, QuoteChange | TradePrint):
                self.feeds.hear(happening, dark=dark)
                self.scribe.moment = happening.at
            else:
                self._tell_one(happening)
        self.scribe.moment = to

    def beat(self) -> None:
        """Called often by whoever drives the gateway: a long silence means that it stood still, and is written down."""
        now = self.process_ns()
        if now - self._beat_ns > STALL_NS:
            self.scribe.stalled(now - self._beat_ns)
            for connection in self.connections.values():
                connection.pace.forgive()
        self._beat_ns = now
        if self.trouble.passed():
            self.flush()

    # Connections

    def admit(self, wire: Wire) -> Connection:
        """A new connection; beyond `CONNECTIONS_MAX`, and while the gateway is away, it is ended at once."""
        self._numbers += 1
        connection = Connection(self._numbers, self, wire)
        if len(self.connections) >= CONNECTIONS_MAX or self.trouble.away:
            connection.abort()
        else:
            self.connections[connection.number] = connection
            self.scribe.opened(connection)
        return connection

    def dismiss(self, connection: Connection) -> None:
        """A connection is gone: its subscriptions end, its orders stay."""
        if self.connections.pop(connection.number, None) is None:
            return
        self.scribe.closed(connection)
        self.lines.forget(connection.number)
        self.groups.forget(connection.number)
        if connection.named and connection.client_id == BINDING_CLIENT:
            self.binding.stop()
        self.ids.leave(connection, int(self.manners.id_hold_seconds * NS_PER_SECOND))

    def close(self) -> None:
        """End every connection."""
        for connection in list(self.connections.values()):
            connection.end()
            self.dismiss(connection)
        self.trouble.close()

    def counts(self) -> dict[int, WireCounts]:
        """The wire counts of each named client."""
        return {client_id: connection.counts for client_id, connection in self.clients.items()}

    def joined(self, client_id: int) -> None:
        """A trading process takes part in lockstep."""
        self.scribe.joined(client_id)

    def left(self, client_id: int, *, crash: bool) -> None:
        """A trading process takes part no longer."""
        self.scribe.left(client_id, crash=crash)

    def log_frame(self, kind: str, connection: Connection, fields: tuple[str, ...]) -> None:
        """Write a frame to the exchange's log."""
        self.scribe.frame(kind, connection, fields)

    def slowed(self, connection: Connection) -> None:
        """A client asked to be slowed down: its pace is the gateway's."""
        self.scribe.slowed(connection)

    def handle(self, connection: Connection, request: Request) -> None:
        """Carry out a request, unless a fault holds it, and let everyone hear of it."""
        if not self.trouble.holds(connection, request):
            if isinstance(request, PlaceOrder) and connection.client_id == BINDING_CLIENT:
                self.binding.placed(request.order_id)
            self._handler(self, connection, request)
        self.flush()

    def flush(self) -> None:
        """Keep and log everything seen so far, then write everything said so far to the clients: an answer proves what was, and was not, received."""
        self.trouble.settle()
        self.keeping.settle()
        self.scribe.flush()  # right after it: a kill leaves what happened in state and log, or in neither
        for connection in list(self.connections.values()):
            connection.flush()

    # Telling

    def contract(self, symbol: Symbol) -> Contract:
        """The contract of a symbol that is known to trade here."""
        contract = self.exchange.contracts.find(symbol)
        assert contract is not None, "an order or a position has a contract"
        return contract

    def tell(self, happenings: Iterable[Happening]) -> None:
        """Tell what a request did; something may have happened though nobody is to be told yet."""
        told = list(happenings)
        if not told:
            self.keeping.happened()
        self.scribe.moment = self.now
        for happening in told:
            self._tell_one(happening)

    def _tell_one(self, happening: Happening) -> None:
        self.keeping.told(happening)
        if isinstance(happening, OrderReport):
            self.scribe.order(happening)
        elif isinstance(happening, Execution):
            self.scribe.match(happening)
        for _ in range(self.trouble.times_told(happening)):
            self.say(happening)

    def say(self, happening: Happening) -> None:
        """Tell clients what is written down already."""
        match happening:
            case PositionReport():
                self._tell_position(happening)
            case OrderReport(told_as=told_as) if told_as:
                self.say(replace(happening, status=told_as, told_as=""))
            case OrderReport() | Execution() | CommissionNote() | OrderError():
                for client_id in self.audience.of(happening):
                    if client_id in self.clients:
                        self._say(self.clients[client_id], happening)

    def _say(self, connection: Connection, news: OrderNews) -> None:
        match news:
            case OrderReport():
                self.tell_order(connection, self.audience.signed(news))
            case Execution():
                self.tell_execution(connection, None, news)
            case CommissionNote():
                connection.tell(replies.commission_report(news))
            case OrderError():
                connection.tell(replies.error(news.order_id, news.code, news.text))

    def tell_order(self, connection: Connection, report: OrderReport) -> None:
        """An order to one connection: openOrder and orderStatus, or what of them is to be told."""
        if connection.client_id == report.ticket.client_id == BINDING_CLIENT and self.binding.binds(report.ticket.told_id):
            connection.tell(replies_data.order_bound(report.perm_id, BINDING_CLIENT, report.ticket.told_id))
        if report.open_order:
            contract = self.contract(report.ticket.symbol)
            connection.tell(replies.open_order(report, contract.con_id, trading_class=contract.trading_class))
        if report.order_status:
            connection.tell(replies.order_status(report))

    def tell_execution(self, connection: Connection, req_id: int | None, execution: Execution) -> None:
        """An execution to one connection; `req_id` where it was asked for."""
        contract = self.contract(execution.ticket.symbol)
        time_text = time_words(execution.at, self.manners.execution_times)
        exchange = self.traded_at(execution)
        connection.tell(replies.exec_details(req_id, execution, contract.con_id, time_text, trading_class=contract.trading_class, exchange=exchange))

    def traded_at(self, execution: Execution) -> str:
        """The exchange on which an execution was made."""
        return self.contract(execution.ticket.symbol).traded_at(execution.ticket.exchange)

    def _tell_position(self, report: PositionReport) -> None:
        self.books.position(report)
        self.tell_account()

    def tell_account(self, only: Connection | None = None) -> None:
        """The account values that changed, to everyone who subscribed, or to one connection."""
        if not self.trouble.silent:
            self.books.values(only)

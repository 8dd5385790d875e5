"""The broker: the real simulated exchange, and in front of it the sessions in which clients hear of it.

What our client asks is done at the exchange the moment its frame arrives, unless trouble (`broker_troubles`) makes of it what brokers make of it.
What happens is told to whom it belongs, in the order in which the exchange says it, unless trouble changes that too. Nothing is kept for who is
away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from robo_trader.desk.effects import Cancel, Place
from robo_trader.orders.evidence import CommissionSeen, ExecutionSeen, Sweep
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.model import (
    CommissionNote,
    Execution,
    Happening,
    OrderError,
    OrderReport,
    PositionReport,
    QuoteChange,
    Ticket,
    TradePrint,
)
from robo_trader.simulation import wire_words
from robo_trader.simulation.agenda import Agenda, Life
from robo_trader.simulation.exchange_ledger import Departure, ExchangeLedger
from robo_trader.simulation.faults import Faults
from robo_trader.simulation.session import HOP_NS, Answer, Session, Tick
from robo_trader.simulation.timeline import Timeline
from robo_trader.values import Instrument, Symbol

LOG_ON_NS: Final = 20_000_000
TICKS_A_DOLLAR: Final = 100
_ORACLE_SWEEPS: Final = 1_000_000
OPEN, COMPLETED, EXECUTIONS, POSITIONS, TIME, CONTRACT, OTHER = "open", "completed", "executions", "positions", "time", "contract", "other"


class Broker:
    """One account at one exchange. `changed` is called whenever the exchange's state may have."""

    def __init__(self, agenda: Agenda, faults: Faults, timeline: Timeline, exchange: Exchange, ledger: ExchangeLedger) -> None:
        self.agenda, self.faults, self.timeline, self.exchange, self.ledger = agenda, faults, timeline, exchange, ledger
        self.sessions: dict[int, Session] = {}
        self.held_until: dict[int, int] = {}
        self.down = False
        self.offline = False
        self._sweeps = 0
        self.rolled_back = 0
        """By how much nextValidId is too low after a restart that lost ids; too high, if negative."""
        self.order_gate: Callable[[Session, Ticket], bool] = lambda _session, _ticket: True
        self.cancel_gate: Callable[[Session, int], bool] = lambda _session, _order_id: True
        self.answer_gate: Callable[[str, tuple[object, ...]], tuple[object, ...] | None] = lambda _topic, items: items
        self.order_of_telling: Callable[[list[Happening]], list[Happening]] = list
        self.muted: set[tuple[int, int]] = set()
        """Orders (client id, order id) of which clients are told nothing."""
        self.late: dict[int, int] = {}
        """Permanent ids of which no status is told, and whose executions come so many nanoseconds late."""
        self.changed: Callable[[], None] = lambda: None

    # Connections.

    def connect(
        self,
        life: Life,
        client_id: int,
        ends: tuple[Callable[[object], None], Callable[[str], None]],
        ready: Callable[[Session, int], None],
        refused: Callable[[str], None],
    ) -> None:
        """A process logs on: one of `ready` (session, nextValidId) and `refused` comes, or nothing; `ends` are hear and lost of its session."""

        def hear(message: object) -> None:
            self.ledger.delivered(client_id, message)
            ends[0](message)

        def answer() -> None:
            holder = self.sessions.get(client_id)
            held = self.held_until.get(client_id, 0) > self.agenda.now
            if not life.alive:
                return  # its connection ended with it, and nobody holds the client id
            if self.down:
                self.agenda.after(HOP_NS, life, lambda: refused("connection refused"))
            elif held or (holder is not None and holder.attached):
                self.agenda.after(HOP_NS, life, lambda: refused("326"))
            else:
                session = self.sessions[client_id] = Session(self.agenda, self.faults, life, client_id, hear, ends[1])
                next_id = max(1, self.exchange.next_order_id(client_id) - self.rolled_back)
                self.agenda.after(HOP_NS, life, lambda: ready(session, next_id))

        self.agenda.after(LOG_ON_NS, None, answer)

    def died(self, life: Life) -> None:
        """A process is gone: the broker reads what it wrote and then the end."""
        for session in self.sessions.values():
            if session.life is life:
                session.close()

    # What a client asks. Each is one frame.

    def place(self, session: Session, command: Place, instrument: Instrument, departure: Departure) -> None:
        """Send an order."""
        ticket = _ticket(command, session.client_id, instrument, self.exchange.account.account_id)

        def arrive() -> None:
            self.ledger.message(self.agenda.now)
            self.ledger.on_wire.pop(ticket.order_id, None)
            self.timeline.say(
                self.agenda.now, "exchange", f"has {ticket.side} {ticket.quantity} {ticket.symbol} {ticket.order_type} #{ticket.order_id}"
            )
            if not self.offline and self.order_gate(session, ticket):
                self.ledger.arrived(ticket, departure, self.agenda.now)
                self.happened(self.exchange.submit(ticket))
            self.changed()

        self.ledger.left(ticket)
        self.changed()
        session.write(arrive, lambda: self.ledger.on_wire.pop(ticket.order_id, None))

    def cancel(self, session: Session, command: Cancel) -> None:
        """Send a cancel."""

        def arrive() -> None:
            self.ledger.message(self.agenda.now)
            if not self.offline and self.cancel_gate(session, command.order_id):
                self.happened(self.exchange.cancel(session.client_id, command.order_id, session.client_id))

        session.write(arrive)

    def ask(self, session: Session, topic: str, number: int) -> None:
        """Ask a question; an `Answer` with this number comes, or nothing."""

        def arrive() -> None:
            self.ledger.message(self.agenda.now)
            if self.offline and topic != TIME:
                return
            items = self.answer_gate(topic, self._items(topic))
            if items is not None:
                session.tell(Answer(number, items))

        session.write(arrive)

    def _items(self, topic: str) -> tuple[object, ...]:
        exchange = self.exchange
        match topic:
            case "open":
                return tuple(wire_words.order_seen(report) for report in exchange.open_orders())
            case "completed":
                return tuple(wire_words.order_seen(self._as_told(report), completed=True) for report in exchange.completed())
            case "executions":
                made = [self.ledger.executions[execution.exec_id] for execution in exchange.executions()]
                notes = [note for execution in exchange.executions() if (note := exchange.commission_of(execution.exec_id)) is not None]
                return (*map(wire_words.execution_seen, made), *map(wire_words.commission_seen, notes))
            case "positions":
                return tuple(wire_words.position_seen(report) for report in self.positions())
            case _:
                return (self.agenda.market,)

    def sweep(self, asked_ns: int) -> Sweep:
        """A whole look as it would be answered at this very moment."""
        self._sweeps += 1
        made = self._items(EXECUTIONS)
        return Sweep(
            number=_ORACLE_SWEEPS + self._sweeps,
            asked_process_ns=asked_ns,
            open_orders=tuple(wire_words.order_seen(report) for report in self.exchange.open_orders()),
            completed=tuple(wire_words.order_seen(self._as_told(report), completed=True) for report in self.exchange.completed()),
            executions=tuple(m for m in made if isinstance(m, ExecutionSeen)),
            commissions=tuple(m for m in made if isinstance(m, CommissionSeen)),
            positions=tuple(wire_words.position_seen(report) for report in self.positions()),
        )

    def positions(self) -> list[PositionReport]:
        """The account's positions, corrections included."""
        symbols = {report.symbol: report for report in self.exchange.positions()}
        moved = {Symbol(symbol): shares for symbol, shares in self.ledger.moved_shares.items() if shares}
        for symbol in moved:
            symbols.setdefault(symbol, self.exchange.account.report(symbol))
        return [
            PositionReport(symbol, report.quantity + moved.get(symbol, 0), report.average_cost)
            for symbol, report in sorted(symbols.items())
            if report.quantity + moved.get(symbol, 0)
        ]

    def position(self, symbol: Symbol) -> int:
        """Net shares of the account."""
        return self.exchange.account.position(symbol) + self.ledger.moved_shares[symbol]

    # What happens.

    def advance(self) -> None:
        """Let the market come to the present."""
        self.happened(self.exchange.advance(self.agenda.market))

    def happened(self, happenings: Iterable[Happening]) -> None:
        """Keep the ledger, and tell whom it concerns."""
        told = list(happenings)
        for happening in told:
            if isinstance(happening, Execution):
                self.ledger.executed(happening)
                self.timeline.say(
                    self.agenda.now,
                    "exchange",
                    f"fills {happening.ticket.side} {happening.quantity} {happening.ticket.symbol} at {happening.price} #{happening.ticket.order_id}"
                    f" of client {happening.ticket.client_id}",
                )
        for happening in self.order_of_telling(told):
            self.tell(happening)
        if any(not isinstance(happening, QuoteChange | TradePrint) for happening in told):
            self.changed()

    def tell(self, happening: Happening) -> None:
        """One happening to those whom it concerns, if they can hear."""
        if self.offline:
            return
        match happening:
            case OrderReport() if _name(happening.ticket) not in self.muted and happening.perm_id not in self.late:
                if happening.open_order:
                    self._to(happening.ticket.client_id, wire_words.order_seen(happening))
                self._to(happening.ticket.client_id, wire_words.status_seen(self._as_told(happening)))
            case Execution() if _name(happening.ticket) not in self.muted:
                self._to(happening.ticket.client_id, wire_words.execution_seen(happening), self.late.get(happening.perm_id, 0))
            case CommissionNote():
                self._to(happening.client_id, wire_words.commission_seen(happening))
            case OrderError():
                self._to(happening.client_id, wire_words.error_seen(happening))
            case PositionReport():
                moved = PositionReport(happening.symbol, self.position(happening.symbol), happening.average_cost)
                for client_id in self.sessions:
                    self._to(client_id, wire_words.position_seen(moved))
            case QuoteChange():
                self._quote(happening)
            case _:
                pass  # of a print the next quote's tick bears the time

    def _as_told(self, report: OrderReport) -> OrderReport:
        """What was taken back is not filled any more."""
        back = self.ledger.taken_back.get(report.perm_id, 0)
        return replace(report, filled=report.filled - back) if back else report

    def _to(self, client_id: int, message: object, late_ns: int = 0) -> None:
        session = self.sessions.get(client_id)
        if session is not None:
            session.tell(message, late_ns=late_ns)

    def _quote(self, quote: QuoteChange) -> None:
        bid = None if quote.bid is None else int(quote.bid * TICKS_A_DOLLAR)
        ask = None if quote.ask is None else int(quote.ask * TICKS_A_DOLLAR)
        if self.faults.strikes("F23", f"a quote of {quote.symbol} cannot be"):
            bid, ask = self.faults.chance("F23").choice(((ask, bid), (None, ask), (bid, None), (0, ask)))
        for client_id in self.sessions:
            self._to(client_id, Tick(quote.symbol, bid, ask, quote.bid_size, quote.ask_size, quote.at))


def _name(ticket: Ticket) -> tuple[int, int]:
    return ticket.client_id, ticket.order_id


def _ticket(command: Place, client_id: int, instrument: Instrument, account: str) -> Ticket:
    price = None if command.price is None else instrument.money(command.price)
    kind = command.order_type.value
    return Ticket(
        client_id=client_id,
        order_id=command.order_id,
        symbol=command.symbol,
        side=command.side,
        quantity=command.quantity,
        order_type=kind,
        limit_price=price if kind == "LMT" else None,
        stop_price=price if kind == "STP" else None,
        time_in_force=command.time_in_force.value,
        oca_group=command.oca_group,
        oca_type=2 if command.oca_group else 0,
        order_ref=command.order_ref,
        account=account,
    )

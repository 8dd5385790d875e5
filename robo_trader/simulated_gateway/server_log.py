"""The gateway's scribe: what goes into the exchange's log, and in which words."""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.exchange_log import ExchangeLog
from robo_trader.simulated_gateway.fault_kinds import NAMES, parameters_of
from robo_trader.simulated_gateway.fault_parameters import Fault
from robo_trader.simulated_gateway.hours import new_york_date
from robo_trader.simulated_gateway.model import Execution, OrderReport
from robo_trader.simulated_gateway.venue import FIXED
from robo_trader.values import NS_PER_MINUTE, Instant

NS_PER_HOUR: Final = 60 * NS_PER_MINUTE
_ENDS: Final = frozenset({"Filled", "Cancelled", "Inactive"})


class Scribe:
    """Writes for one gateway. `moment` is the simulated instant of what is being told, which inside a step may lie before the clock."""

    def __init__(self, log: ExchangeLog, exchange: Exchange) -> None:
        """`exchange` is asked for the commission of a match."""
        self.log = log
        self.moment: Instant = exchange.now
        self._exchange = exchange
        self._told: dict[int, tuple[object, ...]] = {}

    def started(self, seed: int, market: str) -> None:
        """The gateway opens, with the books as they are."""
        account = self._exchange.account
        positions = {report.symbol: report.quantity for report in account.positions()}
        books: dict[str, object] = {"account": account.account_id, "cash": str(account.cash), "positions": positions, "seed": seed, "market": market}
        if self._exchange.venue.commissions != FIXED:
            books["commissions"] = self._exchange.venue.commissions
        self.log.record("start", self.moment, **books)

    def moving(self, since: Instant, to: Instant) -> None:
        """The clock is about to move."""
        self.log.record("clock", since, to=to)
        if since // NS_PER_HOUR != to // NS_PER_HOUR and new_york_date(since) != new_york_date(to):  # what ended is not told on another day
            self._told = {perm_id: state for perm_id, state in self._told.items() if state[-1] not in _ENDS}

    def stalled(self, ns: int) -> None:
        """The gateway stood still."""
        self.log.record("stall", self.moment, ns=ns)

    def fault(self, name: str, step: str, **facts: object) -> None:
        """A scripted fault `befalls` somebody, `begins` or `ends`."""
        self.log.record("fault", self.moment, fault=name, step=step, **facts)

    def fault_begins(self, fault: Fault) -> None:
        """A scripted fault begins, with its parameters."""
        self.fault(NAMES[type(fault)], "begins", **parameters_of(fault))

    def fault_ends(self, fault: Fault) -> None:
        """A scripted fault is over."""
        self.fault(NAMES[type(fault)], "ends")

    def opened(self, connection: Connection) -> None:
        """A connection was admitted."""
        self.log.record("open", self.moment, conn=connection.number, client=None)

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""
        self.log.record("close", self.moment, conn=connection.number, client=connection.client_id)

    def dropped(self, connection: Connection, waiting_bytes: int) -> None:
        """A client was dropped because it did not read."""
        self.log.record("dropped", self.moment, conn=connection.number, client=connection.client_id, waiting_bytes=waiting_bytes)

    def slowed(self, connection: Connection) -> None:
        """A connection asked to be slowed down where it is too fast: how fast it writes is no fault of its."""
        self.log.record("slowed", self.moment, conn=connection.number)

    def joined(self, client_id: int) -> None:
        """A trading process takes part in lockstep."""
        self.log.record("register", self.moment, client=client_id)

    def left(self, client_id: int, *, crash: bool) -> None:
        """A trading process takes part no longer."""
        self.log.record("unregister", self.moment, client=client_id, crash=crash)

    def frame(self, kind: str, connection: Connection, fields: tuple[str, ...]) -> None:
        """A frame, `in` or `out`."""
        self.log.frame(kind, self.moment, connection.number, connection.client_id, fields)

    def order(self, report: OrderReport) -> None:
        """An order's state, once however often clients are told."""
        ticket = report.ticket
        state = (ticket.quantity, report.filled, report.remaining, report.status)
        if self._told.get(report.perm_id) == state:
            return
        self._told[report.perm_id] = state
        self.log.record(
            "order",
            self.moment,
            perm_id=report.perm_id,
            client=ticket.client_id,
            order_id=ticket.told_id,
            ref=ticket.order_ref,
            symbol=ticket.symbol,
            side=ticket.side.value,
            total=ticket.quantity,
            filled=report.filled,
            remaining=report.remaining,
            status=report.status,
            type=ticket.order_type,
            oca=ticket.oca_group,
            oca_type=ticket.oca_type,
        )

    def match(self, execution: Execution) -> None:
        """An execution, with what it cost; or what became of one afterwards."""
        ticket, note = execution.ticket, self._exchange.commission_of(execution.exec_id)
        assert note is not None, "an execution has a commission"
        if execution.corrects:
            facts = {"qty": execution.quantity, "price": str(execution.price), "commission": str(note.commission)}
            self.log.record("corrected", self.moment, exec_id=execution.exec_id, of=execution.corrects, **facts)
            return
        self.log.record(
            "match",
            self.moment,
            exec_id=execution.exec_id,
            perm_id=execution.perm_id,
            client=ticket.client_id,
            order_id=ticket.told_id,
            ref=ticket.order_ref,
            symbol=ticket.symbol,
            side=ticket.side.value,
            qty=execution.quantity,
            price=str(execution.price),
            at=execution.at,
            commission=str(note.commission),
            **({"added": True} if execution.added else {}),
        )

    def action(self, kind: str, **facts: object) -> None:
        """What a corporate action did: `noted`, `split` or `paid`."""
        self.log.record(kind, self.moment, **facts)

    def flush(self) -> None:
        """Let the log be read by others."""
        self.log.flush()

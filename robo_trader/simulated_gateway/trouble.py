"""What goes wrong on purpose, done to the gateway: faults befall orders and cancels, change what is told, and come and go with the clocks.

The gateway asks here at four places: when an order or a cancel arrives, when something is about to be told, when a request is about to be carried
out, and when time has passed. What an arriving message sets off begins after it was carried out and before anybody was told (`settle`, at each
flush): an order that cuts the connection is at the exchange, and its answer is lost. Whatever happens is written to the exchange's log.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.client_ids import ClientIds
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.fault_kinds import (
    Cut,
    DuplicateCallbacks,
    FarmsDown,
    Fault,
    HalfOpen,
    LateCommission,
    LoginWait,
    ManualOrder,
    Outage,
    Restart,
)
from robo_trader.simulated_gateway.faults import Fate, Faults, Spell, by_hand, refusal_of
from robo_trader.simulated_gateway.market_lines import MarketLines
from robo_trader.simulated_gateway.model import Execution, Happening, OrderError, Ticket
from robo_trader.simulated_gateway.server_log import Scribe
from robo_trader.simulated_gateway.trouble_notices import FARMS_LOST, FARMS_UP, LOST, RESTORED, STILL_LOST, Notice
from robo_trader.simulated_gateway.trouble_telling import Telling
from robo_trader.values import NS_PER_SECOND, Instant

HELD_REQUESTS_MAX: Final = 1_000
# What a gateway answers out of itself, whatever became of its servers.
_ANSWERED_ALONE: Final = (ask.StartApi, ask.CurrentTime, ask.ManagedAccounts, ask.Ids, ask.ServerLogLevel, ask.MarketDataType)
_ORDERS: Final = (ask.PlaceOrder, ask.CancelOrder, ask.GlobalCancel)


class Hub(Protocol):
    """The gateway as its trouble sees it."""

    exchange: Exchange
    scribe: Scribe
    connections: dict[int, Connection]
    clients: dict[int, Connection]
    ids: ClientIds
    lines: MarketLines
    process_ns: Callable[[], int]

    @property
    def now(self) -> Instant:
        """The simulated clock."""

    def dismiss(self, connection: Connection) -> None:
        """Forget a connection."""

    def tell(self, happenings: list[Happening]) -> None:
        """Write down and tell."""

    def say(self, happening: Happening) -> None:
        """Tell what was written down before."""

    def handle(self, connection: Connection, request: ask.Request) -> None:
        """Carry out a request."""


class Trouble:
    """The faults of one gateway. `listening` is told when the port closes (False) and opens again (True)."""

    def __init__(self, hub: Hub, faults: Faults) -> None:
        """Belongs to `hub` from here on."""
        self.listening: Callable[[bool], None] = lambda _open: None
        self._hub = hub
        self._faults = faults
        self.telling = Telling(faults, hub.scribe)
        self._waiting: deque[Fault] = deque()
        self._held: deque[tuple[Connection, ask.Request]] = deque(maxlen=HELD_REQUESTS_MAX)
        self._next_ids: dict[int, tuple[int, int]] = {}
        self._deaf: list[Connection] = []

    # What arrives.

    def place(self, ticket: Ticket) -> None:
        """An order arrived: have it placed, refused, or lost."""
        fate, exchange = self._faults.ordered(ticket), self._hub.exchange
        if fate.lost:
            self._befalls("swallow_order", ticket)
        elif fate.refused is not None:
            self._befalls("reject_order", ticket)
            self._hub.tell([*exchange.submit(ticket, refusal=refusal_of(fate.refused))])
        else:
            self._hub.tell([*exchange.submit(ticket)])
        self._waiting.extend(fate.begins)

    def cancel(self, client_id: int, order_id: int) -> None:
        """A cancel arrived: have it carried out, refused, or lost."""
        exchange = self._hub.exchange
        ticket = exchange.ticket(client_id, order_id)
        fate = Fate() if ticket is None else self._faults.cancelled(ticket)
        if ticket is not None and fate.lost:
            self._befalls("swallow_cancel", ticket)
        elif ticket is not None and fate.refused is not None:
            self._befalls("reject_cancel", ticket)
            self._hub.tell([OrderError(client_id, order_id, fate.refused.code, fate.refused.text)])
        else:
            self._hub.tell([*exchange.cancel(client_id, order_id, client_id)])
        self._waiting.extend(fate.begins)

    def holds(self, connection: Connection, request: ask.Request) -> bool:
        """Whether a request is not carried out now: it waits for the end of an outage, or is lost."""
        if self._faults.lasting(LoginWait) is not None:
            return True
        outage = self._faults.lasting(Outage)
        if outage is None or isinstance(request, _ANSWERED_ALONE):
            return False
        if outage.orders == "held" or not isinstance(request, _ORDERS):
            self._held.append((connection, request))
        return True

    @property
    def away(self) -> bool:
        """Whether there is no gateway to connect to."""
        return self._faults.lasting(Restart) is not None

    @property
    def alone_until(self) -> Instant | None:
        """Until when the market goes on though no client can be there; None while clients can be."""
        return self._faults.alone_until()

    def next_id(self, client_id: int) -> int:
        """The next order id as this client is told it; a restart may have rolled it back."""
        real = self._hub.exchange.next_order_id(client_id)
        before, told = self._next_ids.get(client_id, (0, 0))
        return told if before == real else real

    # How things are told.

    @property
    def silent(self) -> bool:
        """Whether nothing of orders, positions and the account is told."""
        return self._faults.lasting(Outage) is not None

    @property
    def dark(self) -> bool:
        """Whether no market data is told."""
        return self.silent or self._faults.lasting(FarmsDown) is not None

    @property
    def farms(self) -> tuple[Notice, ...]:
        """What a client that connects hears of the farms."""
        return (STILL_LOST, *FARMS_LOST) if self.silent else FARMS_LOST if self.dark else FARMS_UP

    def times_told(self, happening: Happening) -> int:
        """How often a happening is told now: 0 if it is withheld, late or lost."""
        if isinstance(happening, Execution):
            self._set_off(happening)
        return self.telling.times_told(happening, self._hub.now)

    def _set_off(self, execution: Execution) -> None:
        """What this fill sets off; how it is told itself is changed at once."""
        for fault in self._faults.filled(execution.ticket):
            if isinstance(fault, LateCommission | DuplicateCallbacks):
                self._begin(fault)
            else:
                self._waiting.append(fault)

    # What the clocks bring.

    def passed(self) -> bool:
        """Time has passed: end and begin what is due; whether anything was."""
        now, process_ns = self._hub.now, self._hub.process_ns()
        over, due = self._faults.ended(now, process_ns), self._faults.due(now, process_ns)
        ripe = self.telling.ripe(now)
        for spell in over:
            self._end(spell)
        for note in ripe:
            self._hub.say(note)
        self._waiting.extend(due)
        return bool(over or due or ripe)

    def settle(self) -> None:
        """Begin what the last event set off."""
        while self._waiting:
            self._begin(self._waiting.popleft())

    def close(self) -> None:
        """End the silent connections."""
        for connection in self._deaf:
            connection.abort()
        self._deaf.clear()

    def _begin(self, fault: Fault) -> None:
        hub = self._hub
        hub.scribe.fault_begins(fault)
        spell = self._faults.begin(fault, hub.now, hub.process_ns())
        match fault:
            case Restart():
                assert spell is not None, "a restart lasts"
                self._go_away(fault, spell)
            case LoginWait():
                self._cut(None)
            case Outage():
                self._notify(LOST)
            case FarmsDown():
                self._notify(*FARMS_LOST[:2])
            case Cut():
                self._cut(fault.client)
            case HalfOpen():
                self._go_deaf(fault)
            case ManualOrder():
                hub.tell([*hub.exchange.submit(by_hand(fault, hub.exchange.next_order_id(fault.client)))])

    def _end(self, spell: Spell) -> None:
        self._hub.scribe.fault_ends(spell.fault)
        match spell.fault:
            case Restart():
                self.listening(True)
            case LoginWait():
                self._cut(None)  # whoever waited has to log on anew
            case Outage():
                self._restore(spell.fault)
            case FarmsDown():
                self._notify(*FARMS_UP[:2])

    def _go_away(self, fault: Restart, spell: Spell) -> None:
        hub = self._hub
        if fault.next_valid_id == "rolled_back":
            for client_id in hub.ids.known:
                real = hub.exchange.next_order_id(client_id)
                self._next_ids[client_id] = (real, max(1, real - fault.rolled_back_by))
        named = list(hub.clients)
        self._cut(None)
        for client_id in named:
            hub.ids.hold(client_id, spell.process_until + round(fault.zombie_seconds * NS_PER_SECOND))
        self.listening(False)

    def _cut(self, client_id: int | None) -> None:
        for connection in self._chosen(client_id):
            connection.abort()
            self._hub.dismiss(connection)

    def _go_deaf(self, fault: HalfOpen) -> None:
        for connection in self._chosen(fault.client):
            named = connection.client_id if connection.named else None
            connection.deafen()
            self._deaf.append(connection)
            self._hub.dismiss(connection)
            if named is not None:
                self._hub.ids.hold(named, self._hub.process_ns() + round(fault.zombie_seconds * NS_PER_SECOND))

    def _chosen(self, client_id: int | None) -> list[Connection]:
        return [connection for connection in self._hub.connections.values() if client_id is None or connection.client_id == client_id]

    def _notify(self, *notices: Notice) -> None:
        for connection in self._hub.clients.values():
            for code, text in notices:
                connection.tell(replies.error(None, code, text))

    def _restore(self, fault: Outage) -> None:
        self._notify((fault.ends_with, RESTORED[fault.ends_with]))
        if fault.ends_with == 1101:  # noqa: PLR2004 - the broker's code for lost data
            for connection in self._hub.connections.values():
                self._hub.lines.drop_connection(connection.number)
        for happening in self.telling.released():
            self._hub.say(happening)
        held = list(self._held)
        self._held.clear()
        for connection, request in held:
            if not connection.closing:
                self._hub.handle(connection, request)

    def _befalls(self, name: str, ticket: Ticket) -> None:
        self._hub.scribe.fault(name, "befalls", client=ticket.client_id, order_id=ticket.order_id, ref=ticket.order_ref)

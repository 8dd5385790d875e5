"""What goes wrong on purpose, done to the gateway: faults befall orders and cancels, change what is told, and come and go with the clocks.

The gateway asks here at four places: when an order or a cancel arrives, when something is about to be told, when a request is about to be carried
out, and when time has passed. What an arriving message sets off begins after it was carried out and before anybody was told (`settle`, at each
flush): an order that cuts the connection is at the exchange, and its answer is lost. Whatever happens is written to the exchange's log.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Bend, Connection
from robo_trader.simulated_gateway.corrections import newest
from robo_trader.simulated_gateway.fault_kinds import (
    NAMES,
    CorrectExecution,
    DuplicateCallbacks,
    FarmsDown,
    ForeignOrder,
    LateCommission,
    LoginWait,
    ManualOrder,
    Outage,
    Restart,
)
from robo_trader.simulated_gateway.fault_kinds_told import CompetingSession, DropCallbacks, LateCallbacks, Notice, ReorderCallbacks, WrongAccount
from robo_trader.simulated_gateway.fault_kinds_wire import Pacing
from robo_trader.simulated_gateway.fault_parameters import Fault
from robo_trader.simulated_gateway.faults import Fate, Faults, Spell, by_hand, by_program, refusal_of
from robo_trader.simulated_gateway.model import Execution, Happening, OrderError, Ticket
from robo_trader.simulated_gateway.trouble_bending import Bending
from robo_trader.simulated_gateway.trouble_held import HeldRequests
from robo_trader.simulated_gateway.trouble_hub import Hub
from robo_trader.simulated_gateway.trouble_notices import FARMS_LOST, FARMS_UP, LOST, RESTORED, STILL_LOST
from robo_trader.simulated_gateway.trouble_notices import Notice as Words
from robo_trader.simulated_gateway.trouble_quotes import LineTrouble, symbol_of
from robo_trader.simulated_gateway.trouble_telling import Telling
from robo_trader.simulated_gateway.trouble_wire import WireTrouble
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

_STOCKS: Final = (DropCallbacks, LateCallbacks, ReorderCallbacks, WrongAccount)
# What changes how things are told begins before the answer to what set it off: the acknowledgement of the first order can be dropped.
_AT_ONCE_WITH_FILLS: Final = (LateCommission, DuplicateCallbacks, *_STOCKS)


class Trouble:
    """The faults of one gateway. `listening` is told when the port closes (False) and opens again (True)."""

    def __init__(self, hub: Hub, faults: Faults) -> None:
        """Belongs to `hub` from here on."""
        self.listening: Callable[[bool], None] = lambda _open: None
        self._hub = hub
        self._faults = faults
        self.telling = Telling(faults, hub.scribe)
        self._waiting: deque[Fault] = deque()
        self._held = HeldRequests()
        self._wire = WireTrouble(hub)
        self._lines = LineTrouble(hub)
        self._bending = Bending(lambda connection, req_id: symbol_of(hub, connection, req_id), self._bent_away)
        self.bend: Bend | None = None
        self._open = True

    # What arrives.

    def place(self, ticket: Ticket) -> None:
        """An order arrived: have it placed, once or twice, refused, or lost."""
        fate, exchange = self._faults.ordered(ticket), self._hub.exchange
        self._set_off(fate.begins, at_once=_STOCKS)
        if fate.lost:
            self._befalls("swallow_order", ticket)
        elif fate.refused is not None:
            self._befalls("reject_order", ticket)
            self._hub.tell([*exchange.submit(ticket, refusal=refusal_of(fate.refused))])
        else:
            is_new = exchange.ticket(ticket.client_id, ticket.order_id) is None
            told: list[Happening] = [*exchange.submit(ticket)]
            if fate.doubled and is_new and (twin := exchange.submit_twin(ticket)):
                self._befalls("twin_order", ticket)
                told += twin
            self._hub.tell(told)

    def cancel(self, client_id: int, order_id: int) -> None:
        """A cancel arrived: have it carried out, refused, or lost."""
        exchange = self._hub.exchange
        ticket = exchange.ticket(client_id, order_id)
        fate = Fate() if ticket is None else self._faults.cancelled(ticket)
        self._set_off(fate.begins, at_once=_STOCKS)
        if ticket is not None and fate.lost:
            self._befalls("swallow_cancel", ticket)
        elif ticket is not None and fate.refused is not None:
            self._befalls("reject_cancel", ticket)
            self._hub.tell([OrderError(client_id, order_id, fate.refused.code, fate.refused.text)])
        else:
            self._hub.tell([*exchange.cancel(client_id, order_id, client_id)])

    def holds(self, connection: Connection, request: ask.Request) -> bool:
        """Whether a request is not carried out now: it waits for the end of an outage, or is lost."""
        return self._faults.lasting(LoginWait) is not None or self._held.takes(self._faults.lasting(Outage), connection, request)

    @property
    def away(self) -> bool:
        """Whether nobody can connect."""
        return self._faults.away

    @property
    def alone_until(self) -> Instant | None:
        """Until when the market goes on though no client can be there; None while clients can be."""
        return self._faults.alone_until()

    def next_id(self, client_id: int) -> int:
        """The next order id as this client is told it; a restart may have rolled it back."""
        return self._hub.ids.next_told(client_id, self._hub.exchange.next_order_id(client_id))

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
    def no_quotes(self) -> bool:
        """Whether no quotes and no bars are told."""
        return self.dark or self._faults.competed()

    @property
    def pacing(self) -> Pacing | None:
        """How strict the gateway is about the pace, if stricter than ever."""
        return self._wire.pacing

    @property
    def farms(self) -> tuple[Words, ...]:
        """What a client that connects hears of the farms."""
        return (STILL_LOST, *FARMS_LOST) if self.silent else FARMS_LOST if self.dark else FARMS_UP

    def times_told(self, happening: Happening) -> int:
        """How often a happening is told now: 0 if it is withheld, late or lost."""
        if isinstance(happening, Execution) and not happening.corrects:
            self._set_off(self._faults.filled(happening.ticket), at_once=_AT_ONCE_WITH_FILLS)
        return self.telling.times_told(happening, self._hub.now)

    def _set_off(self, faults: Iterable[Fault], at_once: tuple[type[Fault], ...]) -> None:
        """What an event sets off; how the event itself is told is changed at once."""
        for fault in faults:
            if isinstance(fault, at_once):
                self._begin(fault)
            else:
                self._waiting.append(fault)

    def _bent(self, connection: Connection, fields: tuple[str, ...]) -> list[tuple[str, ...]]:
        told = self._bending.bent(connection, fields, self._hub.now)
        self._bend_or_not()
        return told

    def _bend_or_not(self) -> None:
        self.bend = self._bent if self._bending.active else None

    def _bent_away(self, fault: Fault, connection: int, message: str) -> None:
        self._hub.scribe.fault(NAMES[type(fault)], "befalls", conn=connection, message=message)

    # What connections do to themselves.

    def fell_behind(self, connection: Connection, waiting_bytes: int) -> None:
        """A client did not read, and is dropped."""
        self._hub.scribe.dropped(connection, waiting_bytes)

    def cut_for_pace(self, connection: Connection) -> None:
        """A client was too fast, and is cut."""
        self._hub.scribe.fault(NAMES[Pacing], "befalls", conn=connection.number)
        connection.abort()
        self._hub.dismiss(connection)

    # What the clocks bring.

    def passed(self) -> bool:
        """Time has passed: end and begin what is due; whether anything was."""
        now, process_ns = self._hub.now, self._hub.process_ns()
        over, due = self._faults.ended(now, process_ns), self._faults.due(now, process_ns)
        ripe, late = self.telling.ripe(now), [] if self.silent else self._bending.ripe(now)
        last = {type(spell.fault): spell for spell in over}
        for spell in over:
            self._end(spell.fault, all_over=spell is last[type(spell.fault)] and self._faults.lasting(type(spell.fault)) is None)
        for note in ripe:
            self._hub.say(note)
        for listener, fields in late:
            listener.say(fields)
        self._waiting.extend(due)
        return self._lines.passed(now, quiet=self.no_quotes) or bool(over or due or ripe or late)

    def settle(self) -> None:
        """Begin what the last event set off."""
        while self._waiting:
            self._begin(self._waiting.popleft())
        if self.bend is not None:
            for listener, fields in self._bending.shuffled():
                listener.say(fields)
            self._bend_or_not()

    def close(self) -> None:
        """End the silent connections."""
        self._wire.close()

    def _begin(self, fault: Fault) -> None:
        hub = self._hub
        hub.scribe.fault_begins(fault)
        spell = self._faults.begin(fault, hub.now, hub.process_ns())
        self._wire.begin(fault)
        self._lines.begin(fault, hub.now)
        self._bending.begin(fault)
        self._bend_or_not()
        match fault:
            case Restart():
                assert spell is not None, "a restart lasts"
                self._go_away(fault, spell)
            case LoginWait():
                self._wire.cut(None)
            case Outage():
                self._notify(LOST)
            case FarmsDown():
                self._notify(*FARMS_LOST[:2])
            case CompetingSession(takes="connection"):
                self._wire.cut(None)
            case Notice():
                self._notify((fault.code, fault.text))
            case ManualOrder():
                hub.tell([*hub.exchange.submit(by_hand(fault, hub.exchange.next_order_id(fault.client)))])
            case ForeignOrder():
                price = hub.exchange.mark(Symbol(fault.symbol))
                hub.tell([*hub.exchange.submit(by_program(fault, hub.exchange.next_order_id(fault.client), price))])
            case CorrectExecution():
                for exec_id, quantity, price in newest(fault, hub.exchange.executions()):
                    hub.tell([*hub.exchange.correct(exec_id, quantity=quantity, price=price)])
        self._keep_the_door()

    def _end(self, fault: Fault, *, all_over: bool) -> None:
        """A fault is over; `all_over` says that no other of its kind lasts."""
        self._hub.scribe.fault_ends(fault)
        self._wire.end(fault)
        self._bending.end(fault)
        self._bend_or_not()
        self._lines.end(fault)
        match fault:
            case LoginWait():
                self._wire.cut(None)  # whoever waited has to log on anew
            case Outage() if all_over:
                self._restore(fault)
            case FarmsDown() if all_over and not self.silent:
                self._notify(*FARMS_UP[:2])
        self._keep_the_door()

    def _keep_the_door(self) -> None:
        """The port is open unless something keeps everybody away: of two restarts, the later end opens it."""
        if self._open == self.away:
            self._open = not self.away
            self.listening(self._open)

    def _go_away(self, fault: Restart, spell: Spell) -> None:
        hub = self._hub
        if fault.next_valid_id == "rolled_back":
            for client_id in hub.ids.known:
                hub.ids.roll_back(client_id, hub.exchange.next_order_id(client_id), fault.rolled_back_by)
        named = list(hub.clients)
        self._wire.cut(None)
        for client_id in named:
            hub.ids.hold(client_id, spell.process_until + round(fault.zombie_seconds * NS_PER_SECOND))

    def _notify(self, *notices: Words) -> None:
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
        for connection, request in self._held.released():
            if not connection.closing:
                self._hub.handle(connection, request)

    def _befalls(self, name: str, ticket: Ticket) -> None:
        self._hub.scribe.fault(name, "befalls", client=ticket.client_id, order_id=ticket.told_id, ref=ticket.order_ref, symbol=ticket.symbol)

"""The exchange's own ledger, as the looks need it: every frame that arrived, every execution, every share, counted here and nowhere in the desk.

Whose an order is stands in its reference, read here by its own few lines. What the exchange takes back or corrects later is kept beside its
account, which knows no corrections.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from robo_trader.orders.events import Intended
from robo_trader.orders.evidence import BrokerError, ExecutionSeen, OrderSeen, StatusSeen
from robo_trader.simulated_gateway.model import Execution, Ticket
from robo_trader.simulation.look import Filled, Live, Received
from robo_trader.simulation.session import Answer
from robo_trader.values import NS_PER_SECOND, Instant

_FIELDS = 4


def name_of(reference: str) -> tuple[int, str]:
    """(epoch, intent) of `rt:<system>:<epoch>:<intent>`; (0, "") for any other reference."""
    parts = reference.split(":")
    if len(parts) != _FIELDS or parts[0] != "rt" or not parts[2].isdigit():
        return 0, ""
    return int(parts[2]), parts[3]


@dataclass(frozen=True, slots=True)
class Departure:
    """What was true of a frame when it left: `left` is when the desk sent it, the rest when the gateway wrote it."""

    left: int
    durable: bool
    looked: int


@dataclass(slots=True)
class ExchangeLedger:
    """`rows` are the intents that are durable, by id; `moved_cash` and `moved_shares` what corrections did that the account does not know."""

    rows: Mapping[str, Intended]
    received: list[Received] = field(default_factory=list)
    fills: list[Filled] = field(default_factory=list)
    executions: dict[str, Execution] = field(default_factory=dict)
    own: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)
    moved_shares: Counter[str] = field(default_factory=Counter)
    moved_cash: Decimal = Decimal(0)
    taken_back: Counter[int] = field(default_factory=Counter)
    """Shares of executions taken back, by permanent id: what the order's own reports do not know."""
    messages: deque[int] = field(default_factory=deque)
    places: dict[str, int] = field(default_factory=dict)
    on_wire: dict[int, Live] = field(default_factory=dict)
    named: set[tuple[int, int]] = field(default_factory=set)
    """Orders (client id, order id) that a message which reached the client's process has named: nobody has to be believed that they were read."""

    def purpose(self, intent: str) -> str:
        """What the durable row of an intent says that it is for; "" if there is none."""
        row = self.rows.get(intent)
        return row.purpose.value if row is not None else ""

    def left(self, ticket: Ticket) -> None:
        """A frame of ours is on the wire."""
        epoch, intent = name_of(ticket.order_ref)
        self.on_wire[ticket.order_id] = Live(
            intent=intent,
            order_id=ticket.order_id,
            perm_id=0,
            epoch=epoch,
            purpose=self.purpose(intent),
            symbol=ticket.symbol,
            side=ticket.side.sign,
            remaining=ticket.quantity,
            kind=ticket.order_type,
            oca_group=ticket.oca_group,
            reached=False,
            heard=False,
        )

    def arrived(self, ticket: Ticket, departure: Departure, now: int) -> None:
        """A frame of ours is at the exchange."""
        epoch, intent = name_of(ticket.order_ref)
        row = self.rows.get(intent)
        self.received.append(
            Received(
                intent=intent,
                epoch=epoch,
                client_id=ticket.client_id,
                order_id=ticket.order_id,
                purpose=self.purpose(intent),
                symbol=ticket.symbol,
                side=ticket.side.sign,
                quantity=ticket.quantity,
                kind=ticket.order_type,
                oca_group=ticket.oca_group,
                left=departure.left,
                at=now,
                durable=departure.durable,
                looked=departure.looked,
                strategy=row.book.strategy if row is not None else "",
                decision=row.decision_bar_end if row is not None else 0,
            )
        )

    def executed(self, execution: Execution) -> None:
        """A match."""
        _, intent = name_of(execution.ticket.order_ref)
        ticket = execution.ticket
        self.executions[execution.exec_id] = execution
        self.places[execution.exec_id] = len(self.fills)
        self.fills.append(
            Filled(
                exec_id=execution.exec_id,
                intent=intent,
                purpose=self.purpose(intent),
                symbol=ticket.symbol,
                side=ticket.side.sign,
                shares=execution.quantity,
                oca_group=ticket.oca_group,
                at_market=execution.at,
            )
        )
        (self.own if intent else self.foreign)[ticket.symbol] += ticket.side.sign * execution.quantity

    def heard(self, exec_id: str, now: int) -> None:
        """The desk was told of an execution for the first time."""
        place = self.places.get(exec_id)
        if place is not None and self.fills[place].heard is None and self.fills[place].exec_id == exec_id:
            self.fills[place] = replace(self.fills[place], heard=now)

    def delivered(self, client_id: int, message: object) -> None:
        """A message of the broker reached the process of a client."""
        match message:
            case Answer():
                for item in message.items or ():
                    self.delivered(client_id, item)
            case OrderSeen() | StatusSeen() | ExecutionSeen() if message.client_id == client_id:
                self.named.add((client_id, message.order_id))
            case BrokerError():
                self.named.add((client_id, message.id))
            case _:
                pass

    def corrected(self, old: Execution, new: Execution) -> None:
        """The exchange says that `old` was really `new`: another price, or no shares at all."""
        place = self.places[old.exec_id]
        side = old.ticket.side.sign
        shares = side * (new.quantity - old.quantity)
        self.moved_cash += side * (old.quantity * old.price - new.quantity * new.price)
        self.moved_shares[old.ticket.symbol] += shares
        self.taken_back[old.perm_id] += old.quantity - new.quantity
        (self.own if self.fills[place].intent else self.foreign)[old.ticket.symbol] += shares
        self.executions[old.exec_id] = new
        self.places[new.exec_id] = place
        self.fills[place] = replace(self.fills[place], exec_id=new.exec_id, shares=new.quantity, taken_back=new.quantity == 0, heard=None)

    def message(self, now: int) -> None:
        """A client's message arrived."""
        self.messages.append(now)
        self.forget(now)

    def forget(self, now: int) -> None:
        """Keep the messages of the last second."""
        while self.messages and self.messages[0] <= now - NS_PER_SECOND:
            self.messages.popleft()


def corrected_execution(old: Execution, *, quantity: int, price: Decimal) -> Execution:
    """The next version of an execution: its id with the last part counted up."""
    root, _, count = old.exec_id.rpartition(".")
    return replace(old, exec_id=f"{root}.{int(count) + 1:02d}", quantity=quantity, price=price, at=Instant(old.at))

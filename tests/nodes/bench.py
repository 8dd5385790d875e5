"""Single nodes on a bench: the other side of each channel is a wire that the test reads, and the words of the broker are written out by the test."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from typing import Any

from actors.desk_node import DeskNode
from actors.gateway_node import GatewayNode
from actors.messages import DESK, GATEWAY, HOST_PREFIX, VOCABULARY, DeskState, Follow
from actors.plan import Plan, limits_of
from robo_trader.cli.run_config import RunConfig
from robo_trader.desk.effects import Place
from robo_trader.desk.news import QuoteSeen, Signal
from robo_trader.edge.channel import Consumer
from robo_trader.edge.clock import process_ns
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.root_fence import open_root_fence
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.market.bar import Bar
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.values import NS_PER_MINUTE, BookId, Instant, Quote, Side, Symbol, Ticks

SPY, IBM = Symbol("SPY"), Symbol("IBM")
BOOK = BookId("moving_average_cross", SPY)
HOST = f"{HOST_PREFIX}SPY"
START = Instant(1_759_843_800_000_000_000)  # 2025-10-07 13:30 UTC


@dataclass
class Wire:
    """The peer that a node holds: keeps what the node says, as bytes would carry it; `full` takes nothing more."""

    name: str
    epoch: int = 1
    consumer: Consumer | None = None
    full: bool = False
    pending_bytes: int = 0
    sent: list[Any] = field(default_factory=list)
    closed_for: str | None = None

    def send(self, message: object, *, reserve: bool = False) -> bool:
        del reserve
        if self.full or self.closed_for is not None:
            return False
        self.sent.append(VOCABULARY.decode(VOCABULARY.encode(message)))
        return True

    def close(self, reason: str) -> None:
        if self.closed_for is None:
            self.closed_for = reason
            if self.consumer is not None:
                self.consumer.closed(self, reason)

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.sent if isinstance(message, kind)]

    def take(self) -> list[Any]:
        """What was said since the last time."""
        said, self.sent = self.sent, []
        return said


def plan_of(**options: object) -> Plan:
    """A plan of two symbols; the state root must be the test's own."""
    config = RunConfig.of({"system": "nodes", "lockstep": True, "symbols": "SPY,IBM", **options})
    return Plan(config, StateDirectory.of("nodes").make(), "127.0.0.1", 1, None, None, limits_of(config))


class GatewayBench:
    """A gateway that holds the lease and has no broker; whatever leaves for it would find the socket clear."""

    def __init__(self, plan: Plan) -> None:
        self.notes: list[str] = []
        self.fence = Fence.open(plan.directory.fence, create=True)
        self.shared = open_root_fence()
        epoch = self.fence.take_lease(os.getpid())
        self.recorder = Recorder(plan.directory.recordings)
        self.node = GatewayNode(plan, self.fence, self.shared, epoch=epoch, recorder=self.recorder, chance=random.Random(1), note=self.notes.append)
        self.node.line.socket_clear = lambda: True
        for minutes in self.node.minutes.values():
            minutes.waiting_for_history = False

    def join(self, name: str, epoch: int = 1) -> Wire:
        wire = Wire(name, epoch, self.node)
        self.node.opened(wire)
        return wire

    def follow(self, name: str = DESK, gateway_epoch: int = 0, after_seq: int = 0, epoch: int = 1) -> Wire:
        wire = self.join(name, epoch)
        self.node.received(wire, Follow(gateway_epoch, after_seq))
        return wire

    def hear(self, *news: Any) -> None:
        for piece in news:
            self.node._hear(piece)

    def say(self, desk: Wire, **changes: Any) -> None:
        """The desk says that it read everything and owes nothing, but for the changes."""
        considered = tuple((symbol, book.number) for symbol, book in self.node.minutes.items())
        facts = {"handled_seq": self.node.log.seq, "commands": 0, "busy": False, "baseline_taken": True, "reconciled": (SPY, IBM)}
        self.node.received(desk, DeskState(**(facts | {"considered": considered, "positions": ((SPY, 0), (IBM, 0))} | changes)))

    def refusal(self, command: Place) -> str | None:
        """Why the last line would not write this order now."""
        now_ns = process_ns()
        return self.node.line.refusal(command, now_ns, now_ns)

    def close(self) -> None:
        self.recorder.close()
        self.fence.close()
        self.shared.close()

    def close_minute(self, symbol: Symbol = SPY) -> None:
        book = self.node.minutes[symbol]
        book._close(minute(book.number, symbol))


class DeskBench:
    """A desk on its journal, with the gateway's end of its channel; the journal and the fence are closed by `close`, as a death would."""

    def __init__(self, plan: Plan) -> None:
        self.notes: list[str] = []
        self.fence = Fence.open(plan.directory.fence, create=not plan.directory.fence.exists())
        self.journal = Journal.open(plan.directory.journal)
        self.recorder = Recorder(plan.directory.recordings)
        epoch = self.journal.last_epoch + 1
        self.node = DeskNode(plan, self.fence, self.journal, self.recorder, epoch=epoch, decisions=DecisionFile(None), note=self.notes.append)

    def join(self, epoch: int = 1) -> Wire:
        wire = Wire(GATEWAY, epoch, self.node)
        self.node.opened(wire)
        return wire

    def hear(self, wire: Wire, *messages: object) -> None:
        for message in messages:
            self.node.received(wire, message)
        self.node.batch_done(wire)

    def close(self) -> None:
        self.recorder.close()
        self.journal.close()
        self.fence.close()


def quote(symbol: Symbol = SPY, bid: int = 16_000, at: Instant = START) -> QuoteSeen:
    return QuoteSeen(Quote(symbol, Ticks(bid), Ticks(bid + 2), 500, 500, at))


def minute(number: int, symbol: Symbol = SPY) -> Bar:
    """The minute with this number, counted from 0 at the open."""
    return Bar(symbol, Instant(START + number * NS_PER_MINUTE), 60, Ticks(16_000), Ticks(16_000), Ticks(16_000), Ticks(16_000), 100)


def signal(number: int, stance: int = 1, book: BookId = BOOK) -> Signal:
    end = Instant(START + number * NS_PER_MINUTE)
    return Signal(book, stance, end, Instant(end + 65_000_000_000))


def entry(intent: str = "e1", order_id: int = 1, symbol: Symbol = SPY) -> Place:
    return Place(intent, order_id, f"rt:nodes:1:{intent}", symbol, Side.BUY, 100, OrderType.MARKET, None, TimeInForce.DAY, "", entry=True)


def stop(intent: str = "s1", order_id: int = 2, symbol: Symbol = SPY) -> Place:
    price = Ticks(15_800)
    return Place(
        intent, order_id, f"rt:nodes:1:{intent}", symbol, Side.SELL, 100, OrderType.STOP, price, TimeInForce.GOOD_TILL_CANCELLED, "g", entry=False
    )

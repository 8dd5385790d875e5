"""The gateway's end of a desk's channel: a log that the test writes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from actors.messages import Attached, BrokerNews, Command, Considered, DeskState, Line, Mark
from robo_trader.desk.effects import Place
from robo_trader.desk.news import Connected, InstrumentKnown
from robo_trader.edge.clock import process_ns
from robo_trader.orders.evidence import Sweep
from robo_trader.orders.order import Stage
from robo_trader.values import NS_PER_SECOND, Instant, Instrument
from tests.nodes.bench import BOOK, HOST, IBM, SPY, START, DeskBench, Wire, quote, signal

TEN = Instant(START + 30 * 60 * NS_PER_SECOND)
BEFORE = Instant(TEN - 5 * NS_PER_SECOND)
MINUTE = 30
"""The minute that ends at TEN has this number."""


class Log:
    """The gateway's end: numbers what it says."""

    def __init__(self, bench: DeskBench, wire: Wire, seq: int = 0) -> None:
        self.bench, self.wire, self.seq, self.at = bench, wire, seq, BEFORE

    def line(self, news: BrokerNews) -> Line:
        self.seq += 1
        return Line(self.seq, self.at, process_ns(), news)

    def mark(self, number: int = MINUTE) -> Mark:
        self.seq += 1
        return Mark(self.seq, self.at, process_ns(), SPY, number)

    def say(self, *news: BrokerNews) -> None:
        self.bench.hear(self.wire, *(self.line(piece) for piece in news))

    def sweep(self, **parts: Any) -> Sweep:
        return Sweep(**({"number": self.seq + 1, "asked_process_ns": process_ns(), "commissions": ()} | dict.fromkeys(PARTS, ()) | parts))


PARTS = ("open_orders", "completed", "executions", "positions")


def attached(desk: DeskBench, epoch: int = 1, seq: int = 0, **facts: Any) -> Log:
    """A gateway that answers at once that its log begins here."""
    wire = desk.join(epoch)
    desk.hear(wire, Attached(seq, **({"fresh": True, "marks": ()} | facts)))
    return Log(desk, wire, seq)


def ready(desk: DeskBench, epoch: int = 1) -> Log:
    """Attached, connected, swept and quoted: an entry may go."""
    log = attached(desk, epoch)
    log.say(*(InstrumentKnown(Instrument(symbol, number, Decimal("0.01"))) for number, symbol in enumerate((SPY, IBM), 1)), Connected("DU1", 1))
    log.say(log.sweep(), quote(at=BEFORE))
    log.at = TEN
    return log


def host(desk: DeskBench) -> Wire:
    wire = Wire(HOST, 1, desk.node)
    desk.node.opened(wire)
    return wire


def answered(desk: DeskBench, number: int = MINUTE, epoch: int = 1, stance: int = 1) -> None:
    desk.hear(host(desk), Considered(epoch, BOOK, number, signal(number, stance)))


def enter(desk: DeskBench, log: Log) -> Place:
    """An entry is decided and commanded."""
    log.say(quote(at=TEN))
    desk.hear(log.wire, log.mark())
    answered(desk)
    placed = log.wire.of(Command)[-1].command
    assert isinstance(placed, Place) and placed.entry
    return placed


def stage(desk: DeskBench, order: Place) -> Stage:
    return desk.node.desk.state.orders.by_intent[order.intent].stage


def state(wire: Wire) -> DeskState:
    last = wire.of(DeskState)[-1]
    assert isinstance(last, DeskState)
    return last


def again(desk: DeskBench, log: Log, **facts: Any) -> Log:
    """The channel breaks, and the same gateway goes on."""
    log.wire.close("broke")
    wire = desk.join()
    desk.hear(wire, Attached(log.seq, **({"fresh": False, "marks": ()} | facts)))
    return Log(desk, wire, log.seq)

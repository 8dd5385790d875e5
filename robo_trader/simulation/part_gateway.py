"""The gateway's process in a world: lease, session, log, last line; the pieces that decide are the real ones.

Real here: the fence and its lease, the halts' union, the last line with its budget, the market clock, the pauses between attempts. What is written
anew in the worlds' words is only the order in which the real shell calls them (actors/broker_gateway, gateway_node), as errands in place of
coroutines.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Final

from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import Connected, Disconnected, InstrumentKnown, News
from robo_trader.edge.clock import UnsteppedWall
from robo_trader.edge.fence import Fence
from robo_trader.edge.last_line import LastLine
from robo_trader.edge.root_fence import StandingHalts
from robo_trader.errors import StaleEpoch, UserError
from robo_trader.simulation.agenda import Died, Life
from robo_trader.simulation.errand import Errand, Steps, pause
from robo_trader.simulation.exchange_ledger import Departure
from robo_trader.simulation.kit import ACCOUNT, CLIENT, STRATEGY, Attached, Command, DeskSays, Follow, Kit, Line, Settled, SweepWanted
from robo_trader.simulation.paper_fence import PaperFile
from robo_trader.simulation.part_halts import HaltWatch
from robo_trader.simulation.part_link import PartLink
from robo_trader.simulation.part_outbox import PartOutbox
from robo_trader.simulation.pipe import Pipe
from robo_trader.simulation.rows_reached import REPLACED
from robo_trader.supervision.spec import Cause
from robo_trader.values import Symbol

LINES_KEPT_MAX: Final = 65_536
LEASE_RENEW_SECONDS: Final = 1.0


class PartGateway:
    """One incarnation. `reconciled` is what the desk vouches for."""

    def __init__(self, kit: Kit, life: Life) -> None:
        self.kit, self.life = kit, life
        self.fence = Fence(PaperFile(kit.paper, life))
        self.halts = StandingHalts(self.fence, Fence(PaperFile(kit.shared, life)), lambda: ACCOUNT)
        self.wall = UnsteppedWall(lambda: kit.agenda.wall, lambda: kit.agenda.now)
        self.epoch = 0
        self.pipe: Pipe | None = None
        self.seq = 0
        self._log: deque[Line] = deque(maxlen=LINES_KEPT_MAX)
        self._says = DeskSays(0, frozenset())
        self._session_seq = 0
        self._known: set[str] = set()
        self._issued: dict[str, Command] = {}
        self._decisions: set[str] = set()
        self._desk_epoch = self._commands = 0
        self.line = LastLine(
            lease_valid=self.fence.lease_valid,
            may_enter=lambda symbol: self.halts.blocks(symbol, STRATEGY, self.wall(), kit.agenda.now),
            journaled=self._known.__contains__,
            reconciled=self._vouched,
            socket_clear=lambda: self.link.up,
        )
        self.link = PartLink(kit, life, self.line, self.tell, lambda: self._says.reconciled >= frozenset(kit.plan.symbols))
        self.outbox = PartOutbox(kit.agenda, life, self.line, tell=self.tell, write=self._write, up=lambda: self.link.up)
        self.watch = HaltWatch(self)

    # The life.

    def begin(self) -> None:
        """Take the lease, then everything else."""
        Errand(self.kit.agenda, self.life, self._live())

    def _live(self) -> Steps:
        try:
            claim = self.fence.take_lease_async(self.life.pid, wait=_Pause, process_ns=lambda: self.kit.agenda.now)
            while True:
                yield pause(claim.send(None))
        except StopIteration as taken:
            self.epoch = int(taken.value)
        except UserError as wrong:
            self.kit.ended(self.life, Cause.NEEDS_OPERATOR, wrong.cause)
            return
        if self.fence.ousted is not None:
            self.kit.killed(self.fence.ousted.pid)
        self.kit.started(self.life)
        self.watch.begin()
        for steps in (self._keep_lease(), self.link.watch_silence(), self.link.keep_connected()):
            Errand(self.kit.agenda, self.life, steps)

    def _keep_lease(self) -> Steps:
        while True:
            try:
                self.fence.renew()
            except StaleEpoch as stale:
                self.link.abort("a successor holds the lease")
                self.kit.ended(self.life, Cause.CRASH, str(stale))
                return
            self.watch.read_expired()
            yield pause(LEASE_RENEW_SECONDS)

    def tell(self, news: News) -> None:
        """Put news on the log, and before whoever follows it."""
        self.line.heard(news, CLIENT)
        self.seq += 1
        line = Line(self.seq, self.link.clock.now, self.kit.agenda.now, news, self.link.sessions)
        self._log.append(line)
        if isinstance(news, Connected | Disconnected):
            self._session_seq = self.seq
        self.kit.heard(line)
        if self.pipe is not None:
            self.pipe.send(self.kit.desk_life, line)

    def _vouched(self, symbol: Symbol) -> bool:
        """Whether the desk, having heard of the present session, holds the symbol for reconciled."""
        return symbol in self._says.reconciled and self._says.handled_seq >= self._session_seq

    # The desk.

    def attach(self, pipe: Pipe) -> None:
        """A channel to a desk is up; it speaks first."""
        pipe.received[self.life.name] = lambda message: self._from_desk(pipe, message)
        pipe.closed[self.life.name] = lambda _reason: self._left(pipe)

    def _left(self, pipe: Pipe) -> None:
        if self.pipe is pipe:
            self.pipe = None
            self._says = DeskSays(0, frozenset())

    def _from_desk(self, pipe: Pipe, message: object) -> None:
        match message:
            case Follow():
                self._follow(pipe, message)
            case _ if self.pipe is not pipe:
                pass  # the last words of a desk that has been replaced
            case Command():
                self._take(message)
            case DeskSays():
                self._says = message
            case SweepWanted():
                self.link.ask_sweep()
            case Settled():
                self.line.settled(message.intent)
            case _:
                raise AssertionError(f"a desk does not say {message}")

    def _follow(self, pipe: Pipe, follow: Follow) -> None:
        known = follow.gateway_epoch == self.epoch
        if follow.desk_epoch != self._desk_epoch:
            self._desk_epoch, self._commands = follow.desk_epoch, 0
        missed = [line for line in self._log if line.seq > follow.after_seq] if known else []
        after = follow.after_seq if known else self.seq
        self.pipe, desk = pipe, self.kit.desk_life
        pipe.send(desk, Attached(self.epoch, after, not known, self._commands, self.line.in_flight))
        for line in missed:
            pipe.send(desk, line)
        self._says = DeskSays(0, frozenset())
        self.watch.remember(follow.halts_known)
        self.watch.read()
        if self.link.up and self.link.connected is not None:
            for instrument in self.link.instruments.values():
                self.tell(InstrumentKnown(instrument))
            self.tell(self.link.connected)
            self.link.ask_sweep()

    def _take(self, message: Command) -> None:
        assert message.seq == self._commands + 1, "commands come in their order"
        self._commands = message.seq
        if message.journal_seq > 0 or not (isinstance(message.command, Place) and message.command.entry):
            self._known.add(message.command.intent)
        self._issued[message.command.intent] = message
        self.outbox.send(message.command, message.issued_ns)

    # The wire.

    def _write(self, command: Place | Cancel) -> None:
        kit, session = self.kit, self.link.session
        assert session is not None, "the last line saw a session"
        if isinstance(command, Cancel):
            kit.say("gateway", f"cancels #{command.order_id}")
            kit.broker.cancel(session, command)
            kit.faults.point("K8")
            return
        kit.say("gateway", f"sends {command.side} {command.quantity} {command.symbol} {command.order_type} #{command.order_id} {command.oca_group}")
        if kit.faults.dies_at("K4"):
            session.drop("half a frame")  # the broker throws away what is not whole
            raise Died("K4")
        if command.entry and command.parent_used < command.parent_quantity and command.parent in self._decisions:
            kit.timeline.reached[REPLACED] += 1
        self._decisions.add(command.parent)
        issued = self._issued[command.intent]
        looked = issued.looked if issued.session == self.link.sessions or not command.entry else 0
        departure = Departure(issued.issued_ns, durable=command.intent in kit.rows.intents, looked=looked)
        kit.broker.place(session, command, self.link.instruments[command.symbol], departure)
        kit.faults.point("K5")


class _Pause:
    """What the claim awaits: the seconds are handed to whoever drives it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __await__(self) -> Generator[float, None, None]:
        yield self._seconds

"""The desk's process in a world: the real desk, resumed from what its journal kept, and a shell with the rules of the real one.

One turn a piece of news; a halt reaches the fence first, then every record of the turn is committed in one transaction, and only then do orders go
on. A journal that fails stops entries, and reducing orders live on the fence's reserve. A channel that breaks is news, and what the gateway never
took of our commands was never sent. Every crash point of this process lies in `_carry_out` and `_commit`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from random import Random
from typing import Final, cast

from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Alert, AskSweep, Cancel, Effect, Place, RaiseHalt, Record, Severity
from robo_trader.desk.events import Event
from robo_trader.desk.news import (
    CancelNotSent,
    CommissionSeen,
    Connected,
    Disconnected,
    ExecutionSeen,
    News,
    NotSent,
    QuoteSeen,
    Signal,
    Sweep,
    TimePassed,
)
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.reserve_merge import merge
from robo_trader.edge.reserve_record import encode
from robo_trader.errors import JournalFailed, UserError
from robo_trader.orders.events import CancelAsked, Ended, Intended
from robo_trader.simulation.agenda import Life
from robo_trader.simulation.kit import Attached, Command, DeskSays, Follow, Kit, Line, Settled, SweepWanted
from robo_trader.simulation.paper_fence import PaperFile
from robo_trader.simulation.paper_journal import PaperJournal, point_of
from robo_trader.simulation.pipe import Pipe
from robo_trader.supervision.spec import Cause
from robo_trader.values import NS_PER_SECOND, Instant, Now, Symbol

COMMANDS_REMEMBERED_MAX: Final = 65_536
TIMER_NS: Final = 100_000_000
TIMER_NS_MAX: Final = 5 * NS_PER_SECOND
HEAD_NS: Final = 60 * NS_PER_SECOND
INBOX_NEWS_MAX: Final = 65_536
NEVER_TAKEN: Final = "lost with the channel: the gateway never took it"


class PartDesk:
    """One incarnation. `looked` is what this desk was told of the broker since its session began: 0, 1 (executions, open orders), 2 (all)."""

    def __init__(self, kit: Kit, life: Life) -> None:
        self.kit, self.life = kit, life
        self.fence = Fence(PaperFile(kit.paper, life))
        self.pipe: Pipe | None = None
        self.looked = self._session = 0
        self.journal_failure = ""
        self.inbox: deque[tuple[News, Now]] = deque()
        self._attached = False
        self._turning = False
        self._market = Instant(0)
        self._gateway_epoch = self._heard_seq = self._commands = 0
        self._sent: deque[tuple[int, Place | Cancel]] = deque(maxlen=COMMANDS_REMEMBERED_MAX)
        self._said: frozenset[Symbol] | None = None
        self._said_of = 0
        self._timer_at = 0
        self.ready = False

    def begin(self) -> None:
        """Recover, and go into service."""
        kit = self.kit
        try:
            lost = Random(f"{kit.plan.seed}:{self.life.epoch}:lost")  # noqa: S311 - trouble, not secrets
            self.journal = PaperJournal(kit.rows, dying=lambda events: point_of(events, kit.faults.dies_at), refuses=self._refused_by_disk, lost=lost)
            self.epoch = self.journal.last_epoch + 1
            merge(self.fence, cast("Journal", self.journal), self.epoch, kit.agenda.wall)
            self.desk = Desk.resume((event for _, event in self.journal.read()), kit.desk_settings(self.epoch))
        except UserError as wrong:
            kit.ended(self.life, Cause.NEEDS_OPERATOR, wrong.cause)
            return
        except JournalFailed as failed:
            kit.ended(self.life, Cause.CRASH, str(failed))
            return
        self._carry_out(self.desk.start(self._now()))
        kit.started(self.life)
        self.ready = True
        self._tick()
        kit.agenda.after(HEAD_NS, self.life, self._publish)

    def _now(self) -> Now:
        return Now(self._market, self.kit.agenda.now)

    def _publish(self) -> None:
        self.kit.faults.point("K11")
        self.journal.publish_head()
        self.kit.agenda.after(HEAD_NS, self.life, self._publish)

    def _tick(self) -> None:
        """Time passed; next when time alone may change something."""
        if self._timer_at <= self.kit.agenda.now:
            self.tell(TimePassed())
            self._timer_at = 0
            self._set_timer()

    def _set_timer(self) -> None:
        now = self.kit.agenda.now
        due = self.desk.next_timer_ns(self._now())
        at = min(now + TIMER_NS_MAX, (due or now + TIMER_NS_MAX) + TIMER_NS)
        if not self._timer_at or at < self._timer_at:
            self._timer_at = at
            self.kit.agenda.at(at, self.life, self._tick)

    # Turns.

    def tell(self, piece: News, now: Now | None = None) -> None:
        """Queue a piece of news and read what waits, one piece a turn."""
        self.inbox.append((piece, now or self._now()))
        self.pump()

    def pump(self) -> None:
        """Read what waits."""
        if self._turning:
            return
        self._turning = True
        piece: News | None = None
        while self.inbox:
            piece, now = self.inbox.popleft()
            if isinstance(piece, Signal):
                self.kit.faults.point("K0")
                self.kit.stated(piece)
            self.kit.reading(piece)
            self._look(piece)
            if self._carry_out(self.desk.handle((piece,), now)):
                return  # the commit takes its time; the turn goes on after it
        self._turning = False
        self._say_state()
        if self._timer_at and not isinstance(piece, QuoteSeen | CommissionSeen):
            self._set_timer()

    def _look(self, piece: News) -> None:
        match piece:
            case Connected() | Disconnected():
                self.looked = 0
            case Sweep():
                whole = piece.completed is not None and piece.positions is not None
                if piece.executions is not None and piece.open_orders is not None:
                    self.looked = max(self.looked, 2 if whole else 1)
                for seen in piece.executions or ():
                    self.kit.ledger.heard(seen.exec_id, self.kit.agenda.now)
            case ExecutionSeen():
                self.kit.ledger.heard(piece.exec_id, self.kit.agenda.now)
            case _:
                pass

    def _carry_out(self, effects: Sequence[Effect]) -> bool:
        """Halts, commit, then the rest; True if the rest comes later, after a slow commit."""
        if not effects:
            return False
        for effect in effects:
            if isinstance(effect, RaiseHalt):
                self.kit.raised(effect.halt, self.fence.raise_halt(effect.halt))
        events = [e.event for e in effects if isinstance(e, Record)]
        committed = self._commit(events)
        slow = self.kit.faults.pick("F26", 0.1, 5) if events and self.kit.faults.strikes("F26", "a commit takes its time", 0.1) else 0
        if slow:
            self.life.frozen_until = self.kit.agenda.now + slow
            self.kit.agenda.after(slow, self.life, lambda: self._go_on(effects, committed=committed))
            return True
        self._pass_on(effects, committed=committed)
        return False

    def _go_on(self, effects: Sequence[Effect], *, committed: bool) -> None:
        self._pass_on(effects, committed=committed)
        self._turning = False
        self.pump()

    def _commit(self, events: Sequence[Event]) -> bool:
        if not events:
            return not self.journal_failure
        for event in events:
            self.kit.happened(event)
        if not self.journal_failure:
            try:
                self.journal.append(events, epoch=self.epoch, at_ns=self.kit.agenda.wall)
            except JournalFailed as failure:
                self.journal_failure = str(failure)
                self.kit.told(Alert(Severity.CRITICAL, "journal", f"the journal failed: {failure}; no new entries"))
        for event in events:
            if isinstance(event, Ended):
                self._say(Settled(event.intent))
        if any(isinstance(event, Intended) for event in events):
            self.kit.faults.point("K3")
        if any(isinstance(event, CancelAsked) for event in events):
            self.kit.faults.point("K8")
        return not self.journal_failure

    def _refused_by_disk(self) -> str:
        return "database or disk is full" if self.kit.disk_full else ""

    def _pass_on(self, effects: Sequence[Effect], *, committed: bool) -> None:
        for effect in effects:
            match effect:
                case Place():
                    self._place(effect, committed=committed)
                case Cancel():
                    self._command(effect, self.journal.durable_seq)
                case AskSweep():
                    self._say(SweepWanted())
                case Alert():
                    self.kit.told(effect)
                case _:
                    pass

    def _place(self, command: Place, *, committed: bool) -> None:
        if not committed and not self._on_reserve(command):
            self.inbox.append((NotSent(command.intent, "the journal failed"), self._now()))
        elif not self._command(command, self.journal.durable_seq if committed else 0):
            self.inbox.append((NotSent(command.intent, "the gateway cannot be told"), self._now()))

    def _on_reserve(self, command: Place) -> bool:
        if command.entry:
            return False
        intended = self.desk.state.orders.by_intent[command.intent].intended
        record = encode(intended)
        kept = record is not None and self.fence.reserve(record)
        if kept:
            self.kit.rows.intents[command.intent] = intended
        return kept

    def heard_again(self, first: Sweep, second: Sweep) -> int:
        """How many rows the second of two equal sweeps adds; what they lead to is not carried out."""
        self.desk.handle((first,), self._now())
        return sum(isinstance(effect, Record) for effect in self.desk.handle((second,), self._now()))

    # The gateway.

    def attach(self, pipe: Pipe) -> None:
        """A channel is up: say how far we have heard."""
        self.pipe = pipe
        self._attached, self._said = False, None
        pipe.received[self.life.name] = lambda message: self._received(pipe, message)
        pipe.closed[self.life.name] = lambda reason: self._closed(pipe, reason)
        halts = tuple(halt.id for halt in self.desk.state.standing_halts)
        pipe.send(self.kit.gateway_life, Follow(self.epoch, self._gateway_epoch, self._heard_seq, halts))

    def _closed(self, pipe: Pipe, reason: str) -> None:
        if self.pipe is pipe:
            self.pipe, self._attached, self._said = None, False, None
            self.tell(Disconnected(f"the gateway's process: {reason}"))

    def _received(self, pipe: Pipe, message: object) -> None:
        match message:
            case Line() if self.pipe is pipe and self._attached:
                self._heard_seq = message.seq
                self._market = max(self._market, message.market)
                self._session = message.session
                self.tell(message.news, Now(message.market, message.process))
            case Attached() if self.pipe is pipe:
                self._take_up(message)
            case _:
                pass

    def _take_up(self, attached: Attached) -> None:
        if attached.epoch == self._gateway_epoch:
            for number, command in self._sent:
                if number > attached.commands:
                    lost = NotSent if isinstance(command, Place) else CancelNotSent
                    self.inbox.append((lost(command.intent, NEVER_TAKEN), self._now()))
        self._attached, self._said = True, None
        self._commands = attached.commands
        self._sent.clear()
        if attached.fresh:
            self._gateway_epoch, self._heard_seq = attached.epoch, attached.after_seq
        for intent in attached.in_flight:
            order = self.desk.state.orders.by_intent.get(intent)
            if order is not None and not order.live:
                self._say(Settled(intent))
        self.pump()

    def _command(self, command: Place | Cancel, journal_seq: int) -> bool:
        if not self._attached or not self._say(Command(self._commands + 1, self.kit.agenda.now, journal_seq, command, self.looked, self._session)):
            return False
        self._commands += 1
        self._sent.append((self._commands, command))
        return True

    def _say(self, message: object) -> bool:
        return self._attached and self.pipe is not None and self.pipe.send(self.kit.gateway_life, message)

    def _say_state(self) -> None:
        said = frozenset(self.desk.reconciled_symbols)
        if self._attached and (said != self._said or self._session != self._said_of):
            self._said, self._said_of = said, self._session
            self._say(DeskSays(self._heard_seq, said))

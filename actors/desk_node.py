"""The desk's process from the inside: the journal, the desk's shell, and its channels to the gateway and to the hosts.

Starting is recovering: reserve records are merged into the journal, the desk is resumed from it, and the gateway is asked for its log. A gateway that
does not know us (we are new, or it is) makes us ask the broker for everything; one that does sends what we missed, and says how many of our commands
it took: the rest was never sent. When the channel breaks, the desk is told so; until the gateway has answered `Attached`, we say and command nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Final

from actors.alert_log import AlertLog
from actors.messages import (
    GATEWAY,
    HOST_PREFIX,
    Attached,
    Command,
    ConnectionDoubted,
    Considered,
    DeskState,
    Follow,
    Line,
    Mark,
    Settled,
    SweepWanted,
)
from actors.plan import AFTER_CLOSE_NS, Plan, refuse_left_behind
from actors.risk_desk import RiskDesk
from actors.showing import desk_section
from actors.signal_places import SignalPlaces
from actors.trace import stamp
from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Cancel, Place, Severity
from robo_trader.desk.news import CancelNotSent, Disconnected, DrainAsked, NotSent, TimePassed
from robo_trader.desk.snapshot import Snapshot
from robo_trader.edge.channel import Peer
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_head import PUBLISH_EVERY_SECONDS, check_head, head_path, publish_head
from robo_trader.edge.journal_snapshot import read_anchor, resume, snapshot_path
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.reserve_merge import merge
from robo_trader.edge.state_directory import StateDirectory
from robo_trader.orders.evidence import Sweep
from robo_trader.values import NS_PER_SECOND, Instant, Now

TIMER_SECONDS: Final = 0.1
LOCKSTEP_PATIENCE_NS: Final = 30 * NS_PER_SECOND
"""How long a mark waits for its strategy's answer while the market waits for us; a host comes back in far less."""
COMMANDS_REMEMBERED_MAX: Final = 65_536
"""Commands of one channel, more than it could hold unread."""
NEVER_TAKEN: Final = "lost with the channel: the gateway never took it"


class DeskNode:
    """A consumer of the gateway's and the hosts' channels."""

    def __init__(
        self, plan: Plan, fence: Fence, journal: Journal, recorder: Recorder, *, epoch: int, decisions: DecisionFile, note: Callable[[str], None]
    ) -> None:
        self._plan, self._journal = plan, journal
        self.epoch = epoch
        self.places = SignalPlaces(LOCKSTEP_PATIENCE_NS if plan.config.lockstep else 0)
        self.alerts = AlertLog(wall, note)
        merge(fence, journal, epoch, wall())
        desk = resume(snapshot_path(plan.directory.journal), journal, plan.desk_settings(epoch))
        refuse_left_behind(desk, plan.books)
        self.shell = RiskDesk(desk, journal, fence, recorder, decisions, self.alerts, self.places, epoch, self.now, wall, self)
        self._recorder = recorder
        self._gateway: Peer | None = None
        self._gateway_epoch = self._heard_seq = 0
        self._market = Instant(0)
        self._commands = 0
        self._sent: deque[tuple[int, Place | Cancel]] = deque(maxlen=COMMANDS_REMEMBERED_MAX)  # since the gateway last said what it took
        self._said: DeskState | None = None
        self._close: Instant | None = None
        self._published_ns = process_ns()
        self.closing = asyncio.Event()
        """Set once the market has closed and nothing is awaited: the run may end."""
        self.shell.begin()

    @property
    def desk(self) -> Desk:
        """The pure desk, for those who only read."""
        return self.shell.desk

    def now(self) -> Now:
        """Both clocks: the market's as far as the log has told."""
        return Now(self._market, process_ns())

    async def run(self) -> None:
        """Judge timers, watch for the close; ends by cancellation."""
        while True:
            await asyncio.sleep(TIMER_SECONDS)
            self.shell.tell(TimePassed())
            self.pump()
            self._watch_close()
            self._keep_safe()

    def pump(self) -> None:
        """Let the desk read what waits, and say how far it is."""
        self.shell.pump()
        self._say_state()

    def drain(self) -> None:
        """Ctrl-C or a stop: no entries any more, working ones cancelled, stops stay; nothing is written that outlives the process."""
        self.shell.tell(DrainAsked())
        self.pump()

    def final_look(self, sweep: Sweep) -> Snapshot:
        """Read the last sweep of a run; what the books say after it."""
        self.shell.tell(sweep)
        self.pump()
        return self.desk.snapshot()

    def _watch_close(self) -> None:
        """The session's close has passed by a little, and nothing is awaited any more."""
        if self._close is None and self._market:
            self._close = self._plan.close_after(self._market)
        if self._close is not None and self._market >= self._close + AFTER_CLOSE_NS and not self.desk.busy:
            self.closing.set()

    def _keep_safe(self) -> None:
        """What a kill may lose is bounded: recorded rows by half a minute, the journal's published end by a minute."""
        now_ns = process_ns()
        self._recorder.flush_due(now_ns)
        if now_ns - self._published_ns >= PUBLISH_EVERY_SECONDS * NS_PER_SECOND:
            self._published_ns = now_ns
            publish_head(head_path(self._plan.directory.journal), self._journal)

    # A consumer of channels.

    def opened(self, peer: Peer) -> None:
        """The gateway is there: say how far we have heard it. Hosts speak first."""
        if peer.name == GATEWAY:
            state = self.desk.state
            halts = tuple(halt.id for halt in state.standing_halts)
            peer.send(Follow(self._gateway_epoch, self._heard_seq, state.baseline is not None, halts))

    def closed(self, peer: Peer, reason: str) -> None:
        """Without the gateway nothing can be learnt."""
        if peer is self._gateway:
            self._gateway = self._said = None
            self.shell.tell(Disconnected(f"the gateway's process: {reason}"))
            self.pump()

    def received(self, peer: Peer, message: Any) -> None:  # noqa: ANN401  # whatever the vocabulary holds
        """Lines and marks of the gateway, answers of the hosts."""
        match message:
            case Line() | Mark() if peer is self._gateway:
                self._heard(message)
            case Considered() if peer.name.startswith(HOST_PREFIX):
                stamp("answered", message.book.symbol)
                signal = self.places.answered(message)
                if signal is not None:
                    self.shell.tell(signal)
            case Attached() if peer.name == GATEWAY:
                self._attached(peer, message)
            case _:
                peer.close(f"{type(message).__name__} is not for {peer.name} to say now")

    def _heard(self, message: Line | Mark) -> None:
        self._heard_seq = message.seq
        self._market = max(self._market, message.market)
        self.shell.tell(message.news if isinstance(message, Line) else message, Now(message.market, message.process), message.seq)

    def batch_done(self, _peer: Peer) -> None:
        """Read what came together."""
        self.pump()

    def _attached(self, peer: Peer, attached: Attached) -> None:
        """The log goes on where we were, or begins anew; what the gateway says of our commands is true either way, if it is still the same one."""
        self._gateway, self._said = peer, None
        if peer.epoch == self._gateway_epoch:
            self._give_up_commands(attached.commands)
        self._commands = attached.commands
        self._sent.clear()
        if attached.fresh:
            self._gateway_epoch, self._heard_seq = peer.epoch, attached.after_seq
            self.shell.log_begins(attached.after_seq)
            for signal in self.places.begin(peer.epoch, attached.marks):
                self.shell.tell(signal)
        for intent in attached.in_flight:
            order = self.desk.state.orders.by_intent.get(intent)
            if order is not None and not order.live:
                self.settled(intent)

    def _give_up_commands(self, taken: int) -> None:
        """What went out beyond what the gateway took can never reach it any more: its channel is closed, and was the only way."""
        for number, command in self._sent:
            if number > taken:
                lost = NotSent if isinstance(command, Place) else CancelNotSent
                self.shell.tell(lost(command.intent, NEVER_TAKEN))

    # Outlets of the shell.

    def place(self, command: Place, journal_seq: int) -> bool:
        """Send an order to the gateway; False if that is certainly not under way."""
        stamp("issued", command.symbol)
        return self._command(command, journal_seq, reserve=not command.entry)

    def cancel(self, command: Cancel, journal_seq: int) -> bool:
        """Send a cancel to the gateway."""
        return self._command(command, journal_seq, reserve=True)

    def _command(self, command: Place | Cancel, journal_seq: int, *, reserve: bool) -> bool:
        if self._gateway is None:
            return False
        sent = self._gateway.send(Command(self._commands + 1, process_ns(), journal_seq, command), reserve=reserve)
        if sent:
            self._commands += 1
            self._sent.append((self._commands, command))
        return sent

    def ask_sweep(self, reason: str) -> None:
        """Have the broker looked at, soon."""
        if self._gateway is not None:
            self._gateway.send(SweepWanted(reason))

    def settled(self, intent: str) -> None:
        """An intent ended: it is not in flight any more."""
        if self._gateway is not None:
            self._gateway.send(Settled(intent))

    def overrun(self, reason: str) -> None:
        """We lost the market: the connection begins anew."""
        self.alerts.say(Severity.CRITICAL, "overrun", reason)
        if self._gateway is not None:
            self._gateway.send(ConnectionDoubted(reason))

    def _say_state(self) -> None:
        """Tell the gateway how far we are, when that changed."""
        if self._gateway is None:
            return
        own = self.desk.state.own
        said = DeskState(
            handled_seq=self.shell.handled_seq,
            commands=self._commands,
            busy=self.desk.busy or bool(self.shell.pending),
            baseline_taken=self.desk.state.baseline is not None,
            reconciled=self.desk.reconciled_symbols,
            considered=tuple(self.places.considered.items()),
            positions=tuple((symbol, own(symbol)) for symbol in self._plan.symbols) if self.desk.swept else (),
        )
        if said != self._said:
            self._said = said
            self._gateway.send(said)

    # What people see.

    def report(self) -> dict[str, Any]:
        """The desk's own word, ready for JSON."""
        journal = self.shell.journal_failure or "ok"
        return {**desk_section(self.desk, self._market), "alerts": self.alerts.lines(5), "journal": journal, "epoch": self.epoch}


def open_journal(directory: StateDirectory, stack: AsyncExitStack) -> Journal:
    """The journal of a system, whole and not cut short; closed by the stack, after its end was published. Raises `StateUnreadable`."""
    journal = Journal.open(directory.journal, anchor=read_anchor(snapshot_path(directory.journal)))
    stack.callback(journal.close)
    head = head_path(directory.journal)
    check_head(head, journal)
    stack.callback(publish_head, head, journal)
    return journal

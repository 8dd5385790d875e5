"""The gateway's process from the inside: the broker link, the numbered log of what it heard, and those who follow it.

What the broker says goes on the log and from there, at once and in order, to every follower; minutes go to their hosts. What the desk commands is
taken in the order of its numbers: a gap, or a number from a desk that has been replaced, ends that channel, and the desk finds its place again. While
no desk is attached nothing is vouched for, so no entry can pass the last line.

In lockstep this is also where the market's clock is held: we report idle only when the desk has read every line, every minute was answered, every
command was carried out, and nobody owes an answer.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Final

from actors import final_look
from actors.broker_gateway import BrokerGateway
from actors.event_log import EventLog
from actors.final_look import FinalLook
from actors.followers import Follower, MinuteReaders, drop
from actors.lockstep import Lockstep
from actors.messages import (
    DESK,
    HOST_PREFIX,
    STOPS,
    Attached,
    BarsWanted,
    BrokerNews,
    Command,
    ConnectionDoubted,
    DeskState,
    Follow,
    Line,
    Mark,
    Settled,
    SweepWanted,
)
from actors.minute_book import MinuteBook
from actors.plan import Plan
from actors.trace import stamp
from robo_trader.desk.effects import Place
from robo_trader.desk.news import AccountSeen, News
from robo_trader.edge.channel import Peer
from robo_trader.edge.clock import UnsteppedWall, process_ns
from robo_trader.edge.fence import Fence
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine, Remembered
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.root_fence import StandingHalts
from robo_trader.market.announced import SplitAnnounced
from robo_trader.market.bar import Bar
from robo_trader.values import Now, Symbol

FARM_NOTICES: Final = range(2100, 2200)
NO_DESK: Final = DeskState(0, 0, busy=True, baseline_taken=True, reconciled=(), considered=(), positions=())
FOLLOWERS: Final = frozenset({DESK, STOPS})


class GatewayNode:
    """A consumer of the desk's, the stop controller's and the hosts' channels, and the owner of the link."""

    def __init__(
        self, plan: Plan, fence: Fence, shared: Fence, *, epoch: int, recorder: Recorder, chance: random.Random, note: Callable[[str], None]
    ) -> None:
        """`shared` is the fence of all systems; `epoch` the one that the lease gave."""
        self.plan, self.fence, self._recorder, self._chance, self._note = plan, fence, recorder, chance, note
        self.halts = StandingHalts(fence, shared, self._account_known)
        self.wall = UnsteppedWall()
        self.epoch = epoch
        self.log = EventLog()
        self.state = NO_DESK
        self.minutes = {Symbol(s): MinuteBook(Symbol(s), self._minute_closed, lambda m, gap: self.gateway.ask_backfill(m, gap)) for s in plan.symbols}
        self.account: AccountSeen | None = None
        self.last_command_ns = 0
        self._followers: dict[str, Follower] = {}
        self._readers = MinuteReaders()
        self._desk_epoch = self._commands = 0
        self._known_intents = Remembered()
        self._lockstep: Lockstep | None = None
        self._build()

    def _build(self) -> None:
        self.line = LastLine(
            lease_valid=self.fence.lease_valid,
            may_enter=lambda symbol: self.halts.blocks(symbol, self.plan.config.strategy, self.wall(), process_ns()),
            journaled=self._known_intents.__contains__,
            reconciled=lambda symbol: symbol in self.state.reconciled and self.state.handled_seq >= self.log.session_seq,
        )
        self.link = Link(
            host=self.plan.host,
            port=self.plan.port,
            client_id=self.plan.config.client_id,
            account=self.plan.config.account,
            on_news=self._hear,
            on_bar=self._on_bar,
            last_line=self.line,
            process_ns=process_ns,
        )
        self.link.on_processed = self._on_processed
        self.link.on_quarantine = lambda symbol, reason: self._note(f"quarantined in {symbol}: {reason}")
        self.link.on_notice = lambda _about, code, text: None if code in FARM_NOTICES else self._note(f"gateway notice {code}: {text}")
        self.gateway = BrokerGateway(
            link=self.link,
            fence=self.fence,
            halts=self.halts,
            minutes=self.minutes,
            tell=self._hear,
            changed=self.report_progress,
            note=self._note,
            process_ns=process_ns,
            wall_ns=self.wall,
            epoch=self.epoch,
            baseline_external=self.plan.config.baseline == "external",
            needs_baseline=lambda: not self.state.baseline_taken,
            vouched=lambda: DESK in self._followers and self.minutes.keys() <= set(self.state.reconciled),
            splits=[action for action in self.plan.announced if isinstance(action, SplitAnnounced)],
        )

    # The life.

    async def run(self) -> None:
        """Everything that the gateway does by itself; ends by cancellation, or raises what a person must put right."""
        if self.plan.control is not None:
            self._lockstep = Lockstep(self.plan.control, self.plan.config.client_id)
            await self._lockstep.register()
        gateway = self.gateway
        try:
            async with asyncio.TaskGroup() as tasks:
                for job in (gateway.keep_connected(self._chance), gateway.watch_halts(), gateway.keep_lease(), gateway.watch_silence()):
                    tasks.create_task(job)
        finally:
            self.link.abort("the gateway ends")
            if self._lockstep is not None:
                await self._lockstep.unregister()

    async def final_look(self) -> FinalLook:
        """The broker's last word on a run; raises `GatewayAbsent`."""
        return await final_look.take(self.link, self.gateway.sweeps_done + 1)

    def _account_known(self) -> str:
        """The broker's account, once it answered; before that, the one that was configured."""
        return self.gateway.session.account if self.gateway.session is not None else self.plan.config.account or ""

    def now(self) -> Now:
        """Both clocks."""
        return Now(self.link.clock.now, process_ns())

    # What is heard goes on the log.

    def _hear(self, news: News) -> None:
        told: BrokerNews = news  # type: ignore[assignment]  # the link tells broker news only
        if isinstance(told, AccountSeen):
            self.account = told
        self._publish(self.log.news(self.now(), told))

    def _minute_closed(self, number: int, minute: Bar) -> None:
        stamp("minute", minute.symbol)
        self._publish(self.log.mark(self.now(), minute.symbol, number))
        self._readers.tell(number, minute)

    def _publish(self, line: Line | Mark) -> None:
        for follower in tuple(self._followers.values()):
            if not follower.tell(line):
                drop(follower.peer)

    def _on_bar(self, bar: Bar) -> None:
        self._recorder.bar(bar)
        self.gateway.on_bar(bar)

    def _on_processed(self) -> None:
        self.gateway.last_packet_ns = process_ns()
        self.report_progress()

    # Those who follow.

    def opened(self, peer: Peer) -> None:
        """A channel is up; the other side speaks first."""
        if peer.name == DESK:
            self.state = NO_DESK

    def closed(self, peer: Peer, reason: str) -> None:
        """A channel ended. Without a desk nothing is vouched for, and a lockstep market stands still."""
        if self._follows(peer):
            del self._followers[peer.name]
            if peer.name == DESK:
                self.state = NO_DESK
                self._note(f"the desk left: {reason}")
                self.report_progress()
        self._readers.left(peer)

    def batch_done(self, peer: Peer) -> None:
        """Everything that came together was carried out; who says something has read something, and may have room again."""
        if self._follows(peer) and not self._followers[peer.name].catch_up():
            drop(peer)
        self.report_progress()

    def _follows(self, peer: Peer) -> bool:
        follower = self._followers.get(peer.name)
        return follower is not None and follower.peer is peer

    def received(self, peer: Peer, message: Any) -> None:  # noqa: ANN401  # whatever the vocabulary holds
        """One message of a follower or a host, in order."""
        match message:
            case Follow() if peer.name in FOLLOWERS:
                self._attach(peer, message)
            case BarsWanted() if peer.name.startswith(HOST_PREFIX):
                self._readers.want(peer, message, self.minutes)
            case DeskState() | Command() | SweepWanted() | Settled() | ConnectionDoubted() if peer.name == DESK and self._follows(peer):
                self._from_desk(peer, message)
            case _:
                peer.close(f"{type(message).__name__} is not for {peer.name} to say now")

    def _from_desk(self, peer: Peer, message: DeskState | Command | SweepWanted | Settled | ConnectionDoubted) -> None:
        match message:
            case Command():
                self._take(peer, message)
            case DeskState():
                self._adopt(message)
            case SweepWanted():
                self.gateway.ask_sweep(message.reason)
            case Settled():
                self.line.settled(message.intent)
            case ConnectionDoubted():
                self.link.abort(message.reason)

    def _attach(self, peer: Peer, follow: Follow) -> None:
        missed = self.log.after(follow.after_seq) if follow.gateway_epoch == self.epoch else None
        self._followers[peer.name] = Follower(peer)
        if not all(peer.send(message) for message in (self._attached(peer, follow, fresh=missed is None), *(missed or ()))):
            drop(peer)  # what it got it will not ask for again
        elif peer.name == DESK:
            self.state = DeskState(0, 0, busy=True, baseline_taken=follow.baseline_taken, reconciled=(), considered=(), positions=())
            self.gateway.remember_halts(follow.halts_known)
            self.gateway.read_halts()
            self.gateway.tell_all_again()
        else:
            self._relay()
            self.gateway.ask_sweep("the stop controller attached")

    def _attached(self, peer: Peer, follow: Follow, *, fresh: bool) -> Attached:
        if peer.name != DESK:
            return Attached(self.log.seq, fresh, ())
        if peer.epoch != self._desk_epoch:
            self._desk_epoch, self._commands = peer.epoch, 0
        after, marks = (self.log.seq, tuple((s, m.number) for s, m in self.minutes.items())) if fresh else (follow.after_seq, ())
        return Attached(after, fresh, marks, self._commands, self.line.in_flight)

    # The desk's commands.

    def _take(self, peer: Peer, message: Command) -> None:
        if message.seq != self._commands + 1:
            peer.close(f"command {message.seq} came after {self._commands}")
            return
        self._commands = message.seq
        self.last_command_ns = message.issued_ns
        if message.journal_seq > 0 or not (isinstance(message.command, Place) and message.command.entry):  # the reserve is for what reduces
            self._known_intents.add(message.command.intent)
        if isinstance(message.command, Place):
            stamp("commanded", message.command.symbol)
        self.gateway.outbox.send(message.command, message.issued_ns)

    def _adopt(self, state: DeskState) -> None:
        changed = state.positions != self.state.positions
        self.state = state
        if changed:
            self._relay()

    def _relay(self) -> None:
        """Tell the stop controller what the desk holds, as soon as the desk vouches for it."""
        stops = self._followers.get(STOPS)
        if stops is not None and self.state.positions and not stops.peer.send(self.state):
            drop(stops.peer)

    @property
    def followers(self) -> list[str]:
        """Who reads the log or the minutes, by name."""
        return sorted([*self._followers, *self._readers.names])

    # Lockstep.

    @property
    def settled(self) -> bool:
        """Whether nothing is under way between us, the desk and the hosts."""
        state = self.state
        if DESK not in self._followers or state.busy or self.gateway.busy:
            return False
        if state.handled_seq != self.log.seq or state.commands != self._commands:
            return False
        considered = dict(state.considered)
        return all(considered.get(symbol, 0) >= book.number for symbol, book in self.minutes.items())

    def report_progress(self) -> None:
        """Tell a lockstep market how far we are."""
        if self._lockstep is not None and self.link.connected:
            received, sent = self.link.traffic()
            self._lockstep.report(received, sent, idle=self.settled)

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

from actors.broker_gateway import BrokerGateway
from actors.event_log import EventLog
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
    NumberedBar,
    Settled,
    SweepWanted,
)
from actors.minute_book import MinuteBook
from actors.plan import Plan
from actors.trace import stamp
from robo_trader.desk.effects import Place
from robo_trader.desk.news import AccountSeen, News
from robo_trader.edge.channel import Peer
from robo_trader.edge.clock import process_ns, wall
from robo_trader.edge.fence import Fence
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import LastLine
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.root_fence import StandingHalts
from robo_trader.market.bar import Bar
from robo_trader.orders.evidence import Sweep
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
        self.epoch = epoch
        self.log = EventLog()
        self.state = NO_DESK
        self.minutes = {Symbol(s): MinuteBook(Symbol(s), self._minute_closed, lambda m, gap: self.gateway.ask_backfill(m, gap)) for s in plan.symbols}
        self.account: AccountSeen | None = None
        self.last_command_ns = 0
        self._followers: dict[str, Peer] = {}
        self._hosts: dict[str, tuple[Peer, frozenset[Symbol]]] = {}
        self._commands = 0
        self._known_intents: set[str] = set()
        self._lockstep: Lockstep | None = None
        self._build()

    def _build(self) -> None:
        self.line = LastLine(
            lease_valid=self.fence.lease_valid,
            may_enter=lambda symbol: self.halts.blocks(symbol, self.plan.config.strategy, wall(), process_ns()),
            journaled=self._known_intents.__contains__,
            reconciled=lambda symbol: symbol in self.state.reconciled,
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
            wall_ns=wall,
            epoch=self.epoch,
            baseline_external=self.plan.config.baseline == "external",
            needs_baseline=lambda: not self.state.baseline_taken,
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

    async def final_look(self) -> tuple[Sweep, AccountSeen]:
        """The last sweep and the account of a run; raises `GatewayAbsent`."""
        return await self.link.sweep(self.gateway.sweeps_done + 1), await self.link.account()

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
        for name, (peer, symbols) in tuple(self._hosts.items()):
            if minute.symbol in symbols and not peer.send(NumberedBar(number, minute)):
                self._drop(name, peer)

    def _publish(self, line: Line | Mark) -> None:
        for name, peer in tuple(self._followers.items()):
            if not peer.send(line):
                self._drop(name, peer)

    @staticmethod
    def _drop(name: str, peer: Peer) -> None:
        """Whoever does not keep up loses the channel, and reads on from the log when it is back."""
        peer.close(f"{name} does not keep up")

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
            self._commands, self.state = 0, NO_DESK

    def closed(self, peer: Peer, reason: str) -> None:
        """A channel ended. Without a desk nothing is vouched for."""
        if self._followers.get(peer.name) is peer:
            del self._followers[peer.name]
            if peer.name == DESK:
                self.state = NO_DESK
                self._note(f"the desk left: {reason}")
        if peer.name in self._hosts and self._hosts[peer.name][0] is peer:
            del self._hosts[peer.name]

    def batch_done(self, _peer: Peer) -> None:
        """Everything that came together was carried out."""
        self.report_progress()

    def received(self, peer: Peer, message: Any) -> None:  # noqa: ANN401  # whatever the vocabulary holds
        """One message of a follower or a host, in order."""
        match message:
            case Follow():
                self._attach(peer, message)
            case BarsWanted() if peer.name.startswith(HOST_PREFIX):
                self._send_bars(peer, message)
            case DeskState() | Command() | SweepWanted() | Settled() | ConnectionDoubted() if peer is self._followers.get(DESK):
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
        fresh = missed is None
        marks = tuple((symbol, book.number) for symbol, book in self.minutes.items())
        peer.send(Attached(self.log.seq if missed is None else follow.after_seq, fresh, marks if fresh else ()))
        self._followers[peer.name] = peer
        for line in missed or ():
            peer.send(line)
        if peer.name == DESK:
            self.state = DeskState(0, 0, busy=True, baseline_taken=follow.baseline_taken, reconciled=(), considered=(), positions=())
            self.gateway.remember_halts(follow.halts_known)
            self.gateway.read_halts()
        self.gateway.tell_all_again()

    def _send_bars(self, peer: Peer, wanted: BarsWanted) -> None:
        symbols = frozenset(symbol for symbol, _ in wanted.after)
        known = self._hosts[peer.name][1] if peer.name in self._hosts else frozenset()
        self._hosts[peer.name] = (peer, symbols | known)
        for symbol, number in wanted.after:
            if symbol in self.minutes:
                for numbered in self.minutes[symbol].after(number):
                    peer.send(NumberedBar(*numbered))

    # The desk's commands.

    def _take(self, peer: Peer, message: Command) -> None:
        if message.seq != self._commands + 1:
            peer.close(f"command {message.seq} came after {self._commands}")
            return
        self._commands = message.seq
        self.last_command_ns = message.issued_ns
        self._known_intents.add(message.command.intent)
        if isinstance(message.command, Place):
            stamp("commanded", message.command.symbol)
        self.gateway.outbox.send(message.command, message.issued_ns)

    def _adopt(self, state: DeskState) -> None:
        relay = state.positions != self.state.positions
        self.state = state
        stops = self._followers.get(STOPS)
        if relay and stops is not None:
            stops.send(state)

    @property
    def followers(self) -> list[str]:
        """Who reads the log or the minutes, by name."""
        return sorted([*self._followers, *self._hosts])

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

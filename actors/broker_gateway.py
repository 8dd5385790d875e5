"""The shell of the broker link: connects, asks, and watches the halt word.

One link, one fixed client id. What it hears goes on a numbered log (`gateway_node`), whoever reads it. A gateway that is not there is a state with
a bounded backoff. Halts are polled each 5 ms and confirmed only after a round trip on the socket since, because bytes in flight cannot be called
back; a gateway that does not answer loses its connection. Orders go out by the `outbox`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from actors.messages import BrokerNews
from actors.minute_book import MinuteBook
from actors.outbox import Outbox
from robo_trader.desk.news import Connected, HaltSeen, InstrumentKnown, ResumeSeen
from robo_trader.edge.backoff import pauses
from robo_trader.edge.fence import Fence
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.root_fence import StandingHalts
from robo_trader.edge.sweep_pace import SWEEP_EVERY_SECONDS, SweepPace
from robo_trader.errors import ConfigurationError, DataError, GatewayAbsent
from robo_trader.market.aggregate import Gap
from robo_trader.market.announced import SplitAnnounced
from robo_trader.market.bar import Bar
from robo_trader.risk.halt import Halt, active
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

CONNECT_SECONDS_MAX: Final = 10.0
HALT_POLL_SECONDS: Final = 0.005
HALT_CONFIRM_SECONDS_MAX: Final = 1.5
SWEEPS_APART_SECONDS_MIN: Final = 0.25
LEASE_RENEW_SECONDS: Final = 1.0
LEASE_AGAIN_SECONDS: Final = 0.05
SILENCE_SECONDS_MAX: Final = 5.0
HISTORY_SECONDS_MAX: Final = 20.0
_HISTORY_DAYS: Final = 2


@dataclass(slots=True)
class BrokerGateway:
    """Owns the link. `tell` puts news on the log, `changed` is called when something was sent, heard or settled."""

    link: Link
    fence: Fence
    halts: StandingHalts
    minutes: dict[Symbol, MinuteBook]
    tell: Callable[[BrokerNews], None]
    changed: Callable[[], None]
    note: Callable[[str], None]
    process_ns: Callable[[], int]
    wall_ns: Callable[[], int]
    epoch: int
    baseline_external: bool
    needs_baseline: Callable[[], bool]
    vouched: Callable[[], bool]  # whether the desk vouches for every symbol
    splits: Sequence[SplitAnnounced] = ()
    session: Connected | None = None
    instruments: dict[Symbol, InstrumentKnown] = field(default_factory=dict)
    questions_open: int = 0
    sweeps_done: int = 0
    last_sweep_ns: int = 0
    last_packet_ns: int = 0
    last_bar_ns: int = 0
    outbox: Outbox = field(init=False)
    _told: bool = False  # whether this session's beginning was told
    _pace: SweepPace = field(default_factory=SweepPace)
    _sweep_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _halts_told: dict[str, Halt | None] = field(default_factory=dict)  # None: the desk's journal has it, in which form we do not know

    def __post_init__(self) -> None:
        """Orders go out by a box of their own."""
        self.outbox = Outbox(self.link, self.tell, self.changed, self.process_ns)

    @property
    def busy(self) -> bool:
        """Whether an answer, a gap's history or the message budget is being waited for."""
        return bool(
            self.questions_open or self.outbox.waiting or self._sweep_wanted.is_set() or any(m.waiting_for_history for m in self.minutes.values())
        )

    # Connecting.

    async def keep_connected(self, chance: random.Random) -> None:
        """Connect, and again whenever the session ends; raises only what a person must put right."""
        waits = pauses(chance)
        waiting_said = False
        while True:
            try:
                await self._connect()
            except GatewayAbsent as absent:
                if not waiting_said:
                    self.note(f"waiting for gateway: {absent}")
                    waiting_said = True
                await asyncio.sleep(next(waits))
                continue
            waits, waiting_said = pauses(chance), False
            await self._stay_connected()

    async def _connect(self) -> None:
        self.questions_open += 1
        self._told = False
        try:
            connected = await self.link.connect(CONNECT_SECONDS_MAX)
            await self._ask_time()  # a night may have passed: whoever reads what follows has to know what day it is
            self.note(f"connected to the gateway, account {connected.account}")
            self.instruments = {symbol: InstrumentKnown(await self.link.qualify(symbol)) for symbol in self.minutes}
            self.session, self._told = connected, True
            self._pace.session_begins()
            self._tell_session(connected)
            await self._sweep()
            await self.link.account()
            for symbol, minutes in self.minutes.items():
                minutes.reconnected()
                await self.link.subscribe(symbol)
            for minutes in self.minutes.values():
                await self._backfill(minutes)
        except (DataError, GatewayAbsent) as problem:
            self.link.abort(str(problem))
            raise GatewayAbsent(str(problem)) from None
        finally:
            self.questions_open -= 1
            self.changed()

    async def _ask_time(self) -> None:
        if not await self.link.round_trip(CONNECT_SECONDS_MAX):
            raise GatewayAbsent("the gateway does not tell the time")

    def _tell_session(self, session: Connected) -> None:
        """All of it in one stretch: whoever attaches hears the whole, from the log or told again, never its latter half."""
        for known in self.instruments.values():
            self.tell(known)
        self.tell(session)

    def tell_all_again(self) -> None:
        """A desk that knows nothing attached: the session and its contracts are told anew, and a sweep says the rest."""
        if self.link.connected and self._told and self.session is not None:
            self._tell_session(self.session)
            self.ask_sweep("a desk attached")

    async def _stay_connected(self) -> None:
        """Look at the broker every 10 s and whenever asked, and see that the gateway still answers, until the session ends."""
        while self.link.connected:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_EVERY_SECONDS):
                    await self._sweep_wanted.wait()
            if self.link.connected:
                with suppress(GatewayAbsent):  # the session ended meanwhile, which the loop sees
                    await self._sweep_as_question()
                await asyncio.sleep(SWEEPS_APART_SECONDS_MIN)

    async def _sweep_as_question(self) -> None:
        self.questions_open += 1
        try:
            await self._sweep()
        finally:
            self.questions_open -= 1
            self.changed()

    def ask_sweep(self, _reason: str) -> None:
        """Have the whole broker looked at soon; requests are joined."""
        self._sweep_wanted.set()

    async def _sweep(self) -> None:
        light = not self._sweep_wanted.is_set() and self._pace.light_will_do(self.process_ns(), vouched=self.vouched())
        self._sweep_wanted.clear()
        if any(split.at > self.link.clock.now for split in self.splits):  # at a midnight shares move, and nothing else tells that it is over
            await self._ask_time()
        sweep = await self.link.sweep(self.sweeps_done + 1, light=light)
        self._pace.answered(sweep, self.process_ns())
        self.sweeps_done += 1
        if self.needs_baseline() and sweep.positions is not None and not self.baseline_external:
            held = [f"{p.quantity} {p.symbol}" for p in sweep.positions if p.quantity]
            if held:
                raise ConfigurationError(
                    f"the account already holds {', '.join(held)}", "start with --baseline external to leave them alone, or flatten the account"
                )
        if sweep.positions is not None and sweep.open_orders is not None:
            self.last_sweep_ns = self.process_ns()
        self.tell(sweep)

    # History.

    def ask_backfill(self, minutes: MinuteBook, _gap: Gap) -> None:
        """Fill a gap from history, in the background."""
        task = asyncio.get_running_loop().create_task(self._backfill_or_abort(minutes))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _backfill_or_abort(self, minutes: MinuteBook) -> None:
        try:
            await self._backfill(minutes)
        except (DataError, GatewayAbsent) as problem:
            self.link.abort(f"no history: {problem}")

    async def _backfill(self, minutes: MinuteBook) -> None:
        self.questions_open += 1
        try:
            bars = await self.link.minute_history(minutes.symbol, _HISTORY_DAYS, HISTORY_SECONDS_MAX)
            known_until = minutes.last_end
            if any(s.symbol == minutes.symbol and known_until <= s.at <= self.link.clock.now for s in self.splits) and known_until:
                minutes.begin_again()
                known_until = 0
            minutes.resume([bar for bar in bars if bar.end > known_until])
        finally:
            self.questions_open -= 1
        self.changed()

    def on_bar(self, bar5: Bar) -> None:
        """A live 5-second bar."""
        self.last_bar_ns = self.process_ns()
        minutes = self.minutes.get(bar5.symbol)
        if minutes is not None:
            minutes.on_bar(bar5)

    # Halts, lease, silence.

    def remember_halts(self, halt_ids: Iterable[str]) -> None:
        """What the desk's journal knows as standing: one that the fence no longer holds was lifted while nobody ran."""
        self._halts_told = dict.fromkeys(halt_ids)

    def read_halts(self) -> None:
        """Tell the desk of every halt that stands in the fence and of every one that no longer does."""
        standing = {halt.id: halt for halt in active(self.halts.halts(), frozenset(), Instant(self.wall_ns()))}
        for halt in standing.values():
            told = self._halts_told.get(halt.id)
            if told is None or not told.does_as(halt):  # also one that became stronger under its name
                self._halts_told[halt.id] = halt
                self.tell(HaltSeen(halt))
        for halt_id in [each for each in self._halts_told if each not in standing]:
            del self._halts_told[halt_id]
            self.tell(ResumeSeen(halt_id))

    async def watch_halts(self) -> None:
        """Poll the halt word; tell the desk at once; confirm what a round trip on a live connection has proven, now or after the next log-on."""
        seen = self.halts.sequence()
        confirmed = min(seen, 0)  # one that was raised while nobody lived here is acted on from now, and confirmed like any other
        while True:
            await asyncio.sleep(HALT_POLL_SECONDS)
            sequence = self.halts.sequence()
            if sequence != seen:
                seen = sequence
                self.read_halts()
            if seen != confirmed and self.link.connected and await self._confirm(seen):
                confirmed = seen

    async def _confirm(self, sequence: int) -> bool:
        """Bytes in flight cannot be called back, so only an answer proves that none are left; without one the connection is given up."""
        if not await self.link.round_trip(HALT_CONFIRM_SECONDS_MAX):
            self.link.abort("the gateway did not answer after a halt")
            return False
        self.fence.write_seen(sequence, self.epoch, self.process_ns())
        return True

    async def keep_lease(self) -> None:
        """Renew the lease, soon again while somebody looks at it; raises `StaleEpoch` if it was taken. Halts that end by time are noticed here."""
        while True:
            renewed = self.fence.renew()
            self.read_halts()
            await asyncio.sleep(LEASE_RENEW_SECONDS if renewed else LEASE_AGAIN_SECONDS)

    async def watch_silence(self) -> None:
        """A connection that says nothing for 5 s is asked; one that does not answer is given up."""
        while True:
            await asyncio.sleep(LEASE_RENEW_SECONDS)
            quiet_ns = self.process_ns() - self.last_packet_ns
            if self.link.connected and quiet_ns > SILENCE_SECONDS_MAX * NS_PER_SECOND and not await self.link.round_trip(SILENCE_SECONDS_MAX):
                self.link.abort("the gateway is silent")

"""The gateway process's link to the broker in a world: log on, ask, sweep, hear; one session at a time.

It stands where `edge.interactive_brokers` and the shell around it stand, and keeps their rules: a question waits for the message budget and has a
time limit, no answer is not an empty answer, a sweep asks its parts one after the other and at the same pace, news of a lost way to the exchange ends
the session, and a connection that says nothing is asked and then given up.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from random import Random
from typing import Any, Final

from robo_trader.desk.news import BrokerError, Connected, Disconnected, ExecutionSeen, InstrumentKnown, News, OrderSeen, QuoteSeen, StatusSeen, Sweep
from robo_trader.edge.backoff import pauses
from robo_trader.edge.last_line import LastLine
from robo_trader.edge.market_clock import MarketClock
from robo_trader.edge.rate_budget import Kind
from robo_trader.edge.sweep_pace import SWEEP_EVERY_SECONDS, SweepPace
from robo_trader.orders.evidence import BrokerStatus, CommissionSeen, PositionSeen
from robo_trader.simulation.agenda import Life
from robo_trader.simulation.broker import COMPLETED, CONTRACT, EXECUTIONS, OPEN, OTHER, POSITIONS, TIME
from robo_trader.simulation.errand import Resume, Steps, Wait, pause
from robo_trader.simulation.kit import ACCOUNT, CLIENT, Kit
from robo_trader.simulation.session import Answer, Notice, Session, Tick
from robo_trader.values import NS_PER_SECOND, Instant, Instrument, Quote, Symbol, Ticks

SWEEPS_APART_SECONDS: Final = 0.25
ANSWER_SECONDS_MAX: Final = 5.0
CONNECT_SECONDS_MAX: Final = 10.0
SILENCE_NS_MAX: Final = 5 * NS_PER_SECOND
_GONE: Final = frozenset({BrokerStatus.FILLED, BrokerStatus.CANCELLED, BrokerStatus.API_CANCELLED})


class PartLink:
    """`tell` puts news on the log. `connected` is what the desk was told of the session, None without one."""

    def __init__(self, kit: Kit, life: Life, line: LastLine, tell: Callable[[News], None], vouched: Callable[[], bool]) -> None:
        self.kit, self.life, self._line, self.tell, self._vouched = kit, life, line, tell, vouched
        self._pace = SweepPace()
        self.clock = MarketClock()
        self.session: Session | None = None
        self.connected: Connected | None = None
        self.connected_ns = 0
        self.instruments: dict[Symbol, Instrument] = {}
        self._asked: dict[int, Resume] = {}
        self.sessions = self._questions = self._sweeps = 0
        self._wake: Resume | None = None
        self._sweep_wanted = False
        self._heard_ns = kit.agenda.now

    @property
    def up(self) -> bool:
        """Whether a session is up, as far as this process knows."""
        return self.session is not None and self.session.up

    def watch_silence(self) -> Steps:
        """A connection that says nothing for 5 s is asked; one that does not answer is given up."""
        while True:
            yield pause(1.0)
            if self.up and self.kit.agenda.now - self._heard_ns > SILENCE_NS_MAX and (yield self.ask(TIME, ANSWER_SECONDS_MAX)) is None:
                self.abort("the gateway is silent")

    def keep_connected(self) -> Steps:
        """Connect, and again whenever the session ends."""
        chance = Random(f"{self.kit.plan.seed}:{self.life.epoch}:pauses")  # noqa: S311 - jitter, not secrets
        waits = pauses(chance)
        while True:
            if (yield from self._connect()):
                waits = pauses(chance)
                yield from self._stay()
            else:
                self.abort("the log-on failed")
                yield pause(next(waits))

    def _connect(self) -> Generator[Wait, Any, bool]:
        def log_on(resume: Resume) -> None:
            ends = (self._hear, self._lost)
            self.kit.broker.connect(self.life, CLIENT, ends, lambda session, next_id: resume((session, next_id)), lambda _reason: resume(None))

        came = yield Wait(round(CONNECT_SECONDS_MAX * NS_PER_SECOND), log_on)
        if came is None:
            return False
        self.session, next_id = came
        self.sessions += 1
        known: dict[Symbol, Instrument] = {}
        for symbol in self.kit.plan.symbols:
            if (yield self.ask(CONTRACT, ANSWER_SECONDS_MAX)) is None or not self.up:
                return False
            contract = self.kit.broker.exchange.contracts.find(symbol)
            assert contract is not None, "the market's symbols have contracts"
            known[symbol] = Instrument(symbol, contract.con_id, contract.min_tick)
        self.instruments = known
        for instrument in known.values():
            self.tell(InstrumentKnown(instrument))
        self.connected, self.connected_ns = Connected(ACCOUNT, next_id), self.kit.agenda.now
        self._pace.session_begins()
        self.tell(self.connected)
        yield from self._sweep()
        for _ in range(1 + 3 * len(self.kit.plan.symbols)):  # account, then quotes, bars and history of each symbol
            self.ask(OTHER, ANSWER_SECONDS_MAX)
        return self.up

    def _stay(self) -> Steps:
        while self.up:
            if not self._sweep_wanted:
                yield Wait(round(SWEEP_EVERY_SECONDS * NS_PER_SECOND), self._set_wake)
            if self.up:
                yield from self._sweep()
                yield pause(SWEEPS_APART_SECONDS)

    def _set_wake(self, resume: Resume) -> None:
        self._wake = resume

    def ask_sweep(self) -> None:
        """Have the whole broker looked at soon; wishes are joined."""
        self._sweep_wanted = True
        wake, self._wake = self._wake, None
        if wake is not None:
            wake(None)

    def _sweep(self) -> Steps:
        asked_ns = self.kit.agenda.now
        light = not self._sweep_wanted and self._pace.light_will_do(asked_ns, vouched=self._vouched())
        self._sweep_wanted = False
        open_orders = yield self.ask(OPEN, ANSWER_SECONDS_MAX)
        completed = None if light else (yield self.ask(COMPLETED, ANSWER_SECONDS_MAX))
        made = None if light else (yield self.ask(EXECUTIONS, ANSWER_SECONDS_MAX))
        positions = yield self.ask(POSITIONS, ANSWER_SECONDS_MAX)
        if not self.up:
            return
        self._sweeps += 1
        for order in completed or ():
            self._line.settled(order.order_ref.rpartition(":")[2])
        sweep = Sweep(
            number=self._sweeps,
            asked_process_ns=asked_ns,
            open_orders=None if open_orders is None else tuple(o for o in open_orders if o.status not in _GONE),
            completed=completed,
            executions=None if made is None else tuple(m for m in made if isinstance(m, ExecutionSeen)),
            commissions=tuple(m for m in made or () if isinstance(m, CommissionSeen)),
            positions=None if positions is None else tuple(p for p in positions if isinstance(p, PositionSeen)),
            light=light,
        )
        self._pace.answered(sweep, self.kit.agenda.now)
        self.tell(sweep)

    # Questions: each waits for the message budget and no longer than its time limit.

    def ask(self, topic: str, seconds: float) -> Wait:
        """A question, as something to wait for; None is no answer."""
        self._questions += 1
        number = self._questions

        def arm(resume: Resume) -> None:
            self._asked[number] = resume
            self._ask_in_turn(topic, number)

        if topic == OTHER:
            self._ask_in_turn(topic, number)
        return Wait(round(seconds * NS_PER_SECOND), arm)

    def _ask_in_turn(self, topic: str, number: int) -> None:
        now, session = self.kit.agenda.now, self.session
        if session is None or not session.up:
            self._answered(number, None)
            return
        free = self._line.budget.next_free_ns(Kind.REQUEST, now)
        if free > now:
            self.kit.agenda.at(free, self.life, lambda: self._ask_in_turn(topic, number) if session is self.session else None)
        else:
            self._line.budget.spend(Kind.REQUEST, now)
            self.kit.broker.ask(session, topic, number)

    def _answered(self, number: int, items: tuple[Any, ...] | None) -> None:
        resume = self._asked.pop(number, None)
        if resume is not None:
            resume(items)

    # What is heard.

    def _hear(self, message: object) -> None:
        self._heard_ns = self.kit.agenda.now
        match message:
            case Answer():
                for item in message.items or ():
                    if isinstance(item, OrderSeen | ExecutionSeen) and item.client_id == CLIENT:
                        self._line.acknowledged(item.order_id)  # whatever names an order proves that it was read
                self._answered(message.number, message.items)
            case Tick():
                self._tick(message)
            case Notice():
                self.abort(f"notice {message.code}")
            case OrderSeen() | StatusSeen() | ExecutionSeen():
                if isinstance(message, ExecutionSeen):
                    self.clock.observe(message.at)
                if message.client_id == CLIENT:
                    self._line.acknowledged(message.order_id)
                self.tell(message)
            case BrokerError():
                self._line.acknowledged(message.id)
                self.tell(message)
            case CommissionSeen() | PositionSeen():
                self.tell(message)
            case _:
                raise AssertionError(f"nobody says {message}")

    def _tick(self, tick: Tick) -> None:
        self.clock.observe(_second(tick.last_at))
        if tick.bid is not None and tick.ask is not None and 0 < tick.bid <= tick.ask:
            self.tell(QuoteSeen(Quote(tick.symbol, Ticks(tick.bid), Ticks(tick.ask), tick.bid_size, tick.ask_size, self.clock.now)))

    def _lost(self, reason: str) -> None:
        """The session is over: every question is unanswered, and the desk is told."""
        asked, self._asked = list(self._asked.values()), {}
        if self.connected is not None:
            self.connected = None
            self.tell(Disconnected(reason))
        for resume in asked:
            resume(None)
        wake, self._wake = self._wake, None
        if wake is not None:
            wake(None)

    def abort(self, reason: str) -> None:
        """End the session at once."""
        if self.session is not None and self.session.up:
            self.session.close()
            self._lost(reason)


def _second(at: int) -> Instant:
    return Instant(at // NS_PER_SECOND * NS_PER_SECOND)

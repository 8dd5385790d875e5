"""One world from one seed: the whole system but for Ray, its broker, its person and its bad luck, in one process and virtual time.

How to think about it. The pieces that decide are the product's own: the pure desk, the supervision policy, the last line with its budget, the fence
with its lease and halts, the market clock, the simulated exchange. What stands between them (processes, channels, sockets, disks, clocks) is
simulated, and can go wrong in every way that the fault catalogue names and Ray is not needed for. First the faults strike; then they end, and the
world must come to rest in bounded time: books equal, every share covered or a person called, nothing unknown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from robo_trader.desk.effects import Alert
from robo_trader.desk.events import Event, HaltLifted, HaltRecorded
from robo_trader.desk.news import Signal
from robo_trader.edge.fence import Fence
from robo_trader.errors import ImpossibleStep
from robo_trader.market.calendar import Session
from robo_trader.simulated_gateway.account import Account
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.hours import regular_hours
from robo_trader.simulation.agenda import Agenda, Life
from robo_trader.simulation.broker import Broker
from robo_trader.simulation.broker_troubles import BrokerTroubles
from robo_trader.simulation.exchange_ledger import ExchangeLedger
from robo_trader.simulation.faults import Faults
from robo_trader.simulation.halts_told import HaltsTold
from robo_trader.simulation.kit import DESK, Kit, Line
from robo_trader.simulation.lineage import Lineage
from robo_trader.simulation.look import Stated, Violation
from robo_trader.simulation.paper_fence import Paper, PaperFile
from robo_trader.simulation.paper_journal import Rows
from robo_trader.simulation.person import Person
from robo_trader.simulation.plan import Plan, plan_of
from robo_trader.simulation.rows_reached import Reached
from robo_trader.simulation.second_eyes import SecondEyes
from robo_trader.simulation.timeline import Timeline
from robo_trader.simulation.troubles import Troubles
from robo_trader.simulation.walking_market import WalkingMarket
from robo_trader.simulation.witness import Witness
from robo_trader.values import NS_PER_SECOND, Instant, Side, Symbol

DAY: Final = date(2026, 3, 2)
STEP_NS: Final = 3 * NS_PER_SECOND
BEGIN_AFTER_OPEN_NS: Final = 600 * NS_PER_SECOND
CHANNEL_NS: Final = 20_000_000
SETTLE_STEP_NS: Final = 8_300_000_000
SETTLE_STEPS_MAX: Final = 30
"""Virtual time that recovery may take, in steps: 249 s."""
CASH: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Result:
    """What one seed's world came to."""

    seed: int
    violation: Violation | None
    hash: str
    orders: int
    fills: int
    looks: int
    seconds: float
    faults: Counter[str]
    points: Counter[str]
    rows: Counter[str]
    reached: Counter[str]
    lines: list[str] = field(default_factory=list)


def run(seed: int, *, explain: bool = False) -> Result:
    """Live one world through; `explain` keeps its lines."""
    return World(plan_of(seed), explain=explain).run()


class World:
    """All parts of one world, wired."""

    def __init__(self, plan: Plan, *, explain: bool = False) -> None:
        session = regular_hours(DAY)
        assert session is not None, "the day of every world has a session"
        start = Instant(session.open + BEGIN_AFTER_OPEN_NS)
        self.agenda = agenda = Agenda(start, lambda life, point: self.lineage.died(life, point))
        self.timeline = timeline = Timeline(agenda.now, keep=explain)
        faults, rows = Faults(plan, agenda, timeline), Rows()
        market = WalkingMarket(plan.symbols, plan.seed, DAY, start=start, step_ns=STEP_NS, stride=plan.stride)
        account = Account(cash=CASH)
        baseline = {plan.symbols[0]: plan.baseline} if plan.baseline else {}
        for symbol, shares in baseline.items():
            account.fill(symbol, Side.BUY if shares > 0 else Side.SELL, abs(shares), market.price(symbol), Decimal(0))
        ledger = ExchangeLedger(rows.intents)
        ledger.foreign.update(baseline)
        exchange = Exchange(market, account, Contracts(plan.symbols), seed=plan.seed, now=start)
        broker = Broker(agenda, faults, timeline, exchange, ledger)
        paper, shared = Paper(agenda), Paper(agenda)
        self.kit = Kit(plan, agenda, timeline, faults, market, ledger, broker, rows, paper, shared, Session(session.open, session.close))
        self.troubles = BrokerTroubles(broker, market, plan.symbols)
        self.halts = HaltsTold(agenda)
        self.reached = Reached(timeline)
        self.lineage = Lineage(self.kit, self.halts, self.reached)
        self.witness = Witness(self.kit, self.lineage, self.halts)
        self.eyes = SecondEyes(self.kit, self.halts, self._own, self.witness.calls.covered)
        self.person = Person(self.kit, self.halts, revive=self.lineage.revive, renew=self.lineage.renew)
        self._dirty = False
        self._fence = Fence(PaperFile(paper, None))
        self._connect_kit()

    def _connect_kit(self) -> None:
        kit = self.kit
        kit.broker.changed = self._changed
        kit.paper.rung = kit.shared.rung = self._rung
        kit.paper.seen = lambda: self.halts.confirmed(self._fence.seen()[0])
        kit.told, kit.started, kit.ended = self._told, self._started, self.lineage.keeper.ended
        kit.killed, kit.heard, kit.stated, kit.signalled = self.lineage.kill_pid, self._heard, self._stated, self._signalled
        self.troubles.corrected = self.witness.excuse
        kit.reading = self.reached.news
        kit.raised, kit.happened = self.halts.raised, self._happened

    # Running.

    def run(self) -> Result:
        """Trouble, then recovery, then the last look."""
        plan, agenda = self.kit.plan, self.agenda
        violation: Violation | None = None
        try:
            self._start()
            self._until(agenda.now + plan.troubled_ns)
            self._end_faults()
            self._settle()
        except (AssertionError, ImpossibleStep, LookupError, ValueError, TypeError) as broken:
            violation = Violation("crash", f"{type(broken).__name__}: {broken}")
            if self.timeline.keep:
                raise
        violation = self.witness.violation or violation
        if violation is not None:
            self.timeline.say(agenda.now, "violation", str(violation))
        return Result(
            seed=plan.seed,
            violation=violation,
            hash=self.timeline.hash,
            orders=len(self.kit.ledger.received),
            fills=len(self.kit.ledger.fills),
            looks=self.witness.looks,
            seconds=(agenda.now - self.timeline.start_ns) / NS_PER_SECOND,
            faults=self.timeline.faults,
            points=self.timeline.points,
            rows=self.timeline.rows,
            reached=self.timeline.reached,
            lines=self.timeline.told(),
        )

    def _start(self) -> None:
        self.lineage.keeper.begin()
        self.person.begin()
        self.eyes.begin()
        self._market_steps()
        family = self.lineage
        Troubles(
            self.kit, self.troubles, self.person, end=family.keeper.ended, break_channel=family.break_channel, second=family.second_instance
        ).begin()

    def _until(self, when: int) -> None:
        agenda, witness = self.agenda, self.witness
        while witness.violation is None and (due := agenda.next_at()) is not None and due <= when:
            agenda.step()
            if self._dirty:
                self._dirty = False
                witness.look()
        agenda.now = max(agenda.now, when) if witness.violation is None else agenda.now

    def _end_faults(self) -> None:
        kit = self.kit
        self.timeline.say(self.agenda.now, "world", "faults end")
        kit.faults.over = True
        kit.disk_full = False
        kit.market.silent.clear()

    def _settle(self) -> None:
        why = ""
        for _ in range(SETTLE_STEPS_MAX):
            self._until(self.agenda.now + SETTLE_STEP_NS)
            why = self.witness.unrest()
            if self.witness.violation is not None or not why:
                break
        if why and self.witness.violation is None:
            self.witness.violation = Violation("I27", f"no rest {SETTLE_STEPS_MAX * SETTLE_STEP_NS / NS_PER_SECOND:.0f} s after the faults: {why}")
        self.witness.last_look()
        self.witness.look_twice()

    # What the parts tell.

    def _heard(self, line: Line) -> None:
        self.eyes.hear(line)

    def _stated(self, signal: Signal) -> None:
        self.witness.stated.append(Stated(signal.book.symbol, signal.stance, signal.bar_end, self.agenda.now))

    def _signalled(self, signal: Signal) -> None:
        if self.lineage.desk is not None:
            self.lineage.desk.tell(signal)

    def _happened(self, event: Event) -> None:
        self._dirty, self.witness.acted_ns = True, self.agenda.now
        self.timeline.say(self.agenda.now, "desk", repr(event))
        self.reached.event(event)
        if isinstance(event, HaltRecorded):
            self.halts.recorded(event.halt.id)
        if isinstance(event, HaltLifted) and self.halts.promised(event.halt_id):
            self.witness.violation = Violation("I02", f"halt {event.halt_id} is over for the desk; nobody lifted it, and its time is still to come")

    def _started(self, life: Life) -> None:
        if life.name == DESK:
            self.witness.calls.desk_gone()
        self.lineage.keeper.started(life)

    def _told(self, alert: Alert) -> None:
        self.timeline.say(self.agenda.now, "alert", f"{alert.severity} {alert.key}: {alert.text}")
        self.witness.calls.told(alert)

    def _changed(self) -> None:
        self._dirty = True

    def _rung(self) -> None:
        if self.lineage.gateway is not None:
            self.lineage.gateway.watch.rung()

    def _own(self, symbol: Symbol) -> int | None:
        desk = self.lineage.desk
        return desk.desk.state.own(symbol) if desk is not None and desk.life.alive and desk.desk.swept else None

    def _market_steps(self) -> None:
        self.kit.broker.advance()
        self.agenda.after(STEP_NS, None, self._market_steps)

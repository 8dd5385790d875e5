"""What the parts of a world share: clocks, chance, history, the broker, the disk; and the words they say to each other.

The words are those of the real processes (a numbered log one way, numbered commands the other way, the desk's own state), without what only a
lockstep market needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from robo_trader.desk.effects import Alert, Cancel, Place
from robo_trader.desk.events import Event
from robo_trader.desk.news import News, Signal
from robo_trader.desk.settings import BookSettings, DeskSettings
from robo_trader.market.calendar import Session as MarketSession
from robo_trader.risk.halt import Halt
from robo_trader.risk.limits import Limits
from robo_trader.simulation.agenda import Agenda, Life
from robo_trader.simulation.broker import Broker
from robo_trader.simulation.exchange_ledger import ExchangeLedger
from robo_trader.simulation.faults import Faults
from robo_trader.simulation.paper_fence import Paper
from robo_trader.simulation.paper_journal import Rows
from robo_trader.simulation.plan import Plan
from robo_trader.simulation.timeline import Timeline
from robo_trader.simulation.walking_market import WalkingMarket
from robo_trader.supervision.spec import Cause
from robo_trader.values import BookId, Instant, Symbol

SYSTEM: Final = "world"
STRATEGY: Final = "chance"
CLIENT: Final = 7
ACCOUNT: Final = "DU1000001"
REST_SECONDS: Final = 2
"""How long an entry may rest behind the market, in a world whose bars last a few seconds."""
GATEWAY, DESK, HOST = "gateway", "desk", "host"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the gateway's log, with the clocks as they stood when it was heard."""

    seq: int
    market: Instant
    process: int
    news: News
    session: int


@dataclass(frozen=True, slots=True)
class Attached:
    """The gateway's answer to `Follow`."""

    epoch: int
    after_seq: int
    fresh: bool
    commands: int
    in_flight: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Follow:
    """The desk asks for the log."""

    desk_epoch: int
    gateway_epoch: int
    after_seq: int
    halts_known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """An order or a cancel; `journal_seq` 0: its intent stands in the reserve."""

    seq: int
    issued_ns: int
    journal_seq: int
    command: Place | Cancel
    looked: int
    """How far the desk had looked at the broker when it issued this: 0, 1 (executions, open orders), 2 (everything)."""
    session: int
    """The number of the session in which it had."""


@dataclass(frozen=True, slots=True)
class DeskSays:
    """How far the desk has read the log, and what it vouches for."""

    handled_seq: int
    reconciled: frozenset[Symbol]


@dataclass(frozen=True, slots=True)
class SweepWanted:
    """Look at the broker soon."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An intent ended."""

    intent: str


@dataclass(slots=True)
class Kit:
    """One world's things.

    `told` hears of alerts, `started` and `ended` of a process that says so itself, `killed` of a pid that must go, `heard` of each line of the
    gateway's log. `signalled` brings a signal to the desk, `stated` hears of each that it reads, `reading` of each news that it reads, `happened` of
    each event of it, and `raised` of a halt that a process wrote to the fence, with the bell after it.
    """

    plan: Plan
    agenda: Agenda
    timeline: Timeline
    faults: Faults
    market: WalkingMarket
    ledger: ExchangeLedger
    broker: Broker
    rows: Rows
    paper: Paper
    shared: Paper
    session: MarketSession
    lives: dict[str, Life] = field(default_factory=dict)
    disk_full: bool = False
    told: Callable[[Alert], None] = lambda _alert: None
    ended: Callable[[Life, Cause, str], None] = lambda _life, _cause, _reason: None
    started: Callable[[Life], None] = lambda _life: None
    killed: Callable[[int], None] = lambda _pid: None
    heard: Callable[[Line], None] = lambda _line: None
    signalled: Callable[[Signal], None] = lambda _signal: None
    stated: Callable[[Signal], None] = lambda _signal: None
    reading: Callable[[News], None] = lambda _news: None
    raised: Callable[[Halt, int], None] = lambda _halt, _sequence: None
    happened: Callable[[Event], None] = lambda _event: None

    @property
    def gateway_life(self) -> Life:
        """The present incarnation of the gateway's process."""
        return self.lives[GATEWAY]

    @property
    def desk_life(self) -> Life:
        """The present incarnation of the desk's process."""
        return self.lives[DESK]

    @property
    def books(self) -> tuple[BookId, ...]:
        """The sub-books of this world, one a symbol."""
        return tuple(BookId(STRATEGY, symbol) for symbol in self.plan.symbols)

    def desk_settings(self, epoch: int) -> DeskSettings:
        """What the desk is told at its start."""
        plan = self.plan
        limits = Limits(
            max_quantity=plan.quantity,
            max_notional=Decimal(1_000_000),
            max_position=plan.position_max,
            collar_percent=Decimal(5),
            sessions=(self.session,),
        )
        book = BookSettings(plan.quantity, Decimal(plan.stop_permille) / 10, plan.execution, rest_seconds=REST_SECONDS)
        return DeskSettings(
            SYSTEM, ACCOUNT, epoch, CLIENT, "simulated", dict.fromkeys(self.books, book), limits, baseline_external=plan.baseline != 0
        )

    def say(self, who: str, what: str) -> None:
        """One line of history."""
        self.timeline.say(self.agenda.now, who, what)

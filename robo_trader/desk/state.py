"""The desk's memory: all that the journal can rebuild, and beside it the little that it must not.

`State` changes by `apply(event)` alone, live and at resume alike. `Watch` holds what a new process has to learn again before it may trust anything:
whether the broker is connected, what the last sweeps said, which answers are awaited. It starts empty at each start and at each reconnect, which is
why starting is recovering.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from robo_trader.desk.events import (
    ActionVoided,
    BaselineTaken,
    Decided,
    DriftSeen,
    Event,
    HaltLifted,
    HaltRecorded,
    InstrumentAdopted,
    Rearmed,
    Refused,
    SystemStarted,
)
from robo_trader.orders.book import Book, Orders
from robo_trader.orders.cost_basis import Split
from robo_trader.orders.events import CashPaid, CommissionCharged, ExternalFill, Fill, OrderEvent, SplitApplied
from robo_trader.orders.evidence import ExecutionSeen
from robo_trader.orders.intent import IntentKey
from robo_trader.orders.ledger import Ledger
from robo_trader.orders.standing import execution_base, newer
from robo_trader.risk.halt import Halt, HaltLevel, level_for
from robo_trader.values import BookId, Instant, Instrument, Quote, Symbol

_ORDER_EVENTS: Final = get_args(OrderEvent)
REFUSED: Final = "-refused"
"""How the reason of a halt ends that was raised because an order of some purpose came back too often."""


@dataclass(slots=True)
class HeldBefore:
    """An execution that the baseline holds: the version that counts, the signed shares it moved (None: not told), and what was corrected since."""

    exec_id: str
    shares: int | None
    corrected_by: int = 0


@dataclass(slots=True)
class State:
    """Everything that events say. No clock, no connection, no opinion."""

    orders: Orders = field(default_factory=Orders)
    ledger: Ledger = field(default_factory=Ledger)
    decisions: dict[BookId, Decided] = field(default_factory=dict)
    refused: dict[BookId, Refused] = field(default_factory=dict)
    instruments: dict[Symbol, Instrument] = field(default_factory=dict)
    baseline: dict[Symbol, int] | None = None
    before_us: dict[str, HeldBefore] = field(default_factory=dict)  # executions that are in the baseline already, by their id without its last part
    halts: dict[str, Halt] = field(default_factory=dict)
    lifted: set[str] = field(default_factory=set)
    epochs: list[int] = field(default_factory=list)
    account: str = ""
    external_executions: set[str] = field(default_factory=set)
    refusal_count: int = 0
    actions: set[str] = field(default_factory=set)  # announced actions that happened, or that nobody waits for any more

    def apply(self, event: Event) -> None:
        """Fold one event in."""
        if isinstance(event, _ORDER_EVENTS):
            self.orders.apply(event)
            self._count_money(event)
            return
        match event:
            case SystemStarted():
                self.epochs.append(event.epoch)
                self.account = event.account
            case InstrumentAdopted():
                self.instruments[event.instrument.symbol] = event.instrument
            case BaselineTaken():
                self._begin_from(event)
            case Decided():
                self.decisions[event.book] = event
                self.refused.pop(event.book, None)
            case Rearmed():
                book = self.orders.book(event.book)
                book.latches = {side: latch for side, latch in book.latches.items() if event.side not in {0, side}}
            case Refused():
                held = self.refused.get(event.book)
                if held is None or not held.order_shaped:  # an order-shaped no stands for its decision, whatever is refused beside it
                    self.refused[event.book] = event
                self.refusal_count += 1
            case HaltRecorded():
                self.halts[event.halt.id] = event.halt
                self.lifted.discard(event.halt.id)  # the same halt may be raised again, as an unreadable fence is
            case HaltLifted():
                self._lift(event.halt_id)
            case ActionVoided():
                self.actions.add(event.action)
            case DriftSeen():
                pass  # told to people; the halt that goes with it is an event of its own

    def _begin_from(self, event: BaselineTaken) -> None:
        self.baseline = dict(event.positions)
        shares = event.shares or (None,) * len(event.executions)
        for exec_id, moved in zip(event.executions, shares, strict=True):
            held = self.before_us.get(execution_base(exec_id))
            if held is None or newer(exec_id, held.exec_id):
                self.before_us[execution_base(exec_id)] = HeldBefore(exec_id, moved)

    def _lift(self, halt_id: str) -> None:
        self.lifted.add(halt_id)
        halt = self.halts.get(halt_id)
        if halt is not None and halt.reason.endswith(REFUSED):  # else the same count would halt the symbol again at once
            for book in self.books_of(Symbol(halt.target)):
                book.grant_new_tries()

    def _count_money(self, event: OrderEvent) -> None:
        match event:
            case Fill():
                self.ledger.apply_fill(event.exec_id, event.book, event.book.symbol, event.side, event.quantity, event.price, event.at)
            case ExternalFill():
                self.external_executions.add(event.exec_id)
                held = self.before_us.get(execution_base(event.exec_id))
                if held is not None:
                    held.exec_id, held.corrected_by = event.exec_id, event.side.sign * event.quantity
                self.ledger.apply_fill(event.exec_id, None, event.symbol, event.side, event.quantity, event.price, event.at)
            case CommissionCharged():
                self.ledger.apply_commission(event.exec_id, event.commission)
            case SplitApplied():
                self.ledger.apply_split(event.action, event.symbol, event.new, event.old, event.at, event.in_lieu)
                self._restate(event)
            case CashPaid():
                self.ledger.apply_cash(event.action, event.symbol, event.amount, event.at)
                self.actions.add(event.action)

    def _restate(self, event: SplitApplied) -> None:
        """What is counted in shares and is neither a slice nor in the ledger: targets, and what was held before us."""
        split = Split(event.new, event.old)
        self.actions.add(event.action)
        if self.baseline and event.symbol in self.baseline:
            self.baseline[event.symbol] = split.whole(self.baseline[event.symbol])
        for book, decided in self.decisions.items():
            if book.symbol == event.symbol and decided.bar_end <= event.at:  # a later one was sized in the new shares
                self.decisions[book] = replace(decided, target=split.whole(decided.target))

    @property
    def standing_halts(self) -> tuple[Halt, ...]:
        """Halts that nobody lifted, oldest first."""
        return tuple(h for h in self.halts.values() if h.id not in self.lifted)

    def level(self, book: BookId) -> HaltLevel | None:
        """The strongest halt on this book."""
        halts = self.standing_halts
        return level_for(halts, book) if halts else None

    def book(self, book: BookId) -> Book:
        """The sub-book of this name."""
        return self.orders.book(book)

    def books_of(self, symbol: Symbol) -> Iterable[Book]:
        """All sub-books that hold or trade this symbol."""
        return self.orders.books_of.get(symbol, ())

    def own(self, symbol: Symbol) -> int:
        """Sum of the sub-books, in shares."""
        held = 0
        for book in self.orders.books_of.get(symbol, ()):  # asked for at every turn, so without a generator
            held += book.position
        return held

    def external(self, symbol: Symbol) -> int:
        """Shares held by nobody we know: the baseline and every execution that no intent explains."""
        return (self.baseline or {}).get(symbol, 0) + self.ledger.external_position(symbol)

    def net(self, symbol: Symbol) -> int:
        """What the broker must hold if every execution was heard."""
        return self.own(symbol) + self.external(symbol)

    def ledger_net(self, symbol: Symbol) -> int:
        """The same, counted a second time: the baseline and the ledger's executions, without the books."""
        return (self.baseline or {}).get(symbol, 0) + self.ledger.position(symbol)

    @property
    def symbols(self) -> list[Symbol]:
        """Symbols with a book or an external quantity, sorted."""
        named = {b.symbol for b in self.orders.books} | set(self.baseline or {}) | set(self.ledger.symbols())
        return sorted(named)


@dataclass(slots=True)
class SignalKept:
    """The newest signal of a book and whether it may increase."""

    stance: int
    bar_end: Instant
    valid_until: Instant
    backfilled: bool


@dataclass(slots=True)
class Watch:
    """What this process has learnt since it connected; nothing of it outlives the connection but signals and quotes."""

    connected: bool = False
    swept: bool = False  # executions and open orders were read since connecting
    reconciled: set[Symbol] = field(default_factory=set)
    draining: bool = False
    signals: dict[BookId, SignalKept] = field(default_factory=dict)
    quotes: dict[Symbol, Quote] = field(default_factory=dict)
    placed_ns: dict[str, int] = field(default_factory=dict)  # process time of Place in this life
    cancelled_ns: dict[str, int] = field(default_factory=dict)
    unknown_ns: dict[str, int] = field(default_factory=dict)
    ended_ns: dict[str, int] = field(default_factory=dict)  # process time at which an order's end was heard
    retry_at_ns: dict[IntentKey, int] = field(default_factory=dict)  # exits and stops that wait for a pause, as the last settling found them
    orphaned_ns: dict[str, int] = field(default_factory=dict)  # process time at which a live stop or exit was first seen without its shares
    bare_since_ns: dict[Symbol, int] = field(default_factory=dict)  # process time since which shares have no acknowledged stop
    bare_told: set[Symbol] = field(default_factory=set)
    unexplained: list[str] = field(default_factory=list)  # stops and exits cancelled unasked, not told yet
    triggered: set[str] = field(default_factory=set)  # stops that turned into market orders
    claimed: dict[str, int] = field(default_factory=dict)  # shares the broker says are filled, before the executions came
    claim_doubted_ns: dict[str, int] = field(default_factory=dict)  # when a sweep was asked that first knew nothing of a claim
    disproven: dict[str, int] = field(default_factory=dict)  # shares that were claimed and given up
    done_at: dict[str, int] = field(default_factory=dict)  # status Filled at this many shares
    homes: dict[str, str] = field(default_factory=dict)  # slices of the fills that a look tells, while it is read
    refused_executions: set[str] = field(default_factory=set)  # in another currency, and told so
    corrections: dict[str, ExecutionSeen] = field(default_factory=dict)  # later versions of what the baseline holds, which no sweep has borne out yet
    unclear: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # due splits: ours, the broker's, and the process time they were found so
    pay_at: int = 0  # market time at which announced cash is looked at again
    entry_floor: dict[BookId, Instant] = field(default_factory=dict)  # an increase needs a bar that ends after this
    absent_since_ns: dict[str, int] = field(default_factory=dict)  # when a sweep first showed no trace
    drift_since: dict[Symbol, int] = field(default_factory=dict)  # sweep number that first saw a difference
    broker_positions: dict[Symbol, int] = field(default_factory=dict)
    drift_by: dict[Symbol, int] = field(default_factory=dict)  # the broker's shares less ours, where the last whole look found them to differ
    partial_since_ns: int | None = None  # process time since which no look at everything was answered in full
    queried: set[str] = field(default_factory=set)
    held_back: set[BookId] = field(default_factory=set)  # books whose entry waits until orders before it are answered
    said: set[tuple[str, str, int]] = field(default_factory=set)  # refusals already recorded, by book, control and bar
    last_sweep_ns: int = 0
    last_sweep: int = 0  # number of the last complete sweep

    def drift_declared(self, symbol: Symbol) -> bool:
        """Whether two sweeps saw the difference: a standing state from now on, not an awaited answer."""
        return self.drift_since.get(symbol, self.last_sweep) < self.last_sweep

    def drift_suspected(self, symbol: Symbol) -> bool:
        """Whether one sweep saw a difference and the next has still to judge it."""
        return symbol in self.drift_since and not self.drift_declared(symbol)

    def told_position(self, symbol: Symbol, theirs: int, net: int) -> None:
        """The broker's word on a position. One that equals ours ends what was found missing; another one may be older than our last fill."""
        self.broker_positions[symbol] = theirs
        if theirs == net:
            self.drift_by.pop(symbol, None)

    def forget_connection(self) -> None:
        """After a lost connection every answer is open again."""
        self.connected = self.swept = False
        self.reconciled.clear()
        self.absent_since_ns.clear()
        self.claim_doubted_ns.clear()
        self.disproven.clear()
        self.claimed.clear()  # the next sweep's executions prove them, or nothing does
        self.drift_since.clear()
        self.drift_by.clear()
        self.partial_since_ns = None
        self.unclear.clear()
        self.broker_positions.clear()
        self.queried.clear()

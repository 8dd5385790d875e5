"""What a person sees of the desk: a projection of the very state that decides, never a second memory."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from robo_trader.desk.cover_gap import proven
from robo_trader.desk.protecting import uncovered
from robo_trader.desk.settings import DeskSettings
from robo_trader.desk.state import State, Watch
from robo_trader.orders.book import Book
from robo_trader.orders.order import Purpose, Stage
from robo_trader.risk.halt import Halt
from robo_trader.values import BookId, Instant, Money, Symbol, Ticks


@dataclass(frozen=True, slots=True)
class BookView:
    """One sub-book: shares held, wanted, still working and covered; stop triggers in ticks.

    `proven` are those that a stop or exit covers which the broker acknowledged; `covered` counts the ones on their way too.
    """

    book: BookId
    position: int
    target: int | None
    working: int
    covered: int
    stops: tuple[Ticks, ...]
    latched: bool
    signal_bar_end: Instant | None
    proven: int = 0


@dataclass(frozen=True, slots=True)
class Drift:
    """One symbol's shares by three counts; they differ for moments while news is on its way.

    `ledger` counts executions, `broker` is the broker's word (None: not heard since connecting), `books` is what strategies act on and the external.
    """

    symbol: Symbol
    ledger: int
    broker: int | None
    books: int

    @property
    def shares(self) -> int:
        """How far the counts lie apart; 0 is right."""
        counts = [count for count in (self.ledger, self.broker, self.books) if count is not None]
        return max(counts) - min(counts)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole desk at one instant. `cash_change` is dollars since the baseline, commissions included."""

    connected: bool
    swept: bool
    draining: bool
    reconciled: tuple[Symbol, ...]
    books: tuple[BookView, ...]
    external: tuple[tuple[Symbol, int], ...]
    net: tuple[tuple[Symbol, int], ...]
    cash_change: Money
    commissions: Money
    realised: Money
    realised_fifo: Money
    missing_commissions: int
    orders: int
    stops: int
    fills: int
    refusals: int
    unknown: int
    halts: tuple[Halt, ...]
    drifts: tuple[Drift, ...] = ()


def snapshot_of(state: State, watch: Watch, settings: DeskSettings) -> Snapshot:
    """Project the state; nothing is kept."""
    intents = [o for o in state.orders.by_intent.values() if o.stage is not Stage.NEVER_SENT]
    return Snapshot(
        connected=watch.connected,
        swept=watch.swept,
        draining=watch.draining,
        reconciled=tuple(sorted(watch.reconciled)),
        books=tuple(_view(state, watch, state.book(b)) for b in settings.books),
        external=tuple((s, state.external(s)) for s in state.symbols),
        net=tuple((s, state.net(s)) for s in state.symbols),
        cash_change=state.ledger.cash_change,
        commissions=state.ledger.commissions,
        realised=state.ledger.realised_average() or Decimal(0),
        realised_fifo=state.ledger.realised_fifo or Decimal(0),
        missing_commissions=len(state.ledger.missing_commissions()),
        orders=sum(1 for o in intents if o.intended.purpose is not Purpose.PROTECT),
        stops=sum(1 for o in intents if o.intended.purpose is Purpose.PROTECT),
        fills=state.orders.fill_count,
        refusals=state.refusal_count,
        unknown=sum(1 for o in intents if o.stage is Stage.UNKNOWN),
        halts=state.standing_halts,
        drifts=tuple(Drift(s, state.ledger_net(s), watch.broker_positions.get(s), state.net(s)) for s in state.symbols),
    )


def _view(state: State, watch: Watch, book: Book) -> BookView:
    decision, signal = state.decisions.get(book.id), watch.signals.get(book.id)
    return BookView(
        book=book.id,
        position=book.position,
        target=decision.target if decision else None,
        working=book.working_entries,
        covered=abs(book.position) - uncovered(book),
        stops=tuple(o.intended.price for o in book.of(Purpose.PROTECT) if o.intended.price is not None),
        latched=book.latch is not None,
        signal_bar_end=signal.bar_end if signal else None,
        proven=proven(book),
    )

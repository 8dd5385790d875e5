"""The desk: the pure centre. News in, effects out, in one synchronous call; no clock, no chance, no I/O.

A batch of news is read first, piece by piece; then every book that the batch touched is settled once: entries that must go, stops that are missing,
slices that must be exited, and at last what may be added. Reading before settling is what makes fills of one packet one slice, and keeps the desk
from acting between two halves of one truth.

`Desk.resume(events, settings)` is the only way to make one. Day one is an empty journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from robo_trader.desk import news as n
from robo_trader.desk import reading
from robo_trader.desk.adding import add_to
from robo_trader.desk.budget import budgets
from robo_trader.desk.closing_gap import ORPHAN_GRACE_NS, cancel_entries, cancel_orphans, exit_slices
from robo_trader.desk.cover_gap import GAP_NS, watch_cover
from robo_trader.desk.effects import Effect
from robo_trader.desk.events import Decided, Event, HaltLifted, InstrumentAdopted, Rearmed, SystemStarted
from robo_trader.desk.executing import left_behind
from robo_trader.desk.payments import pay_what_is_due
from robo_trader.desk.protecting import protect_slices
from robo_trader.desk.retrying import tell_of_cancels
from robo_trader.desk.settings import ACK_QUERY_NS, ACK_UNKNOWN_NS, OWN_ENTRY_WAIT_NS, RETRY_PAUSES_NS, DeskSettings
from robo_trader.desk.snapshot import Snapshot, snapshot_of
from robo_trader.desk.state import SignalKept, State, Watch
from robo_trader.desk.sweeping import read_sweep
from robo_trader.desk.touched import touched_by
from robo_trader.desk.turn import Turn
from robo_trader.orders.book import Order
from robo_trader.orders.events import CancelFailed, OrderIdRaised, WentUnknown
from robo_trader.orders.order import SILENT, Outcome, Purpose, Stage
from robo_trader.risk.sizing import fixed
from robo_trader.values import Now, Quote, Symbol


class Desk:
    """All sub-books of one system. Not thread-safe; one caller, one turn at a time."""

    def __init__(self, state: State, settings: DeskSettings) -> None:
        """Use `resume`."""
        self._state = state
        self._watch = Watch()
        self._settings = settings

    @classmethod
    def resume(cls, events: Iterable[Event], settings: DeskSettings, state: State | None = None) -> Desk:
        """Rebuild from the journal's events, in order; raises `ImpossibleStep` if they contradict the life-cycle.

        `state` is what the events before these gave to a desk of the same books; it becomes this desk's own. None: these are all.
        """
        state = State() if state is None else state
        for book in settings.books:
            state.book(book)
        for event in events:
            state.apply(event)
        return cls(state, settings)

    @property
    def state(self) -> State:
        """What the events say, for those who only read."""
        return self._state

    @property
    def settings(self) -> DeskSettings:
        """What the desk was told at its start."""
        return self._settings

    def quote(self, symbol: Symbol) -> Quote | None:
        """The latest quote of a symbol."""
        return self._watch.quotes.get(symbol)

    def start(self, now: Now) -> list[Effect]:
        """The first turn of an incarnation: its epoch on record."""
        turn = self._turn(now)
        turn.record(SystemStarted(self._settings.system, self._settings.account, self._settings.epoch, self._settings.config_hash))
        return turn.effects

    def handle(self, batch: Sequence[n.News], now: Now) -> list[Effect]:
        """Read a batch of news and settle what it touched; the effects are to be carried out in order."""
        turn = self._turn(now)
        pay_what_is_due(turn)
        touched = {touched_by(turn, piece) for piece in batch if self._read(turn, piece)}
        if touched:
            self._check_timers(turn)
            self._settle(turn, touched)
            watch_cover(turn, [s for s in self._state.orders.books_of if touched & {None, s}])
        return turn.effects

    def snapshot(self) -> Snapshot:
        """What a person sees, computed from the same state that decides."""
        return snapshot_of(self._state, self._watch, self._settings)

    def reconciled(self, symbol: str) -> bool:
        """Whether entries of a symbol may go: every order resolved and both positions equal."""
        return symbol in self._watch.reconciled

    def placed_ns(self, intent: str) -> int | None:
        """When this process sent an order (CLOCK_BOOTTIME); None if an earlier one did."""
        return self._watch.placed_ns.get(intent)

    @property
    def reconciled_symbols(self) -> tuple[Symbol, ...]:
        """Every symbol of which `reconciled` is true, sorted."""
        return tuple(sorted(self._watch.reconciled))

    @property
    def swept(self) -> bool:
        """Whether executions and open orders were read since the connection came up: what happened unheard is known."""
        return self._watch.swept

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited: the market's clock must not move while this is so (DESIGN 6)."""
        watch = self._watch
        if not watch.connected or not watch.swept or watch.retry_at_ns or any(watch.drift_suspected(b.symbol) for b in self._settings.books):
            return True
        unproven = (self._state.orders.by_intent[intent].intended.book.symbol for intent in (*watch.claimed, *watch.orphaned_ns))
        if any(not watch.drift_declared(symbol) for symbol in unproven):
            return True
        return any(self._awaits_answer(o) for book in self._state.orders.books.values() for o in book.live.values())

    @property
    def drained(self) -> bool:
        """Whether no entry works any more."""
        return not any(book.working_entries for book in self._state.orders.books.values())

    def _awaits_answer(self, order: Order) -> bool:
        if order.stage not in {Stage.INTENDED, Stage.LEAVING, Stage.UNKNOWN}:
            return False
        asked = order.stage is not Stage.UNKNOWN and self._asked_ns(order.intended.intent) is not None
        return asked or not self._watch.drift_declared(order.intended.book.symbol)  # absence proves nothing while positions differ

    def _turn(self, now: Now) -> Turn:
        return Turn(self._state, self._watch, self._settings, now)

    def _read(self, turn: Turn, piece: n.News) -> bool:
        """Fold one piece of news in; whether the books must be settled after it."""
        match piece:
            case n.QuoteSeen():
                self._watch.quotes[piece.quote.symbol] = piece.quote
                return self._wishes(turn, piece.quote.symbol)
            case n.AccountSeen():
                return False
            case n.Signal():
                self._read_signal(turn, piece)
            case n.OrderSeen():
                reading.read_order(turn, piece)
            case n.StatusSeen():
                reading.read_status(turn, piece)
            case n.ExecutionSeen():
                reading.read_execution(turn, piece)
            case n.CommissionSeen():
                reading.read_commission(turn, piece)
                return False
            case n.BrokerError():
                reading.read_error(turn, piece)
            case n.PositionSeen():
                self._read_position(turn, piece)
            case n.Sweep():
                read_sweep(turn, piece)
            case n.TimePassed():
                pass
            case _:
                self._read_control(turn, piece)
        return True

    def _read_control(self, turn: Turn, piece: n.News) -> None:
        """News of the session, the gateway and the operator."""
        match piece:
            case n.Connected():
                self._read_connected(turn, piece)
            case n.Disconnected():
                self._watch.forget_connection()
            case n.InstrumentKnown():
                if self._state.instruments.get(piece.instrument.symbol) != piece.instrument:
                    turn.record(InstrumentAdopted(piece.instrument))
            case n.NotSent():
                reading.end(turn, self._state.orders.by_intent[piece.intent], Outcome.NEVER_SENT, piece.reason)
            case n.CancelNotSent():
                order = self._state.orders.by_intent[piece.intent]
                self._watch.cancelled_ns.pop(piece.intent, None)
                if order.stage in {Stage.LEAVING, Stage.UNKNOWN} and order.perm_ids:
                    turn.record(CancelFailed(piece.intent, piece.reason))
            case n.HaltSeen():
                reading.read_halt(turn, piece.halt)
            case n.ResumeSeen():
                self._read_resume(turn, piece)
            case n.DrainAsked():
                self._watch.draining = True
            case _:
                pass

    def _read_connected(self, turn: Turn, piece: n.Connected) -> None:
        self._watch.forget_connection()
        self._watch.connected = True
        if piece.next_order_id > self._state.orders.next_order_id:
            turn.record(OrderIdRaised(piece.next_order_id))
        for book in self._state.orders.books:
            turn.floor_entries(book)
        turn.ask_sweep("connected")

    def _read_resume(self, turn: Turn, piece: n.ResumeSeen) -> None:
        halt = self._state.halts.get(piece.halt_id)
        if halt is None or piece.halt_id in self._state.lifted:
            return
        turn.record(HaltLifted(piece.halt_id, turn.now.market))
        for book in self._state.orders.books:
            if halt.covers(book):
                turn.floor_entries(book)

    def _read_position(self, turn: Turn, piece: n.PositionSeen) -> None:
        self._watch.told_position(piece.symbol, piece.quantity, self._state.net(piece.symbol))
        if self._watch.swept and piece.quantity != self._state.net(piece.symbol) and not self._watch.drift_declared(piece.symbol):
            turn.ask_sweep(f"{piece.symbol}: broker {piece.quantity}, ours {self._state.net(piece.symbol)}")

    def _read_signal(self, turn: Turn, signal: n.Signal) -> None:
        if turn.now.market > signal.valid_until:
            return  # a minute replayed after a restart or a gap is history, not an opinion
        kept = self._watch.signals.get(signal.book)
        if signal.book not in self._settings.books or (kept is not None and signal.bar_end <= kept.bar_end):
            return
        self._watch.signals[signal.book] = SignalKept(signal.stance, signal.bar_end, signal.valid_until, signal.backfilled)
        book = self._state.book(signal.book)
        for latch in tuple(book.latches.values()):
            if signal.bar_end > latch.at and signal.stance != latch.side:
                turn.record(Rearmed(signal.book, signal.bar_end, latch.side))
        decision = self._state.decisions.get(signal.book)
        if decision is None or decision.stance != signal.stance:
            target = fixed(signal.stance, self._settings.books[signal.book].quantity)
            turn.record(Decided(signal.book, signal.stance, target, signal.bar_end))

    def _wishes(self, turn: Turn, symbol: Symbol) -> bool:
        """Whether a fresh quote could let a refused increase of this symbol pass, or leaves a resting one behind."""
        if any(left_behind(turn, book, order) for book in self._state.books_of(symbol) for order in book.of(Purpose.ENTER)):
            return True
        for book_id, signal in self._watch.signals.items():
            decision = self._state.decisions.get(book_id)
            if book_id.symbol == symbol and decision is not None and turn.now.market <= signal.valid_until:
                book = self._state.book(book_id)
                if abs(decision.target) > abs(book.position) and not book.live:
                    return True
        return False

    def _check_timers(self, turn: Turn) -> None:
        """Orders without an answer: asked about after 5 s, UNKNOWN after 30 s of process time (C24)."""
        for book in self._state.orders.books.values():
            for order in list(book.live.values()):
                if order.stage in SILENT and (asked := self._asked_ns(order.intended.intent)) is not None:
                    self._check_silence(turn, order, asked)

    def _asked_ns(self, intent: str) -> int | None:
        """Process time at which this life last asked the broker for an order or its end; None if only an earlier one did."""
        asked = (self._watch.placed_ns.get(intent), self._watch.cancelled_ns.get(intent))
        return max((at for at in asked if at is not None), default=None)

    def _check_silence(self, turn: Turn, order: Order, since: int) -> None:
        silent_for = turn.now.process - since
        intent = order.intended.intent
        if silent_for >= ACK_UNKNOWN_NS:
            turn.record(WentUnknown(intent))
            self._watch.unknown_ns[intent] = turn.now.process
            turn.ask_sweep(f"{intent} is unknown")
        elif silent_for >= ACK_QUERY_NS and intent not in self._watch.queried:
            self._watch.queried.add(intent)
            turn.ask_sweep(f"no answer for {intent}")

    def _settle(self, turn: Turn, touched: set[Symbol | None]) -> None:
        """Settle the books of these symbols, always in the same order; None among them means all."""
        if not self._watch.connected:
            return
        books = [book for book in self._state.orders.books.values() if None in touched or book.id.symbol in touched]
        for key in [key for key in self._watch.retry_at_ns if None in touched or key.book.symbol in touched]:
            del self._watch.retry_at_ns[key]
        tell_of_cancels(turn)
        allowed = budgets(turn, books)
        for book in books:  # of all first: an exit must not meet the resting entry of a neighbour that is about to go
            self._watch.held_back.discard(book.id)
            cancel_entries(turn, book)
        for book in books:
            cancel_orphans(turn, book)
            if book.id in self._settings.books:  # one that the configuration no longer names has no stop distance; halts and flatten still reach it
                protect_slices(turn, book, allowed[book.id].stops)
            exit_slices(turn, book, allowed[book.id].exits)
        for book in books if self._watch.swept else ():  # what reduces anywhere goes before what adds, and takes the lower order ids
            add_to(turn, book)

    def next_timer_ns(self, now: Now) -> int | None:
        """Process instant at which time alone may change something; None while nothing waits. Nanoseconds, CLOCK_BOOTTIME."""
        silent = (o for book in self._state.orders.books.values() for o in book.live.values() if o.stage in SILENT)
        asked = [at for at in (self._asked_ns(o.intended.intent) for o in silent) if at is not None]
        waits = [at + pause for at in asked for pause in (ACK_QUERY_NS, ACK_UNKNOWN_NS)]
        waits += self._watch.retry_at_ns.values()
        waits += [since + ORPHAN_GRACE_NS for since in self._watch.orphaned_ns.values()]
        waits += [at + OWN_ENTRY_WAIT_NS for at in self._watch.cancelled_ns.values()]
        waits += [since + GAP_NS for since in self._watch.bare_since_ns.values()]
        waits += [self._watch.ended_ns[intent] + RETRY_PAUSES_NS[0] for intent in self._watch.unexplained]
        return min((w for w in waits if w > now.process), default=None)

"""The shell of the desk: an inbox, one turn at a time, and effects carried out in order.

It holds no opinion about trading. News is queued by whoever hears it; `pump` hands it to the desk piece by piece, commits every record of a turn in
one durable transaction, and only then passes the orders on. Halts that the desk raises reach the fence before anything else. A journal that fails
stops all entries; reducing orders then live on the fence's reserve.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Alert, AskSweep, Cancel, Effect, Place, RaiseHalt, Record, Severity
from robo_trader.desk.events import Event
from robo_trader.desk.news import News, NotSent, TimePassed
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.reserve_record import encode
from robo_trader.errors import JournalFailed
from robo_trader.orders.events import Ended, Intended
from robo_trader.values import Now

INBOX_NEWS_MAX: Final = 65_536
"""News that may wait for one turn; more means that the loop has lost the market, and the connection is given up."""
ALERTS_KEPT_MAX: Final = 200


@dataclass(slots=True)
class Outlets:
    """Where the shell passes on what it does not do itself."""

    place: Callable[[Place], None]
    cancel: Callable[[Cancel], None]
    ask_sweep: Callable[[str], None]
    settled: Callable[[str], None]
    overrun: Callable[[str], None]
    note: Callable[[str], None]


@dataclass(slots=True)
class RiskDesk:
    """Owns the desk, the journal's writing side and the inbox. `now` reads the two clocks, `wall_ns` stamps rows."""

    desk: Desk
    journal: Journal
    fence: Fence
    recorder: Recorder
    decisions: DecisionFile
    epoch: int
    now: Callable[[], Now]
    wall_ns: Callable[[], int]
    outlets: Outlets
    journaled: set[str] = field(default_factory=set)
    alerts: deque[Alert] = field(default_factory=lambda: deque(maxlen=ALERTS_KEPT_MAX))
    journal_failure: str = ""
    _inbox: deque[tuple[News, Now]] = field(default_factory=deque)
    _turning: bool = False

    @property
    def pending(self) -> int:
        """News that no turn has read yet."""
        return len(self._inbox)

    def tell(self, piece: News) -> None:
        """Queue one piece of news with the clocks as they stand when it is heard; nothing is decided before `pump`."""
        if len(self._inbox) >= INBOX_NEWS_MAX:
            self.outlets.overrun(f"{INBOX_NEWS_MAX} pieces of news wait unread")
            self._inbox.clear()
        self._inbox.append((piece, self.now()))

    def begin(self) -> None:
        """Put this incarnation on record."""
        self._carry_out(self.desk.start(self.now()))

    def pump(self) -> None:
        """Give the desk everything that waits, one piece a turn: what it decides then depends on the order on the wire, never on how TCP cut it.

        Carrying out an effect may add news; its turn comes.
        """
        if self._turning:
            return
        self._turning = True
        try:
            while self._inbox:
                piece, now = self._inbox.popleft()
                if not isinstance(piece, TimePassed):
                    self.recorder.news(now, piece)
                self._carry_out(self.desk.handle((piece,), now))
        finally:
            self._turning = False

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, RaiseHalt):
                self.fence.raise_halt(effect.halt)
        committed = self._commit([e.event for e in effects if isinstance(e, Record)])
        for effect in effects:
            self._pass_on(effect, committed=committed)

    def _commit(self, events: Sequence[Event]) -> bool:
        if not events:
            return not self.journal_failure
        if not self.journal_failure:
            try:
                self.journal.append(events, epoch=self.epoch, at_ns=self.wall_ns())
            except JournalFailed as failure:
                self.journal_failure = str(failure)
                self._alert(Alert(Severity.CRITICAL, "journal", f"the journal failed: {failure}; no new entries"))
        for event in events:
            if isinstance(event, Intended) and not self.journal_failure:
                self.journaled.add(event.intent)
            elif isinstance(event, Ended):
                self.outlets.settled(event.intent)
            self.decisions.write(event)
        return not self.journal_failure

    def _pass_on(self, effect: Effect, *, committed: bool) -> None:
        match effect:
            case Place():
                if committed or self._on_reserve(effect):
                    self.outlets.place(effect)
                else:
                    self.tell(NotSent(effect.intent, "the journal failed"))
            case Cancel():
                self.journaled.add(effect.intent)  # a cancel needs no journal: it can only reduce
                self.outlets.cancel(effect)
            case AskSweep():
                self.outlets.ask_sweep(effect.reason)
            case Alert():
                self._alert(effect)
            case _:
                pass

    def _on_reserve(self, command: Place) -> bool:
        """Whether a reducing order found a place in the fence's reserve records, the journal being dead."""
        if command.entry:
            return False
        record = encode(self.desk.state.orders.by_intent[command.intent].intended)
        if record is None or not self.fence.reserve(record):
            return False
        self.journaled.add(command.intent)
        return True

    def _alert(self, alert: Alert) -> None:
        self.alerts.append(alert)
        self.outlets.note(f"{alert.severity}: {alert.text}")

"""The shell of the desk: an inbox, one turn at a time, and effects carried out in order.

It holds no opinion about trading. News is queued by whoever hears it; `pump` hands it to the desk piece by piece, commits every record of a turn in
one durable transaction, and only then passes the orders on. Halts that the desk raises reach the fence before anything else. A journal that fails
stops all entries; reducing orders then live on the fence's reserve.

The inbox also holds the log's marks: the places where a minute closed and a strategy's answer belongs (`signal_places`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from actors.alert_log import AlertLog
from actors.messages import Mark
from actors.signal_places import SignalPlaces, Unanswered
from actors.trace import stamp
from robo_trader.desk.desk import Desk
from robo_trader.desk.effects import Alert, AskSweep, Cancel, Effect, Place, RaiseHalt, Record, Severity
from robo_trader.desk.events import Event
from robo_trader.desk.news import CancelNotSent, DrainAsked, HaltSeen, News, NotSent, ResumeSeen, TimePassed
from robo_trader.edge.decisions import DecisionFile
from robo_trader.edge.fence import Fence
from robo_trader.edge.journal_store import Journal
from robo_trader.edge.recorder import Recorder
from robo_trader.edge.reserve_record import encode
from robo_trader.errors import JournalFailed
from robo_trader.orders.events import Ended
from robo_trader.values import Now

INBOX_NEWS_MAX: Final = 65_536
_SAID_ONCE: Final = (HaltSeen, ResumeSeen, DrainAsked, NotSent, CancelNotSent)
"""What outlives a full inbox: the broker can be asked anew, a person and the last line cannot."""
"""News that may wait for one turn; more means that the loop has lost the market, and the connection is given up."""


class Outlets(Protocol):
    """Where the shell passes on what it does not do itself."""

    def place(self, command: Place, journal_seq: int) -> bool:
        """Send an order whose intent stands in row `journal_seq` (0: on the reserve); False if the gateway cannot be told."""

    def cancel(self, command: Cancel, journal_seq: int) -> bool:
        """Send a cancel."""

    def ask_sweep(self, reason: str) -> None:
        """Have the broker looked at."""

    def settled(self, intent: str) -> None:
        """An intent ended."""

    def overrun(self, reason: str) -> None:
        """The market was lost."""


@dataclass(slots=True)
class RiskDesk:
    """Owns the desk, the journal's writing side and the inbox. `now` reads the two clocks, `wall_ns` stamps rows."""

    desk: Desk
    journal: Journal
    fence: Fence
    recorder: Recorder
    decisions: DecisionFile
    alerts: AlertLog
    places: SignalPlaces
    epoch: int
    now: Callable[[], Now]
    wall_ns: Callable[[], int]
    outlets: Outlets
    journal_failure: str = ""
    handled_seq: int = 0
    _inbox: deque[tuple[News | Mark, Now, int]] = field(default_factory=deque)
    _turning: bool = False

    @property
    def pending(self) -> int:
        """News that no turn has read yet."""
        return len(self._inbox)

    def tell(self, piece: News | Mark, now: Now | None = None, seq: int = 0) -> None:
        """Queue one piece of news with the clocks as they stood when it was heard (None: now) and its place in the gateway's log (0: none)."""
        if len(self._inbox) >= INBOX_NEWS_MAX:
            self.outlets.overrun(f"{INBOX_NEWS_MAX} pieces of news wait unread")
            self._inbox = deque(waiting for waiting in self._inbox if isinstance(waiting[0], _SAID_ONCE))
        self._inbox.append((piece, now or self.now(), seq))

    def log_begins(self, seq: int) -> None:
        """Another log is followed, from `seq` on: marks of the old one are void, its news stay news."""
        self._inbox = deque((piece, now, 0) for piece, now, _ in self._inbox if not isinstance(piece, Mark))
        self.handled_seq = seq

    def begin(self) -> None:
        """Put this incarnation on record."""
        self._carry_out(self.desk.start(self.now()))

    def pump(self) -> None:
        """Give the desk everything that waits, one piece a turn: what it decides then depends on the order on the wire, never on how TCP cut it.

        Carrying out an effect may add news; its turn comes. A mark that waits for its answer holds up what stands behind it.
        """
        if self._turning:
            return
        self._turning = True
        try:
            while self._inbox and self._turn(*self._inbox[0]):
                pass
        finally:
            self._turning = False

    def _turn(self, piece: News | Mark, now: Now, seq: int) -> bool:
        """One turn; False if the first in the inbox has to wait."""
        if isinstance(piece, Mark):
            signal = self.places.at(piece, self.now().process)
            if signal is Unanswered.WAITS:
                return False
            self._inbox.popleft()
            if not isinstance(signal, Unanswered) and signal is not None:
                self._give(signal, now)
        else:
            self._inbox.popleft()
            self._give(piece, now)
        self.handled_seq = max(seq, self.handled_seq)
        return True

    def _give(self, piece: News, now: Now) -> None:
        if not isinstance(piece, TimePassed):
            self.recorder.news(now, piece)
        self._carry_out(self.desk.handle((piece,), now))

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, RaiseHalt):
                self.fence.raise_halt(effect.halt)
            elif isinstance(effect, Place):
                stamp("decided", effect.symbol)
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
                self.alerts.add(Alert(Severity.CRITICAL, "journal", f"the journal failed: {failure}; no new entries"))
        for event in events:
            if isinstance(event, Ended):
                self.outlets.settled(event.intent)
            self.decisions.write(event)
        return not self.journal_failure

    def _pass_on(self, effect: Effect, *, committed: bool) -> None:
        match effect:
            case Place():
                self._place(effect, committed=committed)
            case Cancel():
                self.outlets.cancel(effect, self.journal.durable_seq)  # needs no journal: it can only reduce
            case AskSweep():
                self.outlets.ask_sweep(effect.reason)
            case Alert():
                self.alerts.add(effect)
            case _:
                pass

    def _place(self, command: Place, *, committed: bool) -> None:
        if not committed and not self._on_reserve(command):
            self.tell(NotSent(command.intent, "the journal failed"))
        elif not self.outlets.place(command, self.journal.durable_seq if committed else 0):
            self.tell(NotSent(command.intent, "the gateway cannot be told"))

    def _on_reserve(self, command: Place) -> bool:
        """Whether a reducing order found a place in the fence's reserve records, the journal being dead."""
        if command.entry:
            return False
        record = encode(self.desk.state.orders.by_intent[command.intent].intended)
        return record is not None and self.fence.reserve(record)

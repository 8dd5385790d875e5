"""What the exchange's own ledger says at an instant: the only thing that the checkers of a simulated world are shown.

Any world can fill one in, the seeded one and the exhaustive one alike. A `Look` is plain values and no opinion: what reached the exchange and when,
what filled, what could still fill, which halts were acknowledged, and beside it, set apart in `Claims`, what the desk says of the same things. The
difference between the two halves is what the checkers look for.

Instants are nanoseconds of process time unless the name says market. Shares are signed where nothing else is said: + bought or long, - sold or
short. Sequences only grow from look to look; `received_before` and `fills_before` say how much of them earlier looks have shown, so that what is
new is judged against all that was, and what was is not judged again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ENTER = "enter"
EXIT = "exit"
PROTECT = "protect"
FLATTEN = "flatten"


@dataclass(frozen=True, slots=True)
class Received:
    """One order frame that reached the exchange from a client of ours.

    `intent` and `epoch` come from its orderRef ("" and 0 if that does not name an intent); `purpose` from the journal row that it names ("" if no
    row does). `durable`: the row was safe when the frame left. `looked`: what the session had been told since it connected, when the frame left:
    0 nothing whole, 1 executions and open orders, 2 completed orders and positions too. `decision` names the bar whose decision an entry carries out
    (0: none is named).
    """

    intent: str
    epoch: int
    client_id: int
    order_id: int
    purpose: str
    symbol: str
    side: int  # +1 buy, -1 sell
    quantity: int
    kind: str  # MKT, LMT, STP
    oca_group: str
    left: int  # when the desk's process sent it
    at: int  # when the exchange had it
    durable: bool = True
    looked: int = 2
    strategy: str = ""
    decision: int = 0

    @property
    def raising(self) -> bool:
        """Whether it may open or increase: an entry, and whatever is bound to no group that could hold it to the shares it closes."""
        return self.purpose not in {EXIT, PROTECT, FLATTEN} or not self.oca_group


@dataclass(frozen=True, slots=True)
class Live:
    """An order of ours that may still fill. `reached`: its frame is no longer on the wire; `heard`: a message that names it reached our process."""

    intent: str
    order_id: int
    perm_id: int
    epoch: int
    purpose: str
    symbol: str
    side: int
    remaining: int
    kind: str
    oca_group: str
    reached: bool = True
    heard: bool = True


@dataclass(frozen=True, slots=True)
class Filled:
    """One execution in the account. `intent` is empty for a foreign one. `heard` is when the desk was first told, None while it was not.

    `taken_back` executions were busted: they count nowhere.
    """

    exec_id: str
    intent: str
    purpose: str
    symbol: str
    side: int
    shares: int
    oca_group: str
    at_market: int
    heard: int | None = None
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class HaltAcknowledged:
    """A halt that somebody was told stands: `level` 1 NO_NEW to 4 HALT_FLATTEN; `symbol` and `strategy` empty mean all.

    Nobody can rely on it from `lifted` on, when a person's command begins or its time comes; once `over`, nothing may hold it to stand any more.
    """

    id: str
    at: int
    level: int
    symbol: str = ""
    strategy: str = ""
    lifted: int | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Stated:
    """A strategy's target as the desk was told it: the stance, the end of its bar (market time), and when."""

    symbol: str
    stance: int
    bar_end_market: int
    at: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A cancel, exit or stop that the desk handed to a session that is up, and that has not left. `refused` by the last line, with its reason."""

    intent: str
    cancels: bool
    since: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a supervised part, and the answer: `restarted` at, or `escalated` to a person at; neither while it is still being dealt with."""

    part: str
    at: int
    restarted: int | None = None
    escalated: int | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What the desk says of the same account; None of this is believed.

    `own` and `external` are shares by symbol; `executions` every execution id on record, ours and foreign, as the journal has them; `ended` the
    intents held as terminal; `unknown` those held as UNKNOWN; `halts` the ids of the halts that stand; `cash` dollars since the baseline.
    """

    own: Mapping[str, int] = field(default_factory=dict)
    external: Mapping[str, int] = field(default_factory=dict)
    executions: Sequence[str] = ()
    ended: Collection[str] = frozenset()
    unknown: Collection[str] = frozenset()
    halts: Collection[str] = frozenset()
    covered: Mapping[str, int] = field(default_factory=dict)
    reconciled: Collection[str] = frozenset()
    cash: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """The exchange at an instant.

    positions      net shares by symbol, everybody's together
    own            shares that executions of our orders made, by symbol (adopted, released and split ones are in `moved` instead)
    foreign        shares by symbol that were there before us or came by executions of others
    caps           the most shares that our book of a symbol may hold on either side: its size, or its limit if that is less
    excused        symbols whose executions the exchange took back a moment ago: what works there may be too much until the desk has heard of it
    able_since     since when desk and session both could act (connected and looked); None while they cannot
    uncovered_since  by symbol, as `checkers.uncovered_since` folds it from look to look
    second         entries (intent, reason) since the last look that only the last line held up, another being without an answer
    alerted        symbols about whose missing cover a person was called, and nobody said yet that it is over
    explained      symbols that a standing halt says to be in need of a person (drift, a net below the books, stops that are refused)
    quiet          every message was delivered, every answer given and nothing changes any more without new news
    settled        faults have ended and the time for recovery has passed
    repeated       events that a second, equal sweep put on record; None if none was tried
    queues         by name: (length, bound)
    restarts_max   of one part within `restarts_window_ns`; 0 is not judged
    """

    now: int
    positions: Mapping[str, int] = field(default_factory=dict)
    own: Mapping[str, int] = field(default_factory=dict)
    foreign: Mapping[str, int] = field(default_factory=dict)
    moved: Mapping[str, int] = field(default_factory=dict)
    caps: Mapping[str, int] = field(default_factory=dict)
    live: Sequence[Live] = ()
    received: Sequence[Received] = ()
    received_before: int = 0
    fills: Sequence[Filled] = ()
    fills_before: int = 0
    halts: Sequence[HaltAcknowledged] = ()
    stated: Sequence[Stated] = ()
    waiting: Sequence[Waiting] = ()
    second: Sequence[tuple[str, str]] = ()
    deaths: Sequence[Death] = ()
    restarts_max: int = 0
    restarts_window_ns: int = 0
    messages_last_second: int = 0
    excused: Collection[str] = frozenset()
    able_since: int | None = 0
    uncovered_since: Mapping[str, int] = field(default_factory=dict)
    alerted: Collection[str] = frozenset()
    explained: Collection[str] = frozenset()
    quiet: bool = False
    settled: bool = False
    repeated: int | None = None
    queues: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    cash: Decimal | None = None
    claims: Claims = field(default_factory=Claims)

    def held(self, symbol: str) -> int:
        """Shares of our books, signed: by executions, adopt, release and splits."""
        return self.own.get(symbol, 0) + self.moved.get(symbol, 0)


@dataclass(frozen=True, slots=True)
class Violation:
    """Which invariant does not hold, and the numbers that say so."""

    id: str
    text: str

    def __str__(self) -> str:
        """`I11: SPY could be at +200 shares, its cap is 100`."""
        return f"{self.id}: {self.text}"


Checker = Callable[[Look], Violation | None]
"""Pure: a look in; None, or what is wrong with it."""

"""What the processes of one system say to each other, and how they find their place again when one of them returns.

    gateway -> desk, stop controller   Attached, then Line and Mark in one numbered log
    desk    -> gateway                 Follow, Command (numbered), DeskState, SweepWanted, Settled, ConnectionDoubted
    gateway -> host                    NumberedBar          host -> gateway   BarsWanted
    host    -> desk                    Considered

Two rules make every restart harmless. What flows is numbered inside the sender's epoch, so a receiver knows what it has; and whoever comes back says
how far it got (`Follow`, `BarsWanted`) and is told the rest, or told to begin anew, which means a sweep. The counts serve a second purpose: in
lockstep the market waits until `DeskState` shows that everything sent was read, decided on and answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.desk import news as n
from robo_trader.desk.effects import Cancel, Place
from robo_trader.edge.channel import Vocabulary
from robo_trader.market.bar import Bar
from robo_trader.values import BookId, Instant, Symbol

GATEWAY: Final = "broker_gateway"
DESK: Final = "risk_desk"
STOPS: Final = "stop_controller"
HOST_PREFIX: Final = "strategy/"

BrokerNews = (
    n.Connected
    | n.Disconnected
    | n.InstrumentKnown
    | n.QuoteSeen
    | n.OrderSeen
    | n.StatusSeen
    | n.ExecutionSeen
    | n.CommissionSeen
    | n.BrokerError
    | n.PositionSeen
    | n.AccountSeen
    | n.Sweep
    | n.NotSent
    | n.CancelNotSent
    | n.HaltSeen
    | n.ResumeSeen
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the gateway's log: news with both clocks as they stood when it was heard (ns; market UTC, process CLOCK_BOOTTIME)."""

    seq: int
    market: Instant
    process: int
    news: BrokerNews


@dataclass(frozen=True, slots=True)
class Mark:
    """A minute of a symbol closed at this place of the log: what its strategy says of bar `number` belongs here."""

    seq: int
    market: Instant
    process: int
    symbol: Symbol
    number: int


@dataclass(frozen=True, slots=True)
class Attached:
    """The gateway's answer to `Follow`: the log goes on after `after_seq`; `fresh` means that what was before must be asked of the broker.

    `marks` are the minutes that closed until then, by symbol. `commands` is how many of this desk's commands this gateway took: what it sent beyond
    them was lost with a channel, for good. `in_flight` are the entries whose bytes may not have been read yet, for the desk to say which ended.
    """

    after_seq: int
    fresh: bool
    marks: tuple[tuple[Symbol, int], ...]
    commands: int = 0
    in_flight: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """Send me your log: I have read up to `after_seq` of your epoch `gateway_epoch` (0: nothing).

    `halts_known` are the ids that my journal holds as standing.
    """

    gateway_epoch: int
    after_seq: int
    baseline_taken: bool = True
    halts_known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """An order or a cancel, numbered from 1 for each pair of a desk's and a gateway's epoch; a number that was lost is used again.

    `issued_ns` (CLOCK_BOOTTIME) dates an entry's time to live; `journal_seq` is the row that holds the intent, 0 if the fence's reserve does.
    """

    seq: int
    issued_ns: int
    journal_seq: int
    command: Place | Cancel


@dataclass(frozen=True, slots=True)
class DeskState:
    """How far the desk is: lines read, commands issued, whether it owes or awaits anything, and what it vouches for.

    `considered` is the newest bar of each symbol whose strategy's answer was read; `positions` are the sums of our own books in shares, empty until
    a sweep has shown what happened while nobody read the log.
    """

    handled_seq: int
    commands: int
    busy: bool
    baseline_taken: bool
    reconciled: tuple[Symbol, ...]
    considered: tuple[tuple[Symbol, int], ...]
    positions: tuple[tuple[Symbol, int], ...]


@dataclass(frozen=True, slots=True)
class SweepWanted:
    """Look at the broker as a whole, soon."""

    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The desk knows how this intent ended: it is not in flight any more."""

    intent: str


@dataclass(frozen=True, slots=True)
class ConnectionDoubted:
    """The desk lost the market: give the broker's connection up and begin anew."""

    reason: str


@dataclass(frozen=True, slots=True)
class BarsWanted:
    """Send me the minutes of these symbols after these numbers, and those to come."""

    after: tuple[tuple[Symbol, int], ...]


@dataclass(frozen=True, slots=True)
class NumberedBar:
    """A minute of one symbol, numbered from 1 in the gateway's epoch, history first."""

    number: int
    bar: Bar


@dataclass(frozen=True, slots=True)
class Considered:
    """What a strategy says of one bar: a signal, or nothing; every bar is answered."""

    gateway_epoch: int
    book: BookId
    number: int
    signal: n.Signal | None


VOCABULARY: Final = Vocabulary(
    *(Line, Mark, Attached, Follow, Command, DeskState, SweepWanted, Settled, ConnectionDoubted, BarsWanted, NumberedBar, Considered)
)

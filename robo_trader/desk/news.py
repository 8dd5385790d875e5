"""News: everything the desk can be told. Facts from the broker, wishes from strategies, the operator's halts, the passing of time.

News is what happened, never what to do. Broker news arrives from the gateway's numbered log in the order in which the broker said it; the desk must
live with duplicates, omissions and any order among them (spec: no order is guaranteed between open order, status and execution).
"""

from __future__ import annotations

from dataclasses import dataclass

from robo_trader.orders.evidence import BrokerError as BrokerError
from robo_trader.orders.evidence import BrokerStatus as BrokerStatus
from robo_trader.orders.evidence import CommissionSeen as CommissionSeen
from robo_trader.orders.evidence import ExecutionSeen as ExecutionSeen
from robo_trader.orders.evidence import OrderSeen as OrderSeen
from robo_trader.orders.evidence import PositionSeen as PositionSeen
from robo_trader.orders.evidence import StatusSeen as StatusSeen
from robo_trader.orders.evidence import Sweep as Sweep
from robo_trader.risk.halt import Halt
from robo_trader.values import BookId, Instant, Instrument, Money, Quote


@dataclass(frozen=True, slots=True)
class Signal:
    """A strategy's stated target for its book: a stance of -1, 0 or +1, decided on the bar that ended at `bar_end`.

    `backfilled` marks a bar rebuilt from history after a gap: it may reduce, never increase (DESIGN 5).
    """

    book: BookId
    stance: int
    bar_end: Instant
    valid_until: Instant
    backfilled: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """A session is up: the expected account and nextValidId were both received."""

    account: str
    next_order_id: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The session ended, or may have; nothing more can be learnt until `Connected`."""

    reason: str


@dataclass(frozen=True, slots=True)
class InstrumentKnown:
    """Contract details of a symbol we trade."""

    instrument: Instrument


@dataclass(frozen=True, slots=True)
class QuoteSeen:
    """The latest quote of a symbol (conflated; older ones may have been skipped)."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """Account figures in dollars, as the broker states them; for display and the end-of-day comparison only."""

    cash: Money | None
    equity: Money | None
    realised: Money | None


@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway wrote this intent's frame to the socket."""

    intent: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The gateway's last line refused the command and wrote nothing: proof that the broker never saw it."""

    intent: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelNotSent:
    """The gateway could not send a cancel; the order may still work."""

    intent: str
    reason: str


@dataclass(frozen=True, slots=True)
class HaltSeen:
    """A halt stands in the fence (already effective at the gateway)."""

    halt: Halt


@dataclass(frozen=True, slots=True)
class ResumeSeen:
    """The halt with this id was lifted in the fence by an authorised person."""

    halt_id: str


@dataclass(frozen=True, slots=True)
class DrainAsked:
    """Ctrl-C or job stop: no entries from now on, cancel working entries, keep stops; in memory only (DESIGN 3i)."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing but the clocks moved; timers are judged."""


News = (
    Signal
    | Connected
    | Disconnected
    | InstrumentKnown
    | QuoteSeen
    | OrderSeen
    | StatusSeen
    | ExecutionSeen
    | CommissionSeen
    | BrokerError
    | PositionSeen
    | AccountSeen
    | Sweep
    | Sent
    | NotSent
    | CancelNotSent
    | HaltSeen
    | ResumeSeen
    | DrainAsked
    | TimePassed
)

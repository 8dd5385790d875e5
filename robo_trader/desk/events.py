"""Events: the journal's vocabulary. State is computed from these and from nothing else.

Each class is one `kind` of row (`KINDS`); the rules of orders/events.py on names and units hold here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from robo_trader.orders.events import OrderEvent
from robo_trader.risk.halt import Halt
from robo_trader.values import BookId, Instant, Instrument, Symbol


@dataclass(frozen=True, slots=True)
class SystemStarted:
    """A process took the lease and begins to speak with this epoch."""

    system: str
    account: str
    epoch: int
    config_hash: str


@dataclass(frozen=True, slots=True)
class InstrumentAdopted:
    """The contract facts that prices in later rows are counted in."""

    instrument: Instrument


@dataclass(frozen=True, slots=True)
class BaselineTaken:
    """First start: what the account held before us, all of it external; the day's executions until then are in it already.

    `shares` are what each of these moved, signed; empty in journals of before they were kept.
    """

    positions: tuple[tuple[Symbol, int], ...]
    executions: tuple[str, ...] = ()
    shares: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A change of a book's stated target; `target` is in shares, sized once and for all."""

    book: BookId
    stance: int
    target: int
    bar_end: Instant


@dataclass(frozen=True, slots=True)
class Rearmed:
    """A stop-out's latch was lifted by a newer bar's target of zero or of the other side. `side` was stopped; 0 (older journals): whichever was."""

    book: BookId
    bar_end: Instant
    side: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """The gate's no. `order_shaped` refusals latch for the decision."""

    book: BookId
    control: str
    detail: str
    bar_end: Instant
    order_shaped: bool


@dataclass(frozen=True, slots=True)
class HaltRecorded:
    """A halt read from the fence, or raised by the desk itself."""

    halt: Halt


@dataclass(frozen=True, slots=True)
class HaltLifted:
    """An authorised resume of one halt; increases need a signal from a newer bar than `at`."""

    halt_id: str
    at: Instant


@dataclass(frozen=True, slots=True)
class DriftSeen:
    """The broker's position and ours differ and nothing explains it."""

    symbol: Symbol
    broker: int
    ours: int
    external: int


@dataclass(frozen=True, slots=True)
class ActionVoided:
    """An announced action that did not happen, or lies before our time: it is not waited for any more."""

    action: str
    detail: str


DeskEvent = SystemStarted | InstrumentAdopted | BaselineTaken | Decided | Rearmed | Refused | HaltRecorded | HaltLifted | DriftSeen | ActionVoided
Event = OrderEvent | DeskEvent

KINDS: Final[dict[str, type]] = {cls.__name__: cls for cls in get_args(Event)}
"""Row kind to class; the journal decodes with this table."""

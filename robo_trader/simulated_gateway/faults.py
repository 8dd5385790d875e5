"""When a fault is due: counts what arrives and watches both clocks, and remembers what lasts. It touches nothing.

Three kinds of fault, three ways to be over. One that befalls a message (swallowed, refused, doubled) holds for the matching ones from the n-th on,
`times` of them. One that changes how things are told (twice, late) has a stock that is used up. One that lasts (restart, log-on, outage, farms) is a
*spell*, over when both its clocks say so. All else happens in an instant.

Counting starts with the gateway; an instant of the market that lies before that start is past, and its fault never happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, TypeVar

from robo_trader.simulated_gateway.fault_kinds import (
    DuplicateCallbacks,
    FarmsDown,
    ForeignOrder,
    LateCommission,
    LoginWait,
    ManualOrder,
    Outage,
    RejectCancel,
    RejectOrder,
    Restart,
    SwallowCancel,
    SwallowOrder,
    TwinOrder,
)
from robo_trader.simulated_gateway.fault_kinds_told import BadQuotes, ClockSkew, CompetingSession, QuoteBurst
from robo_trader.simulated_gateway.fault_kinds_wire import Clog, Pacing, SplitFrames, StopReading
from robo_trader.simulated_gateway.fault_parameters import CANCEL, FILL, MARKET_TIME, ORDER, Fault
from robo_trader.simulated_gateway.model import Refusal, Ticket
from robo_trader.simulated_gateway.scenario import COUNTED, Planned
from robo_trader.values import NS_PER_SECOND, Instant, Side, Symbol

Kind = TypeVar("Kind", bound=Fault)
_CENT: Final = Decimal("0.01")
_BEFALL: Final = (SwallowOrder, SwallowCancel, RejectOrder, RejectCancel, TwinOrder)


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls a message: lost, refused, or (an order) made two of; and the faults that it sets off."""

    lost: bool = False
    refused: RejectOrder | RejectCancel | None = None
    begins: tuple[Fault, ...] = ()
    doubled: bool = False


@dataclass(frozen=True, slots=True)
class Spell:
    """A fault that lasts until the market's clock and the process's clock have both passed their mark (ns)."""

    fault: Fault
    market_until: Instant
    process_until: int

    def over(self, now: Instant, process_ns: int) -> bool:
        """Whether both marks are passed."""
        return now >= self.market_until and process_ns >= self.process_until


@dataclass(slots=True)
class _Counter:
    """A planned fault and how many of its kind have come."""

    planned: Planned
    seen: int = 0

    def meets(self, ticket: Ticket) -> bool:
        """Count a message; whether the fault befalls it, or is set off by it."""
        if not self.planned.when.passes(ticket):
            return False
        self.seen += 1
        fault, first = self.planned.fault, self.planned.when.at
        times = fault.times if isinstance(fault, _BEFALL) else 1
        return first <= self.seen < first + times


@dataclass(slots=True)
class _Late:
    """Commissions that are held back: how many more, and how."""

    fault: LateCommission
    left: int


@dataclass(slots=True)
class _Copies:
    """Callbacks that are told again: how many more, and how often."""

    fault: DuplicateCallbacks
    left: int


@dataclass(slots=True)
class Faults:
    """The faults of one gateway, started at `start` (market) and `started_ns` (process time)."""

    scenario: Sequence[Planned]
    start: Instant
    started_ns: int
    _counters: dict[str, list[_Counter]] = field(init=False)
    _timed: list[Planned] = field(init=False)
    _spells: list[Spell] = field(default_factory=list)
    _late: list[_Late] = field(default_factory=list)
    _copies: list[_Copies] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort the plan by what sets each off."""
        self._counters = {trigger: [_Counter(planned) for planned in self.scenario if planned.when.trigger == trigger] for trigger in COUNTED}
        timed = [planned for planned in self.scenario if planned.when.trigger not in COUNTED]
        self._timed = [planned for planned in timed if planned.when.trigger != MARKET_TIME or planned.when.at >= self.start]

    # What arrives.

    def ordered(self, ticket: Ticket) -> Fate:
        """An order arrived."""
        return _fate(self._met(ORDER, ticket))

    def cancelled(self, ticket: Ticket) -> Fate:
        """A cancel of this order arrived."""
        return _fate(self._met(CANCEL, ticket))

    def filled(self, ticket: Ticket) -> tuple[Fault, ...]:
        """An order got a fill that is about to be told; the faults that it sets off."""
        return tuple(self._met(FILL, ticket))

    def _met(self, trigger: str, ticket: Ticket) -> list[Fault]:
        return [counter.planned.fault for counter in self._counters[trigger] if counter.meets(ticket)]

    # What the clocks bring.

    def due(self, now: Instant, process_ns: int) -> list[Fault]:
        """The faults whose instant has come; each is told once."""
        due = [planned for planned in self._timed if self._has_come(planned, now, process_ns)]
        if due:
            self._timed = [planned for planned in self._timed if planned not in due]
        return [planned.fault for planned in due]

    def _has_come(self, planned: Planned, now: Instant, process_ns: int) -> bool:
        if planned.when.trigger == MARKET_TIME:
            return now >= planned.when.at
        return process_ns - self.started_ns >= planned.when.at * NS_PER_SECOND

    def ended(self, now: Instant, process_ns: int) -> list[Spell]:
        """The spells that are over; each is told once."""
        over = [spell for spell in self._spells if spell.over(now, process_ns)]
        if over:
            self._spells = [spell for spell in self._spells if spell not in over]
        return over

    # What lasts.

    def begin(self, fault: Fault, now: Instant, process_ns: int) -> Spell | None:
        """Remember a fault that lasts or has a stock; its spell, None for one that has none."""
        match fault:
            case LateCommission():
                self._late.append(_Late(fault, fault.times))
            case DuplicateCallbacks():
                self._copies.append(_Copies(fault, fault.times))
            case Restart() | LoginWait():
                return self._spell(fault, now, fault.market_seconds, process_ns, fault.seconds)
            case Outage() | FarmsDown() | BadQuotes() | QuoteBurst() | ClockSkew():
                return self._spell(fault, now, fault.market_seconds, process_ns, 0)
            case CompetingSession():
                return self._spell(fault, now, fault.market_seconds, process_ns, fault.seconds)
            case SplitFrames() | Clog() | StopReading() | Pacing():
                return self._spell(fault, now, 0, process_ns, fault.seconds)
        return None

    def _spell(self, fault: Fault, now: Instant, market_seconds: float, process_ns: int, seconds: float) -> Spell:
        spell = Spell(fault, Instant(now + round(market_seconds * NS_PER_SECOND)), process_ns + round(seconds * NS_PER_SECOND))
        self._spells.append(spell)
        return spell

    def lasting(self, kind: type[Kind]) -> Kind | None:
        """The spell of this kind that lasts, if one does; the eldest."""
        return next((spell.fault for spell in self._spells if isinstance(spell.fault, kind)), None)

    def alone_until(self) -> Instant | None:
        """Until when the market goes on though no client can be there; None while clients can be."""
        apart = [spell.market_until for spell in self._spells if _keeps_clients_away(spell.fault)]
        return max(apart, default=None)

    @property
    def away(self) -> bool:
        """Whether nobody can connect."""
        return any(is_away(spell.fault) for spell in self._spells)

    def competed(self) -> bool:
        """Whether somebody else has the market data."""
        return any(isinstance(spell.fault, CompetingSession) and spell.fault.takes == "data" for spell in self._spells)

    # How things are told.

    def copies(self) -> int:
        """How often the callback that is about to be told is told; uses up the stock."""
        if not self._copies:
            return 1
        first = self._copies[0]
        first.left -= 1
        if first.left == 0:
            self._copies.pop(0)
        return 1 + first.fault.copies

    def late(self) -> LateCommission | None:
        """How the commission that is about to be told is late; None if it is not. Uses up the stock."""
        if not self._late:
            return None
        first = self._late[0]
        first.left -= 1
        if first.left == 0:
            self._late.pop(0)
        return first.fault


def _fate(met: Iterable[Fault]) -> Fate:
    faults = tuple(met)
    refused = next((fault for fault in faults if isinstance(fault, RejectOrder | RejectCancel)), None)
    lost = any(isinstance(fault, SwallowOrder | SwallowCancel) for fault in faults)
    doubled = any(isinstance(fault, TwinOrder) for fault in faults)
    return Fate(lost, refused, tuple(fault for fault in faults if not isinstance(fault, _BEFALL)), doubled)


def is_away(fault: Fault) -> bool:
    """Whether there is no gateway to connect to while a fault lasts."""
    return isinstance(fault, Restart) or (isinstance(fault, CompetingSession) and fault.takes == "connection")


def _keeps_clients_away(fault: Fault) -> bool:
    return is_away(fault) or isinstance(fault, LoginWait | Outage)


def refusal_of(fault: RejectOrder | RejectCancel) -> Refusal:
    """What the exchange is told to say."""
    return Refusal(fault.code, fault.text, after_ack=isinstance(fault, RejectOrder) and fault.moment == "after_ack")


def by_hand(fault: ManualOrder, order_id: int) -> Ticket:
    """The order of another client."""
    return Ticket(
        client_id=fault.client,
        order_id=order_id,
        symbol=Symbol(fault.symbol),
        side=Side(fault.side),
        quantity=fault.quantity,
        order_type="MKT",
        limit_price=None,
        stop_price=None,
        time_in_force="DAY",
        oca_group="",
        oca_type=0,
        order_ref="",
        account="",
    )


def by_program(fault: ForeignOrder, order_id: int, price: Decimal | None) -> Ticket:
    """The order of another program; it rests away from `price`, and is at market where there is none."""
    away = Decimal(str(fault.away_percent)) / 100
    ticket = by_hand(ManualOrder(symbol=fault.symbol, side=fault.side, quantity=fault.quantity, client=fault.client), order_id)
    ticket = replace(ticket, order_ref=fault.order_ref)
    if fault.order_type == "MKT" or price is None:
        return ticket
    limit = (price * (1 - away if fault.side == "BUY" else 1 + away)).quantize(_CENT)
    return replace(ticket, order_type="LMT", limit_price=max(limit, _CENT))

"""What can go wrong on purpose: one class a fault, its parameters with their bounds, and what may set it off.

A fault is a value. It says what happens, never how: `faults` counts and watches the clocks until one is due, `trouble` does it to the gateway. To add
one, write its class here or beside (`fault_kinds_told`, `fault_kinds_wire`), enter it in `KINDS`, let `trouble` do it, and give it its line in
docs/simulated_gateway.md, which a test compares with this module.

Seconds of the market are simulated time, other seconds are process time (CLOCK_BOOTTIME): a connection, a log-on and a client's patience belong to
the machine, an outage and a late message to the day.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, Final

from robo_trader.simulated_gateway.fault_kinds_told import (
    BadQuotes,
    ClockSkew,
    CompetingSession,
    DropCallbacks,
    LateCallbacks,
    Notice,
    QuoteBurst,
    ReorderCallbacks,
    WrongAccount,
)
from robo_trader.simulated_gateway.fault_kinds_wire import Clog, Garbage, Pacing, SplitFrames, StopReading
from robo_trader.simulated_gateway.fault_parameters import (
    CANCEL,
    CLIENT_MAX,
    CODE_MAX,
    COPIES_MAX,
    DAY_SECONDS,
    HOUR_SECONDS,
    NOT_CANCELLABLE_CODE,
    ORDER,
    REJECTED_CODE,
    REQUIRED,
    SHARES_MAX,
    TICKER,
    TIMES_MAX,
    WEEKEND_SECONDS,
    WORDS,
    Fault,
    Number,
    Word,
    YesNo,
    given,
)

FOREIGN_CLIENT: Final = 99
FAR_PERCENT_MAX: Final = 50
PRICE_OFF_MAX: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SwallowOrder(Fault):
    """The order is read and forgotten: no answer, no order, no trace but in the log."""

    triggers: ClassVar[frozenset[str]] = frozenset({ORDER})
    times: int = given(Number(1, TIMES_MAX), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwallowCancel(Fault):
    """The cancel is read and forgotten: the order works on."""

    triggers: ClassVar[frozenset[str]] = frozenset({CANCEL})
    times: int = given(Number(1, TIMES_MAX), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectCancel(Fault):
    """The cancel is refused with a code: the order works on."""

    triggers: ClassVar[frozenset[str]] = frozenset({CANCEL})
    times: int = given(Number(1, TIMES_MAX), 1)
    code: int = given(Number(100, CODE_MAX), NOT_CANCELLABLE_CODE)
    text: str = given(WORDS, "Cancel attempted when order is not in a cancellable state.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectOrder(Fault):
    """The order is refused with a code, at once or after it was acknowledged."""

    triggers: ClassVar[frozenset[str]] = frozenset({ORDER})
    times: int = given(Number(1, TIMES_MAX), 1)
    code: int = given(Number(100, CODE_MAX), REJECTED_CODE)
    text: str = given(WORDS, "Order rejected - reason:refused by the scenario")
    moment: str = given(Word(("at_once", "after_ack")), "at_once")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinOrder(Fault):
    """The order becomes two, with a permanent id each, under one order id and one reference: both work, and both may fill."""

    triggers: ClassVar[frozenset[str]] = frozenset({ORDER})
    times: int = given(Number(1, TIMES_MAX), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart(Fault):
    """The gateway goes away and comes back: connections reset, port closed, client ids held by zombies, next ids kept or rolled back."""

    seconds: float = given(Number(0.1, HOUR_SECONDS, whole=False), 5.0)
    market_seconds: float = given(Number(0, WEEKEND_SECONDS, whole=False), 0.0)
    next_valid_id: str = given(Word(("kept", "rolled_back")), "kept")
    rolled_back_by: int = given(Number(1, TIMES_MAX), 10)
    zombie_seconds: float = given(Number(0, HOUR_SECONDS, whole=False), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginWait(Fault):
    """The gateway waits for its second factor: connections reset, new ones are accepted and greeted, and never told a next valid id."""

    seconds: float = given(Number(0.1, DAY_SECONDS, whole=False), 30.0)
    market_seconds: float = given(Number(0, WEEKEND_SECONDS, whole=False), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage(Fault):
    """1100, then 1101 or 1102: orders go on at the exchange, clients hear and reach nothing, and fills are told after it or never."""

    market_seconds: float = given(Number(1, WEEKEND_SECONDS, whole=False), 60.0)
    ends_with: int = given(Word((1101, 1102)), 1102)
    fills: str = given(Word(("after", "never")), "after")
    orders: str = given(Word(("held", "lost")), "held")


@dataclass(frozen=True, slots=True, kw_only=True)
class FarmsDown(Fault):
    """Market data and history farms are lost (2103, 2105): no quotes, no bars, no history; orders work."""

    market_seconds: float = given(Number(1, DAY_SECONDS, whole=False), 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Fault):
    """Connections are reset; what was about to be said is lost."""

    client: int | None = given(Number(0, CLIENT_MAX), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfOpen(Fault):
    """Connections stay open and silent, as when a cable is pulled; the zombie holds the client id."""

    client: int | None = given(Number(0, CLIENT_MAX), None)
    zombie_seconds: float = given(Number(0, HOUR_SECONDS, whole=False), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateCallbacks(Fault):
    """What is said of orders, executions and commissions is said again."""

    times: int = given(Number(1, TIMES_MAX), 10)
    copies: int = given(Number(1, COPIES_MAX), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCommission(Fault):
    """Commissions are reported late, or not at all unless asked for."""

    times: int = given(Number(1, TIMES_MAX), 1)
    market_seconds: float = given(Number(1, DAY_SECONDS, whole=False), 30.0)
    missing: bool = given(YesNo(), default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualOrder(Fault):
    """Another client buys or sells at market in the same account."""

    symbol: str = given(TICKER, REQUIRED)
    side: str = given(Word(("BUY", "SELL")), REQUIRED)
    quantity: int = given(Number(1, SHARES_MAX), REQUIRED)
    client: int = given(Number(0, CLIENT_MAX), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignOrder(Fault):
    """Another program's order in the same account, with a reference of its own: at market, or resting below (BUY) or above (SELL) the price."""

    symbol: str = given(TICKER, REQUIRED)
    side: str = given(Word(("BUY", "SELL")), REQUIRED)
    quantity: int = given(Number(1, SHARES_MAX), REQUIRED)
    client: int = given(Number(1, CLIENT_MAX), FOREIGN_CLIENT)
    order_type: str = given(Word(("MKT", "LMT")), "LMT")
    away_percent: float = given(Number(0, FAR_PERCENT_MAX, whole=False), 1.0)
    order_ref: str = given(WORDS, "another program")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectExecution(Fault):
    """The exchange corrects its newest execution, of one symbol or of all: it was at another price, or (`bust`) never was."""

    symbol: str | None = given(TICKER, None)
    price_off: float = given(Number(-PRICE_OFF_MAX, PRICE_OFF_MAX, whole=False), 0.05)
    bust: bool = given(YesNo(), default=False)


KINDS: Final[dict[str, type[Fault]]] = {
    "swallow_order": SwallowOrder,
    "swallow_cancel": SwallowCancel,
    "reject_cancel": RejectCancel,
    "reject_order": RejectOrder,
    "twin_order": TwinOrder,
    "restart": Restart,
    "login_wait": LoginWait,
    "outage": Outage,
    "farms_down": FarmsDown,
    "cut": Cut,
    "half_open": HalfOpen,
    "duplicate_callbacks": DuplicateCallbacks,
    "late_commission": LateCommission,
    "manual_order": ManualOrder,
    "foreign_order": ForeignOrder,
    "correct_execution": CorrectExecution,
    "drop_callbacks": DropCallbacks,
    "late_callbacks": LateCallbacks,
    "reorder_callbacks": ReorderCallbacks,
    "wrong_account": WrongAccount,
    "bad_quotes": BadQuotes,
    "quote_burst": QuoteBurst,
    "competing_session": CompetingSession,
    "clock_skew": ClockSkew,
    "notice": Notice,
    "split_frames": SplitFrames,
    "clog": Clog,
    "stop_reading": StopReading,
    "garbage": Garbage,
    "pacing": Pacing,
}
NAMES: Final[dict[type[Fault], str]] = {kind: name for name, kind in KINDS.items()}


def parameters_of(fault: Fault) -> dict[str, object]:
    """Its parameters by name."""
    return {parameter.name: getattr(fault, parameter.name) for parameter in fields(fault)}  # type: ignore[arg-type]  # every fault is a dataclass

"""What can go wrong on purpose: one class a fault, its parameters with their bounds, and what may set it off.

A fault is a value. It says what happens, never how: `faults` counts and watches the clocks until one is due, `trouble` does it to the gateway. To add
one, write its class here, enter it in `KINDS`, let `trouble` do it, and give it its line in docs/simulated_gateway.md, which a test compares with
this module.

Seconds of the market are simulated time, other seconds are process time (CLOCK_BOOTTIME): a connection, a log-on and a client's patience belong to
the machine, an outage and a late message to the day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, cast

TIMES_MAX: Final = 1000
DAY_SECONDS: Final = 86_400
WEEKEND_SECONDS: Final = 4 * DAY_SECONDS
HOUR_SECONDS: Final = 3_600
COPIES_MAX: Final = 5
CODE_MAX: Final = 99_999
TEXT_LENGTH_MAX: Final = 200
SHARES_MAX: Final = 1_000_000
CLIENT_MAX: Final = 2**31 - 1
REJECTED_CODE: Final = 201
NOT_CANCELLABLE_CODE: Final = 161

ORDER, CANCEL, FILL, MARKET_TIME, WALL_SECONDS = "order", "cancel", "fill", "market_time", "wall_seconds"
ANYTHING: Final = frozenset({ORDER, CANCEL, FILL, MARKET_TIME, WALL_SECONDS})


@dataclass(frozen=True, slots=True)
class Number:
    """A parameter's bounds, both included; `whole` takes no fractions."""

    least: float
    most: float
    whole: bool = True

    def takes(self, value: object) -> bool:
        """Whether it is acceptable."""
        fits = isinstance(value, int) if self.whole else isinstance(value, int | float)
        return fits and not isinstance(value, bool) and self.least <= cast("float", value) <= self.most

    def __str__(self) -> str:
        return f"{self.least:.15g} to {self.most:.15g}"


@dataclass(frozen=True, slots=True)
class Word:
    """A parameter that is one of a few words."""

    words: tuple[str | int, ...]

    def takes(self, value: object) -> bool:
        """Whether it is acceptable."""
        return any(value == word and type(value) is type(word) for word in self.words)

    def __str__(self) -> str:
        return " or ".join(map(str, self.words))


@dataclass(frozen=True, slots=True)
class Text:
    """A parameter that is text of a shape, in a person's words."""

    shape: re.Pattern[str]
    said: str

    def takes(self, value: object) -> bool:
        """Whether it is acceptable."""
        return isinstance(value, str) and self.shape.fullmatch(value) is not None

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True, slots=True)
class YesNo:
    """A parameter that is true or false."""

    def takes(self, value: object) -> bool:
        """Whether it is acceptable."""
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true or false"


Takes = Number | Word | Text | YesNo
REQUIRED: Final = object()
TICKER: Final = Text(re.compile(r"[A-Z][A-Z0-9.]{0,11}"), "an upper-case ticker")
WORDS: Final = Text(re.compile(rf"[ -~]{{1,{TEXT_LENGTH_MAX}}}"), f"1 to {TEXT_LENGTH_MAX} ASCII characters")


def given(takes: Takes, default: object) -> Any:  # noqa: ANN401 - stands for a value of the field's own type
    """A parameter of a fault: what it takes, and what it is where nothing is said (`REQUIRED`: it must be said)."""
    return field(metadata={"takes": takes}) if default is REQUIRED else field(default=default, metadata={"takes": takes})


class Fault:
    """Base of all faults; `triggers` may set it off, the first line of the docstring tells people what it does."""

    __slots__ = ()
    triggers: ClassVar[frozenset[str]] = ANYTHING


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


KINDS: Final[dict[str, type[Fault]]] = {
    "swallow_order": SwallowOrder,
    "swallow_cancel": SwallowCancel,
    "reject_cancel": RejectCancel,
    "reject_order": RejectOrder,
    "restart": Restart,
    "login_wait": LoginWait,
    "outage": Outage,
    "farms_down": FarmsDown,
    "cut": Cut,
    "half_open": HalfOpen,
    "duplicate_callbacks": DuplicateCallbacks,
    "late_commission": LateCommission,
    "manual_order": ManualOrder,
}
NAMES: Final[dict[type[Fault], str]] = {kind: name for name, kind in KINDS.items()}


def parameters_of(fault: Fault) -> dict[str, object]:
    """Its parameters by name."""
    return {parameter.name: getattr(fault, parameter.name) for parameter in fields(fault)}  # type: ignore[arg-type]  # every fault is a dataclass

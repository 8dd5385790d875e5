"""Faults of what is told: messages lost, late and out of order, an account that is wrong, quotes that cannot be, a clock that is off.

The gateway knows better in every case: the exchange's log has the orders and matches as they are, and its `out` lines the messages as they were sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.simulated_gateway.fault_parameters import (
    DAY_SECONDS,
    HOUR_SECONDS,
    REQUIRED,
    SEED_MAX,
    TICKER,
    TIMES_MAX,
    WORDS,
    Fault,
    Number,
    Word,
    given,
)

NOTICE_CODE_MIN: Final = 100
NOTICE_CODE_MAX: Final = 99_999
BURST_MAX: Final = 20_000
MESSAGES: Final[dict[str, frozenset[str]]] = {
    "orders": frozenset({"3", "5"}),
    "executions": frozenset({"11"}),
    "commissions": frozenset({"59"}),
    "errors": frozenset({"4"}),
    "positions": frozenset({"7", "61", "71"}),
    "account": frozenset({"6", "63", "73"}),
    "quotes": frozenset({"1", "2", "45", "46", "99"}),
    "bars": frozenset({"50", "90"}),
    "answers": frozenset({"17", "49", "52", "53", "54", "55", "57", "62", "64", "72", "74", "102"}),
}
"""Kinds of messages by the ids that begin them; `answers` are those that a request waits for."""
ANY: Final = "any"
_WHAT: Final = Word((*MESSAGES, ANY))


@dataclass(frozen=True, slots=True, kw_only=True)
class DropCallbacks(Fault):
    """Messages of a kind are never told, whether they come by themselves or were asked for."""

    times: int = given(Number(1, TIMES_MAX), 1)
    what: str = given(_WHAT, "orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCallbacks(Fault):
    """Messages of a kind are told late, each as it was when it was due."""

    times: int = given(Number(1, TIMES_MAX), 1)
    what: str = given(_WHAT, "orders")
    market_seconds: float = given(Number(1, HOUR_SECONDS, whole=False), 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorderCallbacks(Fault):
    """What one event says of orders, executions and commissions is told in an order drawn from a seed."""

    times: int = given(Number(1, TIMES_MAX), 10)
    seed: int = given(Number(0, SEED_MAX), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAccount(Fault):
    """Account values, position sizes, or both, are told wrong: as no number, nothing, unset, zero, with the other sign, or tenfold."""

    times: int = given(Number(1, TIMES_MAX), 1)
    what: str = given(Word(("account", "positions", "both")), "both")
    told: str = given(Word(("nan", "empty", "unset", "zero", "negative", "tenfold")), "nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadQuotes(Fault):
    """Quotes and trades are told wrong: none any more, bid above ask, at zero, as absent, as no number, or tenfold. Then what is true."""

    market_seconds: float = given(Number(1, DAY_SECONDS, whole=False), 30.0)
    symbol: str | None = given(TICKER, None)
    told: str = given(Word(("stale", "crossed", "zero", "absent", "nan", "tenfold")), "stale")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteBurst(Fault):
    """Bid sizes change many times a second, on the lines of one symbol or of all. Then what is true."""

    market_seconds: float = given(Number(1, HOUR_SECONDS, whole=False), 5.0)
    symbol: str | None = given(TICKER, None)
    per_second: int = given(Number(1, BURST_MAX), 2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetingSession(Fault):
    """Somebody else logs on with the same user: every market data line is told 10197 and is silent, or clients are cut off and none can connect."""

    market_seconds: float = given(Number(1, DAY_SECONDS, whole=False), 60.0)
    seconds: float = given(Number(0, HOUR_SECONDS, whole=False), 0.0)
    takes: str = given(Word(("data", "connection")), "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSkew(Fault):
    """The clock that clients ask for (currentTime) is off."""

    market_seconds: float = given(Number(1, DAY_SECONDS, whole=False), 60.0)
    off_seconds: int = given(Number(-DAY_SECONDS, DAY_SECONDS), REQUIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Fault):
    """Everybody is told an error that belongs to no request, such as 2108, 2157 or 1300."""

    code: int = given(Number(NOTICE_CODE_MIN, NOTICE_CODE_MAX), REQUIRED)
    text: str = given(WORDS, REQUIRED)

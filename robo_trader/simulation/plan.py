"""What a seed decides before its world begins: the workload, and which faults may strike how often.

Swarm: each seed enables 3 to 12 of the fault kinds and leaves the others out altogether, because faults hide each other. Rates are drawn too, so
that rare and frequent strikes of one kind both occur. Kinds have the names of the fault catalogue (F01 ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from robo_trader.desk.settings import Execution
from robo_trader.values import NS_PER_SECOND, Symbol

KINDS_MIN: Final = 3
KINDS_MAX: Final = 12
_AVERAGES_SHARE: Final = 0.15
_STYLES: Final = (Execution.MARKET, Execution.MARKET, Execution.MARKETABLE_LIMIT, Execution.LIMIT)
SYMBOLS: Final = (Symbol("SPY"), Symbol("IBM"), Symbol("AAPL"))

KINDS: Final[Mapping[str, str]] = {
    "F01": "a process is killed, at a crash point or anywhere",
    "F02": "a process stops and goes on later (SIGSTOP, SIGCONT)",
    "F05": "messages between gateway and desk are late",
    "F06": "the channel between gateway and desk breaks",
    "F09": "the broker repeats a message",
    "F10": "the broker's messages are late, or all of them stand still",
    "F11": "open order, status and execution come in another order",
    "F13": "the connection is reset, or dies without a word",
    "F14": "the broker's gateway restarts, with or without a roll-back of ids",
    "F15": "1100, fills meanwhile, and 1101 or 1102",
    "F16": "an order or a cancel is swallowed",
    "F17": "an order is rejected, at once or later",
    "F18": "a fill races a cancel, overtakes it or comes after it; executions are corrected",
    "F20": "people and other programs trade in the account",
    "F21": "a question is not answered, or answered late; a pushed position is wrong",
    "F22": "the client id is still in use; the broker cuts the connection for pacing",
    "F23": "no quotes, or quotes that cannot be",
    "F24": "the wall clock is stepped",
    "F25": "the disk is full",
    "F26": "a commit takes seconds",
    "F32": "a person halts, resumes, trades, restarts",
    "F35": "a second instance starts",
    "F36": "a strategy repeats itself, contradicts itself and speaks of old bars",
}
POINTS: Final[Mapping[str, str]] = {
    "K0": "the desk, before it reads a signal",
    "K1": "the desk, after it decided and before it commits",
    "K2": "the desk, in the commit of an intent",
    "K3": "the desk, after that commit and before the order is handed on",
    "K4": "the gateway, with half a frame on the wire",
    "K5": "the gateway, after the frame left and before any answer",
    "K6": "the desk, hearing an acknowledgement that it has not committed",
    "K7": "the desk, hearing a fill that it has not committed",
    "K8": "the desk or the gateway, with a cancel decided and not yet sent",
    "K9": "whoever halts, between the two copies of the halt; or the desk, before it put the halt on record",
    "K10": "whoever resumes, between the tombstone's copies; or the desk, before it put the resume on record",
    "K11": "the desk, while it publishes the journal's end",
    "K12": "the desk, in the commit that raises the order id",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One seed's decisions. `rates` are chances an opportunity by kind, `times` how often a timed kind strikes, `crashes` (point, nth passing).

    `bars` of `bar_ns` are the length of the troubled part, in market time; `stop_permille` is the stop distance in thousandths of the price;
    `execution` is how entries meet the market; `position_max` the most shares that the risk desk allows in a symbol: the book's size, or far more, so
    that nothing but the book's own size bounds it.
    """

    seed: int
    symbols: tuple[Symbol, ...]
    quantity: int
    stop_permille: int
    bars: int
    bar_ns: int
    stride: int
    baseline: int
    averages: bool
    execution: Execution
    rates: Mapping[str, float]
    times: Mapping[str, int]
    crashes: tuple[tuple[str, int], ...]
    position_max: int

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that may strike here."""
        return tuple(self.rates)

    @property
    def troubled_ns(self) -> int:
        """How long faults may begin."""
        return self.bars * self.bar_ns


def plan_of(seed: int) -> Plan:
    """Everything that follows from a seed alone."""
    chance = Random(f"{seed}:plan")  # noqa: S311 - a plan of trouble, not secrets
    kinds = sorted(chance.sample(tuple(KINDS), chance.randint(KINDS_MIN, KINDS_MAX)))
    symbols = SYMBOLS[: chance.choice((1, 2, 2, 3, 3))]
    bars = chance.randint(26, 36) * 3 // len(symbols)
    crashes = tuple(_crash(chance) for _ in range(chance.randint(1, 5))) if "F01" in kinds else ()
    if ("K12", 1) in crashes and len(kinds) < KINDS_MAX:
        kinds = sorted({*kinds, "F14"})  # ids are raised where a gateway comes back with higher ones
    quantity = chance.choice((10, 100, 100, 300))
    return Plan(
        seed=seed,
        symbols=symbols,
        quantity=quantity,
        stop_permille=chance.choice((2, 4, 8, 20)),
        bars=bars,
        bar_ns=chance.choice((4, 5, 6, 8)) * NS_PER_SECOND,
        stride=chance.choice((5, 12, 25)),
        baseline=chance.choice((0, 0, 0, 0, 0, 0, 250, -40)),
        averages=chance.random() < _AVERAGES_SHARE,
        rates={kind: chance.choice((0.01, 0.03, 0.08, 0.2)) for kind in kinds},
        times={kind: chance.randint(1, 5) for kind in kinds},
        crashes=crashes,
        execution=chance.choice(_STYLES),
        position_max=quantity * chance.choice((1, 4)),
    )


def _crash(chance: Random) -> tuple[str, int]:
    """A crash point and at which passing; ids are seldom raised, so there the first."""
    point = chance.choice((*POINTS, "K12", "K12"))
    return point, 1 if point == "K12" else chance.randint(1, 6)

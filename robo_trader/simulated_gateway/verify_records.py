"""Reading the exchange's log: lines into the few typed records that a verdict needs.

Most lines are frames to clients, and no verdict rests on those: they are told apart by a look at their first bytes and skipped. A line that was
torn by the gateway's death is tolerated where a death can tear one, at the end or before the next `start`; anywhere else the log is unreadable.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from robo_trader.errors import DataError

KIND_WITHIN_CHARACTERS: Final = 80
_OURS: Final = "rt:"


@dataclass(frozen=True, slots=True)
class Started:
    """The books at the opening of a gateway: dollars, signed shares by symbol, and its plan of commissions."""

    account: str
    cash: Decimal
    positions: dict[str, int]
    commissions: str = "fixed"


@dataclass(frozen=True, slots=True)
class FrameIn:
    """One frame of a client: `at` in process time, nanoseconds."""

    at: int
    conn: int
    client: int | None
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slowed:
    """A connection that leaves its pace to the gateway."""

    conn: int


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the exchange said of an order. `sign` is +1 for BUY, -1 for SELL; `group` is the OCA group, empty for none."""

    at: int
    clock: int
    perm_id: int
    client: int
    order_id: int
    ref: str
    symbol: str
    sign: int
    total: int
    remaining: int
    status: str
    order_type: str
    group: str
    group_type: int


@dataclass(frozen=True, slots=True)
class Match:
    """One execution: shares, dollars a share, the commission the exchange charged for it, and whether it gave liquidity."""

    clock: int
    exec_id: str
    perm_id: int
    ref: str
    symbol: str
    sign: int
    quantity: int
    price: Decimal
    commission: Decimal
    added: bool = False


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a match is said to have been after all: no shares, or another price; `of` is the id that counted before."""

    clock: int
    exec_id: str
    of: str
    quantity: int
    price: Decimal
    commission: Decimal


@dataclass(frozen=True, slots=True)
class ClockMove:
    """The simulated clock is about to move, nanoseconds."""

    since: int
    to: int


@dataclass(frozen=True, slots=True)
class Stall:
    """The gateway stood still for `ns` before process time `at`."""

    at: int
    ns: int


@dataclass(frozen=True, slots=True)
class SplitDone:
    """`new` shares for `old`; dollars `paid` for a fraction at `price` a new share; `shares` is what the gateway says it holds since."""

    clock: int
    symbol: str
    new: int
    old: int
    price: Decimal | None
    paid: Decimal
    shares: int


@dataclass(frozen=True, slots=True)
class Noted:
    """Whoever holds the symbol at this moment (`borrow`: is short) will be paid dollars a share."""

    name: str
    symbol: str
    borrow: bool
    per_share: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What the gateway paid for what was noted: its shares, and dollars."""

    name: str
    shares: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Befallen:
    """A scripted fault befell an order, or began or ended; `ref` and `symbol` are empty where it concerns no order."""

    clock: int
    fault: str
    ref: str
    symbol: str


Record = Befallen | Started | FrameIn | Slowed | OrderState | Match | Corrected | ClockMove | Stall | SplitDone | Noted | Paid


def is_ours(ref: str) -> bool:
    """Whether an order reference was written by this system."""
    return ref.startswith(_OURS)


def intent_of(ref: str) -> str:
    """The intent in one of our references: its last field."""
    return ref.rpartition(":")[2]


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of a log, in its order. Raises DataError, naming the line, for one that cannot be read where none can be torn."""
    torn: int | None = None
    for number, line in enumerate(lines, start=1):
        kind = _kind(line)
        if kind == "out" or not line.strip():
            continue
        if torn is not None and kind != "start":
            raise _unreadable(torn)
        said = _parsed(line)
        torn = number if said is None else None
        read = None if said is None else _READERS.get(said.get("k", ""))
        if said is not None and read is not None:
            yield _read(read, said, number)


def _kind(line: str) -> str:
    """The kind, from the first characters alone; empty where it is not where the log writes it."""
    before, mark, after = line[:KIND_WITHIN_CHARACTERS].partition('"k":"')
    return after.partition('"')[0] if mark and before else ""


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _read(read: Callable[[dict[str, Any]], Record], said: dict[str, Any], number: int) -> Record:
    try:
        return read(said)
    except (KeyError, TypeError, ValueError, InvalidOperation, AttributeError):
        raise _unreadable(number) from None


def _unreadable(number: int) -> DataError:
    return DataError(f"line {number} of the exchange log cannot be read", "verify an undamaged copy of the log")


def _started(said: dict[str, Any]) -> Started:
    positions = {symbol: int(shares) for symbol, shares in said.get("positions", {}).items()}
    return Started(said["account"], Decimal(said["cash"]), positions, said.get("commissions", "fixed"))


def _frame(said: dict[str, Any]) -> FrameIn:
    return FrameIn(int(said["t"]), int(said["conn"]), said["client"], tuple(said["f"]))


def _slowed(said: dict[str, Any]) -> Slowed:
    return Slowed(int(said["conn"]))


def _order(said: dict[str, Any]) -> OrderState:
    return OrderState(
        at=int(said["t"]),
        clock=int(said["c"]),
        perm_id=int(said["perm_id"]),
        client=int(said["client"]),
        order_id=int(said["order_id"]),
        ref=said["ref"],
        symbol=said["symbol"],
        sign=_sign(said["side"]),
        total=int(said["total"]),
        remaining=int(said["remaining"]),
        status=said["status"],
        order_type=said["type"],
        group=said["oca"] or "",
        group_type=int(said.get("oca_type", 0)),
    )


def _match(said: dict[str, Any]) -> Match:
    return Match(
        clock=int(said["c"]),
        exec_id=said["exec_id"],
        perm_id=int(said["perm_id"]),
        ref=said["ref"],
        symbol=said["symbol"],
        sign=_sign(said["side"]),
        quantity=int(said["qty"]),
        price=Decimal(said["price"]),
        commission=Decimal(said["commission"]),
        added=bool(said.get("added", False)),
    )


def _corrected(said: dict[str, Any]) -> Corrected:
    return Corrected(int(said["c"]), said["exec_id"], said["of"], int(said["qty"]), Decimal(said["price"]), Decimal(said["commission"]))


def _clock(said: dict[str, Any]) -> ClockMove:
    return ClockMove(int(said["c"]), int(said["to"]))


def _stall(said: dict[str, Any]) -> Stall:
    return Stall(int(said["t"]), int(said["ns"]))


def _split(said: dict[str, Any]) -> SplitDone:
    price = None if said["price"] is None else Decimal(said["price"])
    return SplitDone(int(said["c"]), said["symbol"], int(said["new"]), int(said["old"]), price, Decimal(said["paid"]), int(said["shares"]))


def _noted(said: dict[str, Any]) -> Noted:
    return Noted(said["name"], said["symbol"], bool(said["borrow"]), Decimal(said["per_share"]))


def _paid(said: dict[str, Any]) -> Paid:
    return Paid(said["name"], int(said["shares"]), Decimal(said["amount"]))


def _sign(side: str) -> int:
    return {"BUY": 1, "SELL": -1}[side]


_READERS: Final[dict[str, Callable[[dict[str, Any]], Record]]] = {
    "start": _started,
    "in": _frame,
    "slowed": _slowed,
    "order": _order,
    "match": _match,
    "corrected": _corrected,
    "clock": _clock,
    "stall": _stall,
    "split": _split,
    "noted": _noted,
    "paid": _paid,
    "fault": lambda said: Befallen(int(said["c"]), said["fault"], said.get("ref", ""), said.get("symbol", "")),
}

"""The verdict on a trading day, from the exchange's own log and from nothing else.

Everything is worked out anew from frames and matches, with code that shares nothing with the exchange, the account or the desk: two readings of one
day that agree are evidence only if they were made apart. `verify` reads lines and returns a `Report`; it opens nothing and knows no clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from robo_trader.simulated_gateway.verify_after import After, Watch, placed
from robo_trader.simulated_gateway.verify_exposure import Exposure, Seen
from robo_trader.simulated_gateway.verify_money import Money, rounded
from robo_trader.simulated_gateway.verify_orders import Orders
from robo_trader.simulated_gateway.verify_rate import Rate
from robo_trader.simulated_gateway.verify_records import (
    Befallen,
    ClockMove,
    Corrected,
    FrameIn,
    Match,
    Noted,
    OrderState,
    Paid,
    Record,
    Slowed,
    SplitDone,
    Stall,
    Started,
    intent_of,
    is_ours,
    records,
)

VIOLATIONS_TOLD_MAX: Final = 1000
_TWIN: Final = "twin_order"


@dataclass(frozen=True, slots=True)
class Extremes:
    """One symbol's extremes, in shares; seconds of simulated time. See `verify_exposure`."""

    largest_ours: int
    largest_all: int
    crossing: int
    crossing_since: int | None
    crossing_account: int
    uncovered: int
    uncovered_seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a log proves. Money is decimal text in dollars; `ours` means orders whose reference starts with `rt:`."""

    account: str
    clock_ns: int | None
    orders_per_intent: dict[str, int]
    orders: int
    orders_by_type: dict[str, int]
    fills: int
    fills_ours: int
    positions: dict[str, int]
    positions_ours: dict[str, int]
    cash: str
    commissions: str
    commissions_ours: str
    realised: str
    realised_by_symbol: dict[str, str]
    income: str
    rate_per_second_max: int
    symbols: dict[str, Extremes]
    after: After | None
    violations: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was violated."""
        return not self.violations

    @property
    def orders_per_intent_max(self) -> int:
        """The most orders that one intent became."""
        return max(self.orders_per_intent.values(), default=0)

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return asdict(self) | {"clean": self.clean, "orders_per_intent_max": self.orders_per_intent_max}


def verify(lines: Iterable[str], *, after_ns: int | None = None) -> Report:
    """Judge a log, line by line; `after_ns` (process time) asks what was sent after that instant. Raises DataError for an unreadable log."""
    day = _Day(after_ns)
    for record in records(lines):
        day.take(record)
    return day.report()


class _Day:
    """The fold over a log's records."""

    def __init__(self, after_ns: int | None) -> None:
        self._account = ""
        self._clock: int | None = None
        self._orders = Orders()
        self._money = Money(Decimal(0), {})
        self._exposure = Exposure(self._orders, {})
        self._rate = Rate()
        self._watch = None if after_ns is None else Watch(after_ns)
        self._frames_per_intent: defaultdict[str, int] = defaultdict(int)
        self._twins: defaultdict[str, int] = defaultdict(int)
        self._executions: dict[str, Match] = {}
        self._fills_ours = 0
        self._wrong: list[str] = []

    def take(self, record: Record) -> None:
        match record:
            case ClockMove():
                self._clock = record.to
                self._exposure.moving(record)
            case FrameIn():
                self._frame(record)
            case OrderState():
                self._orders.told(record)
                self._exposure.changed(record)
            case Match():
                self._match(record)
            case Corrected():
                self._corrected(record)
            case Stall():
                self._rate.stalled(record)
            case Slowed():
                self._rate.slowed(record)
            case Started():
                self._started(record)
            case Befallen(fault=fault, ref=ref) if fault == _TWIN and is_ours(ref):  # the exchange's doing, and nobody else's
                self._twins[intent_of(ref)] += 1
                self._exposure.doubled(record.symbol, ref, record.clock)
            case SplitDone() | Noted() | Paid():
                self._acted(record)

    def _acted(self, record: SplitDone | Noted | Paid) -> None:
        wrong = None
        match record:
            case SplitDone():
                wrong = self._money.split(record)
                self._exposure.split(record)
            case Noted():
                self._money.note(record)
            case Paid():
                wrong = self._money.pay(record)
        if wrong is not None:
            self._wrong.append(wrong)

    def _started(self, start: Started) -> None:
        if not self._account:
            self._account = start.account
            self._money = Money(start.cash, start.positions, start.commissions)
            self._exposure = Exposure(self._orders, start.positions)
            return
        held = {symbol: shares for symbol, shares in self._money.shares.items() if shares}
        if held != {symbol: shares for symbol, shares in start.positions.items() if shares}:
            self._wrong.append(f"restart: the gateway came back with {start.positions}, its matches say {held}")
        if abs(self._money.cash - Fraction(start.cash)) > Fraction(1, 10**8):
            self._wrong.append(f"restart: the gateway came back with cash {start.cash}, its matches say {rounded(self._money.cash)}")

    def _frame(self, frame: FrameIn) -> None:
        self._rate.take(frame)
        order = placed(frame)
        if order is None or not is_ours(order.ref):
            return
        self._frames_per_intent[intent_of(order.ref)] += 1
        if self._watch is not None:
            self._watch.take(frame, order, self._exposure.ours)

    def _match(self, match: Match) -> None:
        if match.exec_id in self._executions:
            self._wrong.append(f"execution {match.exec_id} was told twice")
            return
        self._executions[match.exec_id] = match
        self._fills_ours += is_ours(match.ref)
        if wrong := self._money.take(match):
            self._wrong.append(wrong)
        self._orders.matched(match)
        self._exposure.matched(match)
        self._exposure.changed(match)

    def _corrected(self, record: Corrected) -> None:
        old = self._executions.pop(record.of, None)
        if old is None:
            self._wrong.append(f"execution {record.exec_id} corrects {record.of}, which does not count")
            return
        new = replace(old, clock=record.clock, exec_id=record.exec_id, quantity=record.quantity, price=record.price, commission=record.commission)
        self._executions[record.exec_id] = new
        self._money, wrong = self._money.corrected(old, new)
        if wrong is not None:
            self._wrong.append(wrong)
        self._exposure.corrected(old, new)

    def _violations(self) -> tuple[str, ...]:
        twice = [f"intent {intent} became {count} orders" for intent, count in self._orders.per_intent().items() if count > 1 + self._twins[intent]]
        resent = [f"intent {intent} was sent {times} times" for intent, times in self._frames_per_intent.items() if times > 1]
        found = [*self._wrong, *twice, *resent, *self._orders.violations(), *self._exposure.violations(), *self._rate.violations()]
        if len(found) > VIOLATIONS_TOLD_MAX:
            found[VIOLATIONS_TOLD_MAX:] = [f"and {len(found) - VIOLATIONS_TOLD_MAX} more"]
        return tuple(found)

    def report(self) -> Report:
        self._exposure.end()
        ours = [order for order in self._orders.by_perm_id.values() if order.ours]
        by_type: defaultdict[str, int] = defaultdict(int)
        for order in ours:
            by_type[order.last.order_type] += 1
        money = self._money
        return Report(
            account=self._account,
            clock_ns=self._clock,
            orders_per_intent=self._orders.per_intent(),
            orders=len(ours),
            orders_by_type=dict(by_type),
            fills=len(self._executions),
            fills_ours=self._fills_ours,
            positions={symbol: shares for symbol, shares in sorted(self._exposure.account.items()) if shares},
            positions_ours={symbol: shares for symbol, shares in sorted(self._exposure.ours.items()) if shares},
            cash=rounded(money.cash),
            commissions=rounded(money.commissions),
            commissions_ours=rounded(money.commissions_ours),
            realised=rounded(sum(money.realised.values(), Fraction(0))),
            realised_by_symbol={symbol: rounded(amount) for symbol, amount in sorted(money.realised.items())},
            income=rounded(money.income),
            rate_per_second_max=max(self._rate.most.values(), default=0),
            symbols={symbol: _extremes(seen) for symbol, seen in sorted(self._exposure.seen.items())},
            after=None if self._watch is None else self._watch.report(frozenset(order.last.ref for order in ours if order.accepted)),
            violations=self._violations(),
        )


def _extremes(seen: Seen) -> Extremes:
    return Extremes(
        largest_ours=seen.largest_ours,
        largest_all=seen.largest_all,
        crossing=seen.crossing,
        crossing_since=seen.crossing_since,
        crossing_account=seen.crossing_account,
        uncovered=seen.uncovered,
        uncovered_seconds=seen.uncovered_seconds,
    )

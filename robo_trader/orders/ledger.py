"""The ledger: executions and their commissions, and from them positions, cash and profit, exact to the last digit.

The broker delivers in any order, repeats itself, and corrects itself, so nothing here depends on when a thing is heard. An execution is known by
its id without the last part; that part counts corrections, and the highest one replaces the others. A commission may come before its execution,
twice, or never: it counts once its execution is known, and until it comes it is taken as zero and listed as missing. Executions are put in order of
their time, and each symbol's figures are folded over them again from the first change on. The broker's times are whole seconds and its ids say
nothing about order, so within one instant executions stay as they arrived.

All figures are the account's: sub-books and external executions together, since that is what the broker's figures are about. Positions are also kept
per sub-book. What the account held before the first execution is not in the ledger.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Final

from robo_trader.orders.cost_basis import EXACT, AverageCost, FifoCost, Trade
from robo_trader.values import BookId, Instant, Money, Side, Symbol

_NOTHING: Final = Decimal(0)
_NO_TIME: Final = Instant(0)
_Order = tuple[Instant, int]


@dataclass(frozen=True, slots=True)
class _Execution:
    """The version of an execution that counts, with its commission (None until the report comes)."""

    exec_id: str
    book: BookId | None
    symbol: Symbol
    quantity: int  # signed
    price: Money
    at: Instant
    arrival: int  # how many executions were known before its first version came
    commission: Money | None

    @property
    def order(self) -> _Order:
        return self.at, self.arrival


@dataclass(frozen=True, slots=True)
class _Standing:
    """One symbol's figures after some of its executions."""

    average: AverageCost
    fifo: FifoCost
    cash: Money
    commissions: Money

    def after(self, execution: _Execution) -> _Standing:
        fee = execution.commission or _NOTHING
        if execution.quantity == 0:
            return self._charged(fee)
        trade = Trade(execution.quantity, execution.price, fee)
        return _Standing(self.average.after(trade), self.fifo.after(trade), self.cash + trade.cash, self.commissions + fee)

    def _charged(self, fee: Money) -> _Standing:
        """What was taken back moved no shares; a fee for it is a loss."""
        average = replace(self.average, realised=self.average.realised - fee)
        fifo = replace(self.fifo, realised=self.fifo.realised - fee)
        return _Standing(average, fifo, self.cash - fee, self.commissions + fee)


_START: Final = _Standing(AverageCost(), FifoCost(), _NOTHING, _NOTHING)


class _Track:
    """One symbol's executions in order, and the standing after each, folded only as far as needed."""

    def __init__(self) -> None:
        self._executions: list[_Execution] = []
        self._standings: list[_Standing] = [_START]  # [i]: after the first i executions

    def put(self, execution: _Execution) -> None:
        """Insert, or replace the one of the same id and time."""
        index = self._index(execution.order)
        end = index + 1 if index < len(self._executions) and self._executions[index].order == execution.order else index
        self._executions[index:end] = [execution]
        del self._standings[index + 1 :]

    def take_back(self, execution: _Execution) -> None:
        """Remove one that is here."""
        index = self._index(execution.order)
        del self._executions[index]
        del self._standings[index + 1 :]

    def standing(self) -> _Standing:
        """The figures after all executions."""
        with localcontext(EXACT):
            while len(self._standings) <= len(self._executions):
                self._standings.append(self._standings[-1].after(self._executions[len(self._standings) - 1]))
        return self._standings[-1]

    def _index(self, order: _Order) -> int:
        return bisect_left(self._executions, order, key=_order_of)


class Ledger:
    """Built by applying events, in any order and any number of times; read by the questions below. Signed shares and dollars."""

    def __init__(self) -> None:
        self._executions: dict[str, _Execution] = {}  # by root
        self._reports: dict[str, dict[str, Money]] = {}  # by root, then by whole id
        self._tracks: dict[Symbol, _Track] = {}
        self._positions: Counter[tuple[BookId | None, Symbol]] = Counter()

    def apply_fill(self, exec_id: str, book: BookId | None, symbol: Symbol, side: Side, quantity: int, price: Money, at: Instant = _NO_TIME) -> bool:
        """Count an execution of `book` (None: external); whether it changed anything.

        `quantity` in shares (zero: a correction that takes the execution back), `price` in dollars, `at` in market time. A repeat of an id, or a
        version older than the one that counts, changes nothing.
        """
        assert quantity >= 0, "the side carries the sign"
        assert price.is_finite(), f"{price} is not a price"
        root = execution_root(exec_id)
        known = self._executions.get(root)
        arrival = len(self._executions)
        if known is not None:
            arrival = known.arrival
            if _counting(exec_id) <= _counting(known.exec_id):
                return False
            self._tracks[known.symbol].take_back(known)
            self._positions[known.book, known.symbol] -= known.quantity
        execution = _Execution(exec_id, book, symbol, side.sign * quantity, price, at, arrival, self._reported(root))
        self._executions[root] = execution
        self._tracks.setdefault(symbol, _Track()).put(execution)
        self._positions[book, symbol] += execution.quantity
        return True

    def apply_commission(self, exec_id: str, commission: Money) -> bool:
        """Count the commission (dollars) of an execution, known or not yet; whether it changed anything.

        Should two reports for one id differ, the later one is the broker's last word.
        """
        assert commission.is_finite(), f"{commission} is not a commission"
        root = execution_root(exec_id)
        reports = self._reports.setdefault(root, {})
        if reports.get(exec_id) == commission:
            return False
        reports[exec_id] = commission
        execution = self._executions.get(root)
        if execution is not None:
            execution = replace(execution, commission=self._reported(root))
            self._executions[root] = execution
            self._tracks[execution.symbol].put(execution)
        return True

    def symbols(self) -> tuple[Symbol, ...]:
        """Every symbol that was ever traded, sorted."""
        return tuple(sorted(self._tracks))

    def position(self, symbol: Symbol) -> int:
        """Net of all executions: sub-books and external."""
        return self._standing(symbol).average.position

    def book_position(self, book: BookId) -> int:
        """Net of one sub-book's executions."""
        return self._positions[book, book.symbol]

    def external_position(self, symbol: Symbol) -> int:
        """Net of the executions that belong to no sub-book."""
        return self._positions[None, symbol]

    @property
    def cash_change(self) -> Money:
        """What all executions and their known commissions did to cash."""
        return self._total(lambda standing: standing.cash)

    @property
    def commissions(self) -> Money:
        """All commissions of known executions; positive is paid."""
        return self._total(lambda standing: standing.commissions)

    def commission_of(self, exec_id: str) -> Money | None:
        """The commission reported for this very id, None while there is none."""
        return self._reports.get(execution_root(exec_id), {}).get(exec_id)

    def missing_commissions(self) -> tuple[str, ...]:
        """Ids of executions without a commission report, sorted."""
        return tuple(sorted(e.exec_id for e in self._executions.values() if e.commission is None))

    def unclaimed_commissions(self) -> tuple[str, ...]:
        """Ids that were charged for and never executed as far as we know: executions that we may have missed, sorted."""
        return tuple(sorted(exec_id for root, reports in self._reports.items() if root not in self._executions for exec_id in reports))

    def realised_average(self, symbol: Symbol | None = None) -> Money:
        """Realised profit by average cost as the broker states it, of one symbol or of all.

        Closing q shares realises their proceeds less q times the average cost (opening commissions included) less the closing commission.
        """
        return self._total(lambda standing: standing.average.realised, symbol)

    @property
    def realised_fifo(self) -> Money:
        """Realised profit of all symbols, first in first out, commissions included in cost and proceeds: the tax view."""
        return self._total(lambda standing: standing.fifo.realised)

    def cost(self, symbol: Symbol) -> Money:
        """Signed cost of the position, commissions included: paid for a long one, minus what was received for a short one."""
        return self._standing(symbol).average.cost

    def average_cost(self, symbol: Symbol) -> Money:
        """Dollars per share of the position, commissions included, to 34 digits; zero while flat."""
        held = self._standing(symbol).average
        return EXACT.divide(held.cost, Decimal(held.position)) if held.position else _NOTHING

    def _reported(self, root: str) -> Money | None:
        """The report of the highest version."""
        reports = self._reports.get(root)
        return reports[max(reports, key=_counting)] if reports else None

    def _standing(self, symbol: Symbol) -> _Standing:
        track = self._tracks.get(symbol)
        return track.standing() if track else _START

    def _total(self, figure: Callable[[_Standing], Money], symbol: Symbol | None = None) -> Money:
        symbols: Iterable[Symbol] = self._tracks if symbol is None else (symbol,)
        with localcontext(EXACT):
            return sum((figure(self._standing(each)) for each in symbols), _NOTHING)


def execution_root(exec_id: str) -> str:
    """An execution's id without its last part, which only counts corrections (`.01`, then `.02`)."""
    return exec_id.rpartition(".")[0] or exec_id


def _counting(exec_id: str) -> tuple[tuple[int, str], ...]:
    """Sorts ids as one counts, part by part: 9 before 10."""
    return tuple((len(part), part) for part in exec_id.split("."))


def _order_of(execution: _Execution) -> _Order:
    return execution.order

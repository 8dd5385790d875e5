"""One symbol's entries in order of their time, and the figures that follow from them.

An entry is an execution, a stock split, or cash that was paid for holding the shares. Each says what the figures are after it; nothing is kept that
another order of arrival would have made different. Folding goes only as far as somebody asks, and again from the first entry that changed; only the
newest figures are kept for that, so what changes far back is folded from the beginning.

A split reaches everybody who holds the symbol: each sub-book, and what is external. Whole shares go to each in proportion; where proportions are not
whole, the largest remainders get one more, so that the parts add up to the position.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from typing import Final, TypeVar

from robo_trader.orders.cost_basis import EXACT, AverageCost, FifoCost, Split, Trade
from robo_trader.values import BookId, Instant, Money, Symbol

_NOTHING: Final = Decimal(0)
Order = tuple[Instant, int]
"""When an entry happened, and how many entries were known before it first came."""


@dataclass(frozen=True, slots=True)
class Execution:
    """The version of an execution that counts, with its commission (None until the report comes)."""

    exec_id: str
    book: BookId | None
    symbol: Symbol
    quantity: int  # signed
    price: Money
    order: Order
    commission: Money | None


@dataclass(frozen=True, slots=True)
class SplitEntry:
    """A split of the symbol."""

    split: Split
    order: Order


@dataclass(frozen=True, slots=True)
class CashEntry:
    """Dollars received (negative: paid) for holding the shares: a dividend, or the fee for shares borrowed."""

    amount: Money
    order: Order


Entry = Execution | SplitEntry | CashEntry


@dataclass(frozen=True, slots=True)
class Standing:
    """A symbol's figures after some of its entries. `income` is the cash of `CashEntry`s; cash + cost of the position = realised + income."""

    average: AverageCost = field(default_factory=AverageCost)
    fifo: FifoCost = field(default_factory=FifoCost)
    cash: Money = _NOTHING
    commissions: Money = _NOTHING
    income: Money = _NOTHING
    holders: Mapping[BookId | None, int] = field(default_factory=dict)

    def after(self, entry: Entry) -> Standing:
        """The figures once `entry` happened."""
        match entry:
            case Execution():
                return self._after_execution(entry)
            case SplitEntry(split=split):
                return replace(
                    self,
                    average=self.average.after_split(split),
                    fifo=self.fifo.after_split(split),
                    cash=self.cash + split.in_lieu,
                    holders=shared_out(self.holders, split),
                )
            case CashEntry(amount=amount):
                return replace(self, cash=self.cash + amount, income=self.income + amount)

    def _after_execution(self, execution: Execution) -> Standing:
        fee = execution.commission or _NOTHING
        if execution.quantity == 0:
            return self._charged(fee)
        trade = Trade(execution.quantity, execution.price, fee)
        return replace(
            self,
            average=self.average.after(trade),
            fifo=self.fifo.after(trade),
            cash=self.cash + trade.cash,
            commissions=self.commissions + fee,
            holders={**self.holders, execution.book: self.holders.get(execution.book, 0) + execution.quantity},
        )

    def _charged(self, fee: Money) -> Standing:
        """What was taken back moved no shares; a fee for it is a loss."""
        average = replace(self.average, realised=self.average.realised - fee)
        fifo = replace(self.fifo, realised=self.fifo.realised - fee)
        return replace(self, average=average, fifo=fifo, cash=self.cash - fee, commissions=self.commissions + fee)


START: Final = Standing()
STANDINGS_KEPT_MIN: Final = 1024
"""How many entries back a change is cheap: the broker's corrections and late commissions are among the newest."""


class Track:
    """One symbol's entries in order, and the standings after the newest of them, folded only as far as needed."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._standings: list[Standing] = [START]  # [i]: after the first `_dropped` + i entries
        self._dropped = 0

    def put(self, entry: Entry) -> None:
        """Insert, or replace the one of the same place."""
        index = self._index(entry.order)
        end = index + 1 if index < len(self._entries) and self._entries[index].order == entry.order else index
        self._entries[index:end] = [entry]
        self._forget_after(index)

    def take_back(self, entry: Entry) -> None:
        """Remove one that is here."""
        index = self._index(entry.order)
        del self._entries[index]
        self._forget_after(index)

    def standing(self) -> Standing:
        """The figures after all entries."""
        return self._after_first(len(self._entries))

    def standing_before(self, at: Instant) -> Standing:
        """The figures after all entries that happened before an instant."""
        return self._after_first(self._index((at, -1)))

    def _after_first(self, count: int) -> Standing:
        if count == self._dropped + len(self._standings) - 1:  # nothing happened since: asked for at every turn
            return self._standings[-1]
        if count < self._dropped:
            self._start_again()
        with localcontext(EXACT):
            while (folded := self._dropped + len(self._standings) - 1) < count:
                self._standings.append(self._standings[-1].after(self._entries[folded]))
                if len(self._standings) >= 2 * STANDINGS_KEPT_MIN:
                    self._dropped += len(self._standings) - STANDINGS_KEPT_MIN
                    del self._standings[:-STANDINGS_KEPT_MIN]
        return self._standings[count - self._dropped]

    def _forget_after(self, count: int) -> None:
        if count < self._dropped:
            self._start_again()
        del self._standings[count - self._dropped + 1 :]

    def _start_again(self) -> None:
        self._standings, self._dropped = [START], 0

    def _index(self, order: Order) -> int:
        return bisect_left(self._entries, order, key=_order_of)


Holder = TypeVar("Holder")


def shared_out(holders: Mapping[Holder, int], split: Split) -> dict[Holder, int]:
    """What each holder has after a split, in whole shares that add up to what the sum of them becomes."""
    exact = {holder: Decimal(shares * split.new) / split.old for holder, shares in holders.items()}
    whole = {holder: int(shares.to_integral_value(rounding="ROUND_FLOOR")) for holder, shares in exact.items()}
    missing = split.whole(sum(holders.values())) - sum(whole.values())
    by_remainder = sorted(exact, key=lambda holder: (whole[holder] - exact[holder], str(holder)))
    for holder in by_remainder[:missing]:
        whole[holder] += 1
    return whole


def _order_of(entry: Entry) -> Order:
    return entry.order

"""The ledger: executions and their commissions, and from them positions, cash and profit, exact to the last digit.

The broker delivers in any order, repeats itself, and corrects itself, so nothing here depends on when a thing is heard. An execution is known by
its id without the last part; that part counts corrections, and the highest one replaces the others. A commission may come before its execution,
twice, or never: it counts once its execution is known, and until it comes it is taken as zero and listed as missing. Executions are put in order of
their time, and each symbol's figures are folded over them again from the first change on. The broker's times are whole seconds and its ids say
nothing about order, so within one instant executions stay as they arrived.

What happens to shares while they are held stands among the executions, at its time: a split changes how many there are and not what they cost; a
dividend or a borrow fee is cash (`income`) and never part of the profit that closing a position realises, as the broker states it. Cash is explained
to the last digit after every event: cash + cost of what is held = realised + income. One currency is kept; what was traded in another is refused.

All figures are the account's: sub-books and external executions together, since that is what the broker's figures are about. Positions are also kept
per sub-book. What the account held before the first execution is not in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Final

from robo_trader.errors import DataError
from robo_trader.orders.cost_basis import EXACT, Split
from robo_trader.orders.track import START, CashEntry, Execution, SplitEntry, Standing, Track
from robo_trader.values import BookId, Instant, Money, Side, Symbol

_NOTHING: Final = Decimal(0)
_NO_TIME: Final = Instant(0)
CURRENCY: Final = "USD"
"""The one currency of the books."""


class Ledger:
    """Built by applying events, in any order and any number of times; read by the questions below. Signed shares and dollars."""

    def __init__(self) -> None:
        self._executions: dict[str, Execution] = {}  # by root
        self._reports: dict[str, dict[str, Money]] = {}  # by root, then by whole id
        self._tracks: dict[Symbol, Track] = {}
        self._actions: set[str] = set()

    def apply_fill(self, exec_id: str, book: BookId | None, symbol: Symbol, side: Side, quantity: int, price: Money, at: Instant = _NO_TIME) -> bool:
        """Count an execution of `book` (None: external); whether it changed anything.

        `quantity` in shares (zero: a correction that takes the execution back), `price` in dollars, `at` in market time. A repeat of an id, or a
        version older than the one that counts, changes nothing. `DataError` names the currency of a symbol that is not kept in dollars.
        """
        refuse_other_currencies(exec_id, symbol)
        assert quantity >= 0, "the side carries the sign"
        assert price.is_finite(), f"{price} is not a price"
        root = execution_root(exec_id)
        known = self._executions.get(root)
        arrival = len(self._executions) + len(self._actions)
        if known is not None:
            arrival = known.order[1]
            if _counting(exec_id) <= _counting(known.exec_id):
                return False
            self._tracks[known.symbol].take_back(known)
        execution = Execution(exec_id, book, symbol, side.sign * quantity, price, (at, arrival), self._reported(root))
        self._executions[root] = execution
        self._tracks.setdefault(symbol, Track()).put(execution)
        return True

    def apply_split(self, action: str, symbol: Symbol, new: int, old: int, at: Instant, in_lieu: Money | None = None) -> bool:
        """Count a split: `new` shares for `old` ones held at `at`; whether it changed anything. A repeat of the name `action` changes nothing.

        `in_lieu`: dollars that the broker paid for a fraction of a share. `DataError` where there is a fraction and nobody said.
        """
        assert new > 0, "a split leaves shares"
        assert old > 0, "a split is of shares"
        split = Split(new, old, in_lieu or _NOTHING)
        left_over = split.fraction(self.position_before(symbol, at))
        if left_over and in_lieu is None:
            text = f"the {new}:{old} split of {symbol} leaves {left_over}/{old} of a share"
            raise DataError(text, "state the cash that the broker paid in lieu of it")
        return self._apply_action(action, symbol, lambda arrival: SplitEntry(split, (at, arrival)))

    def apply_cash(self, action: str, symbol: Symbol, amount: Money, at: Instant) -> bool:
        """Count cash for shares held: a dividend received (negative: paid by a short position), or a fee for shares borrowed (negative).

        `amount` in dollars, `at` in market time; whether it changed anything. A repeat of the name `action` changes nothing.
        """
        assert amount.is_finite(), f"{amount} is not an amount"
        refuse_other_currencies(action, symbol)
        return self._apply_action(action, symbol, lambda arrival: CashEntry(amount, (at, arrival)))

    def _apply_action(self, action: str, symbol: Symbol, entry: Callable[[int], SplitEntry | CashEntry]) -> bool:
        if action in self._actions:
            return False
        self._tracks.setdefault(symbol, Track()).put(entry(len(self._executions) + len(self._actions)))
        self._actions.add(action)
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
        """Net of all executions and splits: sub-books and external."""
        return self._standing(symbol).average.position

    def book_position(self, book: BookId) -> int:
        """Net of one sub-book's executions and splits."""
        return self._standing(book.symbol).holders.get(book, 0)

    def external_position(self, symbol: Symbol) -> int:
        """Net of the executions that belong to no sub-book, and of their splits."""
        return self._standing(symbol).holders.get(None, 0)

    def position_before(self, symbol: Symbol, at: Instant) -> int:
        """Net of everything that happened before an instant: what a dividend of that instant is paid for."""
        track = self._tracks.get(symbol)
        return track.standing_before(at).average.position if track else 0

    @property
    def cash_change(self) -> Money:
        """What all executions, their known commissions, cash in lieu and income did to cash."""
        return self._total(lambda standing: standing.cash)

    @property
    def income(self) -> Money:
        """Dividends received less dividends and borrow fees paid."""
        return self._total(lambda standing: standing.income)

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

    def _standing(self, symbol: Symbol) -> Standing:
        track = self._tracks.get(symbol)
        return track.standing() if track else START

    def _total(self, figure: Callable[[Standing], Money], symbol: Symbol | None = None) -> Money:
        symbols: Iterable[Symbol] = self._tracks if symbol is None else (symbol,)
        with localcontext(EXACT):
            return sum((figure(self._standing(each)) for each in symbols), _NOTHING)


def currency_of(symbol: Symbol) -> str:
    """The currency of a symbol: dollars, unless it is written as the edge writes what it does not trade (`SAP:STK:EUR:14121`)."""
    parts = symbol.split(":")
    return parts[2] if len(parts) > 2 else CURRENCY  # noqa: PLR2004  # the third part is the currency


def refuse_other_currencies(name: str, symbol: Symbol) -> None:
    """`DataError` for what was not traded in dollars; `name` is the execution or action."""
    currency = currency_of(symbol)
    if currency != CURRENCY:
        raise DataError(f"{name} of {symbol} is in {currency}, and the books are kept in {CURRENCY} only", f"trade {currency} in another account")


def execution_root(exec_id: str) -> str:
    """An execution's id without its last part, which only counts corrections (`.01`, then `.02`)."""
    return exec_id.rpartition(".")[0] or exec_id


def _counting(exec_id: str) -> tuple[tuple[int, str], ...]:
    """Sorts ids as one counts, part by part: 9 before 10."""
    return tuple((len(part), part) for part in exec_id.split("."))

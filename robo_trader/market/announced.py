"""What is announced to happen to shares while they are held: splits, dividends, fees for shares borrowed.

A broker's interface says nothing of these in advance: positions change over night, resting orders vanish, cash moves. Whoever is to tell that from an
error must have been told before. So a person, or a data service, writes a file, a line for each action:

    date,symbol,kind,terms,pay_date
    2025-11-04,SPY,split,2:1,                two new shares for an old one
    2025-11-05,IBM,split,1:10@48.20,         a reverse split, with 48.20 dollars a new share paid in lieu of a fraction
    2025-11-05,BAC,dividend,0.28,2025-11-07  dollars a share, to whoever held it before `date`; paid on `pay_date` (empty: on `date`)
    2025-11-06,AIG,borrow,0.0125,            dollars a share that was held short over the night before `date`

`date` is the first day on which the shares trade without the right (the ex-date), in New York, and a trading day like `pay_date`. An action stands at
the midnight with which its date begins: before it the old footing holds, from it on the new one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from robo_trader.errors import DataError
from robo_trader.market.calendar import Session
from robo_trader.market.corporate_actions import day_of
from robo_trader.values import NS_PER_MINUTE, Instant, Money, Symbol

HEADER: Final = "date,symbol,kind,terms,pay_date"
FROM_MIDNIGHT_TO_OPEN_NS: Final = 570 * NS_PER_MINUTE
"""Sessions open at 09:30; no clock is changed between midnight and then on a trading day."""
_FIELDS: Final = 5
_CENT: Final = Decimal("0.01")
_SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9.]{0,11}")
_TERMS: Final = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})(?:@([0-9.]+))?")


class CashKind(StrEnum):
    """Why cash moves."""

    DIVIDEND = "dividend"
    BORROW = "borrow"


@dataclass(frozen=True, slots=True)
class SplitAnnounced:
    """`new` shares for `old` ones from `at` on; the day's trading begins at `open`. `in_lieu_price` is dollars a new share, None if not said."""

    name: str
    symbol: Symbol
    at: Instant
    open: Instant
    new: int
    old: int
    in_lieu_price: Money | None

    def after(self, shares: int) -> int:
        """Signed whole shares that a position becomes."""
        whole = abs(shares) * self.new // self.old
        return whole if shares >= 0 else -whole

    def in_lieu(self, shares: int) -> Money | None:
        """Cash received (negative: paid) for the fraction that a position leaves, to the cent; None where there is one and no price was said."""
        left_over = shares * self.new - self.after(shares) * self.old
        if left_over == 0:
            return Decimal(0)
        return None if self.in_lieu_price is None else to_cents(self.in_lieu_price * left_over / self.old)


@dataclass(frozen=True, slots=True)
class CashAnnounced:
    """`per_share` dollars for each share held (borrow: for each one short, and to be paid) at `at`; the cash moves at `paid_at`."""

    name: str
    symbol: Symbol
    at: Instant
    kind: CashKind
    per_share: Money
    paid_at: Instant

    def amount(self, shares: int) -> Money:
        """Cash received (negative: paid) by a signed position, to the cent."""
        return to_cents(self.per_share * (shares if self.kind is CashKind.DIVIDEND else min(shares, 0)))


Announced = SplitAnnounced | CashAnnounced


def to_cents(amount: Money) -> Money:
    """As a broker pays: to the cent, half a cent away from zero."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def read_announced(text: str, name: str, sessions: Sequence[Session]) -> tuple[Announced, ...]:
    """The actions of a file, in order of time; `DataError` names the file, the line and the field."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != HEADER:
        raise DataError(f"{name} does not begin with `{HEADER}`", "write announced actions in that format")
    opens = {day_of(session.open): session.open for session in sessions}
    read = [_Line(name, number, line).read(opens) for number, line in enumerate(lines[1:], start=2) if line.strip()]
    seen = {action.name for action in read}
    if len(seen) < len(read):
        raise DataError(f"{name} names an action twice", "write each symbol's kind once a date")
    return tuple(sorted(read, key=lambda action: (action.at, action.name)))


class _Line:
    """One line under reading, so that whatever is wrong with it can be named."""

    def __init__(self, name: str, number: int, text: str) -> None:
        self._where = f"line {number} of {name}"
        self._parts = [part.strip() for part in text.split(",")]

    def read(self, opens: Mapping[int, Instant]) -> Announced:
        if len(self._parts) != _FIELDS:
            raise DataError(f"{self._where} has {len(self._parts)} fields", f"write `{HEADER}`, with an empty pay_date where there is none")
        date, symbol, kind, terms, pay_date = self._parts
        if not _SYMBOL.fullmatch(symbol):
            raise self._wrong("symbol", symbol, "an upper-case ticker")
        opened = self._day("date", date, opens)
        at, name = Instant(opened - FROM_MIDNIGHT_TO_OPEN_NS), f"{symbol} {kind} {date}"
        if kind == "split":
            new, old, price = self._split(terms)
            return SplitAnnounced(name, Symbol(symbol), at, opened, new, old, price)
        if kind not in set(CashKind):
            raise self._wrong("kind", kind, "split, dividend or borrow")
        paid_at = Instant(self._day("pay_date", pay_date, opens) - FROM_MIDNIGHT_TO_OPEN_NS) if pay_date else at
        if paid_at < at:
            raise self._wrong("pay_date", pay_date, "a day that is not before the date")
        return CashAnnounced(name, Symbol(symbol), at, CashKind(kind), self._dollars(terms), paid_at)

    def _day(self, field: str, text: str, opens: Mapping[int, Instant]) -> Instant:
        digits = text.replace("-", "")
        opened = opens.get(int(digits)) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
        if opened is None:
            raise self._wrong(field, text, "a trading day within a year of today as YYYY-MM-DD")
        return opened

    def _split(self, terms: str) -> tuple[int, int, Money | None]:
        found = _TERMS.fullmatch(terms)
        if found is None or found[1] == found[2]:
            raise self._wrong("terms", terms, "new:old shares such as 2:1, for cash in lieu 1:10@48.20")
        return int(found[1]), int(found[2]), self._dollars(found[3]) if found[3] else None

    def _dollars(self, text: str) -> Money:
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not (amount.is_finite() and amount > 0):
            raise self._wrong("terms", text, "an amount of dollars above 0")
        return amount

    def _wrong(self, field: str, given: str, remedy: str) -> DataError:
        return DataError(f"{self._where}: {field} is {given!r}", f"give {remedy}")

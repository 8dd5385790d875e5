"""Corporate actions as this gateway carries them out, read from a file of announced ones; written apart from the trader's reading, on purpose.

    date,symbol,kind,terms,pay_date
    2025-11-04,SPY,split,2:1,
    2025-11-05,IBM,split,1:10@48.20,           48.20 dollars a new share for a fraction of one
    2025-11-05,BAC,dividend,0.28,2025-11-07    to whoever held BAC before 5 November, paid on the 7th
    2025-11-06,AIG,borrow,0.0125,              to be paid for each share short over the night before 6 November

What a broker does at the midnight with which the date begins in New York: a split changes positions and pays for fractions, and cancels every order
that rests in the symbol, because its price and quantity mean something else from now on; a dividend notes who held what, and pays it on its pay date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - `date` is a field
from datetime import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.hours import new_york
from robo_trader.values import Instant, Symbol

COLUMNS: Final = "date,symbol,kind,terms,pay_date"
_SPLIT: Final = re.compile(r"(\d+):(\d+)(?:@(\d+(?:\.\d+)?))?")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_MIDNIGHT: Final = time(0, 0)


@dataclass(frozen=True, slots=True)
class Split:
    """`new` shares for `old`; dollars a new share for fractions, None where the file does not say."""

    symbol: Symbol
    date: Date
    new: int
    old: int
    in_lieu: Decimal | None

    @property
    def name(self) -> str:
        """What a complaint calls it."""
        return f"{self.symbol} split {self.date}"

    @property
    def at(self) -> Instant:
        """The midnight with which its date begins."""
        return new_york(self.date, _MIDNIGHT)


@dataclass(frozen=True, slots=True)
class Payment:
    """Dollars a share, for each held (a dividend) or, if `borrow`, for each short and to be paid."""

    symbol: Symbol
    date: Date
    borrow: bool
    per_share: Decimal
    pay_date: Date

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"{self.symbol} {'borrow' if self.borrow else 'dividend'} {self.date}"

    @property
    def at(self) -> Instant:
        """The midnight that decides who has it."""
        return new_york(self.date, _MIDNIGHT)

    @property
    def paid_at(self) -> Instant:
        """The midnight at which the cash moves."""
        return new_york(self.pay_date, _MIDNIGHT)

    def shares(self, position: int) -> int:
        """Of a signed position, the shares that count."""
        return min(position, 0) if self.borrow else position


Action = Split | Payment


def read_actions(path: Path) -> tuple[Action, ...]:
    """The actions of a file. Raises ConfigurationError that names the file and line, and the remedy."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as broken:
        cause = broken.strerror if isinstance(broken, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(f"--corporate-actions {path} cannot be read ({cause})", "name a readable file") from None
    return parse(lines)


def parse(lines: list[str]) -> tuple[Action, ...]:
    """The actions of these lines, the columns' names first. Raises ConfigurationError."""
    if not lines or lines[0].strip() != COLUMNS:
        raise ConfigurationError("--corporate-actions does not name its columns", f"begin it with {COLUMNS}")
    actions: dict[str, Action] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        action = _action(number, line)
        if action.name in actions:  # what is noted is remembered by name, and a market has one footing a day
            raise ConfigurationError(f"line {number} of --corporate-actions is a second {action.name}", "write both as one line")
        actions[action.name] = action
    return tuple(actions.values())


def _action(number: int, line: str) -> Action:
    try:
        date, symbol, kind, terms, pay_date = (part.strip() for part in line.split(","))
        day = Date.fromisoformat(date)
        if kind == "split" and (split := _SPLIT.fullmatch(terms)):
            new, old, price = split.groups()
            if 0 < int(new) != int(old) > 0:
                return Split(Symbol(symbol), day, int(new), int(old), None if price is None else Decimal(price))
        if kind in {"dividend", "borrow"} and _NUMBER.fullmatch(terms):
            return Payment(Symbol(symbol), day, kind == "borrow", Decimal(terms), Date.fromisoformat(pay_date) if pay_date else day)
    except (ValueError, InvalidOperation):
        pass
    raise ConfigurationError(f"line {number} of --corporate-actions is {line[:80]!r}", f"write {COLUMNS}, for example 2025-11-04,SPY,split,2:1,")

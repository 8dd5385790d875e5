"""The instrument master: what the gateway knows of each stock and ETF, read from a file, and more of them from a file of the user's.

    symbol,con_id,type,exchange,primary_exchange,currency,min_tick,market_rule,name,isin
    SPY,756733,ETF,SMART US,ARCA,USD,0.01,26,SPDR S&P 500 ETF TRUST,US78462F1030

`type` is STK or ETF; `exchange` is SMART, and others beside it, separated by spaces, if orders may be routed there by name; `US` stands for the usual
ones. The last column may be left out, and be empty. A row of the user's replaces ours of the same symbol. Prices of markets are whole cents, so a
cent must be a whole number of ticks. Every row is checked before anything starts: an error names the line, the field and the remedy. All ids of ours
are the broker's, as published.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Final

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.instrument import US_VENUES, Contract
from robo_trader.values import Symbol

COLUMNS: Final = ("symbol", "con_id", "type", "exchange", "primary_exchange", "currency", "min_tick", "market_rule", "name")
WITH_ISIN: Final = (*COLUMNS, "isin")
STOCK_TYPES: Final = {"STK": "COMMON", "ETF": "ETF"}
INSTRUMENTS_MAX: Final = 20_000
_OURS: Final = Path(__file__).with_name("instruments.csv")
_CENT: Final = Decimal("0.01")
_SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9.]{0,11}")
_EXCHANGE: Final = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_USUAL: Final = "US"
_WHOLE: Final = re.compile(r"[0-9]{1,10}")
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_INT_MAX: Final = 2**31 - 1
_NAME_LENGTH_MAX: Final = 100


def _is_id(text: str) -> bool:
    return _WHOLE.fullmatch(text) is not None and 0 < int(text) <= _INT_MAX


def _is_tick(text: str) -> bool:
    try:
        tick = Decimal(text)
    except InvalidOperation:
        return False
    return tick.is_finite() and tick > 0 and _CENT % tick == 0


def _are_exchanges(text: str) -> bool:
    named = text.split()
    return "SMART" in named and len(set(named)) == len(named) and all(_EXCHANGE.fullmatch(name) for name in named)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _NAME_LENGTH_MAX and text.isprintable()


def _is_isin(text: str) -> bool:
    """Whether it is empty, or one whose check digit is right: letters count from 10 on, and every second digit from the right twice."""
    if not text:
        return True
    if not _ISIN.fullmatch(text):
        return False
    digits = "".join(str(int(character, 36)) for character in text)
    return sum(int(digit) for at, digit in enumerate(reversed(digits)) for digit in str(int(digit) * (1 + at % 2))) % 10 == 0


_CHECKS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "symbol": (_SYMBOL.fullmatch, "an upper-case ticker such as SPY"),
    "con_id": (_is_id, f"a whole number from 1 to {_INT_MAX}"),
    "type": (STOCK_TYPES.__contains__, " or ".join(STOCK_TYPES)),
    "exchange": (_are_exchanges, f"SMART, and if need be others after it, separated by spaces, or {_USUAL} for the usual ones"),
    "primary_exchange": (_EXCHANGE.fullmatch, "an exchange such as NYSE, NASDAQ or ARCA"),
    "currency": ("USD".__eq__, "USD: the account is kept in dollars"),
    "min_tick": (_is_tick, "dollars of which a cent is a whole number, such as 0.01 or 0.0001"),
    "market_rule": (_is_id, "the number of a market rule, such as 26"),
    "name": (_is_name, f"1 to {_NAME_LENGTH_MAX} characters"),
    "isin": (_is_isin, "an ISIN with the right check digit, or nothing"),
}


def read_instruments(path: Path) -> tuple[Contract, ...]:
    """The instruments of a file, in its order. Raises ConfigurationError, naming line, field and remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        raise ConfigurationError(f"the instruments {path} cannot be read: {broken}", "name a CSV file of instruments, in UTF-8") from None
    return parse_instruments(text.splitlines(), str(path))


@cache
def known_instruments() -> tuple[Contract, ...]:
    """The instruments that every gateway knows."""
    return read_instruments(_OURS)


def parse_instruments(lines: Iterable[str], named: str) -> tuple[Contract, ...]:
    """The instruments of these lines; see `read_instruments`."""
    rows = csv.reader(lines, strict=True)
    try:
        columns = tuple(next(rows, ()))
        if columns not in (COLUMNS, WITH_ISIN):
            raise _refused(named, 1, "the header is not acceptable", f"begin the file with {','.join(COLUMNS)}")
        return _distinct([_parsed(named, rows.line_num, columns, row) for row in rows if row], named)
    except csv.Error as broken:
        raise _refused(named, rows.line_num, f"no line of a CSV file ({broken})", "quote a name that holds a comma or a quotation mark") from None


def _parsed(named: str, line: int, columns: tuple[str, ...], row: list[str]) -> tuple[int, Contract]:
    if len(row) != len(columns):
        raise _refused(named, line, f"{len(row)} fields", f"give the {len(columns)} fields {','.join(columns)}")
    said = {"isin": "", **{column: text.strip() for column, text in zip(columns, row, strict=True)}}
    for column, (acceptable, remedy) in _CHECKS.items():
        if not acceptable(said[column]):
            raise _refused(named, line, f"{column} {said[column]!r} is not acceptable", f"give {remedy}")
    contract = Contract(
        symbol=Symbol(said["symbol"]),
        con_id=int(said["con_id"]),
        primary_exchange=said["primary_exchange"],
        long_name=said["name"],
        stock_type=STOCK_TYPES[said["type"]],
        min_tick=Decimal(said["min_tick"]),
        currency=said["currency"],
        exchanges=_expanded(said["exchange"].split()),
        market_rule=int(said["market_rule"]),
        isin=said["isin"],
    )
    return line, contract


def _expanded(exchanges: Iterable[str]) -> tuple[str, ...]:
    """Each exchange once, the usual ones by their names."""
    return tuple(dict.fromkeys(name for said in exchanges for name in (US_VENUES if said == _USUAL else (said,))))


def _distinct(parsed: list[tuple[int, Contract]], named: str) -> tuple[Contract, ...]:
    """All of them, if no two share a symbol, an id or an ISIN, and a market rule means the same everywhere."""
    symbols: set[str] = set()
    ids: set[int] = set()
    isins: set[str] = set()
    rules: dict[int, Decimal] = {}
    for line, contract in parsed:
        if contract.symbol in symbols:
            raise _refused(named, line, f"symbol {contract.symbol!r} stands twice", "keep one of the lines")
        if contract.con_id in ids:
            raise _refused(named, line, f"con_id {contract.con_id} is another symbol's too", "give each symbol its own")
        if contract.isin in isins:
            raise _refused(named, line, f"isin {contract.isin} is another symbol's too", "give each symbol its own")
        if rules.setdefault(contract.market_rule, contract.min_tick) != contract.min_tick:
            raise _refused(
                named, line, f"market_rule {contract.market_rule} has another min_tick in a line before", "give each min_tick a rule of its own"
            )
        symbols.add(contract.symbol)
        ids.add(contract.con_id)
        isins |= {contract.isin} - {""}
    if len(parsed) > INSTRUMENTS_MAX:
        raise _refused(named, parsed[-1][0], f"{len(parsed)} instruments", f"give at most {INSTRUMENTS_MAX}")
    return tuple(contract for _, contract in parsed)


def together(more: Iterable[Contract]) -> tuple[Contract, ...]:
    """Ours and `more`, which come first where both name a symbol. ConfigurationError where an id or a market rule would mean two things."""
    own = tuple(more)
    symbols = {contract.symbol for contract in own}
    ours = [contract for contract in known_instruments() if contract.symbol not in symbols]
    return _distinct([(0, contract) for contract in (*ours, *own)], "the instruments")


def _refused(named: str, line: int, what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"{named}, line {line}: {what}" if line else f"{named}: {what}", remedy)

"""What a wrong message says: pure functions from the fields of a true one. None: the fault does not concern it; no fields: it is lost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway.fault_kinds_told import MESSAGES, BadQuotes, ClockSkew, CompetingSession, WrongAccount

Fields = tuple[str, ...]
COMPETING: Final = (10197, "No market data during competing live session")
TICK_PRICE, CURRENT_TIME, TICK_PARAMETERS, BY_TICK = "1", "49", "81", "99"
_PRICE, _SIZE, _TICK_TYPE = 4, 5, 3
_VALUE_AT: Final = {"6": 3, "63": 5, "73": 6}
_SIZE_AT: Final = {"7": 13, "61": 14, "71": 15}
_BIDS: Final = frozenset({"1", "66"})
_ASKS: Final = frozenset({"2", "67"})
_CENT: Final = Decimal("0.01")
_CROSSED_BY: Final = (Decimal("0.002"), Decimal("0.05"))  # a part of the price, and dollars at least
_WRONG: Final[dict[str, Callable[[Decimal], str]]] = {
    "nan": lambda _: "NaN",
    "empty": lambda _: "",
    "unset": lambda _: "1.7976931348623157E308",
    "zero": lambda _: "0",
    "negative": lambda number: f"{-number:f}",
    "tenfold": lambda number: f"{10 * number:f}",
    "absent": lambda _: "-1",
}


def request_id_of(fields: Fields) -> int:
    """The request id of a message of market data."""
    return int(fields[1] if fields[0] in (TICK_PARAMETERS, BY_TICK) else fields[2])


def wrong_account(fault: WrongAccount, fields: Fields) -> Fields | None:
    """A value of the account, or the size of a position, told wrong; what is no number is left alone."""
    at = None
    if fault.what in ("account", "both"):
        at = _VALUE_AT.get(fields[0])
    if fault.what in ("positions", "both"):
        at = _SIZE_AT.get(fields[0], at)
    number = None if at is None else _number(fields[at])
    if at is None or number is None:
        return None
    return _with(fields, at, _WRONG[fault.told](number))


def bad_quote(fault: BadQuotes, fields: Fields) -> Fields | None:
    """A tick told wrong. Sizes alone go with the prices they belong to: only a stale line loses them."""
    if fields[0] not in MESSAGES["quotes"]:
        return None
    if fault.told == "stale":
        return ()
    if fields[0] != TICK_PRICE:
        return None
    price = Decimal(fields[_PRICE])
    if fault.told == "crossed":
        shift = max(price * _CROSSED_BY[0], _CROSSED_BY[1]).quantize(_CENT)
        sign = 1 if fields[_TICK_TYPE] in _BIDS else -1 if fields[_TICK_TYPE] in _ASKS else 0
        return None if sign == 0 else _with(fields, _PRICE, f"{max(price + sign * shift, _CENT):f}")
    told = _with(fields, _PRICE, _WRONG[fault.told](price))
    return _with(told, _SIZE, "0") if fault.told == "absent" else told


def competed(fault: CompetingSession, fields: Fields) -> tuple[Fields, ...] | None:
    """Market data while somebody else has it: no ticks and no bars, and each new line is told so."""
    if fault.takes != "data":
        return None
    if fields[0] in MESSAGES["quotes"] or fields[0] == "50":
        return ()
    if fields[0] == TICK_PARAMETERS:
        return (fields, replies.error(request_id_of(fields), *COMPETING))
    return None


def skewed(fault: ClockSkew, fields: Fields) -> Fields | None:
    """The clock, off."""
    return _with(fields, 2, str(int(fields[2]) + fault.off_seconds)) if fields[0] == CURRENT_TIME else None


def _with(fields: Fields, at: int, text: str) -> Fields:
    return (*fields[:at], text, *fields[at + 1 :])


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

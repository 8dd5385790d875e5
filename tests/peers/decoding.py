"""What a client library's decoder makes of frames, in plain values to compare. Standard library only: it runs in the libraries' environments.

A callback is [name, arguments]; an object is its attributes by name. Numbers are text, so that 1, 1.0 and Decimal("1.00") are one value,
and what a library counts as unset is None.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from tests.peers.driving import UNSET, number

ZONE = "US/Eastern"
NEW_YORK = ZoneInfo("America/New_York")

RENAMED = {
    "commissionAndFeesReport": "commissionReport",
    "commissionAndFees": "commission",
    "commissionAndFeesCurrency": "commissionCurrency",
    "minCommissionAndFees": "minCommission",
    "maxCommissionAndFees": "maxCommission",
    "wap": "average",
}
"""What the official client, or its newer versions, call otherwise."""


def plain(value: Any) -> Any:
    """A value that JSON can carry."""
    match value:
        case None | bool():
            return value
        case datetime():
            return f"{value.astimezone(NEW_YORK):%Y%m%d %H:%M:%S} {ZONE}"  # as the gateway writes it
        case int() | float() | Decimal():
            return number(value)
        case str():
            return _text(value)
        case list() | tuple() if not hasattr(value, "_asdict"):
            return [plain(one) for one in value] or None  # some libraries have an empty list where others have none
        case _:
            return {RENAMED.get(name, name): plain(one) for name, one in _attributes(value).items() if not name.startswith("_")}


def _attributes(value: Any) -> dict[str, Any]:
    """A pair of tag and value is a named tuple in one library, and an object in others."""
    named: dict[str, Any] = value._asdict() if hasattr(value, "_asdict") else vars(value)
    return named


def _text(value: str) -> str | None:
    """Margins come as text, and text can say that they are unset."""
    try:
        return None if Decimal(value) in UNSET else value
    except InvalidOperation:
        return value


class Listener:
    """Stands where a library's wrapper is, and notes every callback."""

    def __init__(self) -> None:
        self.heard: list[list[Any]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self.heard.append([RENAMED.get(name, name), [plain(one) for one in arguments]])

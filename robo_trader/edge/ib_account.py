"""Which account is ours, and its rows folded into the three figures we show and compare: cash, equity, realised profit, in US dollars."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from robo_trader.desk.news import AccountSeen
from robo_trader.errors import ConfigurationError, ProtocolError
from robo_trader.values import Money

_CASH: Final = "TotalCashValue"
_EQUITY: Final = "NetLiquidation"
_REALISED: Final = "RealizedPnL"
_WANTED: Final = frozenset({_CASH, _EQUITY, _REALISED})


class AccountFigures:
    """The latest rows; other tags and currencies are not ours to add up."""

    def __init__(self) -> None:
        self._figures: dict[str, Money] = {}
        self._changed = False

    def update(self, tag: str, value: str, currency: str) -> None:
        """One row of the account; a wanted one that is no number raises `ProtocolError`."""
        if tag not in _WANTED or currency != "USD":
            return
        try:
            figure = Decimal(value)
        except InvalidOperation:
            raise ProtocolError(f"the account's {tag} is {value!r}, not a number") from None
        if not figure.is_finite():
            raise ProtocolError(f"the account's {tag} is {value!r}, not a number")
        self._changed |= self._figures.get(tag) != figure
        self._figures[tag] = figure

    def seen(self) -> AccountSeen:
        """The figures; None for one that was not stated yet."""
        return AccountSeen(self._figures.get(_CASH), self._figures.get(_EQUITY), self._figures.get(_REALISED))

    def take(self) -> AccountSeen | None:
        """The figures if one of them changed since the last call."""
        changed, self._changed = self._changed, False
        return self.seen() if changed else None


def choose_account(expected: str | None, managed: Sequence[str]) -> str:
    """The account to trade, among those the gateway manages; `ConfigurationError` if it is not there, or none is expected and there are several."""
    if expected is None and len(managed) == 1:
        return managed[0]
    found = ", ".join(managed)
    if expected is None:
        raise ConfigurationError(f"the gateway manages several accounts: {found}", "name the one to trade")
    if expected not in managed:
        raise ConfigurationError(f"account {expected} was expected, the gateway manages {found}", "log in to the right account, or name this one")
    return expected

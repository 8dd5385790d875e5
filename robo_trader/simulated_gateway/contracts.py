"""The contracts the gateway knows: US stocks and ETFs, each with a contract id that never changes.

Those of the instrument master (`instruments`) carry the broker's real ids; any other symbol of a market gets an id made from its letters, so that it
is the same in every run and on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final

from robo_trader.simulated_gateway.hours import NEW_YORK, Hours, Session, extended_hours, regular_hours
from robo_trader.simulated_gateway.instrument import EVERYWHERE, US_VENUES
from robo_trader.simulated_gateway.instrument import Contract as Contract
from robo_trader.simulated_gateway.instrument import ContractSpec as ContractSpec
from robo_trader.simulated_gateway.instruments import known_instruments, together
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

DAYS_TOLD: Final = 6
_MADE_ID_FLOOR: Final = 1_000_000_000
_MADE_IDS: Final = 900_000_000


class Contracts:
    """All contracts of one gateway: the master's, `more` of the user's, and those of its market's symbols."""

    def __init__(self, symbols: Iterable[Symbol] = (), *, hours: Hours = regular_hours, more: Sequence[Contract] = ()) -> None:
        """`hours` is the calendar that `trading_hours` and `liquid_hours` tell. ConfigurationError for `more` that contradict the master."""
        self._hours = hours
        self._by_symbol = {contract.symbol: contract for contract in (together(more) if more else known_instruments())}
        for symbol in symbols:
            self._by_symbol.setdefault(symbol, _made(symbol))
        self._by_con_id = {contract.con_id: contract for contract in self._by_symbol.values()}
        self._by_isin = {contract.isin: contract for contract in self._by_symbol.values() if contract.isin}

    def find(self, symbol: str) -> Contract | None:
        """The contract of a ticker; None if this gateway does not know it."""
        return self._by_symbol.get(Symbol(symbol))

    def by_con_id(self, con_id: int) -> Contract | None:
        """The contract of an id; None if this gateway does not know it."""
        return self._by_con_id.get(con_id)

    def by_isin(self, isin: str) -> Contract | None:
        """The contract of an ISIN; None if this gateway does not know it."""
        return self._by_isin.get(isin)

    def matching(self, pattern: str) -> list[Contract]:
        """Those whose ticker begins with the pattern, and then those with it in their names, each group by ticker."""
        wanted = pattern.strip().upper()
        known = sorted(self._by_symbol.values(), key=lambda contract: contract.symbol) if wanted else []
        begin = [contract for contract in known if contract.symbol.startswith(wanted)]
        return begin + [contract for contract in known if contract not in begin and wanted in contract.long_name.upper()]

    def market_rule(self, number: int) -> Decimal | None:
        """The tick in dollars that a market rule prescribes; None for one that no contract here goes by."""
        return next((contract.min_tick for contract in self._by_symbol.values() if contract.market_rule == number), None)

    def trading_hours(self, day: date) -> str:
        """The broker's text for 04:00 to 20:00 on `day` and the days after it, `CLOSED` where there is no session."""
        return ";".join(self._told(ahead, whole_day=True) for ahead in _days(day))

    def liquid_hours(self, day: date) -> str:
        """The broker's text for the regular hours of `day` and the days after it."""
        return ";".join(self._told(ahead, whole_day=False) for ahead in _days(day))

    def _told(self, day: date, *, whole_day: bool) -> str:
        session = self._hours(day)
        if session is None:
            return f"{day:%Y%m%d}:CLOSED"
        told: Session = extended_hours(day) if whole_day else session
        return f"{_wall(told.open)}-{_wall(told.close)}"


def _days(day: date) -> list[date]:
    return [day + timedelta(days=ahead) for ahead in range(DAYS_TOLD)]


def _wall(at: Instant) -> str:
    return f"{datetime.fromtimestamp(at // NS_PER_SECOND, UTC).astimezone(NEW_YORK):%Y%m%d:%H%M}"


def _made(symbol: Symbol) -> Contract:
    number = int.from_bytes(sha256(symbol.encode()).digest()[:8], "big")
    return Contract(symbol, _MADE_ID_FLOOR + number % _MADE_IDS, "NYSE", f"{symbol} (SIMULATED)", "COMMON", exchanges=(*EVERYWHERE, *US_VENUES))

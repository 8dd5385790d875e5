"""A few well-known European stocks, which a real gateway tells of too: a table to read in, without prices.

All trade from nine to half past five on the continent's clocks, under SMART and at home. Ids are made of names unless one is published.
"""

from __future__ import annotations

from typing import Final, NamedTuple

BEGIN, END = "0900", "1730"
TIME_ZONE: Final = "MET"


class ForeignStock(NamedTuple):
    """One of them; `con_id` 0 where no id is published."""

    symbol: str
    exchange: str
    trading_class: str
    long_name: str
    con_id: int = 0
    currency: str = "EUR"


FOREIGN_STOCKS: Final = (
    ForeignStock("AIR", "SBF", "AIR", "AIRBUS SE"),
    ForeignStock("ASML", "AEB", "ASML", "ASML HOLDING NV"),
    ForeignStock("BMW", "IBIS", "XETRA", "BAYERISCHE MOTOREN WERKE AG"),
    ForeignStock("LHA", "IBIS", "XETRA", "DEUTSCHE LUFTHANSA-REG", 14171),
    ForeignStock("SAN", "SBF", "SAN", "SANOFI"),
    ForeignStock("SAP", "IBIS", "XETRA", "SAP SE"),
    ForeignStock("SIE", "IBIS", "XETRA", "SIEMENS AG-REG"),
)

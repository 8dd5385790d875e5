"""Facts that are the same in every gateway: price steps, exchanges, news providers, and what the scanner knows.

They are a real gateway's, or a part of what it tells: those rows that concern US stocks and the few other instruments told of here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

Steps = tuple[tuple[Decimal, Decimal], ...]
"""From which price on prices move in which step."""


def _steps(*rows: tuple[str, str]) -> Steps:
    return tuple((Decimal(edge), Decimal(step)) for edge, step in rows)


MARKET_RULES: Final[Mapping[int, Steps]] = {
    26: _steps(("0", "0.01")),  # US stocks
    32: _steps(("0", "0.01")),  # options that trade in cents
    67: _steps(("0", "0.25")),  # the index future ES
    110: _steps(("0", "0.05"), ("3", "0.1")),  # options on indices
    239: _steps(("0", "0.00005")),  # EUR.USD under an older number, and the next again
    557: _steps(("0", "0.00005")),
    635: _steps(("0", "0.0001")),
    2806: _steps(("0", "0.25")),  # bitcoin
    3188: _steps(("0", "0.00005")),  # EUR.USD
}
COMPONENTS: Final = (
    ("AMEX", "A"), ("BEX", "B"), ("NYSENAT", "C"), ("FINRA", "D"), ("ISE", "I"), ("EDGEA", "J"), ("DRCTEDGE", "K"), ("CHX", "M"), ("ARCA", "P"),
    ("NASDAQ", "Q"), ("IEX", "V"), ("T24X", "G"), ("PSX", "X"), ("BYX", "Y"), ("BATS", "Z"), ("NYSE", "N"), ("LTSE", "L"), ("MEMX", "U"),
    ("PEARL", "H"), ("TXSE", "F"),
)  # fmt: skip
LETTERS: Final = dict(COMPONENTS)
"""By what letter quotes and trades name an exchange."""
DEPTH_EXCHANGES: Final[tuple[tuple[str, str, str, str, int | None], ...]] = (
    ("ISLAND", "STK", "", "Deep2", None),
    ("NASDAQ", "STK", "", "Deep2", None),
    ("NYSE", "STK", "", "Deep", None),
    ("ARCA", "STK", "", "Deep", None),
    ("ARCAEDGE", "STK", "", "Deep", None),
    ("BATS", "STK", "", "Deep", None),
    ("BEX", "STK", "", "Deep", None),
    ("IEX", "STK", "", "Deep", None),
    ("SMART", "STK", "PINK", "AggDeep", 1),
    ("SMART", "STK", "OTCBB", "AggDeep", 1),
    ("CME", "FUT", "", "Deep", None),
    ("IDEALPRO", "CASH", "", "Deep", 4),
    ("PAXOS", "CRYPTO", "", "Deep", None),
)
"""Exchange, type of instrument, where it is listed, service, and the group whose books are shown as one."""
NEWS_PROVIDERS: Final = (
    ("BRFG", "Briefing.com General Market Columns"),
    ("BRFUPDN", "Briefing.com Analyst Actions"),
    ("DJNL", "Dow Jones Newsletters"),
)
SCANNER_PARAMETERS: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ScanParameterResponse>\n  <InstrumentList varName="instrumentList">\n    <Instrument>\n'
    "      <name>US Stocks</name>\n      <type>STK</type>\n      <secType>STK</secType>\n    </Instrument>\n  </InstrumentList>\n"
    '  <LocationTree varName="locationTree"/>\n  <ScanTypeList varName="scanTypeList"/>\n  <SettingList varName="settingList"/>\n'
    '  <FilterList varName="filterList"/>\n</ScanParameterResponse>\n'
)

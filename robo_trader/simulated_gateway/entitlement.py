"""What market data the account has paid for, and how a gateway says that it has not.

A client says which type of data it wants (1 live, 2 frozen, 3 delayed, 4 delayed and frozen) and is told which it gets. Frozen is what was last
known, while the exchange is closed. Whoever has paid gets live data even if delayed was asked for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from robo_trader.simulated_gateway.instrument import Contract
from robo_trader.simulated_gateway.other_instruments import Other

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
DATA_TYPES: Final = (LIVE, FROZEN, DELAYED, DELAYED_FROZEN)
Notice = tuple[int, str]

COMPETING: Final[Notice] = (10197, "No market data during competing live session")
NOT_SUBSCRIBED: Final = "Requested market data is not subscribed."
DELAYED_SHOWN: Final[Notice] = (10167, f"{NOT_SUBSCRIBED} Displaying delayed market data.")
DELAYED_DISABLED: Final[Notice] = (10168, f"{NOT_SUBSCRIBED} Delayed market data is not enabled.")
MORE_NEEDED: Final = "Requested market data requires additional subscription for API. See link in 'Market Data Connections' dialog for more details."
DEEP_NOT_SUBSCRIBED: Final = (  # in the words that the broker has for depth
    "Requested market data requires additional subscription for API.See link in 'Market Data Connections' dialog for more details."
)
NO_TICKS: Final = "Failed to request tick-by-tick data."
OTHER_ADDRESS: Final = "Trading TWS session is connected from a different IP address"


class Entitlement(StrEnum):
    """What was paid for: everything, delayed data alone, data in the terminal but not in the API, nothing; or somebody else is using it just now."""

    LIVE = "live"
    DELAYED = "delayed"
    TERMINAL = "terminal"
    NONE = "none"
    COMPETING = "competing"


def served(entitlement: Entitlement, wanted: int, *, is_open: bool) -> int | None:
    """The type of data that a client is served; None if it gets none."""
    frozen = not is_open and wanted in (FROZEN, DELAYED_FROZEN)
    if entitlement is Entitlement.LIVE:
        return FROZEN if frozen else LIVE
    if entitlement in (Entitlement.DELAYED, Entitlement.TERMINAL) and wanted in (DELAYED, DELAYED_FROZEN):
        return DELAYED_FROZEN if frozen else DELAYED
    return None


def line_refused(entitlement: Entitlement, wanted: int, contract: Contract) -> Notice:
    """Why a market data line gets nothing."""
    match entitlement:
        case Entitlement.COMPETING:
            return COMPETING
        case Entitlement.TERMINAL:
            return 10089, f"{MORE_NEEDED}Delayed market data is available.{contract.symbol} {_venue(contract)}/TOP/ALL"
        case Entitlement.DELAYED:
            return 354, f"{NOT_SUBSCRIBED}Delayed market data is available.Error&BEST/STK/Top&BEST/STK/Top"
        case _:
            return DELAYED_DISABLED if wanted in (DELAYED, DELAYED_FROZEN) else (354, NOT_SUBSCRIBED)


def ticks_refused(entitlement: Entitlement, contract: Contract) -> Notice:
    """Why a tick-by-tick line gets nothing; there is no delayed one."""
    return COMPETING if entitlement is Entitlement.COMPETING else (10189, f"{NO_TICKS}{_permissions(entitlement, contract)}")


def bars_refused(entitlement: Entitlement, contract: Contract) -> Notice:
    """Why five-second bars are not told."""
    return 420, f"Invalid Real-time Query:{OTHER_ADDRESS if entitlement is Entitlement.COMPETING else _permissions(entitlement, contract)}"


def history_refused(entitlement: Entitlement, contract: Contract) -> str:
    """Why there is no history, without the words that say where the error comes from."""
    return OTHER_ADDRESS if entitlement is Entitlement.COMPETING else _permissions(entitlement, contract)


def other_refused(other: Other) -> str:
    """Why there is no data of an instrument that is no US stock: nobody has paid for it here."""
    return f"No market data permissions for {other.home} {other.sec_type}"


def _permissions(entitlement: Entitlement, contract: Contract) -> str:
    market = "ISLAND" if contract.primary_exchange == "NASDAQ" else contract.primary_exchange
    more = f". {MORE_NEEDED}" if entitlement is Entitlement.TERMINAL else ""
    return f"No market data permissions for {market} STK{more}"


def _venue(contract: Contract) -> str:
    own_class = "" if contract.trading_class == contract.symbol else f".{contract.trading_class}"
    return f"{contract.primary_exchange}{own_class}"

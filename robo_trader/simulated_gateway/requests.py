"""What a client may ask, one frozen value per request: past the session nothing is text that still has to be understood.

Prices are dollars and quantities shares, both exact; None means that the client left the value unset. `Malformed` and `Unsupported` are requests
too: a client that writes nonsense gets an answer, and only bytes that are not the protocol at all end its connection.
"""

from __future__ import annotations

from dataclasses import dataclass

from robo_trader.simulated_gateway.contracts import ContractSpec as ContractSpec
from robo_trader.simulated_gateway.requests_data import CancelHistoricalData as CancelHistoricalData
from robo_trader.simulated_gateway.requests_data import CancelPositionProfit as CancelPositionProfit
from robo_trader.simulated_gateway.requests_data import CancelPositionsMulti as CancelPositionsMulti
from robo_trader.simulated_gateway.requests_data import CancelProfit as CancelProfit
from robo_trader.simulated_gateway.requests_data import CancelRealTimeBars as CancelRealTimeBars
from robo_trader.simulated_gateway.requests_data import CancelScannerSubscription as CancelScannerSubscription
from robo_trader.simulated_gateway.requests_data import CancelTickByTick as CancelTickByTick
from robo_trader.simulated_gateway.requests_data import FollowGroup as FollowGroup
from robo_trader.simulated_gateway.requests_data import HeadTimestamp as HeadTimestamp
from robo_trader.simulated_gateway.requests_data import Histogram as Histogram
from robo_trader.simulated_gateway.requests_data import HistoricalData as HistoricalData
from robo_trader.simulated_gateway.requests_data import HistoricalTicks as HistoricalTicks
from robo_trader.simulated_gateway.requests_data import LeaveGroup as LeaveGroup
from robo_trader.simulated_gateway.requests_data import MatchingSymbols as MatchingSymbols
from robo_trader.simulated_gateway.requests_data import PositionProfit as PositionProfit
from robo_trader.simulated_gateway.requests_data import PositionsMulti as PositionsMulti
from robo_trader.simulated_gateway.requests_data import Profit as Profit
from robo_trader.simulated_gateway.requests_data import QueryGroups as QueryGroups
from robo_trader.simulated_gateway.requests_data import Question as Question
from robo_trader.simulated_gateway.requests_data import RealTimeBars as RealTimeBars
from robo_trader.simulated_gateway.requests_data import ScannerSubscription as ScannerSubscription
from robo_trader.simulated_gateway.requests_data import ShowInGroup as ShowInGroup
from robo_trader.simulated_gateway.requests_data import TickByTick as TickByTick
from robo_trader.simulated_gateway.requests_orders import PlaceOrder as PlaceOrder


@dataclass(frozen=True, slots=True)
class StartApi:
    """The first request of every client."""

    client_id: int
    capabilities: str


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel one of the client's orders."""

    order_id: int


@dataclass(frozen=True, slots=True)
class GlobalCancel:
    """Cancel every order of the account."""


@dataclass(frozen=True, slots=True)
class MarketData:
    """Quotes and trades of a contract; `generic_ticks` is the client's comma-separated list."""

    req_id: int
    contract: ContractSpec
    generic_ticks: str
    snapshot: bool


@dataclass(frozen=True, slots=True)
class CancelMarketData:
    """End a market data subscription."""

    req_id: int


@dataclass(frozen=True, slots=True)
class MarketDataType:
    """1 live, 2 frozen, 3 delayed, 4 delayed and frozen."""

    type: int


@dataclass(frozen=True, slots=True)
class OpenOrders:
    """The client's own open orders."""


@dataclass(frozen=True, slots=True)
class AllOpenOrders:
    """The open orders of all clients."""


@dataclass(frozen=True, slots=True)
class AutoOpenOrders:
    """Bind orders typed into the gateway to client 0, or stop doing so."""

    bind: bool


@dataclass(frozen=True, slots=True)
class CompletedOrders:
    """The day's orders that can no longer trade."""

    api_only: bool


@dataclass(frozen=True, slots=True)
class AccountUpdates:
    """Subscribe to an account's values and portfolio, or end that."""

    subscribe: bool
    account: str


@dataclass(frozen=True, slots=True)
class AccountUpdatesMulti:
    """Subscribe to the values of an account or model."""

    req_id: int
    account: str
    model: str
    ledger_and_nlv: bool


@dataclass(frozen=True, slots=True)
class CancelAccountUpdatesMulti:
    """End an `AccountUpdatesMulti`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """Subscribe to a summary; `tags` is the client's comma-separated list."""

    req_id: int
    group: str
    tags: str


@dataclass(frozen=True, slots=True)
class CancelAccountSummary:
    """End an `AccountSummary`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class Positions:
    """Subscribe to the positions of all accounts."""


@dataclass(frozen=True, slots=True)
class CancelPositions:
    """End a `Positions`."""


@dataclass(frozen=True, slots=True)
class Executions:
    """The day's executions; an empty filter, and client id 0, match everything. `time` is the client's text."""

    req_id: int
    client_id: int
    account: str
    time: str
    symbol: str
    sec_type: str
    exchange: str
    side: str


@dataclass(frozen=True, slots=True)
class Ids:
    """The next valid order id."""


@dataclass(frozen=True, slots=True)
class ManagedAccounts:
    """The accounts behind this connection."""


@dataclass(frozen=True, slots=True)
class ContractDetails:
    """Everything about the contracts that match."""

    req_id: int
    contract: ContractSpec


@dataclass(frozen=True, slots=True)
class CurrentTime:
    """The gateway's clock."""


@dataclass(frozen=True, slots=True)
class ServerLogLevel:
    """How much the gateway writes to its own log; nothing is answered."""

    level: int


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A request of the protocol that this gateway does not serve; `fields` as they came."""

    message_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Malformed:
    """A request that cannot be understood, and the error to answer; the id is the request's or order's, None if it has or tells none."""

    message_id: int
    req_or_order_id: int | None
    code: int
    text: str


# fmt: off
Request = (
    StartApi | PlaceOrder | CancelOrder | GlobalCancel | MarketData | CancelMarketData | MarketDataType | OpenOrders | AllOpenOrders
    | AutoOpenOrders | CompletedOrders | AccountUpdates | AccountUpdatesMulti | CancelAccountUpdatesMulti | AccountSummary
    | CancelAccountSummary | Positions | CancelPositions | Executions | Ids | ManagedAccounts | ContractDetails | HistoricalData
    | CancelHistoricalData | RealTimeBars | CancelRealTimeBars | CurrentTime | ServerLogLevel | Unsupported | Malformed
    | PositionsMulti | CancelPositionsMulti | Profit | CancelProfit | PositionProfit | CancelPositionProfit | TickByTick | CancelTickByTick
    | HistoricalTicks | HeadTimestamp | Histogram | MatchingSymbols | ScannerSubscription | CancelScannerSubscription
    | QueryGroups | FollowGroup | ShowInGroup | LeaveGroup | Question
)
# fmt: on

"""What a client may ask beside orders and the account's values: profit, ticks, history, symbols; offered to everybody by `requests`."""

from __future__ import annotations

from dataclasses import dataclass

from robo_trader.simulated_gateway.contracts import ContractSpec
from robo_trader.simulated_gateway.fields import Record
from robo_trader.simulated_gateway.scanner import Scan


@dataclass(frozen=True, slots=True)
class PositionsMulti:
    """Subscribe to the positions of an account or model."""

    req_id: int
    account: str
    model: str


@dataclass(frozen=True, slots=True)
class CancelPositionsMulti:
    """End a `PositionsMulti`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class Profit:
    """Subscribe to an account's profit of the day."""

    req_id: int
    account: str
    model: str


@dataclass(frozen=True, slots=True)
class CancelProfit:
    """End a `Profit`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class PositionProfit:
    """Subscribe to the profit of the day in one contract."""

    req_id: int
    account: str
    model: str
    con_id: int


@dataclass(frozen=True, slots=True)
class CancelPositionProfit:
    """End a `PositionProfit`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class HistoricalData:
    """Bars up to `end` (the client's text, empty: now). `format_date` 1: text, 2: seconds since the epoch."""

    req_id: int
    contract: ContractSpec
    end: str
    bar_size: str
    duration: str
    rth: bool
    what: str
    format_date: int
    keep_up_to_date: bool


@dataclass(frozen=True, slots=True)
class CancelHistoricalData:
    """End a `HistoricalData`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class RealTimeBars:
    """Subscribe to five-second bars."""

    req_id: int
    contract: ContractSpec
    what: str
    rth: bool


@dataclass(frozen=True, slots=True)
class CancelRealTimeBars:
    """End a `RealTimeBars`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class TickByTick:
    """Every tick of a `kind` (Last, AllLast, BidAsk, MidPoint), after `count` of those that came before."""

    req_id: int
    contract: ContractSpec
    kind: str
    count: int
    ignore_size: bool


@dataclass(frozen=True, slots=True)
class CancelTickByTick:
    """End a `TickByTick`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class HistoricalTicks:
    """Up to `count` ticks from `start` on or up to `end` (the client's texts, one of them empty)."""

    req_id: int
    contract: ContractSpec
    start: str
    end: str
    count: int
    what: str
    rth: bool
    ignore_size: bool


@dataclass(frozen=True, slots=True)
class HeadTimestamp:
    """Where the history of a contract begins. `format_date` 1: text, 2: seconds since the epoch."""

    req_id: int
    contract: ContractSpec
    rth: bool
    what: str
    format_date: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many shares traded at each price in a `period` such as `3 days`."""

    req_id: int
    contract: ContractSpec
    rth: bool
    period: str


@dataclass(frozen=True, slots=True)
class MatchingSymbols:
    """The instruments whose ticker begins with, or whose name contains, a pattern."""

    req_id: int
    pattern: str


@dataclass(frozen=True, slots=True)
class ScannerSubscription:
    """Subscribe to a market scan."""

    req_id: int
    scan: Scan


@dataclass(frozen=True, slots=True)
class CancelScannerSubscription:
    """End a `ScannerSubscription`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class QueryGroups:
    """Which window groups there are."""

    req_id: int


@dataclass(frozen=True, slots=True)
class FollowGroup:
    """Subscribe to what a window group shows."""

    req_id: int
    group: int


@dataclass(frozen=True, slots=True)
class ShowInGroup:
    """Let the group of a `FollowGroup` show a contract, in the words of the protocol: `none`, or its id and exchange as `8314@SMART`."""

    req_id: int
    contract: str


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    """End a `FollowGroup`."""

    req_id: int


@dataclass(frozen=True, slots=True)
class Question:
    """A request that this gateway answers in one way for everybody, or refuses as a real one would; `said` is all its fields."""

    number: int
    req_id: int | None
    said: Record

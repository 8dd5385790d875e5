"""From the fields of messages to the requests of `requests_data`: one builder for each message that `messages_data` lays out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import requests_data as ask
from robo_trader.simulated_gateway.contracts import ContractSpec
from robo_trader.simulated_gateway.fields import Record
from robo_trader.simulated_gateway.messages_data import CLIENT_DATA
from robo_trader.simulated_gateway.scanner import Scan, filters_of

DataRequest = (
    ask.PositionsMulti
    | ask.CancelPositionsMulti
    | ask.Profit
    | ask.CancelProfit
    | ask.PositionProfit
    | ask.CancelPositionProfit
    | ask.TickByTick
    | ask.CancelTickByTick
    | ask.HistoricalTicks
    | ask.HeadTimestamp
    | ask.Histogram
    | ask.MatchingSymbols
    | ask.ScannerSubscription
    | ask.CancelScannerSubscription
    | ask.QueryGroups
    | ask.FollowGroup
    | ask.ShowInGroup
    | ask.LeaveGroup
    | ask.Question
)


def contract_of(record: Record) -> ContractSpec:
    """How a message names a contract; a part that its layout does not have is empty."""
    con_id = record["conId"]
    assert con_id is None or isinstance(con_id, int)
    return ContractSpec(
        con_id=con_id or 0,
        symbol=record.text("symbol"),
        sec_type=record.text("secType"),
        last_trade_date=record.text("expiry"),
        strike=record.number("strike") or Decimal(0),
        right=record.text("right"),
        multiplier=record.text("multiplier"),
        exchange=record.text("exchange"),
        primary_exchange=record.text("primaryExchange"),
        currency=record.text("currency"),
        local_symbol=record.text("localSymbol"),
        trading_class=record.text("tradingClass"),
        sec_id_type=record.text("secIdType") if "secIdType" in record else "",
        sec_id=record.text("secId") if "secId" in record else "",
    )


def shown(record: Record) -> str:
    """What is to be shown; a real gateway reads it in any case of its letters."""
    return record.text("whatToShow").upper()


def _tick_by_tick(record: Record) -> ask.TickByTick:
    count = 0 if record["count"] is None else record.integer("count")
    return ask.TickByTick(record.integer("reqId"), contract_of(record), record.text("tickType"), count, record.flag("ignoreSize"))


def _historical_ticks(record: Record) -> ask.HistoricalTicks:
    return ask.HistoricalTicks(
        req_id=record.integer("reqId"),
        contract=contract_of(record),
        start=record.text("start"),
        end=record.text("end"),
        count=record.integer("count"),
        what=shown(record),
        rth=record.flag("useRTH"),
        ignore_size=record.flag("ignoreSize"),
    )


def _head_timestamp(record: Record) -> ask.HeadTimestamp:
    return ask.HeadTimestamp(record.integer("reqId"), contract_of(record), record.flag("useRTH"), shown(record), record.integer("formatDate"))


def _histogram(record: Record) -> ask.Histogram:
    return ask.Histogram(record.integer("reqId"), contract_of(record), record.flag("useRTH"), record.text("period"))


def _position_profit(record: Record) -> ask.PositionProfit:
    return ask.PositionProfit(record.integer("reqId"), record.text("account"), record.text("model"), record.integer("conId"))


def _scanner(record: Record) -> ask.ScannerSubscription:
    scan = Scan(
        code=record.text("scanCode"),
        instrument=record.text("instrument"),
        location=record.text("locationCode"),
        rows=_whole(record, "numberOfRows"),
        above_price=record.number("abovePrice"),
        below_price=record.number("belowPrice"),
        above_volume=_whole(record, "aboveVolume"),
        stock_type=record.text("stockTypeFilter"),
        filters=filters_of(record.text("filterOptions")),
    )
    return ask.ScannerSubscription(record.integer("reqId"), scan)


def _whole(record: Record, name: str) -> int | None:
    """A whole number; None where the client left it blank."""
    return None if record[name] is None else record.integer(name)


def _question(number: int) -> Callable[[Record], ask.Question]:
    return lambda record: ask.Question(number, record.integer("reqId") if "reqId" in record else None, record)


_OWN: Final[dict[int, Callable[[Record], DataRequest]]] = {
    22: _scanner,
    23: lambda record: ask.CancelScannerSubscription(record.integer("reqId")),
    67: lambda record: ask.QueryGroups(record.integer("reqId")),
    68: lambda record: ask.FollowGroup(record.integer("reqId"), record.integer("group")),
    69: lambda record: ask.ShowInGroup(record.integer("reqId"), record.text("contract")),
    70: lambda record: ask.LeaveGroup(record.integer("reqId")),
    74: lambda record: ask.PositionsMulti(record.integer("reqId"), record.text("account"), record.text("model")),
    75: lambda record: ask.CancelPositionsMulti(record.integer("reqId")),
    81: lambda record: ask.MatchingSymbols(record.integer("reqId"), record.text("pattern")),
    87: _head_timestamp,
    88: _histogram,
    92: lambda record: ask.Profit(record.integer("reqId"), record.text("account"), record.text("model")),
    93: lambda record: ask.CancelProfit(record.integer("reqId")),
    94: _position_profit,
    95: lambda record: ask.CancelPositionProfit(record.integer("reqId")),
    96: _historical_ticks,
    97: _tick_by_tick,
    98: lambda record: ask.CancelTickByTick(record.integer("reqId")),
}
BUILDERS_DATA: Final[dict[int, Callable[[Record], DataRequest]]] = {
    **{number: _question(number) for number, _, _ in CLIENT_DATA if number not in _OWN},
    **_OWN,
}

"""Every message this gateway knows, as executable tables: what clients ask and what it answers, by id, in every version it serves.

Reading a client's message and writing it use the same table, and so do the two directions of an answer; whatever a test proves of one holds for
the other. `CLIENT` and `SERVER` are the newest version, in which the gateway thinks; `client_messages` and `server_messages` give those of any. From
which version on a field is there stands in its table and nowhere else. Orders, with their conditional groups, are in `messages_orders`, ticks,
history and reference data in `messages_data`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.fields import CONTRACT, Layout, Record, Repeat, Value, When, at, read, spec, write
from robo_trader.simulated_gateway.messages_data import CLIENT_DATA, SERVER_DATA
from robo_trader.simulated_gateway.messages_orders import COMPLETED_ORDER, OPEN_ORDER, PLACE_ORDER

OLDEST: Final = 151
NEWEST: Final = 176
"""The versions served, both included."""


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of message: its id on the wire, its name in the protocol, and its fields after the id; of one version, but in the tables below."""

    id: int
    name: str
    layout: Layout

    def read(self, fields: Sequence[str]) -> Record:
        """The values of a message, id included in `fields`; ProtocolError if they do not fit."""
        return read(self.layout, fields[1:])

    def write(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """The fields of a message, id first."""
        return (str(self.id), *write(self.layout, values))


def _is_combination(record: Mapping[str, Value]) -> bool:
    return record.get("secType") == "BAG"


_LEGS: Final = When(_is_combination, (Repeat("legs", spec("conId:int ratio:int action exchange")),))
_UNDERLYING: Final = When(lambda record: bool(record.get("deltaNeutral")), spec("underlyingConId:int underlyingDelta:double underlyingPrice:double"))

_CLIENT: Final = (
    Message(
        1,
        "reqMktData",
        (
            *spec("version:int=11 reqId:int"),
            *CONTRACT,
            _LEGS,
            *spec("deltaNeutral:flag"),
            _UNDERLYING,
            *spec("genericTicks snapshot:flag regulatorySnapshot:flag options"),
        ),
    ),
    Message(2, "cancelMktData", spec("version:int=2 reqId:int")),
    Message(3, "placeOrder", PLACE_ORDER),
    Message(4, "cancelOrder", spec("version:int=1 orderId:int manualOrderCancelTime@169")),
    Message(5, "reqOpenOrders", spec("version:int=1")),
    Message(6, "reqAccountUpdates", spec("version:int=2 subscribe:flag account")),
    Message(7, "reqExecutions", spec("version:int=3 reqId:int clientId:int? account time symbol secType exchange side")),
    Message(8, "reqIds", spec("version:int=1 count:int?")),
    Message(9, "reqContractDetails", (*spec("version:int=8 reqId:int"), *CONTRACT, *spec("includeExpired:flag secIdType secId issuerId@176"))),
    Message(14, "setServerLogLevel", spec("version:int=1 level:int")),
    Message(15, "reqAutoOpenOrders", spec("version:int=1 bind:flag")),
    Message(16, "reqAllOpenOrders", spec("version:int=1")),
    Message(17, "reqManagedAccts", spec("version:int=1")),
    Message(
        20,
        "reqHistoricalData",
        (
            *spec("reqId:int"),
            *CONTRACT,
            *spec("includeExpired:flag endDateTime barSize duration useRTH:flag whatToShow formatDate:int"),
            _LEGS,
            *spec("keepUpToDate:flag options"),
        ),
    ),
    Message(25, "cancelHistoricalData", spec("version:int=1 reqId:int")),
    Message(49, "reqCurrentTime", spec("version:int=1")),
    Message(50, "reqRealTimeBars", (*spec("version:int=3 reqId:int"), *CONTRACT, *spec("barSize:int? whatToShow useRTH:flag options"))),
    Message(51, "cancelRealTimeBars", spec("version:int=1 reqId:int")),
    Message(58, "reqGlobalCancel", spec("version:int=1")),
    Message(59, "reqMarketDataType", spec("version:int=1 type:int")),
    Message(61, "reqPositions", spec("version:int=1")),
    Message(62, "reqAccountSummary", spec("version:int=1 reqId:int group tags")),
    Message(63, "cancelAccountSummary", spec("version:int=1 reqId:int")),
    Message(64, "cancelPositions", spec("version:int=1")),
    Message(71, "startApi", spec("version:int=2 clientId:int capabilities")),
    Message(76, "reqAccountUpdatesMulti", spec("version:int=1 reqId:int account model ledgerAndNLV:flag")),
    Message(77, "cancelAccountUpdatesMulti", spec("version:int=1 reqId:int")),
    Message(99, "reqCompletedOrders", spec("apiOnly:flag")),
)

_SECURITY: Final = "conId:int symbol secType expiry strike:double=0 right"  # begins every contract that the gateway tells
_NAMED: Final = "currency localSymbol tradingClass"  # ends it
_BAR: Final = "open:double high:double low:double close:double volume:decimal wap:double count:int"

_SERVER: Final = (
    Message(1, "tickPrice", spec("version:int=6 reqId:int type:int price:double size:decimal attributes:int=0")),
    Message(2, "tickSize", spec("version:int=6 reqId:int type:int size:decimal")),
    Message(
        3,
        "orderStatus",
        spec(
            "orderId:int status filled:decimal remaining:decimal avgFillPrice:double permId:int parentId:int=0 lastFillPrice:double clientId:int"
            " whyHeld mktCapPrice:double=0"
        ),
    ),
    Message(4, "error", spec("version:int=2 id:int code:int text advancedOrderReject@166")),
    Message(5, "openOrder", OPEN_ORDER),
    Message(6, "accountValue", spec("version:int=2 key value currency account")),
    Message(
        7,
        "portfolioValue",
        spec(
            f"version:int=8 {_SECURITY}=0 multiplier primaryExchange {_NAMED} position:decimal marketPrice:double marketValue:double avgCost:double"
            " unrealizedPNL:double realizedPNL:double account"
        ),
    ),
    Message(8, "accountUpdateTime", spec("version:int=1 time")),
    Message(9, "nextValidId", spec("version:int=1 orderId:int")),
    Message(
        10,
        "contractDetails",
        (
            *spec("version:int=8@..163 reqId:int symbol secType lastTrade strike:decimal=0 right exchange currency localSymbol marketName"),
            *spec("tradingClass conId:int minTick:decimal sizeMultiplier:int=1@..163 multiplier orderTypes validExchanges priceMagnifier:int=1"),
            *spec("underConId:int=0 longName@..152 longName:escaped@153 primaryExchange contractMonth"),
            *spec("industry category subcategory timeZoneId tradingHours liquidHours evRule evMultiplier"),
            Repeat("secIds", spec("tag value")),
            *spec("aggGroup:int=1 underSymbol underSecType marketRuleIds realExpirationDate stockType@152"),
            *spec("minTickOfSize:decimal=1@163..163 minSize:decimal=1@164 sizeIncrement:decimal=1@164 suggestedSizeIncrement:decimal=100@164"),
        ),
    ),
    Message(
        11,
        "execDetails",
        spec(
            f"reqId:int orderId:int {_SECURITY} multiplier exchange {_NAMED} execId time account execExchange side shares:decimal price:double"
            " permId:int clientId:int liquidation:int=0 cumQty:decimal avgPrice:double orderRef evRule evMultiplier modelCode lastLiquidity:int=2"
        ),
    ),
    Message(15, "managedAccounts", spec("version:int=1 accounts")),
    Message(17, "historicalData", (*spec("reqId:int start end"), Repeat("bars", spec(f"date {_BAR}")))),
    Message(45, "tickGeneric", spec("version:int=6 reqId:int type:int value:double")),
    Message(46, "tickString", spec("version:int=6 reqId:int type:int value")),
    Message(49, "currentTime", spec("version:int=1 time:long")),
    Message(50, "realTimeBar", spec(f"version:int=3 reqId:int time:long {_BAR}")),
    Message(52, "contractDetailsEnd", spec("version:int=1 reqId:int")),
    Message(53, "openOrderEnd", spec("version:int=1")),
    Message(54, "accountDownloadEnd", spec("version:int=1 account")),
    Message(55, "execDetailsEnd", spec("version:int=1 reqId:int")),
    Message(57, "tickSnapshotEnd", spec("version:int=1 reqId:int")),
    Message(58, "marketDataType", spec("version:int=1 reqId:int type:int")),
    Message(
        59, "commissionReport", spec("version:int=1 execId commission:double currency realizedPNL:double! yield:double! yieldRedemptionDate:int?")
    ),
    Message(61, "position", spec(f"version:int=3 account {_SECURITY} multiplier exchange {_NAMED} position:decimal avgCost:double")),
    Message(62, "positionEnd", spec("version:int=1")),
    Message(63, "accountSummary", spec("version:int=1 reqId:int account tag value currency")),
    Message(64, "accountSummaryEnd", spec("version:int=1 reqId:int")),
    Message(73, "accountUpdateMulti", spec("version:int=1 reqId:int account model key value currency")),
    Message(74, "accountUpdateMultiEnd", spec("version:int=1 reqId:int")),
    Message(81, "tickReqParams", spec("reqId:int minTick:decimal bboExchange snapshotPermissions:int=3")),
    # the update's own order of prices: open, close, high, low
    Message(
        90,
        "historicalDataUpdate",
        spec("reqId:int count:int date open:double close:double high:double low:double wap:double volume:decimal"),
    ),
    Message(101, "completedOrder", COMPLETED_ORDER),
    Message(102, "completedOrdersEnd", ()),
)


@cache
def client_messages(version: int) -> Mapping[int, Message]:
    """What clients of a version ask, by id."""
    return _in_version(version, (*_CLIENT, *(Message(*row) for row in CLIENT_DATA)))


@cache
def server_messages(version: int) -> Mapping[int, Message]:
    """What clients of a version are told, by id."""
    return _in_version(version, (*_SERVER, *(Message(*row) for row in SERVER_DATA)))


def _in_version(version: int, tables: Sequence[Message]) -> Mapping[int, Message]:
    assert OLDEST <= version <= NEWEST, "the tables say nothing of other versions"
    return {table.id: replace(table, layout=at(version, table.layout)) for table in tables}


CLIENT: Final = client_messages(NEWEST)
SERVER: Final = server_messages(NEWEST)

UNSUPPORTED: Final = frozenset({65, 66, 72, 73})
"""Requests of the protocol that this gateway knows of and does not serve: the hand shake of third-party programs. None has a request id, and they are
in no table of ours."""


def message_id(fields: Sequence[str]) -> int:
    """The id of a message; ProtocolError unless it begins with one."""
    text = fields[0] if fields else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 3):  # noqa: PLR2004  # ids have at most three digits
        raise ProtocolError("a message does not begin with a message id")
    return int(text)

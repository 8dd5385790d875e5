"""From a message's fields to a request.

Three kinds of trouble, three answers: bytes that are not this protocol raise ProtocolError; a known message whose fields do not fit its table
is `Malformed` 320, one whose values make no sense `Malformed` 321; one that the gateway does not serve is `Unsupported`. Nothing is guessed:
a message with a field too many is refused like one with a field too few, because every value after it would be another's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.fields import Record, field_names
from robo_trader.simulated_gateway.fields_text import KINDS
from robo_trader.simulated_gateway.messages import CLIENT, NEWEST, UNSUPPORTED, Message, client_messages, message_id
from robo_trader.simulated_gateway.requests_parse_data import BUILDERS_DATA, contract_of, shown
from robo_trader.simulated_gateway.requests_parse_orders import or_zero, place_order

UNREADABLE: Final = 320
UNREADABLE_TEXT: Final = "Error reading request. Unable to parse data. "


def parse(fields: Sequence[str], version: int = NEWEST) -> ask.Request:
    """The request of one message of a client of `version`; ProtocolError if it is no message of the protocol."""
    number = message_id(fields)
    if number in UNSUPPORTED:
        return ask.Unsupported(number, tuple(fields))
    message = client_messages(version).get(number)
    if message is None:
        raise ProtocolError(f"there is no request {number}")
    try:
        return _BUILDERS[number](message.read(fields))
    except ProtocolError as unreadable:
        return ask.Malformed(number, _own_id(message, fields), UNREADABLE, f"{UNREADABLE_TEXT}{unreadable}")


def _own_id(message: Message, fields: Sequence[str]) -> int | None:
    """The request or order id of a message that could not be read, if that much can be."""
    fixed = field_names(message.layout)
    return next((_id_at(fields, at) for at, name in enumerate(fixed, start=1) if name in ("reqId", "orderId")), None)


def _id_at(fields: Sequence[str], at: int) -> int | None:
    if at >= len(fields):
        return None
    try:
        number = KINDS["int"].parse(fields[at])
    except ValueError:
        return None
    return number if isinstance(number, int) else None


def _historical_data(record: Record) -> ask.HistoricalData:
    return ask.HistoricalData(
        req_id=record.integer("reqId"),
        contract=contract_of(record),
        end=record.text("endDateTime"),
        bar_size=record.text("barSize"),
        duration=record.text("duration"),
        rth=record.flag("useRTH"),
        what=shown(record),
        format_date=record.integer("formatDate"),
        keep_up_to_date=record.flag("keepUpToDate"),
    )


def _executions(record: Record) -> ask.Executions:
    return ask.Executions(
        req_id=record.integer("reqId"),
        client_id=or_zero(record, "clientId"),
        account=record.text("account"),
        time=record.text("time"),
        symbol=record.text("symbol"),
        sec_type=record.text("secType"),
        exchange=record.text("exchange"),
        side=record.text("side"),
    )


def _market_data(record: Record) -> ask.MarketData:
    return ask.MarketData(record.integer("reqId"), contract_of(record), record.text("genericTicks"), _snapshot(record))


def _snapshot(record: Record) -> bool:
    """A regulatory snapshot costs a cent at a real gateway; it is told like any other."""
    return record.flag("snapshot") or record.flag("regulatorySnapshot")


def _account_updates_multi(record: Record) -> ask.AccountUpdatesMulti:
    return ask.AccountUpdatesMulti(record.integer("reqId"), record.text("account"), record.text("model"), record.flag("ledgerAndNLV"))


_BUILDERS: Final[dict[int, Callable[[Record], ask.Request]]] = {
    1: _market_data,
    2: lambda record: ask.CancelMarketData(record.integer("reqId")),
    3: place_order,
    4: lambda record: ask.CancelOrder(record.integer("orderId")),
    5: lambda _: ask.OpenOrders(),
    6: lambda record: ask.AccountUpdates(record.flag("subscribe"), record.text("account")),
    7: _executions,
    8: lambda _: ask.Ids(),
    9: lambda record: ask.ContractDetails(record.integer("reqId"), contract_of(record)),
    14: lambda record: ask.ServerLogLevel(record.integer("level")),
    15: lambda record: ask.AutoOpenOrders(record.flag("bind")),
    16: lambda _: ask.AllOpenOrders(),
    17: lambda _: ask.ManagedAccounts(),
    20: _historical_data,
    25: lambda record: ask.CancelHistoricalData(record.integer("reqId")),
    49: lambda _: ask.CurrentTime(),
    50: lambda record: ask.RealTimeBars(record.integer("reqId"), contract_of(record), shown(record), record.flag("useRTH")),
    51: lambda record: ask.CancelRealTimeBars(record.integer("reqId")),
    58: lambda _: ask.GlobalCancel(),
    59: lambda record: ask.MarketDataType(record.integer("type")),
    61: lambda _: ask.Positions(),
    62: lambda record: ask.AccountSummary(record.integer("reqId"), record.text("group"), record.text("tags")),
    63: lambda record: ask.CancelAccountSummary(record.integer("reqId")),
    64: lambda _: ask.CancelPositions(),
    71: lambda record: ask.StartApi(record.integer("clientId"), record.text("capabilities")),
    76: _account_updates_multi,
    77: lambda record: ask.CancelAccountUpdatesMulti(record.integer("reqId")),
    99: lambda record: ask.CompletedOrders(record.flag("apiOnly")),
    **BUILDERS_DATA,
}
assert _BUILDERS.keys() == CLIENT.keys(), "every client message of the tables becomes a request"

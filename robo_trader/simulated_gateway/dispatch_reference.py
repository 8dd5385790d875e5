"""Questions with one answer: what a gateway without news, options, depth and scanners says of them, and a few facts about itself.

An empty list is an answer, and an error with the request's id is one; silence is what a real gateway keeps too: cancels of what was answered at once,
news bulletins that never come, a log level. Codes and words are a real gateway's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.binding import BINDING_CLIENT
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.dispatch_contracts import NO_CONTRACT, known
from robo_trader.simulated_gateway.dispatch_history import HMDS, INVALID
from robo_trader.simulated_gateway.dispatch_market import BBO_EXCHANGE
from robo_trader.simulated_gateway.fields import Record
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.requests_parse_data import contract_of
from robo_trader.simulated_gateway.server_core import Gateway

SAMPLES_MAX: Final = 16
LOG_LEVELS: Final = range(1, 6)
_NEWS_REFUSED: Final = (10276, "News feed is not allowed.")
_NOT_AN_ADVISOR: Final = (321, f"{INVALID}FA data operations ignored for non FA customers.")
_COMPONENTS: Final = (
    ("AMEX", "A"), ("BEX", "B"), ("NYSENAT", "C"), ("FINRA", "D"), ("ISE", "I"), ("EDGEA", "J"), ("DRCTEDGE", "K"), ("CHX", "M"), ("ARCA", "P"),
    ("NASDAQ", "Q"), ("IEX", "V"), ("T24X", "G"), ("PSX", "X"), ("BYX", "Y"), ("BATS", "Z"), ("NYSE", "N"), ("LTSE", "L"), ("MEMX", "U"),
    ("PEARL", "H"), ("TXSE", "F"),
)  # fmt: skip
_SCANNER_PARAMETERS: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ScanParameterResponse>\n  <InstrumentList varName="instrumentList">\n    <Instrument>\n'
    "      <name>US Stocks</name>\n      <type>STK</type>\n      <secType>STK</secType>\n    </Instrument>\n  </InstrumentList>\n"
    '  <LocationTree varName="locationTree"/>\n  <ScanTypeList varName="scanTypeList"/>\n  <SettingList varName="settingList"/>\n'
    '  <FilterList varName="filterList"/>\n</ScanParameterResponse>\n'
)
Fields = tuple[str, ...]
Answer = Callable[[Gateway, int, Record], Iterable[Fields]]
"""From the request's id (0 where it has none) and its fields to what is said."""


def answer(gateway: Gateway, connection: Connection, request: ask.Question) -> None:
    """Say what there is to say."""
    for fields in ANSWERS[request.number](gateway, request.req_id or 0, request.said):
        connection.tell(fields)


def matching_symbols(gateway: Gateway, connection: Connection, request: ask.MatchingSymbols) -> None:
    """The instruments that match, at most as many as a real gateway tells."""
    found = gateway.exchange.contracts.matching(request.pattern)
    connection.tell(replies_data.symbol_samples(request.req_id, found[:SAMPLES_MAX]))


def server_log_level(_gateway: Gateway, connection: Connection, request: ask.ServerLogLevel) -> None:
    """There is one log, and it holds everything."""
    if request.level not in LOG_LEVELS:
        connection.tell(replies.error(None, 319, "Invalid log level"))


def auto_open_orders(gateway: Gateway, connection: Connection, request: ask.AutoOpenOrders) -> None:
    """Bind orders that are entered by hand to client 0, from now on; nobody else may ask for that."""
    if connection.client_id != BINDING_CLIENT:
        if request.bind:
            connection.tell(replies.error(None, 321, f"{INVALID}Only the default client (i.e 0) can auto bind orders"))
    elif request.bind:
        gateway.binding.ask(report.ticket.order_id for report in gateway.exchange.open_orders() if report.ticket.client_id == BINDING_CLIENT)
    else:
        gateway.binding.stop()


def _silence(_gateway: Gateway, _req_id: int, _said: Record) -> Iterable[Fields]:
    return ()


def _refusal(code: int, text: str) -> Answer:
    return lambda _gateway, req_id, _said: [replies.error(req_id, code, text)]


def _unbound_refusal(code: int, text: str) -> Answer:
    """The refusal of a request that has no id."""
    return lambda _gateway, _req_id, _said: [replies.error(None, code, text)]


def _told(number: int, **values: str) -> Answer:
    """A message whose lists are empty."""
    return lambda _gateway, req_id, _said: [SERVER[number].write({"reqId": req_id, **values})]


def _refused_if_known(code: int, text: str) -> Answer:
    """200 for a contract that there is not, else this."""

    def answered(gateway: Gateway, req_id: int, said: Record) -> Iterable[Fields]:
        parts = Record({"expiry": "", "strike": None, "right": "", "multiplier": "", "primaryExchange": "", "tradingClass": "", **said})
        contract = known(gateway.exchange, contract_of(parts))
        return [replies.error(req_id, *NO_CONTRACT) if contract is None else replies.error(req_id, code, text)]

    return answered


def _option_chains(gateway: Gateway, req_id: int, said: Record) -> Iterable[Fields]:
    """No stock here has options, which is an answer with nothing in it."""
    con_id = said["conId"]
    if not isinstance(con_id, int) or con_id <= 0:
        return [replies.error(req_id, 321, f"{INVALID}Invalid contract id")]
    if gateway.exchange.contracts.by_con_id(con_id) is None:
        return [replies.error(req_id, *NO_CONTRACT)]
    return [SERVER[76].write({"reqId": req_id})]


def _family_codes(_gateway: Gateway, _req_id: int, _said: Record) -> Iterable[Fields]:
    """The account belongs to no family, which a real gateway says like this."""
    return [SERVER[78].write({"codes": [{"account": "*", "code": ""}]})]


def _components(_gateway: Gateway, req_id: int, said: Record) -> Iterable[Fields]:
    if said.text("bboExchange") != BBO_EXCHANGE:
        return [replies.error(req_id, 321, f"{INVALID}Invalid BBO exchange: {said.text('bboExchange')}")]
    return [replies_data.smart_components(req_id, _COMPONENTS)]


def _market_rule(gateway: Gateway, _req_id: int, said: Record) -> Iterable[Fields]:
    number = said.integer("ruleId")
    tick = gateway.exchange.contracts.market_rule(number)
    return [replies.error(None, 321, f"{INVALID}Invalid market rule id: {number}") if tick is None else replies_data.market_rule(number, tick)]


def _scan(_gateway: Gateway, req_id: int, said: Record) -> Iterable[Fields]:
    return [replies.error(req_id, 162, f"{HMDS}Scanner type with code {said.text('scanCode')} is disabled")]


ANSWERS: Final[dict[int, Answer]] = {
    10: _refused_if_known(10092, "Deep market data is not supported for this combination of security type/exchange"),
    11: lambda _gateway, req_id, _said: [replies.error(req_id, 310, f"Can't find the subscribed market depth with tickerId:{req_id}")],
    12: _silence,
    13: _silence,
    18: _unbound_refusal(*_NOT_AN_ADVISOR),
    19: _refusal(*_NOT_AN_ADVISOR),
    21: _refused_if_known(321, f"{INVALID}Only options can be exercised"),
    22: _scan,
    23: lambda _gateway, req_id, _said: [replies.error(req_id, 365, f"No scanner subscription found for ticker id:{req_id}")],
    24: lambda _gateway, _req_id, _said: [SERVER[19].write({"xml": _SCANNER_PARAMETERS})],
    52: _refused_if_known(430, "The fundamentals data for the security specified is not available."),
    53: _silence,
    54: _refused_if_known(321, f"{INVALID}Volatility is calculated of options only"),
    55: _refused_if_known(321, f"{INVALID}Option prices are calculated of options only"),
    56: _silence,
    57: _silence,
    78: _option_chains,
    79: _told(77),
    80: _family_codes,
    82: _told(80),
    83: _components,
    84: _refusal(10172, "Failed to request news article:No data available"),
    85: _told(85),
    86: _refusal(*_NEWS_REFUSED),
    89: _silence,
    90: _silence,
    91: _market_rule,
    100: _refusal(*_NEWS_REFUSED),
    101: _silence,
    102: _refusal(*_NEWS_REFUSED),
    103: _silence,
    104: _told(107, whiteBrandingId=""),
}

"""Questions with one answer: what a gateway without news, depth and a market of options says of them, and a few facts about itself.

An empty list is an answer, and an error with the request's id is one; silence is what a real gateway keeps too: cancels of what was answered at once,
news bulletins that never come, a log level. Codes and words are a real gateway's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.binding import BINDING_CLIENT
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.dispatch_contracts import NO_CONTRACT, NO_PERMISSIONS, known, no_stock
from robo_trader.simulated_gateway.dispatch_history import INVALID
from robo_trader.simulated_gateway.dispatch_market import BBO_EXCHANGE
from robo_trader.simulated_gateway.dispatch_prices import settled_price
from robo_trader.simulated_gateway.entitlement import DEEP_NOT_SUBSCRIBED, NOT_SUBSCRIBED, Notice
from robo_trader.simulated_gateway.fields import Record
from robo_trader.simulated_gateway.hours import new_york_date
from robo_trader.simulated_gateway.instrument import SMART, Contract
from robo_trader.simulated_gateway.messages import SERVER
from robo_trader.simulated_gateway.option_chain import chain
from robo_trader.simulated_gateway.other_instruments import Other, matching, undated
from robo_trader.simulated_gateway.reference_tables import COMPONENTS, DEPTH_EXCHANGES, MARKET_RULES, NEWS_PROVIDERS, SCANNER_PARAMETERS
from robo_trader.simulated_gateway.requests_parse_data import contract_of
from robo_trader.simulated_gateway.server_core import Gateway

SAMPLES_MAX: Final = 16
LOG_LEVELS: Final = range(1, 6)
_NEWS_REFUSED: Final = (10276, "News feed is not allowed.")
_NOT_AN_ADVISOR: Final = (321, f"{INVALID}FA data operations ignored for non FA customers.")
_NOT_SUBSCRIBED: Final[Notice] = (354, NOT_SUBSCRIBED)
STOCK_CODES: Final = frozenset({"a5", "a6", "a9", "9c", BBO_EXCHANGE})
"""By these the broker names what is behind quotes of US stocks."""
_BBO_CODE: Final = re.compile(r"[0-9a-f]{1,8}")
Fields = tuple[str, ...]
Answer = Callable[[Gateway, int, Record], Iterable[Fields]]
"""From the request's id (0 where it has none) and its fields to what is said."""


def answer(gateway: Gateway, connection: Connection, request: ask.Question) -> None:
    """Say what there is to say."""
    for fields in ANSWERS[request.number](gateway, request.req_id or 0, request.said):
        connection.tell(fields)


def matching_symbols(gateway: Gateway, connection: Connection, request: ask.MatchingSymbols) -> None:
    """The instruments that match, at most as many as a real gateway tells."""
    found: list[Contract | Other] = [*gateway.exchange.contracts.matching(request.pattern), *matching(request.pattern)]
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
        gateway.binding.ask(report.ticket.told_id for report in gateway.exchange.open_orders() if report.ticket.client_id == BINDING_CLIENT)
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


def _refused_if_known(code: int, text: str, of_option: Notice | None = None) -> Answer:
    """200 for a contract that there is not, else this; of an instrument that is no stock what is said of options."""

    def answered(gateway: Gateway, req_id: int, said: Record) -> Iterable[Fields]:
        parts = Record({"expiry": "", "strike": None, "right": "", "multiplier": "", "primaryExchange": "", "tradingClass": "", **said})
        spec = contract_of(parts)
        if known(gateway.exchange, spec) is not None:
            return [replies.error(req_id, code, text)]
        return [replies.error(req_id, *no_stock(gateway.exchange, spec, lambda _: of_option or (code, text)))]

    return answered


_no_deep_data = _refused_if_known(10092, "Deep market data is not supported for this combination of security type/exchange")
_no_deep_subscription = _refused_if_known(10089, DEEP_NOT_SUBSCRIBED)


def _depth(gateway: Gateway, req_id: int, said: Record) -> Iterable[Fields]:
    """The books of all exchanges at once are to be had in another way only; for that of one exchange, and for that way, nobody has paid here."""
    of_one = said.text("exchange") not in ("", SMART)
    return (_no_deep_subscription if of_one or said.flag("isSmartDepth") else _no_deep_data)(gateway, req_id, said)


def _option_chains(gateway: Gateway, req_id: int, said: Record) -> Iterable[Fields]:
    """One chain, made up around the close before; those of SPY have details too. What is no stock has none, which is an answer with nothing in it."""
    con_id = said["conId"]
    if not isinstance(con_id, int) or con_id <= 0:
        return [replies.error(req_id, 321, f"{INVALID}Invalid contract id")]
    contract, day, end = gateway.exchange.contracts.by_con_id(con_id), new_york_date(gateway.now), SERVER[76].write({"reqId": req_id})
    if contract is None:
        return [end if con_id in {other.con_id for other in undated(day)} else replies.error(req_id, *NO_CONTRACT)]
    return [replies_data.option_chain(req_id, contract, chain(day, settled_price(gateway.exchange, contract.symbol))), end]


def _family_codes(_gateway: Gateway, _req_id: int, _said: Record) -> Iterable[Fields]:
    """The account belongs to no family, which a real gateway says like this."""
    return [SERVER[78].write({"codes": [{"account": "*", "code": ""}]})]


def _components(_gateway: Gateway, req_id: int, said: Record) -> Iterable[Fields]:
    """The exchanges behind a code of quotes of stocks; behind any other code there are none."""
    code = said.text("bboExchange").lower()
    if _BBO_CODE.fullmatch(code) is None:
        return [replies.error(req_id, 321, f"{INVALID}Invalid BBO exchange: {said.text('bboExchange')}")]
    return [replies_data.smart_components(req_id, COMPONENTS if code in STOCK_CODES else ())]


def _market_rule(gateway: Gateway, _req_id: int, said: Record) -> Iterable[Fields]:
    number = said.integer("ruleId")
    tick = gateway.exchange.contracts.market_rule(number)
    steps = MARKET_RULES.get(number) if tick is None else ((Decimal(0), tick),)
    return [replies.error(None, 321, f"{INVALID}Invalid market rule id: {number}") if steps is None else replies_data.market_rule(number, steps)]


def _depth_exchanges(_gateway: Gateway, _req_id: int, _said: Record) -> Iterable[Fields]:
    return [replies_data.depth_exchanges(DEPTH_EXCHANGES)]


def _news_providers(_gateway: Gateway, _req_id: int, _said: Record) -> Iterable[Fields]:
    return [SERVER[85].write({"providers": [{"code": code, "name": name} for code, name in NEWS_PROVIDERS]})]


ANSWERS: Final[dict[int, Answer]] = {
    10: _depth,
    11: lambda _gateway, req_id, _said: [replies.error(req_id, 310, f"Can't find the subscribed market depth with tickerId:{req_id}")],
    12: _silence,
    13: _silence,
    18: _unbound_refusal(*_NOT_AN_ADVISOR),
    19: _refusal(*_NOT_AN_ADVISOR),
    21: _refused_if_known(321, f"{INVALID}Only options can be exercised", NO_PERMISSIONS),
    24: lambda _gateway, _req_id, _said: [SERVER[19].write({"xml": SCANNER_PARAMETERS})],
    52: _refused_if_known(430, "The fundamentals data for the security specified is not available."),
    53: _silence,
    54: _refused_if_known(321, f"{INVALID}Volatility is calculated of options only", _NOT_SUBSCRIBED),
    55: _refused_if_known(321, f"{INVALID}Option prices are calculated of options only", _NOT_SUBSCRIBED),
    56: _silence,
    57: _silence,
    78: _option_chains,
    79: _told(77),
    80: _family_codes,
    82: _depth_exchanges,
    83: _components,
    84: _refusal(10172, "Failed to request news article:No data available"),
    85: _news_providers,
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

"""What the gateway does about single ticks, of the past and as they come."""

from __future__ import annotations

from operator import attrgetter, itemgetter
from typing import TypeVar

from robo_trader.simulated_gateway import entitlement, replies, replies_data
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.dispatch_contracts import known, no_stock, trades
from robo_trader.simulated_gateway.dispatch_history import DUPLICATE, INVALID, INVALID_TIME, SHOWN_WRONGLY, Fault, named_past
from robo_trader.simulated_gateway.dispatch_times import CALENDAR_DAYS_MAX, NS_PER_DAY, instant_of
from robo_trader.simulated_gateway.history_ticks import TICKS_MAX, Fetch, Moment, first_from, last_before, middles_in, quotes_in
from robo_trader.simulated_gateway.market_lines import Line
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.subscriptions_ticks import KINDS, Watched
from robo_trader.values import Instant

T = TypeVar("T")
_SHOWN: dict[str, str] = {"Last": "TRADES", "AllLast": "TRADES", "BidAsk": "BID_ASK", "MidPoint": "MIDPOINT"}


def historical_ticks(gateway: Gateway, connection: Connection, request: ask.HistoricalTicks) -> None:
    """Trades, best quotes or their middles, from an instant on or up to one."""
    contract = named_past(gateway, connection, request.req_id, request.contract, dark="10187 Failed to request historical ticks:")
    if contract is None:
        return
    fault = _past_fault(request)
    if fault is not None:
        connection.tell(replies.error(request.req_id, *fault))
        return
    connection.tell(_told(gateway, request, contract))


def _told(gateway: Gateway, request: ask.HistoricalTicks, contract: Contract) -> tuple[str, ...]:
    market, symbol, req_id = gateway.exchange.market, contract.symbol, request.req_id
    match request.what:
        case "TRADES":
            prints = _fetched(gateway, request, lambda start, end: market.prints(symbol, start, end), attrgetter("at"))
            return replies_data.historical_last(req_id, prints, contract.primary_exchange)
        case "BID_ASK":
            quotes = _fetched(gateway, request, quotes_in(market, symbol, sizes=not request.ignore_size), attrgetter("at"))
            return replies_data.historical_bid_ask(req_id, quotes)
        case _:
            return replies_data.historical_midpoint(req_id, _fetched(gateway, request, middles_in(market, symbol), itemgetter(0)))


def _fetched(gateway: Gateway, request: ask.HistoricalTicks, fetch: Fetch[T], at: Moment[T]) -> list[T]:
    sessions = gateway.exchange.market.session
    if request.start:
        start = instant_of(request.start)
        assert start is not None, "the time was found acceptable"
        start = max(start, Instant(gateway.now - CALENDAR_DAYS_MAX * NS_PER_DAY))
        return first_from(fetch, at, start, gateway.now, request.count, rth=request.rth, sessions=sessions)
    end = min(instant_of(request.end) or 0, gateway.now + 1)
    return last_before(fetch, Instant(end), request.count, rth=request.rth, sessions=sessions)


def _past_fault(request: ask.HistoricalTicks) -> Fault | None:
    checks: tuple[tuple[bool, int, str], ...] = (
        (request.what in ("TRADES", "BID_ASK", "MIDPOINT"), 321, SHOWN_WRONGLY),
        (0 < request.count <= TICKS_MAX, 321, f"{INVALID}Number of ticks must be between 1 and {TICKS_MAX}"),
        (bool(request.start) != bool(request.end), 321, f"{INVALID}Please specify either start or end date/time"),
        (not request.start or instant_of(request.start) is not None, 10314, f"Start Date/Time: {INVALID_TIME}"),
        (not request.end or instant_of(request.end) is not None, 10314, f"End Date/Time: {INVALID_TIME}"),
    )
    return next(((code, text) for passes, code, text in checks if not passes), None)


def tick_by_tick(gateway: Gateway, connection: Connection, request: ask.TickByTick) -> None:
    """Begin a tick-by-tick line, after the ticks before it that were asked for."""
    contract = known(gateway.exchange, request.contract)
    if contract is None:
        told = no_stock(gateway.exchange, request.contract, lambda other: (10189, f"{entitlement.NO_TICKS}{entitlement.other_refused(other)}"))
        connection.tell(replies.error(request.req_id, *told))
        return
    refused = _ticks_fault(gateway, request, contract)
    if refused is not None:
        connection.tell(replies.error(request.req_id, *refused))
        return
    if gateway.lines.every.has(Line(connection.number, request.req_id)):
        connection.tell(replies.error(request.req_id, *DUPLICATE))
        return
    watched = Watched(contract.symbol, KINDS[request.kind], request.ignore_size, contract.primary_exchange)
    if not gateway.lines.every.add(Line(connection.number, request.req_id), watched):
        connection.tell(replies.error(request.req_id, 10190, "Max number of tick-by-tick requests has been reached."))
    elif request.count:
        before = ask.HistoricalTicks(
            request.req_id, request.contract, "", gateway.time_text(), request.count, _SHOWN[request.kind], rth=False, ignore_size=request.ignore_size
        )
        connection.tell(_told(gateway, before, contract))


def _ticks_fault(gateway: Gateway, request: ask.TickByTick, contract: Contract) -> Fault | None:
    paid = gateway.manners.market_data
    if request.kind not in KINDS:
        return 321, f"{INVALID}Invalid tick type: {request.kind}"
    if not 0 <= request.count <= TICKS_MAX:
        return 321, f"{INVALID}Number of ticks must be between 0 and {TICKS_MAX}"
    if paid is not entitlement.Entitlement.LIVE or not trades(gateway.exchange, contract):
        return entitlement.ticks_refused(paid, contract)
    return None


def cancel_tick_by_tick(gateway: Gateway, connection: Connection, request: ask.CancelTickByTick) -> None:
    """End a tick-by-tick line."""
    if not gateway.lines.every.drop(Line(connection.number, request.req_id)):
        connection.tell(replies.error(request.req_id, 300, f"Can't find EId with tickerId:{request.req_id}"))

"""What the gateway does about market data and time."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import entitlement, replies
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.day_prices import DayPrices
from robo_trader.simulated_gateway.dispatch_contracts import known, no_stock, trades
from robo_trader.simulated_gateway.dispatch_history import DUPLICATE, INVALID, SHOWN_WRONGLY
from robo_trader.simulated_gateway.dispatch_prices import today
from robo_trader.simulated_gateway.entitlement import Notice
from robo_trader.simulated_gateway.hours import extended_hours, new_york_date
from robo_trader.simulated_gateway.market_lines import DELAY_NS, TURNOVERS, Line, Turnover, as_delayed
from robo_trader.simulated_gateway.other_instruments import Other
from robo_trader.simulated_gateway.reference_tables import LETTERS
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.subscriptions import Feed, worded
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

BBO_EXCHANGE: Final = "9c0001"  # by this name the broker's quotes of US stocks say which exchanges are in them
LINES_MAX: Final = 100
TOO_MANY: Final = (101, "Max number of tickers has been reached")
_GENERIC_TICKS: Final = (
    "100(Option Volume),101(Option Open Interest),105(Average Opt Volume),106(impvolat),165(Misc. Stats),221/220(Creditman Mark Price),225(Auction),"
    "232/221(Pl Price),233(RTVolume),236(inventory),258/47(Fundamentals),292(News),293(TradeCount),294(TradeRate),295(VolumeRate),318(LastRTHTrade),"
    "375(RTTrdVolume),411(rthistvol),456/59(IBDividends),460(Bond Factor Multiplier),576(EtfNavBidAsk(navbidask)),577(EtfNavLast(navlast)),"
    "578(EtfNavClose(navclose)),586(IPOHLMPRC),587(Pl Price Delayed),588(Futures Open Interest),595(Short-Term Volume X Mins),"
    "614(EtfNavMisc(high/low)),619(Creditman Slow Mark Price),623(EtfFrozenNavLast(fznavlast))"
)
_LEGAL_TICKS: Final = frozenset(number for named in _GENERIC_TICKS.split(",") for number in re.findall(r"[0-9]+", named.partition("(")[0]))
BARS_SHOW: Final = frozenset({"TRADES", "BID", "ASK", "MIDPOINT"})


def current_time(gateway: Gateway, connection: Connection, _request: ask.CurrentTime) -> None:
    """The simulated clock."""
    connection.tell(replies.current_time(gateway.now // NS_PER_SECOND))


def _named(gateway: Gateway, connection: Connection, req_id: int, spec: ask.ContractSpec, of_other: Callable[[Other], Notice]) -> Contract | None:
    """The contract of a request; where there is none an error is told, and of an instrument that is no stock what `of_other` says."""
    contract = known(gateway.exchange, spec)
    if contract is None:
        connection.tell(replies.error(req_id, *no_stock(gateway.exchange, spec, of_other)))
    return contract


def market_data_type(gateway: Gateway, connection: Connection, request: ask.MarketDataType) -> None:
    """What the client wants from its next lines on; an answer comes with each of them."""
    if request.type not in entitlement.DATA_TYPES:
        connection.tell(replies.error(None, 321, f"{INVALID}Invalid market data type: {request.type}"))
        return
    gateway.lines.wanted[connection.number] = request.type


def market_data(gateway: Gateway, connection: Connection, request: ask.MarketData) -> None:
    """Begin a line, or take one snapshot: the kind, the parameters, everything known, and then what changes."""
    contract = _named(gateway, connection, request.req_id, request.contract, lambda _: (354, entitlement.NOT_SUBSCRIBED))
    if contract is None:
        return
    refused = _line_fault(gateway, connection, request)
    if refused is not None:
        connection.tell(replies.error(request.req_id, *refused))
        return
    wanted = gateway.lines.wanted.get(connection.number, entitlement.LIVE)
    paid = gateway.manners.market_data if trades(gateway.exchange, contract) else entitlement.Entitlement.NONE
    data_type = entitlement.served(paid, wanted, is_open=gateway.is_open)
    parameters = replies.tick_req_params(request.req_id, contract.min_tick, BBO_EXCHANGE)
    if data_type is None:
        connection.tell(parameters)
        connection.tell(replies.error(request.req_id, *entitlement.line_refused(paid, wanted, contract)))
        return
    connection.tell(replies.market_data_type(request.req_id, data_type))
    connection.tell(parameters)
    if data_type in (entitlement.DELAYED, entitlement.DELAYED_FROZEN):
        _begin_delayed(gateway, connection, request, contract.symbol)
    else:
        _begin_live(gateway, connection, request, contract.symbol)
    if request.snapshot:
        connection.tell(replies.snapshot_end(request.req_id))


def _line_fault(gateway: Gateway, connection: Connection, request: ask.MarketData) -> tuple[int, str] | None:
    wanted = _wanted(request.generic_ticks)
    if gateway.lines.ticks.has(Line(connection.number, request.req_id)):
        return DUPLICATE
    if request.snapshot and wanted:
        return 321, f"{INVALID}Snapshot market data subscription is not applicable to generic ticks"
    if any(part not in _LEGAL_TICKS and part != "mdoff" for part in wanted):
        return 321, f"{INVALID}Incorrect generic tick list of {request.generic_ticks}.  Legal ones for (STK) are: {_GENERIC_TICKS}"
    if not request.snapshot and gateway.lines.ticks.count(connection.number) >= LINES_MAX:
        return TOO_MANY
    return None


def _begin_live(gateway: Gateway, connection: Connection, request: ask.MarketData, symbol: Symbol) -> None:
    line = Line(connection.number, request.req_id)
    feed = _begin(gateway, symbol) if request.snapshot else gateway.lines.ticks.add(line, symbol, lambda: _begin(gateway, symbol))
    for tick in feed.whole():
        for fields in worded(request.req_id, tick, size_too=gateway.manners.tick_size_duplicates):
            connection.tell(fields)
    if not request.snapshot:
        _begin_generic(gateway, connection, request, symbol)


def _wanted(generic_ticks: str) -> list[str]:
    """The numbers of generic ticks, without what some of them say behind a colon."""
    return [part.strip().partition(":")[0] for part in generic_ticks.split(",") if part.strip()]


def _begin_generic(gateway: Gateway, connection: Connection, request: ask.MarketData, symbol: Symbol) -> None:
    line, numbers = Line(connection.number, request.req_id), frozenset(_wanted(request.generic_ticks))
    if not numbers:
        return
    kinds = tuple(kind for number, kind in TURNOVERS.items() if number in numbers)
    if kinds:
        traded = today(gateway.exchange, symbol)
        volume, value = sum(bar.volume for bar in traded), sum((bar.average * bar.volume for bar in traded), Decimal(0))
        gateway.lines.turnovers[line] = Turnover(symbol, volume, value, kinds)
    for fields in gateway.lines.generic.begin(gateway.exchange, gateway.lines.ticks.feeds[symbol], line, symbol, numbers):
        connection.tell(fields)


def _begin_delayed(gateway: Gateway, connection: Connection, request: ask.MarketData, symbol: Symbol) -> None:
    """What was known a delay ago; a line goes on from there."""
    line, then = Line(connection.number, request.req_id), Instant(gateway.now - DELAY_NS)
    if not request.snapshot:
        gateway.lines.ticks.add(line, symbol, lambda: _begin(gateway, symbol))
        gateway.lines.delayed.add(line)
        connection.tell(replies.error(request.req_id, *entitlement.DELAYED_SHOWN))
    market = gateway.exchange.market
    prints = market.prints(symbol, extended_hours(new_york_date(then)).open, Instant(then + 1))
    quotes = market.quotes(symbol, then, Instant(then + 1))
    volume = sum(one.size for one in prints)
    feed = Feed(quotes[-1] if quotes else None, prints[-1] if prints else None, volume, day=DayPrices(market, symbol, then))
    for tick in as_delayed(feed.whole()):
        for fields in worded(request.req_id, tick, size_too=False):
            connection.tell(fields)


def _begin(gateway: Gateway, symbol: Symbol) -> Feed:
    market, venue = gateway.exchange.market, gateway.exchange.venue
    return Feed(
        market.quote(symbol),
        market.last_trade(symbol),
        sum(bar.volume for bar in today(gateway.exchange, symbol)),
        day=DayPrices(market, symbol, gateway.now),
        halted=lambda at: venue.halted(symbol, at),
        now=gateway.now,
        exchanges=LETTERS.get(gateway.contract(symbol).primary_exchange, ""),
    )


def cancel_market_data(gateway: Gateway, connection: Connection, request: ask.CancelMarketData) -> None:
    """End a line."""
    if not gateway.lines.drop(Line(connection.number, request.req_id)):
        connection.tell(replies.error(request.req_id, *_not_found(request.req_id)))


def _not_found(req_id: int) -> tuple[int, str]:
    return 300, f"Can't find EId with tickerId:{req_id}"


def real_time_bars(gateway: Gateway, connection: Connection, request: ask.RealTimeBars) -> None:
    """Begin five-second bars."""
    contract = _named(
        gateway, connection, request.req_id, request.contract, lambda other: (420, f"Invalid Real-time Query:{entitlement.other_refused(other)}")
    )
    if contract is None:
        return
    paid = gateway.manners.market_data
    if request.what not in BARS_SHOW:
        connection.tell(replies.error(request.req_id, 321, SHOWN_WRONGLY))
    elif paid is not entitlement.Entitlement.LIVE or not trades(gateway.exchange, contract):
        connection.tell(replies.error(request.req_id, *entitlement.bars_refused(paid, contract)))
    elif Line(connection.number, request.req_id) in gateway.lines.bars.lines:
        connection.tell(replies.error(request.req_id, *DUPLICATE))
    elif gateway.lines.bars.count(connection.number) >= LINES_MAX:
        connection.tell(replies.error(request.req_id, *TOO_MANY))
    else:
        gateway.lines.bars.lines[Line(connection.number, request.req_id)] = (contract.symbol, request.rth, request.what)


def cancel_real_time_bars(gateway: Gateway, connection: Connection, request: ask.CancelRealTimeBars) -> None:
    """End five-second bars."""
    if gateway.lines.bars.lines.pop(Line(connection.number, request.req_id), None) is None:
        connection.tell(replies.error(request.req_id, *_not_found(request.req_id)))

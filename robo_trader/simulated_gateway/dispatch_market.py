"""What the gateway does about contracts, market data and time."""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.dispatch_contracts import NO_CONTRACT, find
from robo_trader.simulated_gateway.dispatch_times import history_start, instant_of
from robo_trader.simulated_gateway.hours import extended_hours, new_york_date
from robo_trader.simulated_gateway.market import TradeBar
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.subscriptions import Feed, Line, worded
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

SECONDS_PER_DAY: Final = 86_400
EPOCH_SECONDS_FORMAT: Final = 2
_SECOND_BARS: Final = {f"{n} secs": n for n in (1, 5, 10, 15, 30)}
_MINUTE_BARS: Final = {"1 min": 60} | {f"{n} mins": 60 * n for n in (2, 3, 5, 10, 15, 20, 30)}
BAR_SIZES: Final = _SECOND_BARS | _MINUTE_BARS | {"1 hour": 3600, "1 day": SECONDS_PER_DAY}
BARS_MAX: Final = 100_000  # one client's question must not keep the others waiting
TRADES: Final = "TRADES"
_INVALID: Final = "Error validating request.-'bW' : cause - "
_HMDS: Final = "Historical Market Data Service error message:"


def current_time(gateway: Gateway, connection: Connection, _request: ask.CurrentTime) -> None:
    """The simulated clock."""
    connection.tell(replies.current_time(gateway.now // NS_PER_SECOND))


def _named(gateway: Gateway, connection: Connection, req_id: int, spec: ask.ContractSpec) -> Contract | None:
    """The contract of a request; an error is told where there is none."""
    contract = find(gateway.exchange, spec)
    if contract is None:
        connection.tell(replies.error(req_id, *NO_CONTRACT))
    return contract


def contract_details(gateway: Gateway, connection: Connection, request: ask.ContractDetails) -> None:
    """All about the one contract that fits."""
    contract = _named(gateway, connection, request.req_id, request.contract)
    if contract is None:
        return
    contracts, day = gateway.exchange.contracts, new_york_date(gateway.now)
    hours, liquid = contracts.trading_hours(day), contracts.liquid_hours(day)
    connection.tell(replies.contract_details(request.req_id, contract, trading_hours=hours, liquid_hours=liquid))
    connection.tell(replies.contract_details_end(request.req_id))


def market_data(gateway: Gateway, connection: Connection, request: ask.MarketData) -> None:
    """Begin a line, or take one snapshot: the kind, the parameters, everything known, and then what changes."""
    contract = _named(gateway, connection, request.req_id, request.contract)
    if contract is None:
        return
    line = Line(connection.number, request.req_id)
    if request.snapshot:
        feed = _begin(gateway, contract.symbol)
    else:
        feed = gateway.ticks.add(line, contract.symbol, lambda: _begin(gateway, contract.symbol))
    connection.tell(replies.market_data_type(request.req_id, 1))
    connection.tell(replies.tick_req_params(request.req_id, contract.min_tick, contract.primary_exchange))
    for tick in feed.whole():
        for fields in worded(request.req_id, tick, size_too=gateway.manners.tick_size_duplicates):
            connection.tell(fields)
    if request.snapshot:
        connection.tell(replies.snapshot_end(request.req_id))


def _begin(gateway: Gateway, symbol: Symbol) -> Feed:
    market, now = gateway.exchange.market, gateway.now
    opened = extended_hours(new_york_date(now)).open
    today = market.bars(symbol, opened, Instant(now + 1), SECONDS_PER_DAY, rth=False)
    return Feed(market.quote(symbol), market.last_trade(symbol), sum(bar.volume for bar in today))


def cancel_market_data(gateway: Gateway, connection: Connection, request: ask.CancelMarketData) -> None:
    """End a line."""
    if not gateway.ticks.drop(Line(connection.number, request.req_id)):
        connection.tell(replies.error(request.req_id, 300, f"Can't find EId with tickerId:{request.req_id}"))


def real_time_bars(gateway: Gateway, connection: Connection, request: ask.RealTimeBars) -> None:
    """Begin five-second bars of trades."""
    contract = _named(gateway, connection, request.req_id, request.contract)
    if contract is None:
        return
    if request.what != TRADES:
        connection.tell(replies.error(request.req_id, 321, f"{_INVALID}Only TRADES are served as real-time bars"))
        return
    gateway.bars.lines[Line(connection.number, request.req_id)] = (contract.symbol, request.rth)


def cancel_real_time_bars(gateway: Gateway, connection: Connection, request: ask.CancelRealTimeBars) -> None:
    """End five-second bars."""
    if gateway.bars.lines.pop(Line(connection.number, request.req_id), None) is None:
        connection.tell(replies.error(request.req_id, 300, f"Can't find EId with tickerId:{request.req_id}"))


def historical_data(gateway: Gateway, connection: Connection, request: ask.HistoricalData) -> None:
    """Bars of trades up to an instant; the last one may still be in the making."""
    contract = _named(gateway, connection, request.req_id, request.contract)
    if contract is None:
        return
    if gateway.trouble.dark:
        connection.tell(replies.error(request.req_id, 162, f"{_HMDS}HMDS server disconnect occurred.  Attempting reconnection..."))
        return
    market = gateway.exchange.market
    end = Instant(min(gateway.now, instant_of(request.end) or 0)) if request.end else gateway.now
    start = history_start(end, request.duration, rth=request.rth, sessions=market.session)
    seconds = BAR_SIZES.get(request.bar_size)
    cause = _history_fault(request, start, seconds)
    if cause is not None or start is None or seconds is None:
        connection.tell(replies.error(request.req_id, 321, f"{_INVALID}{cause}"))
        return
    if end - start > BARS_MAX * seconds * NS_PER_SECOND:
        connection.tell(replies.error(request.req_id, 162, f"{_HMDS}Time length exceed max."))
        return
    bars = market.bars(contract.symbol, start, end, seconds, request.rth)
    if not bars:
        text = f"{_HMDS}HMDS query returned no data: {contract.symbol}@SMART Trades"
        connection.tell(replies.error(request.req_id, 162, text))
        return
    dated = [(_date(gateway, bar, request.format_date), bar) for bar in bars]
    connection.tell(replies.historical_data(request.req_id, gateway.time_text(start), gateway.time_text(end), dated))


def _history_fault(request: ask.HistoricalData, start: Instant | None, seconds: int | None) -> str | None:
    checks = (
        (request.what == TRADES, "Only TRADES are served as history"),
        (not request.keep_up_to_date, "History that is kept up to date is not served"),
        (not request.end or instant_of(request.end) is not None, "Invalid end date or time"),
        (start is not None, f"Invalid duration: {request.duration}"),
        (seconds is not None, f"Invalid bar size: {request.bar_size}"),
    )
    return next((cause for passes, cause in checks if not passes), None)


def _date(gateway: Gateway, bar: TradeBar, format_date: int) -> str:
    if bar.seconds == SECONDS_PER_DAY:
        return f"{gateway.wall(bar.start):%Y%m%d}"
    return str(bar.start // NS_PER_SECOND) if format_date == EPOCH_SECONDS_FORMAT else gateway.time_text(bar.start)


def cancel_historical_data(_gateway: Gateway, connection: Connection, request: ask.CancelHistoricalData) -> None:
    """History is answered at once, so there is never one to end."""
    connection.tell(replies.error(request.req_id, 366, f"No historical data query found for ticker id:{request.req_id}"))

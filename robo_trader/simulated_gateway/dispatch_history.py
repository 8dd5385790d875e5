"""What the gateway does about the past: bars, histories that are kept up to date, single ticks, schedules, and where a history begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from robo_trader.simulated_gateway import entitlement, replies, replies_data
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.dispatch_contracts import known, no_stock
from robo_trader.simulated_gateway.dispatch_times import CALENDAR_DAYS_MAX, NS_PER_DAY, duration_fault, history_start, instant_of, windows
from robo_trader.simulated_gateway.history import BAR_SIZES, LEGAL_SIZES, OF_QUOTES, OF_TRADES, bars_of, too_many
from robo_trader.simulated_gateway.history_ticks import traded_at
from robo_trader.simulated_gateway.hours import extended_hours, new_york_date
from robo_trader.simulated_gateway.market_lines import Kept, Line
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.subscriptions import BAR_SECONDS
from robo_trader.simulated_gateway.tape import SECONDS_PER_DAY
from robo_trader.simulated_gateway.telling_market import EPOCH_SECONDS_FORMAT
from robo_trader.simulated_gateway.time_words import TIME_ZONE, TimeForm, time_words
from robo_trader.values import NS_PER_SECOND, Instant

INVALID: Final = "Error validating request.-'bW' : cause - "
PROCESSING: Final = "Error processing request.-'bW' : cause - "
NO_EXCHANGE: Final = (321, "Error validating request.-'bN' : cause - Please enter exchange")
DUPLICATE: Final = (322, f"{PROCESSING}Duplicate ticker id")
SHOWN_WRONGLY: Final = f"{INVALID}What to show field is missing or incorrect."
HMDS: Final = "Historical Market Data Service error message:"
NO_HISTOGRAM: Final = "Failed to request histogram data:"
KEPT_MAX: Final = 50  # histories that are kept up to date, for each client
SCHEDULE: Final = "SCHEDULE"
INVALID_TIME: Final = (
    "The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xx/xxxx where yyyymmdd and xx/xxxx are optional."
    " E.g.: 20031126 15:59:00 US/Eastern  Note that there is a space between the date and time, and between the time and time-zone."
    "  If no date is specified, current date is assumed. If no time-zone is specified, local time-zone is assumed(deprecated)."
    "  You can also provide yyyymmddd-hh:mm:ss time is in UTC. Note that there is a dash between the date and time in UTC notation."
)
_PERIODS: Final = {"day": 1, "week": 7, "month": 30}
_PERIOD_DAYS_MAX: Final = 90
_YEAR: Final = 365
Fault = tuple[int, str]


def named_past(gateway: Gateway, connection: Connection, req_id: int, spec: ask.ContractSpec, *, dark: str) -> Contract | None:
    """The contract of a request for its past; where it has none that can be told, an error is. `dark`: code and words of a farm that is lost."""
    code, _, before = dark.partition(" ")
    contract = known(gateway.exchange, spec)
    if contract is None:
        refused = no_stock(gateway.exchange, spec, lambda other: (int(code), before + entitlement.other_refused(other)))
        connection.tell(replies.error(req_id, *refused))
        return None
    if gateway.trouble.dark:
        connection.tell(replies.error(req_id, int(code), f"{before}HMDS server disconnect occurred.  Attempting reconnection..."))
        return None
    paid = gateway.manners.market_data
    if paid is not entitlement.Entitlement.LIVE:
        connection.tell(replies.error(req_id, int(code), before + entitlement.history_refused(paid, contract)))
        return None
    return contract


def historical_data(gateway: Gateway, connection: Connection, request: ask.HistoricalData) -> None:
    """Bars up to an instant, the last of which may still be in the making; and if they are to be kept up to date, what comes after them."""
    if not request.contract.exchange:
        connection.tell(replies.error(request.req_id, *NO_EXCHANGE))
        return
    contract = named_past(gateway, connection, request.req_id, request.contract, dark=f"162 {HMDS}")
    if contract is not None:
        _tell_history(gateway, connection, request, contract)


def _tell_history(gateway: Gateway, connection: Connection, request: ask.HistoricalData, contract: Contract) -> None:
    fault = _history_fault(request)
    if Line(connection.number, request.req_id) in gateway.lines.kept:
        fault = (322, f"{PROCESSING}Duplicate ticker ID for API historical data query")
    elif request.keep_up_to_date and gateway.lines.keeps(connection.number) >= KEPT_MAX:
        fault = (162, f"{HMDS}Maximum number of {KEPT_MAX} open requests exceeded")
    if fault is not None:
        connection.tell(replies.error(request.req_id, *fault))
        return
    market, seconds = gateway.exchange.market, BAR_SIZES[request.bar_size]
    end = _until(gateway, request.end)
    start = history_start(end, request.duration, rth=request.rth, sessions=market.session)
    if start is None:  # it ends before anything is known of
        connection.tell(_no_data(request, contract))
        return
    if request.what == SCHEDULE:
        _tell_schedule(gateway, connection, request, start, end)
        return
    if too_many(windows(end, rth=request.rth, sessions=market.session), start, seconds):
        connection.tell(replies.error(request.req_id, 162, f"{HMDS}Time length exceed max."))
        return
    bars = bars_of(market, contract.symbol, start, end, seconds, rth=request.rth, what=request.what)
    if not bars:
        connection.tell(_no_data(request, contract))
        return
    dated = [(gateway.feeds.dated(bar, request.format_date), bar) for bar in bars]
    begins, ends = (time_words(at, TimeForm.PLAIN) for at in (start, end))  # a zone stands there from version 196 on only
    connection.tell(replies.historical_data(request.req_id, begins, ends, dated))
    if request.keep_up_to_date:
        kept = Kept(contract.symbol, seconds, request.rth, request.what, request.format_date, bars[-1])
        gateway.lines.kept[Line(connection.number, request.req_id)] = kept


def _no_data(request: ask.HistoricalData, contract: Contract) -> tuple[str, ...]:
    return replies.error(request.req_id, 162, f"{HMDS}HMDS query returned no data: {contract.symbol}@SMART {request.what.title()}")


def _until(gateway: Gateway, text: str) -> Instant:
    """The end of a history: as asked, but never in the future."""
    return Instant(min(gateway.now, instant_of(text) or 0)) if text else gateway.now


def _history_fault(request: ask.HistoricalData) -> Fault | None:
    seconds, scheduled = BAR_SIZES.get(request.bar_size), request.what == SCHEDULE
    duration = duration_fault(request.duration)
    checks: tuple[tuple[bool, int, str], ...] = (
        (scheduled or request.what in OF_TRADES | OF_QUOTES, 321, SHOWN_WRONGLY),
        (seconds is not None, 321, f"{INVALID}Historical data bar size setting is invalid. Legal ones are: {LEGAL_SIZES}"),
        (not request.end or instant_of(request.end) is not None, 10314, f"End Date/Time: {INVALID_TIME}"),
        (duration is None, 321, f"{INVALID}{duration}"),
        (request.what != "ADJUSTED_LAST" or not request.end, 321, f"{INVALID}End date not supported with adjusted last"),
        (not request.keep_up_to_date or not request.end, 321, f"{INVALID}End date not supported with real-time updates"),
        (not request.keep_up_to_date or (seconds or 0) >= BAR_SECONDS, 321, f"{INVALID}Real-time updates need bars of {BAR_SECONDS} secs or more"),
        (not scheduled or seconds == SECONDS_PER_DAY, 321, f"{INVALID}Only 1 day bars are supported for a schedule"),
        (not scheduled or not request.keep_up_to_date, 321, f"{INVALID}A schedule has no real-time updates"),
    )
    return next(((code, text) for passes, code, text in checks if not passes), None)


def _tell_schedule(gateway: Gateway, connection: Connection, request: ask.HistoricalData, start: Instant, end: Instant) -> None:
    sessions = list(_sessions(gateway, start, end, rth=request.rth))
    if not sessions:
        connection.tell(replies.error(request.req_id, 162, f"{HMDS}HMDS query returned no data: {request.contract.symbol}@SMART Schedule"))
        return
    connection.tell(replies_data.historical_schedule(request.req_id, sessions[0][0], sessions[-1][1], TIME_ZONE, sessions))


def _sessions(gateway: Gateway, start: Instant, end: Instant, *, rth: bool) -> Iterator[tuple[str, str, str]]:
    day = new_york_date(start)
    while day <= new_york_date(end):
        session = gateway.exchange.market.session(day)
        if session is not None:
            hours = session if rth else extended_hours(day)
            yield f"{gateway.wall(hours.open):%Y%m%d-%H:%M:%S}", f"{gateway.wall(hours.close):%Y%m%d-%H:%M:%S}", f"{day:%Y%m%d}"
        day += timedelta(days=1)


def cancel_historical_data(gateway: Gateway, connection: Connection, request: ask.CancelHistoricalData) -> None:
    """End a history that is kept up to date; any other was answered at once, so that there is nothing to end."""
    if gateway.lines.kept.pop(Line(connection.number, request.req_id), None) is None:
        connection.tell(replies.error(request.req_id, 366, f"No historical data query found for ticker id:{request.req_id}"))
    else:
        connection.tell(replies.error(request.req_id, 162, f"{HMDS}API historical data query cancelled: {request.req_id}"))


def head_timestamp(gateway: Gateway, connection: Connection, request: ask.HeadTimestamp) -> None:
    """Where the history that this gateway has of a contract begins."""
    contract = named_past(gateway, connection, request.req_id, request.contract, dark=f"162 {HMDS}")
    if contract is None:
        return
    if request.what not in OF_TRADES | OF_QUOTES:
        connection.tell(replies.error(request.req_id, 321, SHOWN_WRONGLY))
        return
    begin = _first_day(gateway, contract, request)
    if begin is None:
        connection.tell(replies.error(request.req_id, 162, f"{HMDS}No head time stamp"))
        return
    seconds = begin // NS_PER_SECOND
    text = str(seconds) if request.format_date == EPOCH_SECONDS_FORMAT else f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d-%H:%M:%S}"
    connection.tell(replies_data.head_timestamp(request.req_id, text))


def _first_day(gateway: Gateway, contract: Contract, request: ask.HeadTimestamp) -> Instant | None:
    """Where the first bar of a day begins; looked for a year at a time, so that no more bars are made than are needed."""
    for back in range(CALENDAR_DAYS_MAX, 0, -_YEAR):
        begin, end = (Instant(gateway.now - days * NS_PER_DAY) for days in (back, back - _YEAR))
        days = bars_of(gateway.exchange.market, contract.symbol, begin, end, SECONDS_PER_DAY, rth=request.rth, what=request.what)
        if days:
            return days[0].start
    return None


def histogram(gateway: Gateway, connection: Connection, request: ask.Histogram) -> None:
    """Shares traded at each price in a period up to now."""
    contract = named_past(gateway, connection, request.req_id, request.contract, dark=f"10188 {NO_HISTOGRAM}")
    if contract is None:
        return
    amount, _, unit = request.period.strip().partition(" ")
    days = int(amount) * _PERIODS.get(unit.rstrip("s"), 0) if amount.isascii() and amount.isdigit() else 0
    if not 0 < days <= _PERIOD_DAYS_MAX:
        connection.tell(replies.error(request.req_id, 321, f"{INVALID}Invalid time period: {request.period}"))
        return
    start = Instant(gateway.now - days * NS_PER_DAY)
    rows = traded_at(gateway.exchange.market, contract.symbol, start, Instant(gateway.now + 1), rth=request.rth)
    connection.tell(replies_data.histogram(request.req_id, rows))

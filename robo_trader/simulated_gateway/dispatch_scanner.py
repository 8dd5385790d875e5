"""What the gateway does about market scans: the day so far of every symbol that trades here, ranked once; a scan is open until it is cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.day_prices import close_before
from robo_trader.simulated_gateway.dispatch_history import DUPLICATE, HMDS
from robo_trader.simulated_gateway.dispatch_prices import last_price, today
from robo_trader.simulated_gateway.scanner import Figures, is_known, scanned
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.subscriptions import Line
from robo_trader.values import Symbol

SCANS_MAX: Final = 10
NOTHING_FOUND: Final = (165, "Historical Market Data Service query message:no items retrieved")


def scan(gateway: Gateway, connection: Connection, request: ask.ScannerSubscription) -> None:
    """Rank the market by the scan code; 165 and an empty answer where nothing passes the filters."""
    refused = _refused(gateway, connection, request)
    if refused is not None:
        connection.tell(replies.error(request.req_id, *refused))
        return
    gateway.lines.scans.add(Line(connection.number, request.req_id))
    found = scanned(request.scan, _figures(gateway))
    if not found:
        connection.tell(replies.error(request.req_id, *NOTHING_FOUND))
    connection.tell(replies_data.scanner_data(request.req_id, found))


def _refused(gateway: Gateway, connection: Connection, request: ask.ScannerSubscription) -> tuple[int, str] | None:
    if gateway.trouble.dark:
        return 162, f"{HMDS}HMDS server disconnect occurred.  Attempting reconnection..."
    if not is_known(request.scan.code):
        return 162, f"{HMDS}Scanner type with code {request.scan.code} is disabled"
    if Line(connection.number, request.req_id) in gateway.lines.scans:
        return DUPLICATE
    if sum(line.connection == connection.number for line in gateway.lines.scans) >= SCANS_MAX:
        return 162, f"{HMDS}Only {SCANS_MAX} simultaneous API scanner subscriptions are allowed."
    return None


def cancel(gateway: Gateway, connection: Connection, request: ask.CancelScannerSubscription) -> None:
    """End a scan, which is said as an error."""
    line = Line(connection.number, request.req_id)
    if line not in gateway.lines.scans:
        connection.tell(replies.error(request.req_id, 365, f"No scanner subscription found for ticker id:{request.req_id}"))
        return
    gateway.lines.scans.discard(line)
    connection.tell(replies.error(request.req_id, 162, f"{HMDS}API scanner subscription cancelled: {request.req_id}"))


def _figures(gateway: Gateway) -> Iterator[Figures]:
    for symbol in gateway.exchange.market.symbols:
        figures = _day_of(gateway, symbol)
        if figures is not None:
            yield figures


def _day_of(gateway: Gateway, symbol: Symbol) -> Figures | None:
    """The day of one symbol; None before it has any price."""
    exchange, contract = gateway.exchange, gateway.contract(symbol)
    price, before = last_price(exchange, symbol), close_before(exchange.market, symbol, gateway.now)
    if price is None:
        return None
    (bar,) = today(exchange, symbol)[-1:] or (None,)
    if bar is None:
        return Figures(contract, price, before)
    turnover = bar.average * bar.volume if bar.volume else Decimal(0)
    return Figures(contract, price, before, bar.open, bar.high, bar.low, bar.volume, turnover, bar.trades)

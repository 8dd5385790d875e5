"""From a request to what the gateway does about it: one row per kind of request.

The rows are functions of three arguments: the gateway, the connection that asks, the request. Whatever they say, they say by `connection.tell` and
`gateway.tell`; whoever calls `handle` flushes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from robo_trader.simulated_gateway import dispatch_account as account
from robo_trader.simulated_gateway import dispatch_details as details
from robo_trader.simulated_gateway import dispatch_groups as groups
from robo_trader.simulated_gateway import dispatch_history as history
from robo_trader.simulated_gateway import dispatch_market as market
from robo_trader.simulated_gateway import dispatch_orders as orders
from robo_trader.simulated_gateway import dispatch_reference as reference
from robo_trader.simulated_gateway import dispatch_scanner as scanner
from robo_trader.simulated_gateway import dispatch_ticks as ticks
from robo_trader.simulated_gateway import replies
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.server_core import Gateway

NOT_SERVED: Final = 321


def handle(gateway: Gateway, connection: Connection, request: ask.Request) -> None:
    """Carry out one request."""
    HANDLERS[type(request)](gateway, connection, request)


def start_api(gateway: Gateway, connection: Connection, request: ask.StartApi) -> None:
    """Admit a client under its id: first its open orders, then its account and next id, then the state of the farms."""
    if not gateway.ids.grant(request.client_id, connection):
        connection.tell(replies.error(None, 326, "Unable to connect as the client id is already in use. Retry with a unique client id."))
        connection.end()
        return
    own = [report for report in gateway.exchange.open_orders() if report.ticket.client_id == request.client_id]
    for report in own:
        gateway.tell_order(connection, report)
    if own:
        connection.tell(replies.open_order_end())
    connection.tell(replies.managed_accounts(gateway.exchange.account.account_id))
    connection.tell(replies.next_valid_id(gateway.trouble.next_id(request.client_id)))
    for code, text in gateway.trouble.farms:
        connection.tell(replies.error(None, code, text))


def unsupported(_gateway: Gateway, connection: Connection, request: ask.Unsupported) -> None:
    """A request of the protocol that this gateway does not serve."""
    text = f"Error validating request.-'bW' : cause - Request {request.message_id} is not served by this gateway"
    connection.tell(replies.error(None, NOT_SERVED, text))


def malformed(_gateway: Gateway, connection: Connection, request: ask.Malformed) -> None:
    """A request that could not be read."""
    connection.tell(replies.error(request.req_or_order_id, request.code, request.text))


HANDLERS: Final[dict[type, Callable[[Gateway, Connection, Any], None]]] = {
    ask.StartApi: start_api,
    ask.Unsupported: unsupported,
    ask.Malformed: malformed,
    ask.ServerLogLevel: reference.server_log_level,
    ask.MarketDataType: market.market_data_type,
    ask.AutoOpenOrders: reference.auto_open_orders,
    ask.PlaceOrder: orders.place,
    ask.CancelOrder: orders.cancel,
    ask.GlobalCancel: orders.global_cancel,
    ask.OpenOrders: orders.open_orders,
    ask.AllOpenOrders: orders.all_open_orders,
    ask.CompletedOrders: orders.completed_orders,
    ask.Executions: orders.executions,
    ask.Ids: orders.ids,
    ask.ManagedAccounts: account.managed_accounts,
    ask.AccountUpdates: account.updates,
    ask.AccountSummary: account.summary,
    ask.CancelAccountSummary: account.cancel_summary,
    ask.AccountUpdatesMulti: account.updates_multi,
    ask.CancelAccountUpdatesMulti: account.cancel_updates_multi,
    ask.Positions: account.positions,
    ask.CancelPositions: account.cancel_positions,
    ask.PositionsMulti: account.positions_multi,
    ask.CancelPositionsMulti: account.cancel_positions_multi,
    ask.Profit: account.profit,
    ask.CancelProfit: account.cancel_profit,
    ask.PositionProfit: account.position_profit,
    ask.CancelPositionProfit: account.cancel_position_profit,
    ask.CurrentTime: market.current_time,
    ask.ContractDetails: details.contract_details,
    ask.MarketData: market.market_data,
    ask.CancelMarketData: market.cancel_market_data,
    ask.RealTimeBars: market.real_time_bars,
    ask.CancelRealTimeBars: market.cancel_real_time_bars,
    ask.TickByTick: ticks.tick_by_tick,
    ask.CancelTickByTick: ticks.cancel_tick_by_tick,
    ask.HistoricalData: history.historical_data,
    ask.CancelHistoricalData: history.cancel_historical_data,
    ask.HistoricalTicks: ticks.historical_ticks,
    ask.HeadTimestamp: history.head_timestamp,
    ask.Histogram: history.histogram,
    ask.MatchingSymbols: reference.matching_symbols,
    ask.ScannerSubscription: scanner.scan,
    ask.CancelScannerSubscription: scanner.cancel,
    ask.QueryGroups: groups.query,
    ask.FollowGroup: groups.follow,
    ask.ShowInGroup: groups.show,
    ask.LeaveGroup: groups.leave,
    ask.Question: reference.answer,
}

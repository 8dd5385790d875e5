"""What the gateway does about the account: values, summaries, positions. Each subscriber hears all of it once, its end, and then what changes."""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.account_values import LEDGER, Key
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.subscriptions_account import (
    SUMMARIES_MAX,
    portfolio_of,
    position_multi_of,
    position_of,
)

ALL_ACCOUNTS: Final = ("", "ALL")
_INVALID: Final = "Error validating request.-'bW' : cause - "


def managed_accounts(gateway: Gateway, connection: Connection, _request: ask.ManagedAccounts) -> None:
    """The one account."""
    connection.tell(replies.managed_accounts(gateway.exchange.account.account_id))


def _served(gateway: Gateway, connection: Connection, req_id: int | None, account: str) -> bool:
    """Whether the account named is ours, and the client may have another subscription; an error is told otherwise."""
    if account.upper() not in (*ALL_ACCOUNTS, gateway.exchange.account.account_id):
        connection.tell(replies.error(req_id, 321, f"{_INVALID}Invalid account code '{account}'"))
        return False
    if req_id is not None and connection.account.full:
        connection.tell(replies.error(req_id, 322, "Error processing request.-'bW' : cause - Maximum number of account requests exceeded"))
        return False
    return True


def updates(gateway: Gateway, connection: Connection, request: ask.AccountUpdates) -> None:
    """Subscribe to values and portfolio, or end that."""
    if not _served(gateway, connection, None, request.account):
        return
    if not request.subscribe:
        connection.account.updates = None
        return
    connection.account.updates = {}
    gateway.tell_account(connection)
    for report in gateway.exchange.positions():
        connection.tell(portfolio_of(gateway.exchange, report))
    connection.tell(replies.account_download_end(gateway.exchange.account.account_id))


def summary(gateway: Gateway, connection: Connection, request: ask.AccountSummary) -> None:
    """Subscribe to a summary of the tags named."""
    summaries = connection.account.summaries
    if len(summaries) >= SUMMARIES_MAX and request.req_id not in summaries:
        text = "Error processing request.-'bW' : cause - Maximum number of account summary requests exceeded"
        connection.tell(replies.error(request.req_id, 322, text))
        return
    told: dict[Key, str] = {}
    for tags in _parts(request.tags) if gateway.manners.ledger_ends_apart else [request.tags]:
        summaries[request.req_id] = (tags, told)
        gateway.tell_account(connection)
        connection.tell(replies.account_summary_end(request.req_id))
    summaries[request.req_id] = (request.tags, told)


def _parts(tags: str) -> list[str]:
    """The tags, and those of the ledger, each as far as there are any."""
    named = [tag for tag in tags.split(",") if tag.strip()]
    of_ledger = [tag for tag in named if tag.strip().partition(":")[0] == LEDGER]
    parts = [",".join(part) for part in ([tag for tag in named if tag not in of_ledger], of_ledger) if part]
    return parts or [tags]


def cancel_summary(_gateway: Gateway, connection: Connection, request: ask.CancelAccountSummary) -> None:
    """End a summary."""
    connection.account.summaries.pop(request.req_id, None)


def updates_multi(gateway: Gateway, connection: Connection, request: ask.AccountUpdatesMulti) -> None:
    """Subscribe to the values of an account or model."""
    if not _served(gateway, connection, request.req_id, request.account):
        return
    connection.account.multi[request.req_id] = (request.ledger_and_nlv, request.model, {})
    gateway.tell_account(connection)
    connection.tell(replies.account_update_multi_end(request.req_id))


def cancel_updates_multi(_gateway: Gateway, connection: Connection, request: ask.CancelAccountUpdatesMulti) -> None:
    """End such a subscription."""
    connection.account.multi.pop(request.req_id, None)


def positions(gateway: Gateway, connection: Connection, _request: ask.Positions) -> None:
    """Subscribe to positions."""
    connection.account.positions = True
    for report in gateway.exchange.positions():
        connection.tell(position_of(gateway.exchange, report))
    connection.tell(replies.position_end())


def cancel_positions(_gateway: Gateway, connection: Connection, _request: ask.CancelPositions) -> None:
    """End that subscription."""
    connection.account.positions = False


def positions_multi(gateway: Gateway, connection: Connection, request: ask.PositionsMulti) -> None:
    """Subscribe to the positions of an account or model; there are no models here, so that one named has none."""
    if not _served(gateway, connection, request.req_id, request.account):
        return
    if not request.model:
        connection.account.positions_multi[request.req_id] = request.model
        for report in gateway.exchange.positions():
            connection.tell(position_multi_of(gateway.exchange, report, request.req_id, request.model))
    connection.tell(replies_data.position_multi_end(request.req_id))


def cancel_positions_multi(_gateway: Gateway, connection: Connection, request: ask.CancelPositionsMulti) -> None:
    """End such a subscription."""
    connection.account.positions_multi.pop(request.req_id, None)


def profit(gateway: Gateway, connection: Connection, request: ask.Profit) -> None:
    """Subscribe to the account's profit of the day."""
    if _served(gateway, connection, request.req_id, request.account):
        connection.account.profit[request.req_id] = None
        gateway.books.profit(connection)


def position_profit(gateway: Gateway, connection: Connection, request: ask.PositionProfit) -> None:
    """Subscribe to the profit of the day in one contract."""
    if not _served(gateway, connection, request.req_id, request.account):
        return
    contract = gateway.exchange.contracts.by_con_id(request.con_id)
    if contract is None:
        connection.tell(replies.error(request.req_id, 321, f"{_INVALID}Invalid contract id"))
        return
    connection.account.position_profit[request.req_id] = (contract.symbol, None)
    gateway.books.profit(connection)


def cancel_profit(_gateway: Gateway, connection: Connection, request: ask.CancelProfit) -> None:
    """End a subscription to profit."""
    connection.account.profit.pop(request.req_id, None)


def cancel_position_profit(_gateway: Gateway, connection: Connection, request: ask.CancelPositionProfit) -> None:
    """End a subscription to one contract's profit."""
    connection.account.position_profit.pop(request.req_id, None)

"""What the gateway does about window groups."""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.dispatch_history import INVALID
from robo_trader.simulated_gateway.display_groups import GROUPS
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.subscriptions import Line

_GROUP_LIST: Final = "|".join(map(str, GROUPS))


def query(_gateway: Gateway, connection: Connection, request: ask.QueryGroups) -> None:
    """All groups, which are always the same."""
    connection.tell(replies_data.display_groups(request.req_id, _GROUP_LIST))


def follow(gateway: Gateway, connection: Connection, request: ask.FollowGroup) -> None:
    """Tell what a group shows, now and as it changes."""
    if request.group not in GROUPS:
        connection.tell(replies.error(request.req_id, 321, f"{INVALID}Invalid display group: {request.group}"))
        return
    shown = gateway.groups.follow(Line(connection.number, request.req_id), request.group)
    connection.tell(replies_data.display_group_updated(request.req_id, shown))


def show(gateway: Gateway, connection: Connection, request: ask.ShowInGroup) -> None:
    """Put a contract into the group that the request's id follows; everybody who follows it is told, this client too."""
    followers = gateway.groups.show(Line(connection.number, request.req_id), request.contract)
    if followers is None:
        connection.tell(replies.error(request.req_id, 321, f"{INVALID}No display group is subscribed with this id"))
        return
    for line in followers:
        gateway.connections[line.connection].tell(replies_data.display_group_updated(line.req_id, request.contract))


def leave(gateway: Gateway, connection: Connection, request: ask.LeaveGroup) -> None:
    """Follow a group no longer; a real gateway says nothing to it."""
    gateway.groups.leave(Line(connection.number, request.req_id))

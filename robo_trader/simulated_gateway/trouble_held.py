"""What an outage does to requests: answered all the same, kept until its end, or lost."""

from __future__ import annotations

from collections import deque
from typing import Final

from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.fault_kinds import Outage

HELD_REQUESTS_MAX: Final = 1_000
# What a gateway answers out of itself, whatever became of its servers.
_ANSWERED_ALONE: Final = (ask.StartApi, ask.CurrentTime, ask.ManagedAccounts, ask.Ids, ask.ServerLogLevel, ask.MarketDataType)
_ORDERS: Final = (ask.PlaceOrder, ask.CancelOrder, ask.GlobalCancel)


class HeldRequests:
    """The requests of one gateway that wait for its servers."""

    def __init__(self) -> None:
        """None yet."""
        self._held: deque[tuple[Connection, ask.Request]] = deque(maxlen=HELD_REQUESTS_MAX)

    def takes(self, outage: Outage | None, connection: Connection, request: ask.Request) -> bool:
        """Whether a request is not carried out now: it is kept, or lost."""
        if outage is None or isinstance(request, _ANSWERED_ALONE):
            return False
        if outage.orders == "held" or not isinstance(request, _ORDERS):
            self._held.append((connection, request))
        return True

    def released(self) -> list[tuple[Connection, ask.Request]]:
        """What was kept, in order, but for connections that are gone; each is released once."""
        held = [(connection, request) for connection, request in self._held if not connection.closing]
        self._held.clear()
        return held

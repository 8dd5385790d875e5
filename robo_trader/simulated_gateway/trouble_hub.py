"""The gateway as its trouble sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from robo_trader.simulated_gateway import requests as ask
from robo_trader.simulated_gateway.client_ids import ClientIds
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.market_lines import MarketLines
from robo_trader.simulated_gateway.model import Happening
from robo_trader.simulated_gateway.server_log import Scribe
from robo_trader.values import Instant


class Hub(Protocol):
    """What trouble needs of a gateway: its parts, its clocks, and ways to say and to do."""

    exchange: Exchange
    scribe: Scribe
    connections: dict[int, Connection]
    clients: dict[int, Connection]
    ids: ClientIds
    lines: MarketLines
    process_ns: Callable[[], int]

    @property
    def now(self) -> Instant:
        """The simulated clock."""

    def dismiss(self, connection: Connection) -> None:
        """Forget a connection."""

    def tell(self, happenings: list[Happening]) -> None:
        """Write down and tell."""

    def say(self, happening: Happening) -> None:
        """Tell what was written down before."""

    def handle(self, connection: Connection, request: ask.Request) -> None:
        """Carry out a request."""

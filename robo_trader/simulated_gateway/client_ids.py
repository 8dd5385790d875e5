"""Which connection a client id belongs to: one at a time, and for a while to a dead one."""

from __future__ import annotations

from collections.abc import Callable

from robo_trader.simulated_gateway.connection import Connection


class ClientIds:
    """The client ids of a gateway. `living` is the named connection of each; `process_ns` reads CLOCK_BOOTTIME."""

    def __init__(self, process_ns: Callable[[], int]) -> None:
        """Nobody was here yet."""
        self.living: dict[int, Connection] = {}
        self._process_ns = process_ns
        self._held_ns: dict[int, int] = {}
        self._rolled_back: dict[int, tuple[int, int]] = {}

    def grant(self, client_id: int, connection: Connection) -> bool:
        """Give a client id to a connection; False while another living, or lately dead, connection has it."""
        if client_id in self.living or self._process_ns() < self._held_ns.get(client_id, 0):
            return False
        self.living[client_id] = connection
        connection.named = True
        return True

    def leave(self, connection: Connection, hold_ns: int) -> None:
        """A connection is gone; its zombie holds the id for `hold_ns`."""
        client_id = connection.client_id
        if connection.named and client_id is not None:
            del self.living[client_id]
            self.hold(client_id, self._process_ns() + hold_ns)

    def hold(self, client_id: int, until_ns: int) -> None:
        """Keep an id in use until this process time, as the zombie of a dead session does."""
        self._held_ns[client_id] = max(until_ns, self._held_ns.get(client_id, 0))

    def roll_back(self, client_id: int, real: int, by: int) -> None:
        """Tell a client a next order id that lies so much lower, until it places an order and `real` grows."""
        self._rolled_back[client_id] = (real, max(1, real - by))

    def next_told(self, client_id: int, real: int) -> int:
        """The next order id as a client is told it, where `real` is the next that is free."""
        before, told = self._rolled_back.get(client_id, (0, 0))
        return told if before == real else real

    @property
    def known(self) -> frozenset[int]:
        """Ids that are, or were, connected."""
        return frozenset(self.living) | frozenset(self._held_ns)

"""The listening end: who may come in, and who has to go when somebody newer comes.

Ray does not prevent two living incarnations of a part, so a name is not enough to be believed. A connection of a known name with the same or a higher
epoch replaces the one that is there, which is closed first; a lower epoch is an incarnation that has been succeeded and is refused, also after its
successor has left.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from typing import Final

from robo_trader.edge.channel_address import Door, TcpPlace, guarded
from robo_trader.edge.channel_connection import Connection
from robo_trader.edge.channel_contract import Address, Consumer, Hello
from robo_trader.edge.channel_vocabulary import Vocabulary

CONNECTIONS_MAX: Final = 128
"""Strangers that have not greeted yet included."""
NAMES_MAX: Final = 1024
"""Names whose epoch is remembered; each of them was accepted once."""
LOG = logging.getLogger(__name__)


async def listen(
    address: Address,
    *,
    name: str,
    epoch: int,
    vocabulary: Vocabulary,
    consumer: Consumer,
    accepts: Callable[[Hello], str | None],
    system: str = "",
    token: str = "",
) -> Listener:
    """Listen at `address` until the listener's `close`. `accepts` returns why a Hello is refused, or None.

    A `system` that is given must be the other side's too; TCP needs the `token` of both. Raises `ConfigurationError` where one cannot listen.
    """
    place = guarded(address, token)
    listener = Listener(Hello(name, epoch, system), vocabulary, consumer, accepts, token if isinstance(place, TcpPlace) else "")
    listener.door = await Door.open(address, place, listener.connection)
    return listener


class Listener:
    """Everybody who is connected to one address. Made by `listen`."""

    door: Door

    def __init__(self, own: Hello, vocabulary: Vocabulary, consumer: Consumer, accepts: Callable[[Hello], str | None], token: str) -> None:
        self._own = own
        self._vocabulary = vocabulary
        self._consumer = consumer
        self._accepts = accepts
        self._token = token.encode()
        self._connections: set[Connection] = set()
        self._peers: dict[str, Connection] = {}
        self._epochs: dict[str, int] = {}
        self._complaint = ""

    @property
    def address(self) -> Address:
        """Where to connect: with the port that the system chose."""
        return self.door.address

    def close(self, reason: str = "the listener closes") -> None:
        """Take no more connections and close those that are there."""
        self.door.close()
        for connection in tuple(self._connections):
            connection.close(reason)

    async def wait_closed(self) -> None:
        """Until every socket of closed connections is closed; at most `CLOSE_SECONDS_MAX` after `close`."""
        for connection in tuple(self._connections):
            await connection.wait_gone()

    def connection(self) -> Connection:
        """A connection for a socket that was just accepted."""
        for old in tuple(self._connections):
            if old.is_gone:
                self._connections.discard(old)
        new = Connection(self._own, self._vocabulary, self._consumer, self._admit, self._ended, connects=False)
        if len(self._connections) >= CONNECTIONS_MAX:
            new.abort(f"{CONNECTIONS_MAX} connections are enough")
        self._connections.add(new)
        return new

    def _admit(self, connection: Connection, hello: Hello) -> str | None:
        """Let the newest incarnation of a name in, in place of any older one."""
        if self._token and not hmac.compare_digest(hello.token.encode(), self._token):
            return "the token is not ours"
        if self._own.system and hello.system != self._own.system:
            return f"this is system '{self._own.system}', not '{hello.system}'"
        known = self._epochs.get(hello.name, hello.epoch)
        if hello.epoch < known:
            return f"epoch {hello.epoch} of '{hello.name}' was succeeded by {known}"
        if refusal := self._accepts(hello):
            return refusal
        if hello.name not in self._epochs and len(self._epochs) >= NAMES_MAX:
            return f"{NAMES_MAX} names are enough"
        self._epochs[hello.name] = hello.epoch
        if old := self._peers.get(hello.name):
            old.abort(f"replaced by a connection of epoch {hello.epoch}")
        self._peers[hello.name] = connection
        return None

    def _ended(self, connection: Connection, reason: str) -> None:
        """Forget a connection; what ended before it was open is worth a line, once per reason."""
        if self._peers.get(connection.name) is connection:
            del self._peers[connection.name]
        elif reason != self._complaint:
            self._complaint = reason
            LOG.warning("a connection to %s was not opened: %r", self._own.name, reason)

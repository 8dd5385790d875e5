"""Those who follow the gateway's log, those who read its minutes, and what becomes of one that reads slowly.

Every line is sent in order, at once. To a follower whose channel holds much unread, quotes are conflated: only the newest of each symbol is kept, and
leaves before the next other line, so what a follower reads is always the log with some outdated quotes left out. Its sequence numbers may skip;
bars are built before this, so nothing that decides is lost. What a follower that returns has missed comes from the log itself, quotes and all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from actors.messages import BarsWanted, Line, Mark, NumberedBar
from actors.minute_book import MinuteBook
from robo_trader.desk.news import QuoteSeen
from robo_trader.edge.channel import Peer
from robo_trader.market.bar import Bar
from robo_trader.values import Symbol

QUOTES_HELD_ABOVE_BYTES: Final = 256 * 1024
"""A follower that has more than this unread on our side is slow."""


@dataclass(slots=True)
class Follower:
    """One follower's channel. Each method says False once the channel is full or closed: then the follower must begin again from the log."""

    peer: Peer
    _held: dict[Symbol, Line] = field(default_factory=dict)  # the newest quote of each symbol, in the order of the log

    def tell(self, line: Line | Mark) -> bool:
        """Send the next line of the log, or keep it if it is a quote that a slow follower would only read late."""
        if not (isinstance(line, Line) and isinstance(line.news, QuoteSeen)):
            return self._release() and self.peer.send(line)
        symbol = line.news.quote.symbol
        self._held.pop(symbol, None)
        self._held[symbol] = line
        return self.catch_up()

    def catch_up(self) -> bool:
        """Send what is held, unless the follower is still slow."""
        return self.peer.pending_bytes > QUOTES_HELD_ABOVE_BYTES or self._release()

    def _release(self) -> bool:
        while self._held:
            if not self.peer.send(self._held.pop(next(iter(self._held)))):
                return False
        return True


class MinuteReaders:
    """The strategy hosts, and of which symbols each reads the minutes."""

    def __init__(self) -> None:
        self._readers: dict[str, tuple[Peer, frozenset[Symbol]]] = {}

    @property
    def names(self) -> list[str]:
        """Who reads minutes."""
        return list(self._readers)

    def want(self, peer: Peer, wanted: BarsWanted, books: Mapping[Symbol, MinuteBook]) -> None:
        """Send a host the minutes that it lacks; those to come follow."""
        known, symbols = self._readers.get(peer.name, (peer, frozenset()))
        asked = frozenset(symbol for symbol, _ in wanted.after)
        self._readers[peer.name] = (peer, asked | symbols if known is peer else asked)
        bars = (NumberedBar(*bar) for symbol, number in wanted.after if symbol in books for bar in books[symbol].after(number))
        if not all(peer.send(bar) for bar in bars):
            drop(peer)

    def tell(self, number: int, minute: Bar) -> None:
        """Send a minute that closed to those who read its symbol."""
        for peer, symbols in tuple(self._readers.values()):
            if minute.symbol in symbols and not peer.send(NumberedBar(number, minute)):
                drop(peer)

    def left(self, peer: Peer) -> None:
        """A channel ended."""
        if self._readers.get(peer.name, (None,))[0] is peer:
            del self._readers[peer.name]


def drop(peer: Peer) -> None:
    """Whoever does not keep up loses the channel, and reads on where it was when it is back."""
    peer.close(f"{peer.name} does not keep up")

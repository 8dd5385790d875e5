"""The gateway's numbered log: what the broker said, in order, kept long enough that a follower who was away can read on where it stopped."""

from __future__ import annotations

from collections import deque
from typing import Final

from actors.messages import BrokerNews, Line, Mark
from robo_trader.desk.news import Connected, Disconnected
from robo_trader.values import Now, Symbol

LINES_KEPT_MAX: Final = 65_536
"""A follower that is further behind begins anew, with a sweep."""


class EventLog:
    """Lines and marks, numbered from 1 in the gateway's epoch."""

    def __init__(self) -> None:
        self.seq = 0
        self.session_seq = 0
        """The line of the last beginning or end of a session: whoever has not read it vouches for a session that is gone."""
        self._kept: deque[Line | Mark] = deque(maxlen=LINES_KEPT_MAX)

    def news(self, now: Now, news: BrokerNews) -> Line:
        """Append a piece of news."""
        self.seq += 1
        if isinstance(news, Connected | Disconnected):
            self.session_seq = self.seq
        line = Line(self.seq, now.market, now.process, news)
        self._kept.append(line)
        return line

    def mark(self, now: Now, symbol: Symbol, number: int) -> Mark:
        """Append a minute's end."""
        self.seq += 1
        mark = Mark(self.seq, now.market, now.process, symbol, number)
        self._kept.append(mark)
        return mark

    def after(self, seq: int) -> list[Line | Mark] | None:
        """Everything after `seq`, oldest first; None if that is not kept any more."""
        missing = self.seq - seq
        if missing < 0 or missing > len(self._kept):
            return None
        return [self._kept[index] for index in range(len(self._kept) - missing, len(self._kept))]

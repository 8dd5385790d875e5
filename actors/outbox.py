"""The way out for orders: each in its turn, waiting for the message budget and for nothing else.

What the last line refuses is told to the desk as never sent. A waiting entry never holds up what reduces. It is given up as never sent when a later
order went before it, because the broker takes growing order ids only; when its cancel comes; and one that would be older than its time to live when
its turn comes is handed to the last line at once, which says so.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from actors.messages import BrokerNews
from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import CancelNotSent, NotSent
from robo_trader.edge.interactive_brokers import Link
from robo_trader.edge.last_line import ENTRY_TTL_NS
from robo_trader.values import NS_PER_SECOND

COMMANDS_MAX: Final = 1024
RESERVED_PLACES: Final = 256
"""Kept for cancels and reducing orders."""
OVERTAKEN: Final = "a later order went first"
TOO_LATE: Final = "what reduces goes first, and after that it would be too old"


class Outbox:
    """Commands on their way to the link. `tell` hears of what was not sent, `changed` of every change."""

    def __init__(self, link: Link, tell: Callable[[BrokerNews], None], changed: Callable[[], None], process_ns: Callable[[], int]) -> None:
        self._link, self._tell, self._changed, self._process_ns = link, tell, changed, process_ns
        self._commands: deque[tuple[Place | Cancel, int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._highest_id = 0

    @property
    def waiting(self) -> int:
        """Commands that wait for the budget."""
        return len(self._commands)

    def send(self, command: Place | Cancel, issued_ns: int) -> None:
        """Send a command in its turn; `issued_ns` is when the desk decided it (CLOCK_BOOTTIME).

        Entries are refused when the outbox is full; `RESERVED_PLACES` places are kept for what reduces.
        """
        if len(self._commands) >= COMMANDS_MAX - (RESERVED_PLACES if _is_entry(command) else 0):
            self._refuse(command, "the command queue is full")
            return
        if isinstance(command, Cancel) and self._withdraw(command):
            return
        self._commands.append((command, issued_ns))
        self.flush()

    def _withdraw(self, cancel: Cancel) -> bool:
        """Whether the order to be cancelled still waited here: then nobody else needs to hear of either."""
        found = next((waits for waits in self._commands if isinstance(waits[0], Place) and waits[0].intent == cancel.intent), None)
        if found is not None:
            self._commands.remove(found)
            self._refuse(found[0], "the intent was cancelled before it was sent")
            self._changed()
        return found is not None

    def flush(self) -> None:
        """Let out what may go now, what reduces before what enters however long that waited, and come back when more may go.

        One instant is `now` for all: room that comes up while the queue is looked through would let an entry at its end overtake exits before it.
        """
        now_ns = self._process_ns()
        waiting: deque[tuple[Place | Cancel, int]] = deque()
        waits_ns: list[int] = []
        commands, self._commands = self._commands, deque()
        for command, issued_ns in sorted(commands, key=lambda waits: _is_entry(waits[0])):
            wait_ns = self._link.free_ns(command, now_ns) - now_ns if self._link.connected else 0
            if isinstance(command, Place) and command.order_id < self._highest_id:
                self._refuse(command, OVERTAKEN)
            elif wait_ns > 0 and not _outlives_its_use(command, now_ns + wait_ns - issued_ns):
                waiting.append((command, issued_ns))
                waits_ns.append(wait_ns)
            elif _is_entry(command) and any(not _is_entry(first) for first, _ in waiting):
                self._refuse(command, TOO_LATE)
            else:
                self._send(command, issued_ns)
        self._commands = waiting + self._commands
        if waits_ns:
            self._come_back(min(waits_ns))
        self._changed()

    def _come_back(self, wait_ns: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(wait_ns / NS_PER_SECOND, self.flush)

    def _send(self, command: Place | Cancel, issued_ns: int) -> None:
        refusal = self._link.place(command, issued_ns=issued_ns) if isinstance(command, Place) else self._link.cancel(command)
        if refusal is not None:
            self._refuse(command, refusal)
        elif isinstance(command, Place):
            self._highest_id = max(self._highest_id, command.order_id)

    def _refuse(self, command: Place | Cancel, reason: str) -> None:
        self._tell(NotSent(command.intent, reason) if isinstance(command, Place) else CancelNotSent(command.intent, reason))


def _outlives_its_use(command: Place | Cancel, age_ns: int) -> bool:
    """Whether an entry would be older than its time to live when its turn comes."""
    return _is_entry(command) and age_ns > ENTRY_TTL_NS


def _is_entry(command: Place | Cancel) -> bool:
    return isinstance(command, Place) and command.entry

"""The gateway's way out for orders, with the rules of the real outbox: what reduces goes first, budget delays and never refuses, ids only grow.

The last line and its message budget are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable

from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import CancelNotSent, NotSent
from robo_trader.edge.last_line import ENTRY_TTL_NS, LastLine, kind_of
from robo_trader.simulation.agenda import Agenda, Life

COMMANDS_MAX = 1024
RESERVED_PLACES = 256
OVERTAKEN = "a later order went first"
UNACKNOWLEDGED = "is not acknowledged yet"

Write = Callable[[Place | Cancel], None]


class PartOutbox:
    """`tell` hears of what was not sent; `write` puts a command on the wire; `up` says whether there is a wire."""

    def __init__(
        self, agenda: Agenda, life: Life, line: LastLine, *, tell: Callable[[NotSent | CancelNotSent], None], write: Write, up: Callable[[], bool]
    ) -> None:
        self._agenda, self._life, self._line, self._tell, self._write, self._up = agenda, life, line, tell, write, up
        self.waiting: list[tuple[Place | Cancel, int, int]] = []
        """Commands with when the desk issued them, and since when they wait here."""
        self.refused: list[tuple[Place | Cancel, str]] = []
        """Reducing commands that the last line refused; whoever looks empties it."""
        self.second: list[tuple[str, str]] = []
        """Entries (intent, reason) that it refused because another is not acknowledged: a desk counts for itself and sends none."""
        self._highest_id = 0

    def send(self, command: Place | Cancel, issued_ns: int) -> None:
        """Send a command in its turn."""
        if len(self.waiting) >= COMMANDS_MAX - (RESERVED_PLACES if _is_entry(command) else 0):
            self._refuse(command, "the command queue is full")
        elif not (isinstance(command, Cancel) and self._withdraw(command)):
            self.waiting.append((command, issued_ns, self._agenda.now))
            self.flush()

    def _withdraw(self, cancel: Cancel) -> bool:
        found = next((waits for waits in self.waiting if isinstance(waits[0], Place) and waits[0].intent == cancel.intent), None)
        if found is not None:
            self.waiting.remove(found)
            self._refuse(found[0], "the intent was cancelled before it was sent")
        return found is not None

    def flush(self) -> None:
        """Let out what may go now, and come back when more may go."""
        commands, self.waiting = self.waiting, []
        still: list[tuple[Place | Cancel, int, int]] = []
        pauses: list[int] = []
        now = self._agenda.now
        for command, issued_ns, since in sorted(commands, key=lambda waits: _is_entry(waits[0])):
            wait_ns = self._line.budget.next_free_ns(kind_of(command), now) - now if self._up() else 0
            outlived = _is_entry(command) and now + wait_ns - issued_ns > ENTRY_TTL_NS
            if isinstance(command, Place) and command.order_id < self._highest_id:
                self._refuse(command, OVERTAKEN)
            elif wait_ns > 0 and not outlived:
                still.append((command, issued_ns, since))
                pauses.append(wait_ns)
            else:
                self._out(command, issued_ns)
        self.waiting = still + self.waiting
        if pauses:
            self._agenda.after(min(pauses), self._life, self.flush)

    def _out(self, command: Place | Cancel, issued_ns: int) -> None:
        now = self._agenda.now
        if isinstance(command, Cancel):
            self._line.bury(command.intent)
        refusal = self._line.refusal(command, now, issued_ns) if self._up() else "not connected to the gateway"
        if refusal is not None:
            if self._up() and not _is_entry(command):
                self.refused.append((command, refusal))
            if UNACKNOWLEDGED in refusal:
                self.second.append((command.intent, refusal))
            self._refuse(command, refusal)
            return
        self._line.sent(command, now)
        if isinstance(command, Place):
            self._highest_id = max(self._highest_id, command.order_id)
        self._write(command)

    def _refuse(self, command: Place | Cancel, reason: str) -> None:
        self._tell(NotSent(command.intent, reason) if isinstance(command, Place) else CancelNotSent(command.intent, reason))


def _is_entry(command: Place | Cancel) -> bool:
    return isinstance(command, Place) and command.entry

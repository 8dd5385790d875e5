"""The last line: what is asked of every command in the same synchronous stretch that writes it (DESIGN 5).

Everything before it may be minutes old: the desk's decision, the journal, a queue. Here the facts are read again, at the socket, so that a halt, a
lost lease or a full buffer stops an entry however it came. The list for entries is long, the one for cancels and reducing orders short: they must
keep a path when things are bad, and need only what makes them ours (journaled, lease) and what makes them leave now (socket, share of the rate).

Two memories belong here. An intent is written once in a process's life, and never after a cancel of it was asked (a tombstone). And an entry counts
as unacknowledged from its write until the gateway proves that it has read it (any message that names the order) or the desk learns its end
(`settled`): bytes in flight cannot be called back, so the number of such entries is all that can ever slip through a halt. It outlives the
connection, since a frozen gateway may still read what a dead connection sent.

What the orders of one decision come to is counted here as well (`children`), by the broker's word: a desk that loops sends one size and no more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from robo_trader.desk.effects import Cancel, Place
from robo_trader.desk.news import News
from robo_trader.edge.children import Children
from robo_trader.edge.rate_budget import Kind, RateBudget
from robo_trader.values import NS_PER_SECOND, Symbol

ENTRY_TTL_NS: Final = 2 * NS_PER_SECOND
UNACKNOWLEDGED_MAX: Final = 4
UNACKNOWLEDGED_PER_SYMBOL_MAX: Final = 1
INTENTS_REMEMBERED_MAX: Final = 65_536


@dataclass(frozen=True, slots=True)
class _InFlight:
    """An entry whose bytes may not have been read yet."""

    symbol: Symbol
    order_id: int


class LastLine:
    """The checks, over facts that are read when asked.

    `lease_valid` gets the process instant in ns; `may_enter` returns the halt's reason or None; `journaled` gets an intent id; `reconciled` a symbol.
    `socket_clear` is set by the link that owns the socket; until then nothing passes.
    """

    def __init__(
        self,
        *,
        lease_valid: Callable[[int], bool],
        may_enter: Callable[[Symbol], str | None],
        journaled: Callable[[str], bool],
        reconciled: Callable[[Symbol], bool],
        budget: RateBudget | None = None,
        socket_clear: Callable[[], bool] = lambda: False,
    ) -> None:
        self._lease_valid = lease_valid
        self._may_enter = may_enter
        self._journaled = journaled
        self._reconciled = reconciled
        self.budget = budget or RateBudget()
        self.socket_clear = socket_clear
        self._placed = Remembered()
        self._tombstones = Remembered()
        self._in_flight: dict[str, _InFlight] = {}
        self._settled: set[str] = set()  # of those in flight
        self.children = Children()

    def hearing(self, on_news: Callable[[News], None], client_id: int) -> Callable[[News], None]:
        """The same consumer, with this line listening first."""

        def hear(news: News) -> None:
            self.heard(news, client_id)
            on_news(news)

        return hear

    def heard(self, news: News, client_id: int) -> None:
        """Whatever the broker says, its answers to our own questions included; `client_id` is ours."""
        self.children.heard(news, client_id)
        self._land()

    def _land(self) -> None:
        """What the desk settled is in flight no more once the broker bears it out."""
        for intent in [intent for intent in self._settled if self.children.over(intent)]:
            self._settled.discard(intent)
            self._in_flight.pop(intent, None)

    @property
    def unacknowledged(self) -> int:
        """Number of entries written and not yet proven to be read by the gateway."""
        return len(self._in_flight)

    @property
    def in_flight(self) -> tuple[str, ...]:
        """The intents of these entries, oldest first."""
        return tuple(self._in_flight)

    def refusal(self, command: Place | Cancel, now_ns: int, issued_ns: int) -> str | None:
        """Why `command` must not be written at `now_ns` (process time); None lets it pass. `issued_ns` is when the desk decided it."""
        match command:
            case Cancel():
                return self._always(command, now_ns)
            case Place(entry=False):
                return self._once(command) or self._always(command, now_ns)
            case Place():
                return self._once(command) or self._always(command, now_ns) or self._entry(command, now_ns, issued_ns)

    def bury(self, intent: str) -> None:
        """A cancel of `intent` was asked: should its order still be on the way here, it is refused on arrival."""
        if intent not in self._placed:
            self._tombstones.add(intent)

    def sent(self, command: Place | Cancel, now_ns: int) -> None:
        """`command` is being written at `now_ns`: it uses budget, and an entry is in flight from now on."""
        self.budget.spend(kind_of(command), now_ns)
        if isinstance(command, Place):
            self._placed.add(command.intent)
            if command.entry:
                self._in_flight[command.intent] = _InFlight(command.symbol, command.order_id)
                self.children.sent(command, now_ns)

    def acknowledged(self, order_id: int) -> None:
        """A message of the gateway named this order of ours, so its bytes have been read."""
        for intent, entry in tuple(self._in_flight.items()):
            if entry.order_id == order_id:
                del self._in_flight[intent]
                self._settled.discard(intent)

    def settled(self, intent: str) -> None:
        """The desk knows how `intent` ended (also: that nobody has it); it is not in flight any more once the broker does not show it either."""
        self.children.settled(intent)
        if intent in self._in_flight:
            self._settled.add(intent)
            self._land()

    def _always(self, command: Place | Cancel, now_ns: int) -> str | None:
        if not self._journaled(command.intent):
            return "the intent is not journaled"
        if not self._lease_valid(now_ns):
            return "the lease is not valid"
        if not self.socket_clear():
            return "the socket still holds unsent bytes"
        if not self.budget.may_send(kind_of(command), now_ns):
            return "the message budget is spent"
        return None

    def _once(self, command: Place) -> str | None:
        if command.intent in self._placed:
            return "the intent was already sent"
        if command.intent in self._tombstones:
            return "the intent was cancelled before it was sent"
        return None

    def _entry(self, command: Place, now_ns: int, issued_ns: int) -> str | None:
        if not 0 <= now_ns - issued_ns <= ENTRY_TTL_NS:
            return f"the command is older than {ENTRY_TTL_NS // NS_PER_SECOND} s"
        if (halted := self._may_enter(command.symbol)) is not None:
            return f"halted: {halted}"
        if not self._reconciled(command.symbol):
            return f"{command.symbol} is not reconciled"
        if sum(entry.symbol == command.symbol for entry in self._in_flight.values()) >= UNACKNOWLEDGED_PER_SYMBOL_MAX:
            return f"an entry in {command.symbol} is not acknowledged yet"
        if len(self._in_flight) >= UNACKNOWLEDGED_MAX:
            return f"{UNACKNOWLEDGED_MAX} entries are not acknowledged yet"
        return self.children.refusal(command)


class Remembered:
    """A set of intents that forgets its oldest beyond `INTENTS_REMEMBERED_MAX`, weeks of orders later."""

    def __init__(self) -> None:
        self._intents: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, intent: str) -> bool:
        """Whether it was added, and not so long ago."""
        return intent in self._intents

    def add(self, intent: str) -> None:
        """Remember it."""
        self._intents[intent] = None
        if len(self._intents) > INTENTS_REMEMBERED_MAX:
            self._intents.popitem(last=False)


def kind_of(command: Place | Cancel) -> Kind:
    """Which share of the message budget `command` may use."""
    return Kind.ENTRY if isinstance(command, Place) and command.entry else Kind.REDUCING

"""One connection between our gateway process and the broker's, as far as it can go wrong.

Bytes keep their order in each direction. A connection that is reset loses what is on its way; one that died without a word (`deaf`) swallows
everything, and its client id stays in use until the broker notices. A process that was killed leaves what it had written: the broker reads that
first, and then the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from robo_trader.simulation.agenda import Agenda, Life
from robo_trader.simulation.faults import Faults
from robo_trader.values import NS_PER_SECOND, Symbol

HOP_NS: Final = 2_000_000
CLOG_SECONDS_MAX: Final = 6.0
REPEATED_LATER_SECONDS_MAX: Final = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the question of this number; `items` None: it was refused."""

    number: int
    items: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A quote of a symbol as the wire tells it: prices in ticks, None for a side that is absent; `last_at` is the time of the last trade."""

    symbol: Symbol
    bid: int | None
    ask: int | None
    bid_size: int
    ask_size: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Notice:
    """An error that belongs to no order: 1100, 1101, 1102, 100."""

    code: int


@dataclass(eq=False, slots=True)
class Session:
    """`hear` gets each message, `lost` the reason of the end; both are the gateway process's."""

    agenda: Agenda
    faults: Faults
    life: Life
    client_id: int
    hear: Callable[[object], None]
    lost: Callable[[str], None]
    up: bool = True
    """Whether the client believes in it."""
    attached: bool = True
    """Whether the broker believes in it."""
    deaf: bool = False
    reset: bool = False
    on_wire: int = 0
    """Messages on their way to the client."""
    _to_client: int = 0
    _to_broker: int = 0
    _clogged_until: int = field(default=0)

    def write(self, deed: Callable[[], None], lost: Callable[[], object] = lambda: None) -> None:
        """One frame of the client: `deed` is done when the broker has read it, `lost` if it never will."""
        at = self._to_broker = max(self._to_broker, self.agenda.now + HOP_NS)
        self.agenda.at(at, None, lambda: self._arrive(deed, lost))

    def _arrive(self, deed: Callable[[], None], lost: Callable[[], object]) -> None:
        if self.deaf or self.reset or not self.attached:
            lost()
        else:
            deed()

    def tell(self, message: object, *, late_ns: int = 0) -> None:
        """One message of the broker."""
        if not self.attached or self.deaf or self.reset:
            return
        now = self.agenda.now
        self.on_wire += 1
        if self.faults.strikes("F10", "the broker stands still", 0.02):
            self._clogged_until = now + self.faults.pick("F10", 0.5, CLOG_SECONDS_MAX)
        if late_ns:  # this one comes later, and whatever is behind it goes ahead
            self.agenda.after(late_ns + HOP_NS, self.life, lambda: self._deliver(message))
            return
        at = self._to_client = max(self._to_client, now + HOP_NS, self._clogged_until)
        self.agenda.at(at, self.life, lambda: self._deliver(message))
        if self.faults.strikes("F09", f"{type(message).__name__} is repeated"):
            again = self.faults.pick("F09", 0, REPEATED_LATER_SECONDS_MAX) if self.faults.chance("F09").random() < _LATER_SHARE else 0
            self.on_wire += 1
            self.agenda.at(at + again, self.life, lambda: self._deliver(message))

    def _deliver(self, message: object) -> None:
        self.on_wire -= 1
        if self.up and not self.deaf and not self.reset:
            self.hear(message)

    def close(self) -> None:
        """The client gives it up: what it wrote may still be read, then the broker hears of the end."""
        self.up = False
        self.agenda.after(HOP_NS, None, self._detach)

    def drop(self, reason: str) -> None:
        """The broker, or the way to it, ends the connection; what is on its way is lost."""
        if self.reset:
            return
        self.reset, self.attached = True, False
        if self.up:
            self.agenda.after(HOP_NS, self.life, lambda: self._lose(reason))

    def _lose(self, reason: str) -> None:
        if self.up:
            self.up = False
            self.lost(reason)

    def forget(self) -> None:
        """The broker noticed that nobody is there."""
        self.attached = False

    def _detach(self) -> None:
        if not self.deaf:
            self.attached = False


_LATER_SHARE: Final = 0.2
assert REPEATED_LATER_SECONDS_MAX * NS_PER_SECOND > HOP_NS

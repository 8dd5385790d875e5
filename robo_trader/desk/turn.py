"""One turn of the desk: news in, effects out, state moved by the very events that are put on record.

`Turn` is the only thing that may call `State.apply` while the desk runs, and it does so together with the `Record` effect. State and journal can
therefore not disagree: what was not recorded did not happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from robo_trader.desk.effects import Alert, AskSweep, Effect, RaiseHalt, Record, Severity
from robo_trader.desk.events import Event, HaltRecorded
from robo_trader.desk.settings import DeskSettings
from robo_trader.desk.state import State, Watch
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import BookId, Now, Symbol


@dataclass(slots=True)
class Turn:
    """What a turn may see and what it has decided so far."""

    state: State
    watch: Watch
    settings: DeskSettings
    now: Now
    effects: list[Effect] = field(default_factory=list)

    def record(self, event: Event) -> None:
        """Put an event on record and fold it in."""
        self.state.apply(event)
        self.effects.append(Record(event))

    def tell(self, effect: Effect) -> None:
        """Add an effect that changes no state."""
        self.effects.append(effect)

    def alert(self, severity: Severity, key: str, text: str) -> None:
        """Tell a person."""
        self.effects.append(Alert(severity, key, text))

    def ask_sweep(self, reason: str) -> None:
        """Ask for a look at the broker, once a turn."""
        if not any(isinstance(e, AskSweep) for e in self.effects):
            self.effects.append(AskSweep(reason))

    def halt_symbol(self, symbol: Symbol, reason: str, text: str) -> None:
        """Raise NO_NEW for a symbol, with a critical alert, unless the same reason stands already."""
        standing = self.state.standing_halts
        if any(h.scope is HaltScope.SYMBOL and h.target == symbol and h.reason == reason for h in standing):
            return
        halt = Halt(f"desk-{len(self.state.halts) + 1}-{symbol}", HaltLevel.NO_NEW, HaltScope.SYMBOL, symbol, reason, None, "desk", text)
        self.tell(RaiseHalt(halt))
        self.record(HaltRecorded(halt))
        self.alert(Severity.CRITICAL, f"{reason}/{symbol}", text)

    def floor_entries(self, book: BookId) -> None:
        """From now on an increase needs a signal from a newer bar (DESIGN 3e)."""
        self.watch.entry_floor[book] = self.now.market

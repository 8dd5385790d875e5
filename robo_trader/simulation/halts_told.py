"""Which halts somebody was told stand, and until when: the promise that I01, I02 and I03 hold the system to.

A halt is acknowledged once a trading process has noted, after a round trip, a bell at least as late as the halt's own. It is over when a person has
lifted it, or when its own time came: not earlier by a step of the wall clock, but for one that lies between the halt and the start of a gateway's
process (nothing keeps the clocks over that), and later by any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.agenda import Agenda
from robo_trader.simulation.look import HaltAcknowledged

ON_ITS_WAY_NS: Final = 6_000_000_000
"""How long an exit that the desk issued before it read of a halt may still be on its way, at the worst lateness of a channel."""


NOTICED_NS: Final = 2_000_000_000
"""Who trades looks once a second for halts whose time has come, and then tells the desk."""


@dataclass(slots=True)
class _Told:
    """One halt: the bell after it was written, and what became of it (process ns)."""

    halt: Halt
    sequence: int
    acknowledged: int | None = None
    lifted: int | None = None
    over: int | None = None
    recorded: int | None = None
    offset: int = 0
    """By how much the wall clock was wrong at most, when this was raised and whenever a gateway began since."""
    expired: bool = False


class HaltsTold:
    """All halts of one world."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._told: list[_Told] = []

    def raised(self, halt: Halt, sequence: int) -> None:
        """A halt was written; a repeat of one that stands is no news."""
        standing = any(told.halt.id == halt.id and told.lifted is None for told in self._told)
        if not standing:
            self._told.append(_Told(halt, sequence, offset=self._agenda.wall_offset))

    def gateway_began(self) -> None:
        """A gateway's process takes the wall clock as it is now."""
        for told in self._told:
            told.offset = max(told.offset, self._agenda.wall_offset)

    def confirmed(self, sequence: int) -> None:
        """A trading process acts on everything up to this bell."""
        for told in self._told:
            if told.acknowledged is None and told.sequence <= sequence:
                told.acknowledged = self._agenda.now

    def recorded(self, halt_id: str) -> None:
        """The desk put a halt on record: what it issues from now on knows of it."""
        for told in self._told:
            if told.halt.id == halt_id and told.recorded is None:
                told.recorded = self._agenda.now

    def lifted(self, halt_id: str) -> None:
        """A person is lifting a halt: from here on nobody can rely on it."""
        for told in self._told:
            if told.halt.id == halt_id and told.lifted is None:
                told.lifted = self._agenda.now

    def lift_done(self, halt_id: str) -> None:
        """His command came to its end; one that died may leave the halt standing, until he tries again."""
        for told in self._told:
            if told.halt.id == halt_id and told.lifted is not None and told.over is None:
                told.over = self._agenda.now

    def promised(self, halt_id: str) -> bool:
        """Whether a halt that ends by its time was acknowledged, nobody has lifted it, and its time is still to come."""
        self._expire()
        return any(told.halt.id == halt_id and told.halt.until is not None and told.acknowledged and told.lifted is None for told in self._told)

    def standing(self) -> list[Halt]:
        """What nobody lifted, oldest first."""
        self._expire()
        return [told.halt for told in self._told if told.lifted is None]

    def acknowledged(self) -> list[HaltAcknowledged]:
        """For the checkers; of an id that was raised again after it was lifted, the last time counts."""
        self._expire()
        late = self._agenda.wall_stepped  # then one may still stand after its time
        last = {told.halt.id: told for told in self._told if not (told.expired and late)}
        now = self._agenda.now
        shown = [_shown(told, told.acknowledged, now) for told in last.values() if told.acknowledged is not None]
        exits = [_shown(told, told.recorded + ON_ITS_WAY_NS, now, exits=True) for told in last.values() if told.recorded is not None]
        return shown + [halt for halt in exits if halt.level == HaltLevel.HALT_CANCEL and halt.at < now]

    def _expire(self) -> None:
        for told in self._told:
            if told.lifted is None and told.halt.until is not None and (past := self._agenda.market + told.offset - told.halt.until) >= 0:
                told.lifted, told.over, told.expired = self._agenda.now, self._agenda.now - past + NOTICED_NS, True


def _shown(told: _Told, at: int, now: int, *, exits: bool = False) -> HaltAcknowledged:
    """Of entries the gateway keeps the promise, from its answer on; of exits (HALT_CANCEL) the desk does, from when it has read of the halt."""
    halt = told.halt
    level = halt.level if exits or halt.level is not HaltLevel.HALT_CANCEL else HaltLevel.REDUCE_ONLY
    symbol = halt.target if halt.scope is HaltScope.SYMBOL else ""
    strategy = halt.target if halt.scope is HaltScope.STRATEGY else ""
    return HaltAcknowledged(halt.id, at, int(level), symbol, strategy, told.lifted, told.over is not None and told.over <= now)

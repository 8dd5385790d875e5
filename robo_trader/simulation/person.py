"""The person in front of the system: looks after what calls him, and (F32) does what people do, at any time.

A caretaker lives in every world: he lifts the halts that he was called for after a while, revives what was given up and restarts a desk whose
journal failed. Only F32 makes him an operator who halts and resumes in every scope and at every level, some of it in the fence of all systems, some
of it by a command that dies between two writes.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from robo_trader.edge.fence import Fence
from robo_trader.edge.fence_record import Cell, Kind
from robo_trader.errors import UserError
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.agenda import Life
from robo_trader.simulation.halts_told import HaltsTold
from robo_trader.simulation.kit import STRATEGY, Kit
from robo_trader.simulation.paper_fence import PaperFile
from robo_trader.values import NS_PER_SECOND, Instant

CALLED_SECONDS: Final = (5.0, 30.0)
CARE_NS: Final = 5 * NS_PER_SECOND
_TIMED_SHARE: Final = 0.2
_TIMED_SHARE_OF_STEPPED: Final = 0.7
"""Where clocks are stepped most halts end by their time: the two seldom meet, and each step is to find one."""
_ROOT_SHARE: Final = 0.25
_LEVELS: Final = (HaltLevel.NO_NEW, HaltLevel.REDUCE_ONLY, HaltLevel.REDUCE_ONLY, HaltLevel.HALT_CANCEL, HaltLevel.HALT_FLATTEN)


class Person:
    """`revive` gives every lost part another try; `renew` restarts a desk that can no longer write."""

    def __init__(self, kit: Kit, halts: HaltsTold, *, revive: Callable[[], None], renew: Callable[[], None]) -> None:
        self._kit, self._halts, self._revive, self._renew = kit, halts, revive, renew
        self._chance = Random(f"{kit.plan.seed}:person")  # noqa: S311 - a person's moods, not secrets
        self._number = 0
        self._places: dict[str, bool] = {}
        self._due: dict[str, int] = {}

    def begin(self) -> None:
        """Look after things every few seconds."""
        self._kit.agenda.after(CARE_NS, None, self._care)

    def _care(self) -> None:
        now = self._kit.agenda.now
        for halt in self._seen():
            due = self._due.setdefault(halt.id, now + round(self._chance.uniform(*CALLED_SECONDS) * NS_PER_SECOND))
            if now >= due and halt.by != "stop_controller":
                self._due.pop(halt.id)
                self.resume(halt.id)
        self._revive()
        self._renew()
        self._kit.agenda.after(CARE_NS, None, self._care)

    def _seen(self) -> list[Halt]:
        """What stands in either fence, whoever raised it and whether or not his command lived to say so."""
        return [halt for paper in (self._kit.paper, self._kit.shared) for halt in Fence(PaperFile(paper, None)).halts()]

    def halt(self) -> None:
        """Halt something."""
        kit, chance = self._kit, self._chance
        self._number += 1
        scope = chance.choice((HaltScope.ALL, HaltScope.SYMBOL, HaltScope.SYMBOL, HaltScope.STRATEGY))
        target = {HaltScope.SYMBOL: chance.choice(kit.plan.symbols), HaltScope.STRATEGY: STRATEGY}.get(scope, "")
        timed = chance.random() < (_TIMED_SHARE_OF_STEPPED if "F24" in kit.plan.kinds else _TIMED_SHARE)
        until = Instant(kit.agenda.wall + chance.randint(5, 40) * NS_PER_SECOND) if timed else None
        halt = Halt(f"person-{self._number}", chance.choice(_LEVELS), scope, str(target), "test", until, "person")
        self._places[halt.id] = everywhere = chance.random() < _ROOT_SHARE
        kit.timeline.fault(
            kit.agenda.now, "F32", f"halts {halt.level.name} {halt.scope} {halt.target} {halt.id}{' everywhere' if everywhere else ''}"
        )
        self._command("K9", everywhere, lambda fence: self._halts.raised(halt, fence.raise_halt(halt)))

    def resume_any(self) -> None:
        """Lift some halt of his own before its time."""
        mine = [halt for halt in self._halts.standing() if halt.by == "person"]
        if mine:
            self._kit.timeline.fault(self._kit.agenda.now, "F32", "resumes early")
            self.resume(self._chance.choice(mine).id)

    def resume(self, halt_id: str) -> None:
        """Lift one halt, by a command."""
        kit = self._kit
        kit.say("person", f"resumes {halt_id}")

        def lift(fence: Fence) -> None:
            self._halts.lifted(halt_id)
            fence.resume(halt_id, "person", kit.agenda.wall)
            self._halts.lift_done(halt_id)

        self._command("K10", self._places.get(halt_id, False), lift)

    def _command(self, point: str, everywhere: bool, deed: Callable[[Fence], None]) -> None:
        """A command line's process: it may die between the two copies of what it writes."""
        kit = self._kit
        life = Life("command", 0, 4_999_999)

        def between(cell: Cell) -> None:
            if cell.kind in {Kind.HALT, Kind.ALL, Kind.LIFTED}:
                kit.faults.point(point)

        file = PaperFile(kit.shared if everywhere else kit.paper, life, between)

        def run() -> None:
            try:
                deed(Fence(file))
            except UserError as wrong:
                kit.say("person", f"is told: {wrong.cause}")
            file.close()

        kit.agenda.run(life, run)

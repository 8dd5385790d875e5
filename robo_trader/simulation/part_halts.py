"""How the gateway's process learns of halts, tells the desk, and confirms them: the rules of actors/broker_gateway over the real fence.

The bell wakes it within the poll's 5 ms. What it has seen it confirms after a round trip on the session since, because bytes in flight cannot be
called back; without an answer the session is given up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from robo_trader.desk.news import HaltSeen, ResumeSeen
from robo_trader.risk.halt import Halt, active
from robo_trader.simulation.broker import TIME
from robo_trader.simulation.errand import Errand, Steps, pause

if TYPE_CHECKING:
    from robo_trader.simulation.part_gateway import PartGateway

POLL_NS: Final = 5_000_000
CONFIRM_SECONDS_MAX: Final = 1.5


class HaltWatch:
    """The halts of one gateway incarnation."""

    def __init__(self, gateway: PartGateway) -> None:
        self._gateway = gateway
        self._told: dict[str, Halt | None] = {}
        self._seen = self._confirmed = 0
        self._confirming = self._polling = self._timed = False
        self._read_versions = (0, 0)

    def begin(self) -> None:
        """From now on; what was raised while nobody lived here is confirmed like any other."""
        self._seen = self._gateway.halts.sequence()
        self.read()
        self._confirm_if_needed()

    def rung(self) -> None:
        """A bell: look within the poll's time."""
        if not self._polling:
            self._polling = True
            self._gateway.kit.agenda.after(POLL_NS, self._gateway.life, self._poll)

    def _poll(self) -> None:
        self._polling = False
        sequence = self._gateway.halts.sequence()
        if sequence != self._seen:
            self._seen = sequence
            self.read()
        self._confirm_if_needed()

    def _confirm_if_needed(self) -> None:
        if self._seen != self._confirmed and not self._confirming:
            self._confirming = True
            Errand(self._gateway.kit.agenda, self._gateway.life, self._confirm())

    def _confirm(self) -> Steps:
        gateway = self._gateway
        while self._seen != self._confirmed:
            if not gateway.link.up:
                yield pause(0.05)
                continue
            sequence = self._seen
            if (yield gateway.link.ask(TIME, CONFIRM_SECONDS_MAX)) is None:
                gateway.link.abort("the gateway did not answer after a halt")
                continue
            gateway.fence.write_seen(sequence, gateway.epoch, gateway.kit.agenda.now)
            self._confirmed = sequence
        self._confirming = False

    def remember(self, halt_ids: Iterable[str]) -> None:
        """What the desk's journal knows as standing."""
        self._told = dict.fromkeys(halt_ids)

    def read(self) -> None:
        """Tell the desk of every halt that stands and of every one that no longer does."""
        gateway = self._gateway
        self._read_versions = self._versions
        standing = {halt.id: halt for halt in active(gateway.halts.halts(), frozenset(), gateway.wall())}
        self._timed = any(halt.until is not None for halt in standing.values())
        for halt in standing.values():
            told = self._told.get(halt.id)
            if told is None or not told.does_as(halt):
                self._told[halt.id] = halt
                gateway.tell(HaltSeen(halt))
        for halt_id in [each for each in self._told if each not in standing]:
            del self._told[halt_id]
            gateway.tell(ResumeSeen(halt_id))

    def read_expired(self) -> None:
        """Notice, once a second, halts that ended by time, and changes whose bell was never rung because the ringer was killed."""
        if self._timed or self._versions != self._read_versions:
            self.read()

    @property
    def _versions(self) -> tuple[int, int]:
        return self._gateway.kit.paper.version, self._gateway.kit.shared.version

"""Who lives: births, deaths and meetings of the processes of a world, and the strangers that knock.

The keeper says who shall live; here lives get their parts, gateway and desk are brought together whenever both are there, and what a dead process
held (its session, its end of the channel) goes the way that the kernel would let it go.
"""

from __future__ import annotations

from typing import Final

from robo_trader.edge.fence import Fence
from robo_trader.errors import AlreadyRunning, StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.agenda import Life
from robo_trader.simulation.halts_told import HaltsTold
from robo_trader.simulation.keeper import Keeper
from robo_trader.simulation.kit import Kit
from robo_trader.simulation.paper_fence import PaperFile
from robo_trader.simulation.part_desk import PartDesk
from robo_trader.simulation.part_gateway import PartGateway
from robo_trader.simulation.part_host import PartHost
from robo_trader.simulation.pipe import Pipe
from robo_trader.simulation.rows_reached import Reached
from robo_trader.supervision.spec import Cause

CHANNEL_NS: Final = 20_000_000


class Lineage:
    """The living parts: `gateway` and `desk` are the last that came into being, dead or alive."""

    def __init__(self, kit: Kit, halts: HaltsTold, reached: Reached) -> None:
        self.kit, self._halts, self._reached = kit, halts, reached
        self.keeper = Keeper(kit, born=self._born, gone=self._gone, given_up=self._given_up)
        self.gateway: PartGateway | None = None
        self.desk: PartDesk | None = None
        self._pipe: Pipe | None = None
        self._old: Pipe | None = None
        self._fence = Fence(PaperFile(kit.paper, None))

    def died(self, life: Life, point: str) -> None:
        """A process reached a crash point."""
        self.kit.timeline.point(self.kit.agenda.now, point, f"{life.name} {life.epoch}")
        self.kit.timeline.faults["F01"] += 1
        if life.name in self.kit.lives:
            self.keeper.ended(life, Cause.CRASH, f"killed at {point}")

    def _born(self, life: Life) -> None:
        match life.name:
            case "gateway":
                self._halts.gateway_began()
                self.gateway = PartGateway(self.kit, life)
                self.gateway.begin()
            case "desk":
                desk = PartDesk(self.kit, life)
                desk.begin()
                if desk.ready:
                    self.desk = desk
                    self._reached.resumed(desk.desk)
            case _:
                PartHost(self.kit, life).begin()
        self.kit.agenda.after(CHANNEL_NS, None, self._join)

    def _gone(self, life: Life) -> None:
        self.kit.broker.died(life)
        if self._pipe is not None and life in self._pipe.ends:
            self._pipe.end(f"{life.name} died")
            self._old, self._pipe = self._pipe, None

    def _join(self) -> None:
        """Bring gateway and desk together, if both are there."""
        gateway, desk = self.gateway, self.desk
        if gateway is None or desk is None or not gateway.life.alive or not desk.life.alive or gateway.epoch == 0 or not desk.ready:
            return
        if self._old is not None and self._old.pending and not self._old.broken:
            self.kit.agenda.after(CHANNEL_NS, None, self._join)  # the last words of the one before are read first
        elif self._pipe is None or not self._pipe.open:
            self._pipe = Pipe(self.kit.agenda, self.kit.faults, (gateway.life, desk.life))
            gateway.attach(self._pipe)
            desk.attach(self._pipe)

    def break_channel(self) -> None:
        """The channel between gateway and desk breaks; they find each other again after a while."""
        if self._pipe is not None:
            self._pipe.end("the channel broke", broken=True)
            self._old, self._pipe = self._pipe, None
            self.kit.agenda.after(CHANNEL_NS + self.kit.faults.pick("F06", 0, 20), None, self._join)

    def _given_up(self, name: str) -> None:
        halt = Halt(f"given-up-{name}-{self.kit.agenda.now}", HaltLevel.NO_NEW, HaltScope.ALL, "", "gave up", None, "root", name)
        self._halts.raised(halt, self._fence.raise_halt(halt))

    def revive(self) -> None:
        """A person gives every lost part another try."""
        for name in sorted(self.keeper.lost):
            self.keeper.revive(name)

    def renew(self) -> None:
        """A person restarts a desk that cannot write any more."""
        desk = self.desk
        if desk is not None and desk.life.alive and desk.journal_failure and not self.kit.disk_full:
            self.keeper.ended(desk.life, Cause.CRASH, "restarted by hand: its journal failed")

    def kill_pid(self, pid: int) -> None:
        """A successor ends the process of this pid."""
        for life in list(self.kit.lives.values()):
            if life.pid == pid:
                self.keeper.ended(life, Cause.CRASH, "ended by its successor")

    def second_instance(self) -> None:
        """Another program of the same system: it may take the lease only from the dead or the silent, and leaves at once."""
        life = Life("second", 0, 4_999_998)
        fence = Fence(PaperFile(self.kit.paper, life))
        try:
            fence.take_lease(life.pid, wait=self._refuse_to_wait, process_ns=lambda: self.kit.agenda.now)
        except (AlreadyRunning, StateUnreadable) as refused:
            self.kit.timeline.reached["second instance refused"] += 1
            self.kit.timeline.say(self.kit.agenda.now, "second", str(refused))
        else:
            self.kit.timeline.reached["second instance got the lease"] += 1
            fence.release()
        life.alive = False

    def _refuse_to_wait(self, _seconds: float) -> None:
        raise AlreadyRunning("somebody holds the lease", "stop it first")

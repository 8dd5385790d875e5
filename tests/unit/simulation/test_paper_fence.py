"""The real fence over a file in memory."""

import pytest

from robo_trader.edge.fence import Fence
from robo_trader.errors import StateUnreadable
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.agenda import Died, Life
from robo_trader.simulation.paper_fence import Paper, PaperFile
from tests.support.world_bench import agenda, life

HALT = Halt("h", HaltLevel.NO_NEW, HaltScope.SYMBOL, "SPY", "test", None, "person")


def test_a_halt_written_by_one_process_stands_for_every_other_and_rings_the_bell():
    paper, rings = Paper(agenda()), []
    paper.rung = lambda: rings.append(1)
    Fence(PaperFile(paper, None)).raise_halt(HALT)
    other = Fence(PaperFile(paper, life()))
    assert other.halts() == (HALT,) and rings and other.sequence() > 0


def test_the_bell_never_rings_twice_at_one_instant():
    paper = Paper(agenda())
    file = PaperFile(paper, None)
    assert file.ring() < file.ring()


def test_a_command_that_dies_between_the_copies_leaves_a_fence_that_can_be_read():
    paper = Paper(agenda())

    def dies(_cell: object) -> None:
        raise Died("K9")

    with pytest.raises(Died):
        Fence(PaperFile(paper, None, dies)).raise_halt(HALT)
    Fence(PaperFile(paper, None)).check()


def test_locks_die_with_their_holder_and_the_lease_passes_on():
    clock = agenda()
    paper, first, second = Paper(clock), Life("gateway", 1, 5_000_001), Life("gateway", 2, 5_000_002)
    holder, successor = Fence(PaperFile(paper, first)), Fence(PaperFile(paper, second))
    assert holder.take_lease(first.pid, process_ns=lambda: clock.now) == 1
    first.alive = False
    assert successor.take_lease(second.pid, wait=lambda _: pytest.fail("the dead are not waited for"), process_ns=lambda: clock.now) == 2
    assert successor.lease_valid(clock.now) and not holder.lease_valid(clock.now)


def test_a_full_disk_refuses():
    file = PaperFile(Paper(agenda()), None)
    file.full = True
    with pytest.raises(StateUnreadable):
        Fence(file).raise_halt(HALT)

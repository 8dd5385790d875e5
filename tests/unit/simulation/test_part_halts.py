"""How halts are told and confirmed."""

from robo_trader.desk.news import HaltSeen, ResumeSeen
from robo_trader.edge.fence import Fence
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.paper_fence import PaperFile
from tests.support.world_bench import run_until, world

HALT = Halt("h", HaltLevel.REDUCE_ONLY, HaltScope.ALL, "", "test", None, "person")


def begun():
    made = world()
    lines = []
    made._start()
    made.kit.signalled = lambda _: None
    made.kit.heard = lines.append
    run_until(made.agenda, 3)
    return made, lines, Fence(PaperFile(made.kit.paper, None))


def test_a_halt_is_told_within_the_poll_and_confirmed_after_a_round_trip():
    made, lines, fence = begun()
    sequence = fence.raise_halt(HALT)
    run_until(made.agenda, 0.1)
    assert [line.news.halt.id for line in lines if isinstance(line.news, HaltSeen)] == ["h"] and fence.confirmed(sequence)


def test_a_halt_is_not_confirmed_while_nobody_answers():
    made, _, fence = begun()
    made.lineage.gateway.link.session.deaf = True
    sequence = fence.raise_halt(HALT)
    run_until(made.agenda, 1)
    assert not fence.confirmed(sequence)


def test_a_resume_and_a_halt_that_ended_by_time_are_told():
    made, lines, fence = begun()
    fence.raise_halt(HALT)
    until = Halt("t", HaltLevel.NO_NEW, HaltScope.ALL, "", "test", made.agenda.wall + 2_000_000_000, "person")
    fence.raise_halt(until)
    run_until(made.agenda, 0.1)
    fence.resume("h", "person", made.agenda.wall)
    run_until(made.agenda, 4)
    assert {line.news.halt_id for line in lines if isinstance(line.news, ResumeSeen)} == {"h", "t"}

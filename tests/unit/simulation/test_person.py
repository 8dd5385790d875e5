"""The person of a world."""

from robo_trader.edge.fence import Fence
from robo_trader.simulation.paper_fence import PaperFile
from tests.support.world_bench import always, calm, run_until, world


def halted(plan=None):
    made = world(plan or calm())
    made.person.halt()
    return made, Fence(PaperFile(made.kit.paper, None)), Fence(PaperFile(made.kit.shared, None))


def test_a_halt_stands_in_one_of_the_two_fences_and_is_lifted_by_its_id():
    for seed in range(8):
        made, own, shared = halted(calm(seed=seed))
        (halt,) = (*own.halts(), *shared.halts())
        made.person.resume(halt.id)
        assert (*own.halts(), *shared.halts()) == () and made.halts.standing() == []


def test_a_command_that_dies_between_its_writes_has_promised_nothing():
    made, _, _ = halted(always("F01", crashes=(("K9", 1),)))
    assert made.timeline.points == {"K9": 1} and made.halts.standing() == []


def test_the_caretaker_lifts_what_he_was_called_for_after_a_while():
    made, _, _ = halted()
    made.person.begin()
    run_until(made.agenda, 3)
    assert made.halts.standing()
    run_until(made.agenda, 60)
    assert made.halts.standing() == []


def test_an_operator_lifts_only_what_he_raised_before_its_time():
    made, _, _ = halted()
    made.person.resume_any()
    made.person.resume_any()
    assert made.halts.standing() == [] and made.timeline.faults["F32"] == 2

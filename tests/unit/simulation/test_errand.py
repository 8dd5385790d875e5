"""Tasks of a simulated process."""

from robo_trader.simulation.errand import Errand, Steps, Wait, pause
from robo_trader.values import NS_PER_SECOND
from tests.support.world_bench import agenda, life, run_until


def test_an_errand_goes_on_with_what_came_or_with_nothing_when_its_time_is_over():
    clock, came, wakes = agenda(), [], []

    def steps() -> Steps:
        came.append((yield Wait(NS_PER_SECOND, wakes.append)))
        came.append((yield Wait(NS_PER_SECOND, wakes.append)))
        yield pause(1)
        came.append("end")

    Errand(clock, life(), steps())
    wakes[0]("answer")
    run_until(clock, 3)
    assert came == ["answer", None, "end"]


def test_an_answer_that_comes_too_late_wakes_nobody():
    clock, came, wakes = agenda(), [], []

    def steps() -> Steps:
        came.append((yield Wait(NS_PER_SECOND, wakes.append)))
        came.append((yield pause(5)))

    Errand(clock, life(), steps())
    run_until(clock, 2)
    wakes[0]("late")
    assert came == [None]


def test_an_errand_dies_with_its_process():
    clock, one, came = agenda(), life(), []

    def steps() -> Steps:
        yield pause(1)
        came.append("never")

    Errand(clock, one, steps())
    one.alive = False
    run_until(clock, 3)
    assert not came

"""The faults that come by themselves."""

import pytest

from robo_trader.simulation.kit import GATEWAY
from robo_trader.simulation.troubles import Troubles
from tests.support.world_bench import always, calm, run_until, world

TIMED = ("F01", "F02", "F06", "F13", "F14", "F15", "F20", "F21", "F22", "F23", "F24", "F25", "F32", "F35")


@pytest.mark.parametrize("kind", TIMED)
def test_every_timed_kind_strikes_as_often_as_the_plan_says_and_is_counted(kind: str):
    made = world(calm(rates={kind: 0.0}, times={kind: 3}))
    made._start()
    run_until(made.agenda, made.kit.plan.troubled_ns / 1e9)
    assert 1 <= made.timeline.faults[kind] <= 3 or (kind in {"F20", "F32", "F14", "F15"} and made.timeline.faults.total() >= 1)


def test_nothing_begins_after_the_end():
    made = world(calm(rates={"F02": 0.0}, times={"F02": 5}))
    made._start()
    made.kit.faults.over = True
    run_until(made.agenda, made.kit.plan.troubled_ns / 1e9)
    assert not made.timeline.faults


def test_a_frozen_process_is_one_of_the_living():
    made = world(always("F02"))
    made._start()
    run_until(made.agenda, 4)
    Troubles(made.kit, made.troubles, made.person, end=lambda *_: None, break_channel=lambda: None, second=lambda: None)._freeze()
    assert sum(life.frozen_until > made.agenda.now for life in made.kit.lives.values()) == 1
    assert made.kit.lives[GATEWAY].alive

"""When faults strike."""

import pytest

from robo_trader.simulation.agenda import Died
from robo_trader.simulation.faults import Faults
from robo_trader.simulation.plan import Plan
from tests.support.world_bench import agenda, always, calm, timeline


def faults(plan: Plan) -> Faults:
    clock = agenda()
    return Faults(plan, clock, timeline(clock))


def test_a_kind_that_is_not_enabled_never_strikes_and_an_enabled_one_is_counted():
    some = faults(always("F16"))
    assert not some.strikes("F17", "x") and some.strikes("F16", "swallowed")
    assert some._timeline.faults == {"F16": 1}


def test_nothing_strikes_once_it_is_over():
    some = faults(always("F16", crashes=(("K3", 1),)))
    some.over = True
    assert not some.strikes("F16", "x") and not some.dies_at("K3") and not some.enabled("F16")


def test_strikes_of_one_kind_do_not_depend_on_which_others_are_enabled():
    alone, beside = faults(calm(rates={"F09": 0.3})), faults(calm(rates={"F09": 0.3, "F16": 0.5}))
    struck = [[(some.strikes("F16", "x"), some.strikes("F09", "y"))[1] for _ in range(50)] for some in (alone, beside)]
    assert struck[0] == struck[1]


def test_a_process_dies_at_the_passing_that_the_plan_names_and_at_no_other():
    some = faults(always("F01", crashes=(("K3", 2),)))
    some.point("K3")
    with pytest.raises(Died):
        some.point("K3")
    some.point("K3")

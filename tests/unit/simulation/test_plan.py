"""What a seed decides."""

from robo_trader.desk.settings import Execution
from robo_trader.simulation.plan import KINDS, KINDS_MAX, KINDS_MIN, POINTS, plan_of


def test_a_seed_always_makes_the_same_plan():
    assert plan_of(17) == plan_of(17) != plan_of(18)


def test_every_plan_enables_three_to_twelve_kinds_and_every_kind_is_enabled_somewhere():
    plans = [plan_of(seed) for seed in range(200)]
    assert all(KINDS_MIN <= len(plan.kinds) <= KINDS_MAX for plan in plans)
    assert {kind for plan in plans for kind in plan.kinds} == set(KINDS)


def test_every_execution_style_is_drawn():
    assert {plan_of(seed).execution for seed in range(50)} == set(Execution)


def test_only_worlds_that_may_kill_plan_crash_points_and_all_of_them_are_planned_somewhere():
    plans = [plan_of(seed) for seed in range(400)]
    assert all(bool(plan.crashes) == ("F01" in plan.kinds) for plan in plans)
    assert {point for plan in plans for point, _ in plan.crashes} == set(POINTS)

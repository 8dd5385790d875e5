"""Who stands where: whom a restart takes along, and whose turn it is to stop or to start."""

from __future__ import annotations

import pytest

from robo_trader.supervision.child import Aim, Child, Phase
from robo_trader.supervision.family import Family
from robo_trader.supervision.spec import GroupSpec, Strategy
from tests.support.supervision_bench import group


def family(root: GroupSpec, phase: Phase = Phase.RUNNING) -> Family:
    made = Family(root, {}, {})
    for child in made.children:
        child.phase = phase
    return made


def names(children: list[Child]) -> str:
    return "".join(child.spec.name for child in children)


def nested(outer: Strategy, inner: Strategy = Strategy.ONE_FOR_ONE) -> GroupSpec:
    return group(outer, "a", group(inner, "b", "c", name="inner"), "d")


def test_children_stand_in_start_order_across_groups() -> None:
    assert names(list(family(nested(Strategy.ONE_FOR_ONE)).children)) == "abcd"


@pytest.mark.parametrize(
    ("outer", "inner", "child", "expected"),
    [
        (Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ONE, "a", "a"),
        (Strategy.REST_FOR_ONE, Strategy.ONE_FOR_ONE, "a", "abcd"),
        (Strategy.REST_FOR_ONE, Strategy.ONE_FOR_ONE, "d", "d"),
        (Strategy.ONE_FOR_ALL, Strategy.ONE_FOR_ONE, "d", "abcd"),
        (Strategy.ONE_FOR_ALL, Strategy.ONE_FOR_ONE, "b", "b"),  # a child asks its own group only
        (Strategy.ONE_FOR_ONE, Strategy.REST_FOR_ONE, "b", "bc"),
        (Strategy.ONE_FOR_ONE, Strategy.REST_FOR_ONE, "c", "c"),
        (Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, "c", "bc"),
    ],
)
def test_a_restart_takes_along_whom_the_childs_own_group_says(outer: Strategy, inner: Strategy, child: str, expected: str) -> None:
    made = family(nested(outer, inner))
    assert names(made.taken_along(made.named(child))) == expected


def test_children_stop_in_reverse_each_when_those_after_it_are_gone() -> None:
    made = family(nested(Strategy.ONE_FOR_ALL))
    for child in made.children:
        child.leaves_with = "root"
    assert [made.may_stop(child) for child in made.children] == [False, False, False, True]
    made.named("d").phase = Phase.WAITING
    assert [made.may_stop(child) for child in made.children[:3]] == [False, False, True]


def test_children_of_different_departures_do_not_wait_for_each_other() -> None:
    made = family(nested(Strategy.ONE_FOR_ONE))
    made.named("b").leaves_with = "inner"
    made.named("d").leaves_with = "root"
    assert made.may_stop(made.named("b"))


def test_nobody_starts_while_its_group_is_still_leaving() -> None:
    made = family(nested(Strategy.ONE_FOR_ALL))
    made.named("a").phase = Phase.WAITING
    made.named("d").phase, made.named("d").leaves_with = Phase.STOPPING, "root"
    assert not made.may_start(made.named("a"))
    made.named("d").phase = Phase.WAITING
    assert made.may_start(made.named("a"))


@pytest.mark.parametrize("phase", Phase)
def test_who_leans_on_its_elders_waits_for_those_on_the_way(phase: Phase) -> None:
    made = family(nested(Strategy.REST_FOR_ONE))
    made.named("b").phase = phase
    made.named("d").phase = Phase.WAITING
    on_the_way = phase in {Phase.WAITING, Phase.STARTING, Phase.STOPPING}
    assert made.may_start(made.named("d")) is not on_the_way


def test_independent_children_keep_the_order_of_their_first_starts_only() -> None:
    made = family(nested(Strategy.ONE_FOR_ONE), Phase.WAITING)
    made.named("a").phase = Phase.STARTING
    assert not made.may_start(made.named("b"))
    made.named("a").in_turn = False  # its start failed, and it pauses
    assert made.may_start(made.named("b"))
    assert not made.may_start(made.named("c"))


def test_who_was_given_up_with_its_group_comes_back_with_it_and_others_alone() -> None:
    made = family(nested(Strategy.ONE_FOR_ALL), Phase.GIVEN_UP)
    for name in "abc":
        made.named(name).leaves_with = "root"
    made.named("c").phase, made.named("c").aim = Phase.STOPPING, Aim.GIVEN_UP
    assert names(made.given_up_with(made.named("a"))) == "abc"
    assert names(made.given_up_with(made.named("d"))) == "d"


def test_budgets_are_shared_where_children_fall_together() -> None:
    made = family(nested(Strategy.ONE_FOR_ALL, Strategy.ONE_FOR_ONE))
    budgets = {name: made.named(name).budget for name in "abcd"}
    assert budgets["a"] is budgets["d"]
    assert len({id(budget) for budget in budgets.values()}) == 3


def test_who_is_not_in_the_tree_cannot_be_adopted() -> None:
    with pytest.raises(AssertionError, match="stranger"):
        Family(nested(Strategy.ONE_FOR_ONE), {"stranger": 2}, {})

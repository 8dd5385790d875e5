"""The supervisor's judgement: order, silence, budgets, giving up, stopping, adopting, and then any world at all."""

from __future__ import annotations

import pytest
from hypothesis import Phase as Search
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from robo_trader.supervision.child import Phase
from robo_trader.supervision.effects import Effect, GaveUp, Kill, Start, Stop
from robo_trader.supervision.events import Beat, Begin, Ended, ReviveAsked, Started
from robo_trader.supervision.policy import KILLS_MAX
from robo_trader.supervision.spec import Cause, Intensity, Restart, Strategy
from tests.support.supervision_bench import GROWING, HEARTBEAT_SECONDS, START_SECONDS, Bench, child, group
from tests.support.supervision_world import FaultyWorld

TOGETHER = {Strategy.ONE_FOR_ONE: "b", Strategy.REST_FOR_ONE: "bc", Strategy.ONE_FOR_ALL: "bac"}


def abc(strategy: Strategy) -> Bench:
    return Bench(group(strategy, "a", child("b", scope="B"), "c")).all_running()


def kills(effects: list[Effect]) -> list[Kill]:
    return [effect for effect in effects if isinstance(effect, Kill)]


@pytest.mark.parametrize("strategy", Strategy)
def test_children_start_in_order_each_when_the_one_before_is_in_service(strategy: Strategy) -> None:
    bench = Bench(group(strategy, "a", group(strategy, "b", name="inner"), "c"))
    assert bench.begin() == [Start("a", 1)]
    assert bench.started("a") == [Start("b", 1)]
    assert bench.started("b") == [Start("c", 1)]


def test_a_first_start_that_fails_holds_up_those_who_lean_on_it_and_nobody_else() -> None:
    independent = Bench(group(Strategy.ONE_FOR_ONE, "a", "b", backoff=GROWING))
    independent.begin()
    assert independent.failed("a") == [Start("b", 1)]
    leaning = Bench(group(Strategy.REST_FOR_ONE, "a", "b", backoff=GROWING))
    leaning.begin()
    assert leaning.failed("a") == []
    assert leaning.after(0.2) == [Start("a", 2)]
    assert leaning.started("a") == [Start("b", 1)]


@pytest.mark.parametrize("strategy", Strategy)
def test_the_restart_beyond_the_intensity_is_given_up(strategy: Strategy) -> None:
    bench = abc(strategy)
    for _ in range(3):
        bench.settle(bench.ended("b"))
        assert set(bench.phases().values()) == {Phase.RUNNING}
    gave_up = [effect for effect in bench.settle(bench.ended("b")) if isinstance(effect, GaveUp)]
    assert "".join(effect.child for effect in gave_up) == TOGETHER[strategy]
    assert gave_up[0] == GaveUp("b", "B", "3 restarts in 60 s did not help: crash, broken")
    assert bench.after(1_000, beating=[name for name, phase in bench.phases().items() if phase is Phase.RUNNING]) == []


def test_crashes_that_are_far_apart_are_never_given_up() -> None:
    bench = abc(Strategy.ONE_FOR_ALL)
    for _ in range(20):
        bench.after(21, beating="abc")
        bench.settle(bench.ended("b"))
    assert set(bench.phases().values()) == {Phase.RUNNING}


def test_a_lost_node_costs_each_independent_child_one_restart() -> None:
    names = [f"host {n}" for n in range(10)]
    bench = Bench(group(Strategy.ONE_FOR_ONE, *names, intensity=Intensity(1, 60))).all_running()
    for name in names:
        assert bench.ended(name, Cause.NODE_LOST) == [Start(name, 2)]


def test_children_that_fall_together_share_one_budget() -> None:
    bench = abc(Strategy.ONE_FOR_ALL)
    for name in "abc":
        bench.settle(bench.ended(name))
    bench.settle(bench.ended("a"))
    assert set(bench.phases().values()) == {Phase.GIVEN_UP}


def test_starts_that_fail_slowly_are_given_up_and_not_repeated_for_ever() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a", intensity=Intensity(2, 15))).all_running()
    bench.ended("a")
    for epoch in (2, 3):
        assert bench.after(START_SECONDS) == [Kill("a", epoch, "not started within 10 s")]
        bench.ended("a")
    assert bench.phases() == {"a": Phase.GIVEN_UP}
    assert bench.state("a").last_cause is Cause.HUNG


def test_pauses_grow_with_the_restarts_in_the_window_and_chance_shortens_them() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a", backoff=GROWING)).all_running()
    for pause in (0.2, 0.4, 0.8):
        assert bench.ended("a", chance=0.5) == []
        assert bench.due_in_seconds() == pytest.approx(pause * 0.9)
        assert bench.after(pause * 0.9 - 0.001) == []
        bench.settle(bench.after(0.001))
        assert bench.phases() == {"a": Phase.RUNNING}


def test_a_group_pauses_as_a_whole() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ALL, "a", "b", backoff=GROWING)).all_running()
    assert bench.ended("b") == [Stop("a", 1)]
    assert bench.ended("a", Cause.NORMAL) == []
    assert bench.settle(bench.after(0.2)) == [Start("a", 2), Start("b", 2)]


def test_a_beat_puts_the_alarm_off_and_the_alarm_says_when_to_look() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a")).all_running()
    assert bench.due_in_seconds() == HEARTBEAT_SECONDS
    assert bench.after(2.5, beating=["a"]) == []
    assert bench.due_in_seconds() == HEARTBEAT_SECONDS
    assert kills(bench.after(2.999)) == []
    assert kills(bench.after(0.001)) == [Kill("a", 1, "no heartbeat for 3 s")]


def test_a_supervisor_that_was_late_itself_hears_everybody_before_it_condemns_anybody() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a", "b")).all_running()
    assert bench.after(100, beating="ab") == []
    assert bench.after(100, beating="b") == [Kill("a", 1, "no heartbeat for 3 s")]


def test_a_successor_waits_for_the_certain_end_of_a_killed_one() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a")).all_running()
    bench.after(HEARTBEAT_SECONDS)
    assert bench.tell(Started("a", 1)) == []
    assert bench.tell(Beat("a", 1)) == []
    assert bench.after(1) == []
    assert bench.ended("a", Cause.NORMAL) == [Start("a", 2)]
    assert bench.state("a").last_cause is Cause.HUNG


def test_who_survives_every_kill_is_given_up_unended_and_has_no_successor_before_its_end() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a", "b")).all_running()
    asked = [effect for _ in range(10) for effect in bench.after(HEARTBEAT_SECONDS, beating=["b"])]
    assert [type(effect) for effect in asked] == [Kill] * KILLS_MAX + [GaveUp]
    assert bench.phases() == {"a": Phase.GIVEN_UP, "b": Phase.RUNNING}
    assert bench.revive("a") == []
    assert bench.due_in_seconds() == 0
    assert bench.after(0) == [Kill("a", 1, "not ended within 3 s")]
    assert bench.ended("b") == [Start("b", 2)]
    assert bench.ended("a") == [Start("a", 2)]


def test_the_late_end_of_a_lost_child_frees_the_way_and_starts_nothing() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a")).all_running()
    for _ in range(KILLS_MAX + 1):
        bench.after(HEARTBEAT_SECONDS)
    assert bench.ended("a", Cause.NODE_LOST) == []
    assert bench.phases() == {"a": Phase.GIVEN_UP}
    assert bench.revive("a") == [Start("a", 2)]


def test_news_of_another_incarnation_changes_nothing() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a")).all_running()
    bench.settle(bench.ended("a"))
    before = bench.policy.children()
    for event in (Ended("a", 1, Cause.CRASH, "told late"), Ended("a", 3, Cause.CRASH, "not yet"), Started("a", 1), Beat("a", 1)):
        assert bench.tell(event) == []
    assert bench.policy.children() == before


def test_two_deaths_reported_one_after_the_other_restart_a_group_once_each_child() -> None:
    bench = abc(Strategy.REST_FOR_ONE)
    assert bench.ended("a") == [Stop("c", 1)]
    assert bench.ended("b") == []  # it was to stop anyway, so its death is nobody's second restart
    assert bench.settle(bench.ended("c")) == [Start("a", 2), Start("b", 2), Start("c", 2)]


def test_a_sibling_that_does_not_stop_for_a_restart_is_killed() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ALL, "a", "b")).all_running()
    assert bench.ended("a") == [Stop("b", 1)]
    assert bench.after(HEARTBEAT_SECONDS) == [Kill("b", 1, "not ended within 3 s")]
    assert bench.settle(bench.ended("b")) == [Start("a", 2), Start("b", 2)]


def test_what_a_restart_takes_along_comes_back_unless_it_is_temporary() -> None:
    members = (child("done", Restart.TRANSIENT), child("once", Restart.TEMPORARY), child("task", Restart.TRANSIENT), "a")
    bench = Bench(group(Strategy.ONE_FOR_ALL, *members)).all_running()
    bench.ended("done", Cause.NORMAL)
    bench.settle(bench.ended("a"))
    assert bench.phases() == {"done": Phase.RUNNING, "once": Phase.STOPPED, "task": Phase.RUNNING, "a": Phase.RUNNING}


def test_a_nested_group_goes_down_and_comes_back_with_what_it_leans_on_and_alone_when_it_fails_itself() -> None:
    bench = Bench(group(Strategy.REST_FOR_ONE, "a", group(Strategy.ONE_FOR_ONE, "b", "c", name="inner"), "d")).all_running()
    assert bench.settle(bench.ended("b")) == [Start("b", 2)]
    asked = bench.settle(bench.ended("a"))
    assert asked == [Stop("d", 1), Stop("c", 1), Stop("b", 2), Start("a", 2), Start("b", 3), Start("c", 2), Start("d", 2)]


def test_in_a_group_that_was_taken_down_the_children_start_one_after_another_again() -> None:
    inner = group(Strategy.ONE_FOR_ONE, "b", "c", name="inner", backoff=GROWING)
    for b_was_down in (True, False):
        bench = Bench(group(Strategy.REST_FOR_ONE, "a", inner)).all_running()
        asked = bench.ended("b") if b_was_down else []
        asked += bench.ended("a") + bench.ended("c", Cause.NORMAL) + (bench.ended("b", Cause.NORMAL) if not b_was_down else [])
        assert asked[-1] == Start("a", 2)
        assert bench.started("a") == [Start("b", 2)]
        assert bench.started("b") == [Start("c", 2)]


def test_who_is_doomed_stays_so_when_others_are_restarted_or_everything_is_stopped() -> None:
    inner = group(Strategy.ONE_FOR_ALL, "b", "c", name="inner")
    for then_stopped in (True, False):
        bench = Bench(group(Strategy.REST_FOR_ONE, "a", inner)).all_running()
        assert bench.ended("b", Cause.NEEDS_OPERATOR)[-1] == Stop("c", 1)
        assert (bench.stop() if then_stopped else bench.ended("a")) == []
        assert bench.ended("c", Cause.NORMAL) == [Stop("a", 1) if then_stopped else Start("a", 2)]
        assert bench.phases() | {"a": None} == {"a": None, "b": Phase.GIVEN_UP, "c": Phase.GIVEN_UP}


def test_what_was_given_up_comes_back_for_a_person_with_a_full_budget() -> None:
    bench = abc(Strategy.ONE_FOR_ALL)
    assert bench.revive("b") == []
    for _ in range(4):
        bench.settle(bench.ended("b"))
    assert bench.settle(bench.revive("b")) == [Start("a", 5), Start("b", 5), Start("c", 5)]
    for _ in range(3):
        bench.settle(bench.ended("b"))
    assert set(bench.phases().values()) == {Phase.RUNNING}


def test_a_person_must_name_a_child_of_the_tree() -> None:
    with pytest.raises(KeyError, match="nobody"):
        abc(Strategy.ONE_FOR_ONE).tell(ReviveAsked("nobody"))


def test_everything_stops_in_reverse_one_after_another_and_nothing_starts_again() -> None:
    inner = group(Strategy.ONE_FOR_ONE, "b", "c", name="inner")
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a", inner, "d")).all_running()
    assert bench.stop() == [Stop("d", 1)]
    assert bench.after(HEARTBEAT_SECONDS, beating="abc") == [Kill("d", 1, "not ended within 3 s")]
    assert bench.ended("b") == []  # by itself, before its turn
    assert bench.ended("d") == [Stop("c", 1)]
    assert bench.ended("c", Cause.NEEDS_OPERATOR) == [Stop("a", 1)]
    assert bench.ended("a", Cause.NORMAL) == []
    assert set(bench.phases().values()) == {Phase.STOPPED}
    assert bench.revive("a") == []
    assert bench.policy.next_due_ns() is None


def test_after_the_stop_neither_the_end_of_a_pause_nor_a_person_starts_anything() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a", "b", backoff=GROWING)).all_running()
    bench.ended("a")
    bench.ended("b", Cause.NEEDS_OPERATOR)
    assert bench.stop() == bench.revive("b") == bench.after(100) == bench.stop() == []
    assert bench.phases() == {"a": Phase.STOPPED, "b": Phase.GIVEN_UP}


def test_a_child_that_cannot_be_ended_does_not_hold_up_the_stop_of_the_others() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ALL, "a", "b")).all_running()
    bench.stop()
    asked = [effect for _ in range(KILLS_MAX + 1) for effect in bench.after(HEARTBEAT_SECONDS, beating=["a"])]
    assert [type(effect) for effect in asked] == [Kill] * KILLS_MAX + [GaveUp, Stop]
    assert asked[-2:] == [GaveUp("b", None, "3 kills without a confirmed end"), Stop("a", 1)]


def test_a_restarted_supervisor_adopts_what_runs_and_goes_on_from_the_epochs_it_knows() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ONE, "a", "b", "c"), adopted={"a": 7}, last_epochs={"b": 4})
    assert bench.begin() == [Start("b", 5)]
    assert bench.started("b") == [Start("c", 1)]
    assert bench.after(HEARTBEAT_SECONDS, beating=["b"]) == [Kill("a", 7, "no heartbeat for 3 s")]
    assert bench.ended("a") == [Start("a", 8)]
    assert [bench.state(name).restarts for name in "abc"] == [1, 0, 0]


def test_who_leans_on_a_child_that_died_unsupervised_starts_anew_with_it() -> None:
    bench = Bench(group(Strategy.REST_FOR_ONE, "a", "b", "c"), adopted={"a": 2, "c": 2})
    assert bench.settle(bench.begin()) == [Stop("c", 2), Start("b", 1), Start("c", 3)]


def test_a_policy_begins_once_and_time_runs_forward() -> None:
    bench = abc(Strategy.ONE_FOR_ONE)
    with pytest.raises(AssertionError, match="begins once"):
        bench.tell(Begin())
    bench.now_ns -= 1
    with pytest.raises(AssertionError, match="runs forward"):
        bench.after(0)


def test_in_any_world_nobody_lives_twice_restarts_are_bounded_and_nothing_ends_in_silence() -> None:
    quick = settings(max_examples=100, stateful_step_count=30, deadline=None, report_multiple_bugs=False, phases=set(Search) - {Search.explain})
    run_state_machine_as_test(FaultyWorld, settings=quick)

"""The tables and the numbers: types, causes and strategies as their whole product, also acted out; pauses within bounds; specs that mean nothing."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.supervision.child import Phase
from robo_trader.supervision.effects import GaveUp, Kill, Start, Stop
from robo_trader.supervision.spec import (
    FACTOR_MAX,
    NS_PER_SECOND,
    VERDICTS,
    Backoff,
    Cause,
    ChildSpec,
    Intensity,
    Restart,
    Strategy,
    Verdict,
    names_in,
)
from tests.support.supervision_bench import HEARTBEAT_SECONDS, Bench, child, group

CURABLE = set(Cause) - {Cause.NEEDS_OPERATOR}
WHY = "it leans on b: broken"
COMES_BACK = {
    Strategy.ONE_FOR_ONE: [Start("b", 2)],
    Strategy.REST_FOR_ONE: [Stop("c", 1), Start("b", 2), Start("c", 2)],
    Strategy.ONE_FOR_ALL: [Stop("c", 1), Stop("a", 1), Start("a", 2), Start("b", 2), Start("c", 2)],
}
GIVEN_UP = {
    Strategy.ONE_FOR_ONE: [GaveUp("b", "B", "broken")],
    Strategy.REST_FOR_ONE: [GaveUp("b", "B", "broken"), GaveUp("c", None, WHY), Stop("c", 1)],
    Strategy.ONE_FOR_ALL: [GaveUp("b", "B", "broken"), GaveUp("a", None, WHY), GaveUp("c", None, WHY), Stop("c", 1), Stop("a", 1)],
}


def test_every_pair_of_type_and_cause_has_a_verdict() -> None:
    assert set(VERDICTS) == set(itertools.product(Restart, Cause))


def test_the_types_differ_as_in_otp() -> None:
    def restarted(restart: Restart) -> set[Cause]:
        return {cause for cause in Cause if VERDICTS[restart, cause] is Verdict.RESTART}

    assert restarted(Restart.PERMANENT) == CURABLE
    assert restarted(Restart.TRANSIENT) == CURABLE - {Cause.NORMAL}
    assert restarted(Restart.TEMPORARY) == set()


@pytest.mark.parametrize("restart", Restart)
def test_what_needs_an_operator_is_given_up_and_nothing_else_at_once(restart: Restart) -> None:
    assert {cause for cause in Cause if VERDICTS[restart, cause] is Verdict.GIVE_UP} == {Cause.NEEDS_OPERATOR}


@pytest.mark.parametrize(("restart", "cause", "strategy"), list(itertools.product(Restart, Cause, Strategy)))
def test_the_truth_table_of_otp(restart: Restart, cause: Cause, strategy: Strategy) -> None:
    bench = Bench(group(strategy, "a", child("b", restart, "B"), "c")).all_running()
    if cause is Cause.HUNG:
        assert bench.after(HEARTBEAT_SECONDS, beating=["a", "c"]) == [Kill("b", 1, "no heartbeat for 3 s")]
    asked = bench.settle(bench.ended("b", Cause.CRASH if cause is Cause.HUNG else cause))
    assert (bench.state("b").last_cause, bench.state("b").last_reason) == (cause, "broken")
    running = dict.fromkeys("abc", Phase.RUNNING)
    if cause is Cause.NEEDS_OPERATOR:
        assert asked == GIVEN_UP[strategy]
        assert bench.phases() == running | {effect.child: Phase.GIVEN_UP for effect in asked}
    elif restart is Restart.TEMPORARY or (restart is Restart.TRANSIENT and cause is Cause.NORMAL):
        assert asked == []
        assert bench.phases() == running | {"b": Phase.STOPPED}
    else:
        assert asked == COMES_BACK[strategy]
        assert bench.phases() == running
        assert bench.state("b").restarts == 1


def test_pauses_grow_to_their_bound() -> None:
    backoff = Backoff(0.2, 2, 1, 0)
    assert [backoff.pause_ns(nth, 0.5) / NS_PER_SECOND for nth in range(1, 6)] == [0.2, 0.4, 0.8, 1, 1]


def test_jitter_only_shortens_and_by_its_share_at_most() -> None:
    backoff = Backoff(1, 2, 10, 0.2)
    assert backoff.pause_ns(1, 0.0) == NS_PER_SECOND
    assert backoff.pause_ns(1, 0.5) == round(0.9 * NS_PER_SECOND)
    assert backoff.pause_ns(1, math.nextafter(1, 0)) == pytest.approx(0.8 * NS_PER_SECOND)


def test_a_first_pause_of_nothing_is_no_pause_ever() -> None:
    assert {Backoff(0, 2, 10, 0.2).pause_ns(nth, 0.3) for nth in range(1, 20)} == {0}


@given(
    st.floats(0, 100),
    st.floats(1, FACTOR_MAX),
    st.floats(0, 1000),
    st.floats(0, 1),
    st.integers(1, 10**9),
    st.floats(0, 1, exclude_max=True),
)
def test_a_pause_is_bounded_on_both_sides_however_often_it_grew(
    first: float, factor: float, above: float, jitter: float, nth: int, chance: float
) -> None:
    backoff = Backoff(first, factor, first + above, jitter)
    pause = backoff.pause_ns(nth, chance) / NS_PER_SECOND
    assert first * (1 - jitter) - 1e-6 <= pause <= first + above + 1e-6
    assert backoff.pause_ns(nth + 1, chance) >= backoff.pause_ns(nth, chance)


@pytest.mark.parametrize(
    "numbers", [(-1, 2, 10, 0), (11, 2, 10, 0), (1, 0.5, 10, 0), (1, FACTOR_MAX + 1, 10, 0), (1, 2, 10, 1.1), (1, 2, 10, -0.1)], ids=str
)
def test_pauses_that_cannot_be_meant_are_a_bug(numbers: tuple[float, float, float, float]) -> None:
    with pytest.raises(AssertionError):
        Backoff(*numbers)


def test_other_numbers_that_cannot_be_meant_are_a_bug() -> None:
    with pytest.raises(AssertionError):
        Intensity(-1, 60)
    with pytest.raises(AssertionError):
        Intensity(3, 0)
    with pytest.raises(AssertionError):
        ChildSpec("a", start_seconds_max=0, heartbeat_seconds_max=1)
    with pytest.raises(AssertionError):
        ChildSpec("a", start_seconds_max=1, heartbeat_seconds_max=0)
    with pytest.raises(AssertionError):
        ChildSpec("", start_seconds_max=1, heartbeat_seconds_max=1)
    with pytest.raises(AssertionError):
        Backoff(1, 2, 10, 0).pause_ns(0, 0.0)
    with pytest.raises(AssertionError):
        Backoff(1, 2, 10, 0).pause_ns(1, 1.0)


def test_names_differ_across_nested_groups() -> None:
    inner = group(Strategy.ONE_FOR_ONE, "a", name="inner")
    assert names_in(group(Strategy.ONE_FOR_ONE, "b", inner, "c")) == ("root", "b", "inner", "a", "c")
    with pytest.raises(AssertionError, match="used twice"):
        group(Strategy.ONE_FOR_ONE, "a", inner)


def test_a_child_is_permanent_and_halts_everything_unless_it_says_otherwise() -> None:
    plain = ChildSpec("a", start_seconds_max=1, heartbeat_seconds_max=1)
    assert plain.restart is Restart.PERMANENT
    assert plain.scope is None
    assert child("spy", Restart.TRANSIENT, "SPY").scope == "SPY"

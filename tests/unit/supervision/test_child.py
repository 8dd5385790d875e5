"""One child's phases: a table, kept by whoever moves it."""

from __future__ import annotations

import itertools

import pytest

from robo_trader.supervision.budget import Budget
from robo_trader.supervision.child import NEXT, Aim, Child, Phase
from robo_trader.supervision.spec import NS_PER_SECOND, Strategy
from tests.support.supervision_bench import HEARTBEAT_SECONDS, START_SECONDS, THREE_A_MINUTE, child, group

IMPOSSIBLE = {
    # nothing comes into service that was not started, and nothing starts without having waited
    *itertools.product(set(Phase) - {Phase.STARTING}, [Phase.RUNNING]),
    *itertools.product(set(Phase) - {Phase.WAITING}, [Phase.STARTING]),
    # nothing is stopped twice without its end, or stopped where nothing lives; a lost one is revived into its end
    (Phase.WAITING, Phase.STOPPING),
    (Phase.STOPPED, Phase.STOPPING),
    # what ended does not end again
    (Phase.WAITING, Phase.WAITING),
    *itertools.product([Phase.STOPPED, Phase.GIVEN_UP], [Phase.STOPPED, Phase.GIVEN_UP]),
}


def one(phase: Phase = Phase.WAITING) -> Child:
    home = group(Strategy.ONE_FOR_ONE, "a")
    return Child(child("a"), home, {"root": 0}, Budget(THREE_A_MINUTE), epoch=0, first_epoch=1, phase=phase)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Phase, Phase)))
def test_each_pair_of_phases_is_in_the_table_or_a_bug(before: Phase, after: Phase) -> None:
    moved = one(before)
    assert (after in NEXT[before]) == ((before, after) not in IMPOSSIBLE)
    if (before, after) in IMPOSSIBLE:
        with pytest.raises(AssertionError, match=f"a cannot go from {before} to {after}"):
            moved.move(after, 5)
    else:
        moved.move(after, 5, 7)
        assert (moved.phase, moved.since_ns, moved.due_ns) == (after, 5, 7)


def test_the_end_of_an_incarnation_clears_what_was_meant_for_it() -> None:
    killed = one(Phase.RUNNING)
    killed.move(Phase.STOPPING, 1)
    killed.aim, killed.kills, killed.hung = Aim.RESTART, 2, True
    killed.move(Phase.STOPPING, 2)
    assert killed.kills == 2
    killed.move(Phase.WAITING, 3)
    assert (killed.aim, killed.kills, killed.hung) == (Aim.VERDICT, 0, False)


def test_who_is_to_be_given_up_counts_as_given_up_while_it_is_still_stopping() -> None:
    doomed = one(Phase.STOPPING)
    assert doomed.alive
    assert not doomed.given_up
    doomed.aim = Aim.GIVEN_UP
    assert doomed.given_up
    doomed.move(Phase.GIVEN_UP, 1)
    assert doomed.given_up
    assert not doomed.alive


def test_a_report_counts_restarts_from_the_first_incarnation() -> None:
    seen = one()
    assert (seen.state().epoch, seen.state().restarts, seen.state().last_cause) == (0, 0, None)
    seen.epoch = 3
    assert seen.state().restarts == 2


def test_limits_are_nanoseconds_inside() -> None:
    assert one().start_ns_max == START_SECONDS * NS_PER_SECOND
    assert one().silence_ns_max == HEARTBEAT_SECONDS * NS_PER_SECOND

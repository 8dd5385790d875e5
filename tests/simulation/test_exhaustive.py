"""Every order in which the news of a day can come, to a depth: no checker finds anything wrong with any world that they lead to.

The slice runs with every change, one move more with the long tests, and `make exhaustive` goes on to more than a million worlds. Each says how far it
came.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from robo_trader.simulation import checkers, checkers_working
from robo_trader.simulation.look import Violation
from tests.simulation.exhaustive import Search, judged, settle
from tests.simulation.exhaustive_beginnings import HOLDING, ROADS, beginning, empty_day, follow
from tests.simulation.exhaustive_keys import key_of
from tests.simulation.exhaustive_moves import moves
from tests.simulation.exhaustive_run import INTENTS_MAX, report, search
from tests.simulation.exhaustive_world import World, desk_of, desk_to_read

SLICE_DEPTH, SLICE_STATES_MIN = 3, 20_000
LONG_DEPTH, LONG_STATES_MIN = 4, 150_000


def judge(depth: int, jobs: int, states_min: int, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        found = search(depth, jobs)
        sys.stdout.write(report(found) + "\n")
    assert found.violations == [], found.violations[0]
    assert len(found.levels) == depth + 1
    assert found.states >= states_min
    assert found.settled > found.states // 500, "some of every kind are followed until all is quiet"


@pytest.mark.timeout(400)  # 20 s of a processor; a busy machine gives it a tenth of one
def test_no_order_of_news_leads_to_a_wrong_world(capsys: pytest.CaptureFixture[str]):
    judge(SLICE_DEPTH, 1, SLICE_STATES_MIN, capsys)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_no_order_of_news_leads_to_a_wrong_world_one_move_further_on(capsys: pytest.CaptureFixture[str]):
    judge(LONG_DEPTH, 2, LONG_STATES_MIN, capsys)


def test_processes_side_by_side_meet_the_same_worlds_as_one():
    roots = [beginning(name) for name in (*ROADS,)[:4]]
    one, two = (Search(INTENTS_MAX, 50).run(roots, 2, jobs=jobs) for jobs in (1, 2))
    assert (one.levels, one.moves_tried) == (two.levels, two.moves_tried)
    assert one.violations == two.violations == []
    assert one.levels[2] > 500


def test_a_violation_is_told_with_the_moves_that_led_to_it(monkeypatch: pytest.MonkeyPatch):
    narrow = tuple((name, _half_the_cap if name == "I11" else checker) for name, checker in checkers.CHECKERS)
    monkeypatch.setattr(checkers, "CHECKERS", narrow)
    found = Search(INTENTS_MAX).run([empty_day()], 3)
    assert found.violations == [("I11: SPY could be at +2 shares, its cap is 1; +0 are held", ["begin", "target +1"])]


def _half_the_cap(look: checkers.Look) -> Violation | None:
    return checkers_working.never_beyond_the_cap(replace(look, caps={"SPY": 1}))


def test_a_desk_that_is_resumed_at_every_step_is_the_desk_that_went_on():
    """The search resumes a desk for each move, so it must not matter: two lives of one day have one key."""
    world = follow(empty_day()._replace(signals_left=9, faults_left=9), *HOLDING)
    went_on, resumed = desk_to_read(world), desk_of(world)
    assert went_on is not resumed
    assert key_of(world, went_on) == key_of(world, resumed)
    assert went_on.snapshot() == resumed.snapshot()


def test_worlds_differ_in_what_the_future_can_see_and_in_nothing_else():
    world = beginning("two shares held, their stop acknowledged")
    later = world._replace(process=world.process + 1, received_judged=0)
    assert _key(world) == _key(later)
    assert len({_key(judged(next_)[0]) for _, next_ in moves(world)}) > 10


def _key(world: World) -> int:
    return key_of(world, desk_of(world))


@pytest.mark.parametrize("name", ROADS)
def test_every_beginning_comes_right_when_nothing_more_goes_wrong(name: str):
    assert settle(beginning(name)) is None


@pytest.mark.parametrize(
    ("root", "road"),
    [
        # the first slice's exit paused, the second's was sent in its place and cancelled, without end
        ("short, with an entry's second half to come", ("target +1", "MKT 1 fills 1", "the process dies", "target +1", "somebody BUYs one")),
    ],
)
def test_a_road_that_once_came_to_no_rest_does(root: str, road: tuple[str, ...]):
    assert settle(follow(beginning(root), *road)) is None

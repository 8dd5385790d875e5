"""Behaviour of `sweep_pace`, said in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robo_trader.edge.sweep_pace import WHOLE_AGAIN_NS, WHOLE_AGAIN_NS_MAX, SweepPace
from robo_trader.orders.evidence import Sweep
from robo_trader.values import NS_PER_SECOND

WHOLE = Sweep(1, 5, (), (), (), (), ())


def test_a_session_begins_with_a_whole_look():
    pace = SweepPace()
    assert not pace.light_will_do(5, vouched=True)
    pace.answered(WHOLE, 6)
    assert pace.light_will_do(5, vouched=True)
    pace.session_begins()
    assert not pace.light_will_do(5, vouched=True)


def test_a_whole_look_serves_for_a_minute_and_only_while_the_desk_vouches():
    pace = SweepPace()
    pace.answered(WHOLE, 6)
    assert pace.light_will_do(WHOLE_AGAIN_NS + 4, vouched=True)
    assert not pace.light_will_do(WHOLE_AGAIN_NS + 5, vouched=True)
    assert not pace.light_will_do(6, vouched=False)


@pytest.mark.parametrize("part", ["open_orders", "completed", "executions", "positions"])
def test_a_look_with_a_part_missing_is_not_whole(part):
    pace = SweepPace()
    pace.answered(replace(WHOLE, **{part: None}), 6)
    assert not pace.light_will_do(6, vouched=True)


def test_after_a_whole_look_that_broke_off_the_next_is_whole_however_recent_the_last_good_one():
    pace = SweepPace()
    pace.answered(WHOLE, 6)
    pace.answered(replace(WHOLE, executions=None), 7)
    assert not pace.light_will_do(8, vouched=True)


def test_a_light_look_never_stands_for_a_whole_one():
    pace = SweepPace()
    pace.answered(replace(WHOLE, light=True), 6)
    assert not pace.light_will_do(6, vouched=True)


@pytest.mark.parametrize(("took_ms", "again_seconds"), [(1, 60), (60, 60), (200, 200), (600, 600), (5_000, 600)])
def test_whole_looks_that_take_long_come_as_much_less_often(took_ms, again_seconds):
    pace = SweepPace()
    pace.answered(WHOLE, WHOLE.asked_process_ns + took_ms * 1_000_000)
    due = WHOLE.asked_process_ns + again_seconds * NS_PER_SECOND
    assert pace.light_will_do(due - 1, vouched=True)
    assert not pace.light_will_do(due, vouched=True)
    assert again_seconds * NS_PER_SECOND <= WHOLE_AGAIN_NS_MAX

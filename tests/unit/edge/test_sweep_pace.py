"""Behaviour of `sweep_pace`, said in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robo_trader.edge.sweep_pace import WHOLE_EVERY_SECONDS_MAX, SweepPace
from robo_trader.orders.evidence import Sweep
from robo_trader.values import NS_PER_SECOND

WHOLE = Sweep(1, 5, (), (), (), (), ())
MINUTE = int(WHOLE_EVERY_SECONDS_MAX * NS_PER_SECOND)


def test_a_session_begins_with_a_whole_look():
    pace = SweepPace()
    assert not pace.light_will_do(5, vouched=True)
    pace.answered(WHOLE)
    assert pace.light_will_do(5, vouched=True)
    pace.session_begins()
    assert not pace.light_will_do(5, vouched=True)


def test_a_whole_look_serves_for_a_minute_and_only_while_the_desk_vouches():
    pace = SweepPace()
    pace.answered(WHOLE)
    assert pace.light_will_do(MINUTE + 4, vouched=True)
    assert not pace.light_will_do(MINUTE + 5, vouched=True)
    assert not pace.light_will_do(6, vouched=False)


@pytest.mark.parametrize("part", ["open_orders", "completed", "executions", "positions"])
def test_a_look_with_a_part_missing_is_not_whole(part):
    pace = SweepPace()
    pace.answered(replace(WHOLE, **{part: None}))
    assert not pace.light_will_do(6, vouched=True)


def test_a_light_look_never_stands_for_a_whole_one():
    pace = SweepPace()
    pace.answered(replace(WHOLE, light=True))
    assert not pace.light_will_do(6, vouched=True)

"""Events are values that name the incarnation they are about."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from robo_trader.supervision.events import Beat, Begin, Ended, Event, ReviveAsked, Started, StartFailed, StopAsked, Tick
from robo_trader.supervision.spec import Cause


def test_everything_that_an_incarnation_says_names_it() -> None:
    of_an_incarnation = {kind for kind in get_args(Event) if {"child", "epoch"} <= {f.name for f in fields(kind)}}
    assert of_an_incarnation == {Started, StartFailed, Ended, Beat}
    assert set(get_args(Event)) - of_an_incarnation == {Begin, Tick, StopAsked, ReviveAsked}


def test_two_reports_of_one_end_are_equal_and_cannot_be_changed() -> None:
    ended = Ended("gateway", 3, Cause.CRASH, "broken")
    assert ended == Ended("gateway", 3, Cause.CRASH, "broken")
    assert ended != Ended("gateway", 4, Cause.CRASH, "broken")
    with pytest.raises(FrozenInstanceError):
        ended.epoch = 4  # type: ignore[misc]

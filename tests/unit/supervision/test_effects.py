"""Effects are values; in every turn, the halt comes before the deeds."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

from robo_trader.supervision.effects import Effect, GaveUp, Kill, Start, Stop
from robo_trader.supervision.spec import Cause, Strategy
from tests.support.supervision_bench import Bench, group


def test_what_touches_a_process_names_its_incarnation() -> None:
    assert {kind for kind in get_args(Effect) if "epoch" in {f.name for f in fields(kind)}} == {Start, Stop, Kill}


def test_giving_up_is_told_before_anything_is_stopped() -> None:
    bench = Bench(group(Strategy.ONE_FOR_ALL, "a", "b")).all_running()
    assert bench.ended("a", Cause.NEEDS_OPERATOR, "wrong account") == [
        GaveUp("a", None, "wrong account"),
        GaveUp("b", None, "it leans on a: wrong account"),
        Stop("b", 1),
    ]

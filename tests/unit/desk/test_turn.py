"""Behaviour of `turn`, said in sentences."""

from __future__ import annotations

from robo_trader.desk.effects import AskSweep, RaiseHalt, Record
from robo_trader.desk.state import State, Watch
from robo_trader.desk.turn import Turn
from robo_trader.values import Instant, Now
from tests.support.desk_bench import SPY, settings


def turn() -> Turn:
    return Turn(State(), Watch(), settings(), Now(Instant(1), 1))


def test_a_symbol_is_halted_once_for_one_reason_and_the_fence_comes_before_the_record():
    made = turn()
    made.halt_symbol(SPY, "drift", "text")
    made.halt_symbol(SPY, "drift", "text")
    kinds = [type(e) for e in made.effects]
    assert kinds.count(RaiseHalt) == 1
    assert kinds.index(RaiseHalt) < kinds.index(Record)


def test_sweeps_asked_for_in_one_turn_are_joined():
    made = turn()
    made.ask_sweep("a")
    made.ask_sweep("b")
    assert made.effects == [AskSweep("a")]

"""What reaches the exchange is judged against all that reached it before: each rule, kept and broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from robo_trader.simulation import checkers_arriving as c
from robo_trader.simulation.look import Checker, Filled, HaltAcknowledged, Live, Look, Received, Stated

ENTRY = Received("a", 1, 7, 10, "enter", "SPY", 1, 100, "MKT", "", 1000, 1100, strategy="cross")
EXIT = replace(ENTRY, intent="x", order_id=12, purpose="exit", side=-1, oca_group="a-0.0")
STOP = replace(ENTRY, intent="s", order_id=11, purpose="protect", side=-1, kind="STP", oca_group="a-0.0")


def look(*orders: Received, before: int = 0, **rest: Any) -> Look:
    return Look(5000, received=orders, received_before=before, **rest)


def halted(level: int, at: int = 1050, **rest: Any) -> tuple[HaltAcknowledged, ...]:
    return (HaltAcknowledged("h", at, level, **rest),)


OUT = Filled("e1.01", "s0", "protect", "SPY", -1, 100, "z-0.0", at_market=500, heard=900)
REARMED = Stated("SPY", 0, 600, 950)
CHILD = replace(ENTRY, decision=900)
SECOND = replace(CHILD, intent="b", order_id=13, quantity=41)
HALF = Filled("e2.01", "a", "enter", "SPY", 1, 60, "", at_market=500)
RESTS = Live("b", 13, 1013, 1, "enter", "SPY", 1, 41, "LMT", "")
BROKEN: list[tuple[Checker, Look]] = [
    (c.no_order_after_a_halt, look(ENTRY, halts=halted(1))),
    (c.no_order_after_a_halt, look(replace(EXIT, oca_group=""), halts=halted(1))),
    (c.no_order_after_a_halt, look(EXIT, halts=halted(3, symbol="SPY", strategy="cross"))),
    (c.no_order_after_a_halt, look(ENTRY, halts=halted(2, lifted=1200))),
    (c.one_order_an_intent, look(ENTRY, replace(ENTRY, order_id=11), before=1)),
    (c.no_order_without_a_row, look(replace(ENTRY, durable=False))),
    (c.every_order_has_one_owner, look(replace(ENTRY, intent=""))),
    (c.every_order_has_one_owner, look(replace(ENTRY, epoch=0))),
    (c.every_order_has_one_owner, look(replace(ENTRY, purpose=""))),
    (c.no_order_of_an_older_epoch, look(replace(ENTRY, epoch=2), STOP)),
    (c.order_ids_only_grow, look(STOP, ENTRY)),
    (c.order_ids_only_grow, look(STOP, replace(STOP, quantity=50))),
    (c.nothing_before_reconciling, look(replace(ENTRY, looked=1))),
    (c.nothing_before_reconciling, look(replace(STOP, looked=0))),
    (c.no_reentry_after_a_stop_out, look(ENTRY, fills=(OUT,))),
    (c.no_reentry_after_a_stop_out, look(ENTRY, fills=(replace(OUT, purpose="flatten"),), stated=(replace(REARMED, stance=1),))),
    (c.no_reentry_after_a_stop_out, look(ENTRY, fills=(OUT,), stated=(replace(REARMED, bar_end_market=500),))),
    (c.no_reentry_after_a_stop_out, look(ENTRY, fills=(OUT,), stated=(replace(REARMED, at=1001),))),
    (c.a_decision_is_one_size, look(CHILD, SECOND, before=1, fills=(HALF,), live=(RESTS,), caps={"SPY": 100})),
    (c.a_decision_is_one_size, look(CHILD, SECOND, before=1, fills=(HALF, replace(HALF, intent="b", shares=41)), caps={"SPY": 100})),
]
SOUND: list[tuple[Checker, Look]] = [
    (c.no_order_after_a_halt, look(ENTRY, halts=halted(1, at=1100))),
    (c.no_order_after_a_halt, look(ENTRY, halts=halted(1, symbol="QQQ"))),
    (c.no_order_after_a_halt, look(ENTRY, halts=halted(1, strategy="other"))),
    (c.no_order_after_a_halt, look(ENTRY, halts=halted(1, lifted=1100))),
    (c.no_order_after_a_halt, look(STOP, EXIT, halts=halted(4))),
    (c.no_order_after_a_halt, look(STOP, halts=halted(3))),
    (c.no_order_after_a_halt, look(ENTRY, before=1, halts=halted(1))),
    (c.one_order_an_intent, look(ENTRY, STOP, EXIT, before=1)),
    (c.no_order_without_a_row, look(ENTRY)),
    (c.a_decision_is_one_size, look(CHILD, SECOND, before=1, fills=(HALF,), live=(replace(RESTS, remaining=40),), caps={"SPY": 100})),
    (c.a_decision_is_one_size, look(CHILD, replace(SECOND, decision=901), before=1, fills=(HALF,), live=(RESTS,), caps={"SPY": 100})),
    (c.a_decision_is_one_size, look(CHILD, SECOND, before=1, fills=(HALF,), live=(RESTS,), caps={"SPY": 100}, excused={"SPY"})),
    (c.every_order_has_one_owner, look(ENTRY, STOP)),
    (c.no_order_of_an_older_epoch, look(ENTRY, replace(STOP, epoch=2))),
    (c.order_ids_only_grow, look(ENTRY, STOP, replace(ENTRY, client_id=8))),
    (c.nothing_before_reconciling, look(ENTRY, replace(STOP, looked=1))),
    (c.no_reentry_after_a_stop_out, look(ENTRY, fills=(OUT,), stated=(REARMED,))),
    (c.no_reentry_after_a_stop_out, look(ENTRY, fills=(OUT,), stated=(replace(REARMED, stance=-1),))),
    (c.no_reentry_after_a_stop_out, look(replace(ENTRY, side=-1), fills=(OUT,))),
    (c.no_reentry_after_a_stop_out, look(ENTRY, fills=(replace(OUT, heard=1000),))),
    (c.no_reentry_after_a_stop_out, look(ENTRY, fills=(replace(OUT, taken_back=True),))),
]


@pytest.mark.parametrize(("checker", "shown"), BROKEN)
def test_what_breaks_the_rule_is_found(checker: Checker, shown: Look):
    found = checker(shown)
    assert found is not None and str(checker.__doc__).startswith(found.id)


@pytest.mark.parametrize(("checker", "shown"), SOUND)
def test_what_keeps_the_rule_passes(checker: Checker, shown: Look):
    assert checker(shown) is None


def test_a_stronger_halt_flattens_under_one_that_takes_no_exits():
    flatten = replace(EXIT, purpose="flatten")
    assert c.no_order_after_a_halt(look(flatten, halts=halted(3))) is None
    assert c.no_order_after_a_halt(look(EXIT, halts=halted(3))) is not None

"""What could happen now, at its worst: each rule, kept and broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from robo_trader.simulation import checkers_working as c
from robo_trader.simulation.look import Checker, Filled, HaltAcknowledged, Live, Look, Received, Waiting

NS = c.NS
ENTRY = Live("a", 10, 1010, 1, "enter", "SPY", 1, 100, "MKT", "")
STOP = Live("s", 11, 1011, 1, "protect", "SPY", -1, 100, "STP", "a-0.0")
EXIT = replace(STOP, intent="x", order_id=12, purpose="exit", kind="MKT")
ON_THE_WIRE = replace(EXIT, reached=False)
SOLD = Filled("e1.01", "s", "protect", "SPY", -1, 100, "a-0.0", 0)
FRAMES = (
    Received("s", 1, 7, 11, "protect", "SPY", -1, 100, "STP", "a-0.0", 0, 1),
    Received("x", 1, 7, 12, "exit", "SPY", -1, 100, "MKT", "a-0.0", 0, 1),
)


def look(*live: Live, own: int = 0, foreign: int = 0, **rest: Any) -> Look:
    return Look(10 * NS, positions={"SPY": own + foreign}, own={"SPY": own}, foreign={"SPY": foreign}, caps={"SPY": 100}, live=live, **rest)


BROKEN: list[tuple[Checker, Look]] = [
    (c.never_beyond_the_cap, look(replace(ENTRY, remaining=101))),
    (c.never_beyond_the_cap, look(ENTRY, own=1)),
    (c.never_beyond_the_cap, look(ENTRY, replace(ENTRY, order_id=13, reached=False))),
    (c.never_beyond_the_cap, look(replace(ENTRY, side=-1), own=-1)),
    (c.never_beyond_the_cap, look(own=101)),
    (c.closing_orders_never_cross_zero, look(STOP, own=99)),
    (c.closing_orders_never_cross_zero, look(STOP)),
    (c.closing_orders_never_cross_zero, look(STOP, replace(EXIT, oca_group=""), own=100)),
    (c.closing_orders_never_cross_zero, look(STOP, own=0, foreign=100)),
    (c.closing_orders_stay_within_the_net, look(STOP, own=100, foreign=-40, quiet=True)),
    (c.others_shares_are_never_traded, look(own=-60, fills=(replace(SOLD, shares=60),))),
    (c.others_shares_are_never_traded, look(own=-1, fills=(replace(SOLD, shares=50), replace(SOLD, shares=51, exec_id="e2.01")))),
    (c.few_entries_are_unheard, look(replace(ENTRY, heard=False), replace(ENTRY, order_id=13, heard=False))),
    (c.few_entries_are_unheard, look(*(replace(ENTRY, symbol=s, heard=False) for s in "ABCDE"))),
    (c.the_broker_is_not_flooded, look(messages_last_second=51)),
    (c.ways_out_stay_open, look(waiting=(Waiting("x", cancels=False, since=0, refused="halted: NO_NEW"),))),
    (c.ways_out_stay_open, look(waiting=(Waiting("x", cancels=True, since=0, refused="halted"),), halts=(HaltAcknowledged("h", 0, 3),))),
    (c.ways_out_stay_open, look(waiting=(Waiting("x", cancels=True, since=9 * NS - 1),))),
    (c.every_share_is_covered, look(own=100, uncovered_since={"SPY": 8 * NS - 1})),
    (c.every_share_is_covered, look(replace(STOP, remaining=40), own=100, uncovered_since={"SPY": 0}, able_since=NS)),
    (c.every_share_is_covered, look(replace(STOP, side=1), own=100, uncovered_since={"SPY": 0})),
    (c.every_share_is_covered, look(foreign=5, moved={"SPY": 5}, uncovered_since={"SPY": 0})),
    (c.every_share_is_covered, look(replace(STOP, remaining=39), own=100, foreign=-60, uncovered_since={"SPY": 0})),
    (c.every_share_is_covered, look(own=100, uncovered_since={"SPY": 0}, alerted={"IBM"})),
    (c.nothing_stays_bare, look(own=100, settled=True, alerted={"SPY"})),
    (c.nothing_stays_bare, look(replace(STOP, remaining=99), own=100, settled=True, explained={"IBM"})),
]
SOUND: list[tuple[Checker, Look]] = [
    (c.never_beyond_the_cap, look(replace(ENTRY, remaining=40), STOP, EXIT, own=60)),
    (c.never_beyond_the_cap, look(replace(ENTRY, side=-1), STOP, own=100)),
    (c.never_beyond_the_cap, look(own=150, excused={"SPY"})),
    (c.closing_orders_never_cross_zero, look(STOP, EXIT, own=100)),
    (c.closing_orders_never_cross_zero, look(ON_THE_WIRE, own=0, fills=(SOLD,), received=FRAMES)),
    (c.closing_orders_never_cross_zero, look(STOP, own=0, excused={"SPY"})),
    (c.closing_orders_never_cross_zero, look(ENTRY)),
    (c.closing_orders_stay_within_the_net, look(STOP, own=100, foreign=-40)),
    (c.closing_orders_stay_within_the_net, look(replace(STOP, remaining=60), own=100, foreign=-40, quiet=True)),
    (c.others_shares_are_never_traded, look(own=0, fills=(SOLD,))),
    (c.others_shares_are_never_traded, look(own=-60, fills=(SOLD,), fills_before=1)),
    (c.others_shares_are_never_traded, look(own=0, fills=(replace(SOLD, intent="", shares=500),))),
    (c.few_entries_are_unheard, look(replace(ENTRY, heard=False), *(replace(ENTRY, symbol=s, heard=False) for s in "ABC"))),
    (c.the_broker_is_not_flooded, look(messages_last_second=50)),
    (c.ways_out_stay_open, look(waiting=(Waiting("x", cancels=False, since=0, refused="halted"),), halts=(HaltAcknowledged("h", 0, 3),))),
    (c.ways_out_stay_open, look(waiting=(Waiting("x", cancels=True, since=9 * NS),))),
    (c.every_share_is_covered, look(own=100, uncovered_since={"SPY": 8 * NS})),
    (c.every_share_is_covered, look(own=100, uncovered_since={"SPY": 0}, able_since=8 * NS)),
    (c.every_share_is_covered, look(own=100, uncovered_since={"SPY": 0}, able_since=None)),
    (c.every_share_is_covered, look(own=100, uncovered_since={"SPY": 0}, alerted={"SPY"})),
    (c.every_share_is_covered, look(STOP, own=100, uncovered_since={"SPY": 0})),
    (c.every_share_is_covered, look(replace(STOP, remaining=40), own=100, foreign=-60, uncovered_since={"SPY": 0})),
    (c.every_share_is_covered, look(own=100, foreign=-100, uncovered_since={"SPY": 0})),
    (c.nothing_stays_bare, look(own=100)),
    (c.nothing_stays_bare, look(STOP, own=100, settled=True)),
    (c.nothing_stays_bare, look(own=100, settled=True, explained={"SPY"})),
    (c.nothing_stays_bare, look(own=100, foreign=-100, settled=True)),
]


@pytest.mark.parametrize(("checker", "shown"), BROKEN)
def test_what_breaks_the_rule_is_found(checker: Checker, shown: Look):
    found = checker(shown)
    assert found is not None and str(checker.__doc__).startswith(found.id)


@pytest.mark.parametrize(("checker", "shown"), SOUND)
def test_what_keeps_the_rule_passes(checker: Checker, shown: Look):
    assert checker(shown) is None


def test_the_clock_of_bare_shares_starts_with_them_and_stops_when_a_stop_comes():
    bare = look(own=100)
    assert c.uncovered(bare) == {"SPY": 100}
    since = c.uncovered_since({}, bare)
    assert since == {"SPY": 10 * NS}
    assert c.uncovered_since(since, replace(bare, now=12 * NS)) == since
    assert c.uncovered_since(since, look(STOP, own=100)) == {}


def test_a_group_counts_once_a_side_by_its_largest_member():
    worst = c.most((STOP, replace(EXIT, remaining=60), replace(STOP, oca_group="b-0.0", remaining=7), replace(ENTRY, side=-1, remaining=3)), look())
    assert worst == {("SPY", -1): 110}


def test_a_frame_on_its_way_into_a_group_that_has_traded_finds_only_what_is_left():
    sold = replace(SOLD, shares=70)
    assert c.most((ON_THE_WIRE,), look(fills=(sold,), received=FRAMES)) == {("SPY", -1): 30}
    assert c.most((EXIT,), look(fills=(sold,), received=FRAMES)) == {("SPY", -1): 100}, "what the exchange holds is what its ledger says"

"""What the desk says beside what the ledger says: each rule, kept and broken."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulation import checkers_claims as c
from robo_trader.simulation.look import Checker, Claims, Death, Filled, HaltAcknowledged, Live, Look

NS = c.NS
WORKS = Live("a", 10, 1010, 1, "enter", "SPY", 1, 40, "MKT", "")
FILLS = (Filled("e1.01", "a", "enter", "SPY", 1, 60, "", 0), Filled("f1.01", "", "", "SPY", -1, 10, "", 0))
RIGHT: dict[str, Any] = {"own": {"SPY": 60}, "external": {"SPY": -10}, "executions": ("e1.01", "f1.01"), "cash": Decimal("-6000.1")}
HALT = HaltAcknowledged("h", 1, 1)
LIFTED = HaltAcknowledged("l", 1, 1, lifted=2, over=True)
HALF_LIFTED = HaltAcknowledged("l", 1, 1, lifted=2)


def look(claims: dict[str, Any] | None = None, *, quiet: bool = True, **rest: Any) -> Look:
    facts: dict[str, Any] = {"positions": {"SPY": 50}, "own": {"SPY": 60}, "foreign": {"SPY": -10}, "fills": FILLS, "cash": Decimal("-6000.1")}
    return Look(0, quiet=quiet, caps={"SPY": 100}, claims=Claims(**{**RIGHT, **(claims or {})}), **{**facts, **rest})


def deaths(*restarted: int | None) -> tuple[Death, ...]:
    return tuple(Death("desk", 0, at) for at in restarted)


BROKEN: list[tuple[Checker, Look]] = [
    (c.nothing_ends_without_evidence, look({"ended": {"a"}}, live=(WORKS,), quiet=False)),
    (c.books_equal_the_ledger, look({"own": {"SPY": 100}})),
    (c.books_equal_the_ledger, look({"external": {}})),
    (c.books_equal_the_ledger, look({"own": {"SPY": 60, "QQQ": 1}})),
    (c.books_equal_the_ledger, look({}, positions={"SPY": 40})),
    (c.every_fill_is_on_record_once, look({"executions": ("e1.01",)})),
    (c.every_fill_is_on_record_once, look({"executions": ("e1.01", "f1.01", "e1.01")})),
    (c.cash_equals_the_ledger, look({"cash": Decimal("-6000.100002")})),
    (c.halts_outlive_everything, look({}, halts=(HALT,))),
    (c.looking_twice_changes_nothing, look({}, repeated=1)),
    (c.every_death_is_answered, look({}, deaths=deaths(None))),
    (c.every_death_is_answered, look({}, deaths=deaths(1, 2, 3), restarts_max=2, restarts_window_ns=10)),
    (c.all_is_resolved_in_the_end, look({"unknown": {"a"}, "reconciled": {"SPY"}}, settled=True)),
    (c.all_is_resolved_in_the_end, look({}, settled=True)),
    (c.nothing_grows_without_bound, look({}, queues={"inbox": (11, 10)})),
]
SOUND: list[tuple[Checker, Look]] = [
    (c.nothing_ends_without_evidence, look({"ended": {"b"}}, live=(WORKS,))),
    (c.books_equal_the_ledger, look()),
    (c.books_equal_the_ledger, look({"own": {"SPY": 100}}, quiet=False)),
    (c.books_equal_the_ledger, look({"own": {"SPY": 65}, "external": {"SPY": -15}}, moved={"SPY": 5})),
    (c.every_fill_is_on_record_once, look({"executions": ("e1.01", "e1.02", "f1.01")})),
    (c.every_fill_is_on_record_once, look({"executions": ()}, quiet=False)),
    (c.cash_equals_the_ledger, look({"cash": Decimal("-6000.100001")})),
    (c.cash_equals_the_ledger, look({"cash": None})),
    (c.halts_outlive_everything, look({"halts": {"h"}}, halts=(HALT, LIFTED))),
    (c.halts_outlive_everything, look({"halts": {"l"}}, halts=(HALF_LIFTED,))),
    (c.halts_outlive_everything, look({}, halts=(HALT,), quiet=False)),
    (c.looking_twice_changes_nothing, look({}, repeated=0)),
    (c.every_death_is_answered, look({}, deaths=deaths(None), quiet=False)),
    (c.every_death_is_answered, look({}, deaths=deaths(1, 2, 11), restarts_max=2, restarts_window_ns=10)),
    (c.every_death_is_answered, look({}, deaths=(Death("desk", 0, None, 5),))),
    (c.every_death_is_answered, look({}, deaths=(*deaths(1, 2), Death("gateway", 0, 2)), restarts_max=2, restarts_window_ns=10)),
    (c.every_death_is_answered, look({}, deaths=(*deaths(1, 2), Death("desk", 0, 4, 3), *deaths(4, 5)), restarts_max=2, restarts_window_ns=10)),
    (c.all_is_resolved_in_the_end, look({"reconciled": {"SPY"}}, settled=True)),
    (c.all_is_resolved_in_the_end, look({}, settled=True, explained={"SPY"})),
    (c.all_is_resolved_in_the_end, look({"unknown": {"a"}})),
    (c.nothing_grows_without_bound, look({}, queues={"inbox": (10, 10)})),
]


@pytest.mark.parametrize(("checker", "shown"), BROKEN)
def test_what_breaks_the_rule_is_found(checker: Checker, shown: Look):
    found = checker(shown)
    assert found is not None and str(checker.__doc__).startswith(found.id)


@pytest.mark.parametrize(("checker", "shown"), SOUND)
def test_what_keeps_the_rule_passes(checker: Checker, shown: Look):
    assert checker(shown) is None


def test_a_halt_that_was_lifted_and_still_stands_is_told_apart():
    found = c.halts_outlive_everything(look({"halts": {"l"}}, halts=(LIFTED,)))
    assert found is not None and found.id == "I03"

"""A look holds values and adds up nothing but what our books hold."""

from __future__ import annotations

from robo_trader.simulation.look import EXIT, Look, Received, Violation


def frame(purpose: str, group: str) -> Received:
    return Received("a", 1, 7, 1, purpose, "SPY", 1, 100, "MKT", group, 0, 1)


def test_what_executions_made_and_what_was_adopted_are_held_together():
    look = Look(0, own={"SPY": 100}, moved={"SPY": -30, "QQQ": 5})
    assert (look.held("SPY"), look.held("QQQ"), look.held("IWM")) == (70, 5, 0)


def test_an_exit_that_no_group_holds_to_its_shares_counts_as_an_opening():
    assert frame("enter", "").raising
    assert frame(EXIT, "").raising
    assert frame("", "g.0").raising, "an order that no row explains"
    assert not frame(EXIT, "g.0").raising


def test_a_violation_reads_as_one_line():
    assert str(Violation("I11", "SPY could be at +200 shares")) == "I11: SPY could be at +200 shares"

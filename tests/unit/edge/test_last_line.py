"""What may be written to the broker's socket, at the socket."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.desk.effects import Cancel, Place
from robo_trader.edge.last_line import ENTRY_TTL_NS, UNACKNOWLEDGED_MAX, LastLine
from robo_trader.edge.rate_budget import Kind, RateBudget
from robo_trader.orders.evidence import BrokerStatus, StatusSeen, Sweep
from robo_trader.orders.order import OrderType, TimeInForce
from robo_trader.values import Side, Symbol

NOW = 10**18
CONDITIONS = ("journaled", "lease", "halt", "reconciled", "socket", "budget", "age", "symbol_in_flight", "four_in_flight", "tombstone", "duplicate")
ONLY_ENTRIES = {"halt", "reconciled", "age", "symbol_in_flight", "four_in_flight"}


def order(intent="i1", symbol="SPY", *, entry=True, order_id=1):
    return Place(
        intent,
        order_id,
        f"rt:s:1:{intent}",
        Symbol(symbol),
        Side.BUY,
        100,
        OrderType.MARKET,
        None,
        TimeInForce.DAY,
        "" if entry else "g",
        entry=entry,
    )


def line(**facts):
    """A last line to which everything is fine but what `facts` say."""
    good = {
        "lease_valid": lambda _now: True,
        "may_enter": lambda _symbol: None,
        "journaled": lambda _intent: True,
        "reconciled": lambda _symbol: True,
        "socket_clear": lambda: True,
    }
    return LastLine(**{**good, **facts})


def line_where(failing):
    """A last line in which exactly the conditions in `failing` fail; and the instant at which the command was issued."""
    spent = RateBudget()
    guard = line(
        journaled=lambda _intent: "journaled" not in failing,
        lease_valid=lambda _now: "lease" not in failing,
        may_enter=lambda _symbol: "operator" if "halt" in failing else None,
        reconciled=lambda _symbol: "reconciled" not in failing,
        socket_clear=lambda: "socket" not in failing,
    )
    if "symbol_in_flight" in failing:
        guard.sent(order("other", order_id=90), NOW)
    if "four_in_flight" in failing:
        for n in range(UNACKNOWLEDGED_MAX):
            guard.sent(order(f"o{n}", f"S{n}", order_id=91 + n), NOW)
    if "tombstone" in failing:
        guard.bury("i1")
    if "duplicate" in failing:
        guard.sent(order(entry=False), NOW)
    if "budget" in failing:
        while spent.may_send(Kind.REDUCING, NOW):
            spent.spend(Kind.REDUCING, NOW)
        guard.budget = spent
    return guard, NOW - (ENTRY_TTL_NS + 1 if "age" in failing else 0)


def test_an_entry_passes_when_every_condition_holds():
    guard, issued = line_where(set())
    assert guard.refusal(order(), NOW, issued) is None


@given(st.sets(st.sampled_from(CONDITIONS), min_size=1))
def test_no_combination_lets_an_entry_through_when_any_condition_fails(failing):
    guard, issued = line_where(failing)
    assert guard.refusal(order(), NOW, issued)


@given(st.sets(st.sampled_from(sorted(ONLY_ENTRIES))))
def test_a_reducing_order_passes_whatever_fails_that_is_asked_of_entries_only(failing):
    guard, issued = line_where(failing)
    assert guard.refusal(order(entry=False), NOW, issued) is None


@given(st.sets(st.sampled_from(CONDITIONS)))
def test_a_reducing_order_is_refused_exactly_for_its_own_short_list(failing):
    guard, issued = line_where(failing)
    assert (guard.refusal(order(entry=False), NOW, issued) is None) == (failing <= ONLY_ENTRIES)


@given(st.sets(st.sampled_from(CONDITIONS)))
def test_a_cancel_needs_only_journal_lease_socket_and_its_share_of_the_budget(failing):
    guard, issued = line_where(failing)
    assert (guard.refusal(Cancel("i1", 1), NOW, issued) is None) == (not failing & {"journaled", "lease", "socket", "budget"})


def test_an_entry_may_be_two_seconds_old_and_not_a_nanosecond_more_nor_from_the_future():
    guard = line()
    assert guard.refusal(order(), NOW, NOW - ENTRY_TTL_NS) is None
    assert guard.refusal(order(), NOW, NOW - ENTRY_TTL_NS - 1)
    assert guard.refusal(order(), NOW, NOW + 1)


def test_a_halt_without_a_text_still_halts():
    assert line(may_enter=lambda _symbol: "").refusal(order(), NOW, NOW)


def test_nothing_passes_before_a_link_owns_the_socket():
    guard = LastLine(lease_valid=lambda _: True, may_enter=lambda _: None, journaled=lambda _: True, reconciled=lambda _: True)
    assert guard.refusal(order(entry=False), NOW, NOW)
    assert guard.refusal(Cancel("i1", 1), NOW, NOW)


def test_the_lease_is_asked_for_the_instant_of_the_write():
    asked = []
    line(lease_valid=lambda now: not asked.append(now)).refusal(order(), NOW, NOW)
    assert asked == [NOW]


def settled_and_not_shown(guard: LastLine) -> None:
    guard.settled("i1")
    assert guard.unacknowledged == 1, "the desk alone lands nothing"
    guard.heard(Sweep(1, NOW + 1, (), (), (), (), ()), 7)


@pytest.mark.parametrize("proof", [lambda guard: guard.acknowledged(1), settled_and_not_shown])
def test_a_second_entry_of_a_symbol_waits_until_the_first_is_acknowledged_or_settled(proof):
    guard = line()
    guard.sent(order(), NOW)
    assert guard.refusal(order("i2", order_id=2), NOW, NOW)
    assert guard.refusal(order("i3", "IBM", order_id=3), NOW, NOW) is None
    proof(guard)
    assert guard.refusal(order("i2", order_id=2), NOW, NOW) is None
    assert guard.unacknowledged == 0


def test_reducing_orders_do_not_count_as_entries_in_flight():
    guard = line()
    guard.sent(order(entry=False), NOW)
    assert guard.unacknowledged == 0


def test_a_cancel_of_an_intent_already_sent_leaves_no_tombstone_and_its_repetition_is_still_refused():
    guard = line()
    guard.sent(order(), NOW)
    guard.bury("i1")
    guard.settled("i1")
    assert guard.refusal(order(), NOW, NOW) == "the intent was already sent"


def test_an_order_that_arrives_after_its_cancel_is_refused_even_if_it_reduces():
    guard = line()
    guard.bury("i1")
    assert guard.refusal(order(entry=False), NOW, NOW) == "the intent was cancelled before it was sent"
    assert guard.refusal(replace(order(entry=False), intent="i2"), NOW, NOW) is None


def test_a_burst_of_entries_leaves_room_for_cancels():
    guard = line()
    for n in range(30):
        guard.sent(order(f"i{n}", f"S{n}", order_id=n + 1), NOW)
        guard.acknowledged(n + 1)
    assert guard.refusal(order("late", "LATE", order_id=99), NOW, NOW) == "the message budget is spent"
    assert guard.refusal(Cancel("i3", 4), NOW, NOW) is None


def test_a_desk_that_loops_is_stopped_at_the_size_of_its_decision():
    guard, passed = line(), 0
    for number in range(20):
        child = replace(order(f"i{number}", order_id=number + 1), quantity=40, parent="s/SPY/7", parent_quantity=100)
        refusal = guard.refusal(child, NOW + number * 10**9, NOW + number * 10**9)
        if refusal is None:
            passed += child.quantity
            guard.sent(child, NOW + number * 10**9)
            guard.acknowledged(child.order_id)
        else:
            assert refusal == "the orders of s/SPY/7 would come to 120 of 100 shares"
    assert passed == 80


def test_what_reduces_is_no_child_of_a_decision():
    guard = line()
    for number in range(3):
        stop = replace(order(f"x{number}", entry=False, order_id=number + 1), parent="s/SPY/7", parent_quantity=1)
        assert guard.refusal(stop, NOW, NOW) is None
        guard.sent(stop, NOW)


def test_the_line_hears_before_its_consumer_does():
    guard, heard = line(), []
    guard.sent(replace(order(), parent="p", parent_quantity=100), NOW)
    hear = guard.hearing(lambda news: heard.append((news, guard.refusal(replace(order("i2"), parent="p", parent_quantity=100), NOW, NOW))), 7)
    guard.acknowledged(1)
    cancelled = StatusSeen(1, 7, 9, BrokerStatus.CANCELLED, 0, 100)
    hear(cancelled)
    assert heard == [(cancelled, None)]

"""Orders folded from the log: live quantities are right after every line."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.simulated_gateway.verify_orders import Order, Orders, counted_once
from robo_trader.simulated_gateway.verify_records import Match, OrderState


def state(
    perm_id: int, *, total: int = 100, remaining: int | None = None, status: str = "Submitted", group: str = "", group_type: int = 2, ref: str = ""
) -> OrderState:
    return OrderState(
        at=0,
        clock=0,
        perm_id=perm_id,
        client=7,
        order_id=perm_id,
        ref=ref or f"rt:a:1:i{perm_id}",
        symbol="SPY",
        sign=-1,
        total=total,
        remaining=total if remaining is None else remaining,
        status=status,
        order_type="MKT",
        group=group,
        group_type=group_type,
    )


def match(perm_id: int, quantity: int) -> Match:
    return Match(0, f"e{perm_id}", perm_id, "rt:a:1:x", "SPY", -1, quantity, Decimal(10), Decimal(1))


def told(*lines: OrderState | Match) -> Orders:
    orders = Orders()
    for line in lines:
        if isinstance(line, Match):
            orders.matched(line)
        else:
            orders.told(line)
    return orders


def live(orders: Orders) -> dict[int, int]:
    return {order.last.perm_id: quantity for order, quantity in orders.live("SPY")}


def test_a_working_order_can_fill_what_remains() -> None:
    assert live(told(state(1), state(2, remaining=30))) == {1: 100, 2: 30}


def test_a_match_counts_before_the_record_that_follows_from_it() -> None:
    assert live(told(state(1), match(1, 40))) == {1: 60}
    assert live(told(state(1), match(1, 40), state(1, remaining=60))) == {1: 60}


def test_a_status_that_precedes_its_match_counts_too() -> None:
    assert live(told(state(1), state(1, remaining=60), match(1, 40))) == {1: 60}


def test_a_terminal_order_cannot_fill() -> None:
    for status in ("Filled", "Cancelled", "ApiCancelled", "Inactive"):
        assert live(told(state(1), state(1, status=status))) == {}


def test_a_match_reduces_the_siblings_of_a_group_that_blocks_at_once() -> None:
    assert live(told(state(1, group="g"), state(2, group="g"), match(1, 40))) == {1: 60, 2: 60}
    assert live(told(state(1, group="g"), state(2, group="g"), match(1, 100))) == {}


def test_a_match_takes_the_siblings_of_a_cancelling_group_out_at_once() -> None:
    assert live(told(state(1, group="g", group_type=1), state(2, group="g", group_type=1), match(1, 40))) == {1: 60}


def test_a_group_that_reduces_without_block_fills_no_more_than_its_largest_member_either() -> None:
    members = (state(1, group="g", group_type=3), state(2, group="g", group_type=3))
    orders = told(*members, match(1, 40))
    assert live(orders) == {1: 60, 2: 60}
    assert not [line for line in orders.violations() if "overfill" in line]
    assert any("group g filled 140" in line for line in told(*members, match(1, 40), match(2, 100)).violations())


def test_a_late_member_of_a_reduced_group_keeps_its_own_size() -> None:
    lines = (state(1, group="g"), match(1, 40), state(1, group="g", remaining=60), state(2, group="g", total=60))
    assert live(told(*lines)) == {1: 60, 2: 60}


def test_two_orders_of_one_intent_are_counted_and_a_refused_one_is_not() -> None:
    orders = told(state(1, ref="rt:a:1:x"), state(2, ref="rt:a:2:x"), state(3, ref="rt:a:2:x", status="Inactive"), state(4, ref="manual"))
    assert orders.per_intent() == {"x": 2}


def test_an_overfilled_order_and_an_overfilled_group_are_told() -> None:
    assert any("order 1 filled 101" in line for line in told(state(1), match(1, 101)).violations())
    both = told(state(1, group="g"), state(2, group="g"), match(1, 60), match(2, 60))
    assert any("group g filled 120" in line for line in both.violations())


def test_a_record_that_contradicts_its_matches_is_told() -> None:
    assert told(state(1, remaining=60)).violations() == ["order 1: its record says 40 shares filled, its matches say 0"]
    assert told(match(9, 5)).violations() == ["order 9: 5 shares matched, and no record of it"]
    assert not told(match(1, 100), state(1, remaining=0, status="Filled")).violations()


@given(st.lists(st.tuples(st.sampled_from(["", "", "g", "h"]), st.integers(1, 9)), max_size=8))
def test_a_set_of_orders_counts_each_group_by_its_largest_member(members: list[tuple[str, int]]) -> None:
    pairs = [(Order(state(n, group=group), 100), quantity) for n, (group, quantity) in enumerate(members)]
    single = sum(quantity for group, quantity in members if not group)
    grouped = sum(max((quantity for group, quantity in members if group == name), default=0) for name in ("g", "h"))
    assert counted_once(pairs) == single + grouped

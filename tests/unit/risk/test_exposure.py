"""Exposure, against an exchange that tries every order of fills."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.risk.exposure import Working, largest_exposure, outcomes
from robo_trader.values import Side, Symbol, Ticks

SPY = Symbol("SPY")


def order(side: Side, remaining: int, group: str = "") -> Working:
    return Working(f"{side}{remaining}{group}", SPY, side, remaining, group)


orders = st.lists(st.builds(order, st.sampled_from(Side), st.integers(0, 3), st.sampled_from(["", "", "a", "b"])), max_size=3)
one_sided_groups = orders.filter(lambda all_: all(len({o.side for o in all_ if o.oca_group == group}) < 2 for group in "ab"))


def reachable(position: int, all_: tuple[Working, ...]) -> set[int]:
    """Fill one share at a time, every way; a fill in a group takes as much off the other members (OCA type 2)."""
    start = (position, tuple(o.remaining for o in all_))
    seen, todo = {start}, [start]
    while todo:
        for following in fills_of_one_share(*todo.pop(), all_):
            if following not in seen:
                seen.add(following)
                todo.append(following)
    return {held for held, _ in seen}


def fills_of_one_share(held: int, left: tuple[int, ...], all_: tuple[Working, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    for index, filling in enumerate(all_):
        if left[index]:
            after = [
                rest - 1 if other == index or (filling.oca_group and all_[other].oca_group == filling.oca_group) else rest
                for other, rest in enumerate(left)
            ]
            yield held + filling.side.sign, tuple(max(rest, 0) for rest in after)


@given(st.integers(-4, 4), one_sided_groups)
def test_the_ends_are_exactly_the_smallest_and_largest_position_that_fills_can_reach(position: int, all_: list[Working]) -> None:
    positions = reachable(position, tuple(all_))
    assert outcomes(position, all_) == (min(positions), max(positions))


@given(st.integers(-4, 4), orders)
def test_a_group_with_both_sides_is_never_taken_too_lightly(position: int, all_: list[Working]) -> None:
    smallest, largest = outcomes(position, all_)
    positions = reachable(position, tuple(all_))
    assert smallest <= min(positions)
    assert largest >= max(positions)


@given(st.integers(-4, 4), orders)
def test_the_order_of_the_list_does_not_matter(position: int, all_: list[Working]) -> None:
    assert len({outcomes(position, list(each)) for each in itertools.permutations(all_)}) == 1


def test_a_stop_and_the_exit_of_its_group_count_once() -> None:
    assert outcomes(100, [order(Side.SELL, 100, "g"), order(Side.SELL, 60, "g")]) == (0, 100)
    assert outcomes(100, [order(Side.SELL, 100, "g"), order(Side.SELL, 60)]) == (-60, 100)


def test_the_largest_exposure_looks_at_both_ends() -> None:
    assert largest_exposure(0, [order(Side.SELL, 5), order(Side.BUY, 3)]) == 5
    assert largest_exposure(-2, []) == 2


def test_a_negative_remainder_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        outcomes(0, [order(Side.BUY, -1)])


@pytest.mark.parametrize(("bid", "offer", "meet"), [(10, 10, True), (10, 11, False), (11, 10, True), (None, 11, True), (10, None, True)])
def test_two_orders_meet_where_their_prices_cross_whichever_is_asked(bid: int | None, offer: int | None, meet: bool) -> None:
    buy = replace(order(Side.BUY, 1), price=None if bid is None else Ticks(bid))
    sell = replace(order(Side.SELL, 1), price=None if offer is None else Ticks(offer))
    assert buy.meets(sell) is sell.meets(buy) is meet


def test_orders_of_one_group_of_one_side_of_other_symbols_and_sleeping_ones_never_meet() -> None:
    buy, sell = order(Side.BUY, 1, "g"), order(Side.SELL, 1, "g")
    assert not buy.meets(sell)
    assert buy.meets(replace(sell, oca_group="h")) and buy.meets(replace(sell, oca_group=""))
    assert not buy.meets(order(Side.BUY, 1))
    assert not buy.meets(replace(sell, oca_group="", symbol=Symbol("IBM")))
    assert not buy.meets(replace(sell, oca_group="", dormant=True))
    assert not buy.meets(order(Side.SELL, 0))

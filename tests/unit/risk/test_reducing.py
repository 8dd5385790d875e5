"""The reducing rule, against its words spelled out over every outcome."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.risk.exposure import Working
from robo_trader.risk.reducing import is_reducing
from robo_trader.values import Side, Symbol

SPY = Symbol("SPY")
names = itertools.count()


def order(side: Side, remaining: int, group: str = "", *, protective: bool = False) -> Working:
    return Working(f"i{next(names)}", SPY, side, remaining, group, protective)


sides = st.sampled_from(Side)
orders = st.lists(st.builds(order, sides, st.integers(1, 4), st.sampled_from(["", "a", "b"])), max_size=4)
candidates = st.builds(order, sides, st.integers(1, 6), st.sampled_from(["", "a", "c"]))


def positions_possible(position: int, others: list[Working]) -> set[int]:
    """Every position if each lone order fills any number of shares, and each group any number up to its largest, one member at a time."""
    choices = [range(o.side.sign * o.remaining, 1) if o.side is Side.SELL else range(o.remaining + 1) for o in others if not o.oca_group]
    for group in {o.oca_group for o in others} - {""}:
        members = [o for o in others if o.oca_group == group]
        buys = max((o.remaining for o in members if o.side is Side.BUY), default=0)
        sells = max((o.remaining for o in members if o.side is Side.SELL), default=0)
        choices.append(range(-sells, buys + 1))
    return {position + sum(choice) for choice in itertools.product(*choices)}


@given(st.integers(-6, 6), orders, candidates)
def test_an_order_reduces_iff_every_outcome_moves_toward_zero_and_none_crosses(position: int, working: list[Working], candidate: Working) -> None:
    others = [o for o in working if not candidate.oca_group or o.oca_group != candidate.oca_group]
    change = candidate.side.sign * candidate.remaining
    held = positions_possible(position, others)
    expected = all(abs(each + change) < abs(each) and each * (each + change) >= 0 for each in held)
    assert is_reducing(position, working, candidate) is expected


@given(st.integers(-6, 6), orders, candidates)
def test_what_reduces_is_never_larger_than_the_position_and_always_on_the_closing_side(
    position: int, working: list[Working], candidate: Working
) -> None:
    if is_reducing(position, working, candidate):
        assert candidate.remaining <= abs(position)
        assert candidate.side.sign * position < 0


@given(st.integers(-6, 6), orders, sides, st.integers(1, 8))
def test_a_protective_stop_passes_within_what_is_held_whatever_else_works(position: int, working: list[Working], side: Side, quantity: int) -> None:
    stop = order(side, quantity, "s", protective=True)
    if side.sign * position < 0 and quantity <= abs(position):
        assert is_reducing(position, working, stop)
    else:
        assert not is_reducing(position, working, stop)


def test_a_second_exit_of_the_same_shares_is_not_reducing() -> None:
    assert is_reducing(100, [], order(Side.SELL, 100))
    assert not is_reducing(100, [order(Side.SELL, 100)], order(Side.SELL, 100))
    assert is_reducing(100, [order(Side.SELL, 60)], order(Side.SELL, 40))


def test_the_exit_of_a_slice_reduces_beside_the_stops_of_all_slices() -> None:
    stops = [order(Side.SELL, 50, "a", protective=True), order(Side.SELL, 50, "b", protective=True)]
    assert is_reducing(100, stops, order(Side.SELL, 50, "a"))
    assert not is_reducing(100, stops, order(Side.SELL, 51, "a"))
    assert not is_reducing(100, stops, order(Side.SELL, 50))


def test_an_order_does_not_stand_in_its_own_way() -> None:
    working = order(Side.SELL, 100)
    assert is_reducing(100, [working], working)


@pytest.mark.parametrize("position", [0, 100, -100])
def test_no_shares_reduce_nothing(position: int) -> None:
    assert not is_reducing(position, [], order(Side.SELL, 0))
    assert not is_reducing(position, [], order(Side.BUY, 0, protective=True))

"""Indicators on rings of integers."""

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.strategies.indicators import compare_averages, next_slot, ring, value_back

TICKS_MAX = 10**8
BARS_MAX = 10_000


@given(st.integers(1, 20), st.lists(st.integers(1, TICKS_MAX), max_size=60))
def test_a_ring_remembers_its_last_values_and_zeros_before_them(places: int, values: list[int]) -> None:
    buffer, slot = ring(places), 0
    for count, value in enumerate(values, start=1):
        buffer[slot] = value
        slot = next_slot(buffer, slot)
        seen = [value_back(buffer, slot, back) for back in range(1, places + 1)]
        expected = values[:count][::-1][:places]
        assert {type(back) for back in seen} == {int}
        assert seen == expected + [0] * (places - len(expected))


@given(
    st.lists(st.integers(1, TICKS_MAX), min_size=1, max_size=30),
    st.lists(st.integers(1, TICKS_MAX), min_size=1, max_size=30),
)
def test_averages_are_compared_exactly(first: list[int], second: list[int]) -> None:
    from fractions import Fraction  # noqa: PLC0415 - the oracle's own arithmetic

    difference = Fraction(sum(first), len(first)) - Fraction(sum(second), len(second))
    sign = (difference > 0) - (difference < 0)
    assert compare_averages(sum(first), len(first), sum(second), len(second)) == sign


def test_the_largest_products_stay_inside_int64() -> None:
    assert TICKS_MAX * BARS_MAX * BARS_MAX < 2**63

"""Sizes and stops: whole shares, whole ticks, never more risk than asked for."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.risk.sizing import fixed, stop_price, stop_ticks
from robo_trader.values import Side

CENT = Decimal("0.01")
ONE = Decimal(1)


@pytest.mark.parametrize(("stance", "target"), [(1, 100), (0, 0), (-1, -100)])
def test_a_stance_is_a_full_position_or_none(stance: int, target: int) -> None:
    assert fixed(stance, 100) == target


@pytest.mark.parametrize(("stance", "quantity"), [(9, 100), (2, 100), (1, 0), (1, -5)])
def test_no_opinion_and_no_size_are_not_targets(stance: int, quantity: int) -> None:
    with pytest.raises(AssertionError):
        fixed(stance, quantity)


@pytest.mark.parametrize(
    ("fill", "side", "ticks"),
    [
        ("100.00", Side.BUY, 9900),
        ("100.00", Side.SELL, 10100),
        ("168.43", Side.BUY, 16675),  # 166.7457: the tick nearer the fill
        ("168.43", Side.SELL, 17011),  # 170.1143
        ("168.435", Side.BUY, 16676),  # 166.75065
        ("0.05", Side.BUY, 4),  # 0.0495 would round to the fill itself
        ("0.05", Side.SELL, 6),
        ("0.005", Side.BUY, 1),  # nothing is below one tick
    ],
)
def test_the_stop_of_a_fill_is_one_percent_away_to_the_tighter_tick(fill: str, side: Side, ticks: int) -> None:
    assert stop_price(Decimal(fill), side, ONE, CENT) == ticks


@given(st.integers(10_000, 9 * 10**12), st.sampled_from([1, -1]), st.integers(1, 500_000), st.sampled_from([100, 10_000, 50_000]))
def test_a_stop_risks_at_most_its_percentage_and_the_next_tick_out_would_risk_more(fill: int, sign: int, parts: int, tick: int) -> None:
    stop = stop_ticks(fill, sign, parts, tick)
    distance = Fraction(sign * (fill - stop * tick))
    allowed = Fraction(fill * parts, 1_000_000)
    assert stop >= 1
    if stop * tick > tick or sign < 0:
        assert distance > 0, "a stop is on its own side of the fill"
    if distance > tick:
        assert distance <= allowed
    assert distance + tick > allowed or stop == 1


@given(st.decimals(Decimal(1), Decimal(1000), places=4), st.decimals(Decimal("0.1"), Decimal(50), places=2))
def test_long_and_short_stops_lie_on_both_sides(fill: Decimal, percent: Decimal) -> None:
    below, above = (stop_price(fill, side, percent, CENT) for side in Side)
    assert below * CENT < fill < above * CENT


def test_the_compiled_search_s_arithmetic_stays_inside_int64() -> None:
    assert 9 * 10**12 * 1_000_000 * 1 < 2**63
    assert stop_ticks(9 * 10**12, 1, 10_000, 10_000) == 891_000_000


def test_the_smallest_size_and_the_finest_tick_are_sizes_and_ticks() -> None:
    assert fixed(1, 1) == 1
    assert stop_price(Decimal("10.005"), Side.BUY, ONE, Decimal("0.000001")) == 9_904_950


def test_a_bug_of_the_caller_says_what_it_is() -> None:
    with pytest.raises(AssertionError, match=r"^9 is not a stance"):
        fixed(9, 100)
    with pytest.raises(AssertionError, match=r"^a size is at least one share"):
        fixed(1, 0)
    with pytest.raises(AssertionError, match=r"^a tick is at least a micro-dollar"):
        stop_price(ONE, Side.BUY, ONE, Decimal("0.0000001"))


def test_half_a_micro_dollar_of_a_fill_goes_to_the_even_one() -> None:
    tick = Decimal("0.000001")
    assert stop_price(Decimal("1.0000005"), Side.BUY, Decimal("0.0001"), tick) == stop_price(ONE, Side.BUY, Decimal("0.0001"), tick)
    assert stop_price(Decimal("1.0000015"), Side.BUY, Decimal("0.0001"), tick) == stop_price(Decimal("1.000002"), Side.BUY, Decimal("0.0001"), tick)

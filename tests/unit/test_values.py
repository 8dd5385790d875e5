"""Units: what converts, converts exactly or to the nearest tick."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.values import BookId, Instrument, Side, Symbol, Ticks, money_of, side_of, ticks_of

CENT = Decimal("0.01")


@given(st.integers(1, 10**9), st.sampled_from([CENT, Decimal("0.0001"), Decimal("0.05")]))
def test_a_price_on_the_grid_goes_to_ticks_and_back_unchanged(ticks: int, tick_size: Decimal) -> None:
    instrument = Instrument(Symbol("SPY"), 1, tick_size)
    assert ticks_of(instrument.money(Ticks(ticks)), tick_size) == ticks


@given(st.decimals(Decimal("0.01"), 10**6, places=6))
def test_a_price_off_the_grid_goes_to_the_nearest_tick(price: Decimal) -> None:
    assert abs(ticks_of(price, CENT) * CENT - price) <= CENT / 2


def test_a_midpoint_goes_to_the_even_tick() -> None:
    assert [ticks_of(Decimal(text), CENT) for text in ("100.005", "100.015")] == [10000, 10002]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_money_of_a_double_reads_back_as_the_same_double(number: float) -> None:
    assert float(money_of(number)) == number


def test_money_of_a_double_has_no_binary_tail() -> None:
    assert (money_of(0.1), money_of("1.20"), money_of(3)) == (Decimal("0.1"), Decimal("1.20"), Decimal(3))


@given(st.integers().filter(bool))
def test_the_side_of_a_quantity_has_its_sign_and_the_opposite_undoes_it(quantity: int) -> None:
    side = side_of(quantity)
    assert side.sign * abs(quantity) == quantity
    assert side.opposite.sign == -side.sign
    assert side.opposite.opposite is side


def test_nothing_has_no_side() -> None:
    with pytest.raises(AssertionError, match="direction"):
        side_of(0)


def test_the_broker_s_words_for_sides_are_kept() -> None:
    assert (Side("BUY").sign, Side("SELL").sign) == (1, -1)


def test_a_book_is_named_as_the_operator_sees_it() -> None:
    assert str(BookId("cross", Symbol("SPY"))) == "cross/SPY"

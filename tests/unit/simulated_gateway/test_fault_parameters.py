"""What a parameter of a fault takes, and what it does not."""

from __future__ import annotations

import math

import pytest

from robo_trader.simulated_gateway.fault_parameters import TICKER, WORDS, Number, Word, YesNo


@pytest.mark.parametrize("value", [0.9, 11, True, "5", None, math.nan, math.inf, [5], 5.0])
def test_a_number_outside_its_bounds_or_of_another_kind_is_not_taken(value: object) -> None:
    assert not Number(1, 10).takes(value)
    assert Number(1, 10).takes(1) and Number(1, 10).takes(10) and Number(1, 10, whole=False).takes(5.5)


@pytest.mark.parametrize("value", ["BUYS", "", 1, True, ["BUY"], 1101.0])
def test_a_word_is_one_of_the_list_and_of_its_kind(value: object) -> None:
    assert not Word(("BUY", 1101)).takes(value)
    assert Word(("BUY", 1101)).takes("BUY") and Word(("BUY", 1101)).takes(1101)


def test_text_has_a_shape() -> None:
    assert TICKER.takes("BRK.B") and not TICKER.takes("spy") and not TICKER.takes(5)
    assert WORDS.takes("x" * 200) and not WORDS.takes("x" * 201) and not WORDS.takes("two\nlines")


def test_yes_and_no_are_no_numbers() -> None:
    assert YesNo().takes(False) and not YesNo().takes(0)

"""How values look on the wire: as Java writes them, and as clients really send them."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.fields_text import KINDS, UNSET_DOUBLE, java_double, plain

NUMBERS = ("decimal", "double", "double?", "double!")
WHOLES = ("int", "int?", "int!", "long", "long!")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0.0"),
        ("1", "1.0"),
        ("-187.25", "-187.25"),
        ("100000", "100000.0"),
        ("9999999", "9999999.0"),
        ("10000000", "1.0E7"),
        ("12345678.9", "1.23456789E7"),
        ("0.001", "0.001"),
        ("0.00012", "1.2E-4"),
        ("0.00006", "6.0E-5"),
        ("0.05", "0.05"),
        ("1.7976931348623157E+308", "1.7976931348623157E308"),
        ("Infinity", "Infinity"),
        ("-4.2e309", "-Infinity"),
        ("33.33333333333333333333333333", "33.333333333333336"),
    ],
)
def test_a_double_is_written_as_java_prints_it(value: str, text: str) -> None:
    assert java_double(Decimal(value)) == text


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_double_reads_back_as_the_same_double(number: float) -> None:
    text = java_double(Decimal(repr(number)))
    assert float(text) == number
    mantissa = text.partition("E")[0]
    assert mantissa.partition(".")[2], "Java always prints a digit after the point"
    assert ("E" in text) == (number != 0 and not 1e-3 <= abs(number) < 1e7)


@pytest.mark.parametrize(("value", "text"), [("100", "100"), ("1E+2", "100"), ("0.020", "0.02"), ("0.0", "0"), ("-5", "-5")])
def test_a_quantity_is_written_without_exponent_and_idle_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize(
    "text",
    ["", "1.7976931348623157e+308", "1.7976931348623157E308", "1.79769313486232E+308", "-1.79769313486232E+308", "1.797693135e+308", "1.8e308"],
)
def test_every_spelling_of_an_unset_double_is_unset(kind: str, text: str) -> None:
    assert KINDS[kind].parse(text) is None


@pytest.mark.parametrize("text", ["", "2147483647"])
def test_every_spelling_of_an_unset_int_is_unset(text: str) -> None:
    assert KINDS["int?"].parse(text) is None
    assert KINDS["int!"].parse(text) is None


def test_the_largest_int_is_a_value_where_an_int_must_be_given() -> None:
    assert KINDS["int"].parse("2147483647") == 2**31 - 1


def test_an_unset_value_is_written_blank_or_as_javas_largest() -> None:
    assert [KINDS[kind].write(None) for kind in ("int?", "int!", "long!", "double?", "double!", "decimal?")] == [
        "",
        "2147483647",
        "9223372036854775807",
        "",
        java_double(UNSET_DOUBLE),
        "",
    ]


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("text", ["nan", "NaN", "True", "1_000", " 1", "1e309", "1.9e308", "-1e400", "Infinity", "x", "٣", "1" * 65])
def test_what_is_no_finite_number_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match="For input string"):
        KINDS[kind].parse(text)


@pytest.mark.parametrize("kind", WHOLES)
@pytest.mark.parametrize("text", ["nan", "True", "1.0", "1_0", "99999999999999999999", "-9223372036854775809"])
def test_what_is_no_whole_number_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match="For input string"):
        KINDS[kind].parse(text)


def test_an_int_beyond_32_bits_is_refused() -> None:
    assert KINDS["int"].parse("-2147483648") == -(2**31)
    for text in ("2147483648", "-2147483649"):
        with pytest.raises(ValueError, match=text):
            KINDS["int"].parse(text)


@pytest.mark.parametrize("text", ["True", "true", "2", "-1", "nan"])
def test_a_flag_is_zero_or_one(text: str) -> None:
    assert [KINDS["flag"].parse(given) for given in ("", "0", "1")] == [False, False, True]
    with pytest.raises(ValueError, match="For input string"):
        KINDS["flag"].parse(text)


@pytest.mark.parametrize("text", ["Infinite", "Infinity"])
def test_infinite_is_a_number_in_the_one_field_where_it_has_a_meaning(text: str) -> None:
    assert KINDS["infinite?"].parse(text) == Decimal("Infinity")
    assert KINDS["infinite?"].parse("0.02") == Decimal("0.02")


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_a_number_in_pythons_notation_is_read_exactly(number: float) -> None:
    read = KINDS["double"].parse(repr(number))
    assert read == (None if abs(number) >= 1.7976931348623e308 else Decimal(repr(number)))


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
def test_an_escaped_text_is_ascii_and_reads_back(text: str) -> None:
    written = KINDS["escaped"].write(text)
    assert written.isascii()
    assert KINDS["escaped"].parse(written) == text


def test_letters_beyond_ascii_are_escaped_as_java_does_it() -> None:
    assert KINDS["escaped"].write("L'OR\xc9AL \\ \U0001f4a5") == "L'OR\\u00c9AL \\u005c \\ud83d\\udca5"
    with pytest.raises(ValueError, match="utf-16"):
        KINDS["escaped"].parse("\\ud83d")


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=8))
def test_a_written_quantity_reads_back_exactly(value: Decimal) -> None:
    assert KINDS["decimal"].parse(KINDS["decimal"].write(value)) == value


def test_less_than_the_smallest_double_is_zero() -> None:
    assert KINDS["double"].parse("1e-999") == 0
    assert not math.isinf(float(UNSET_DOUBLE))

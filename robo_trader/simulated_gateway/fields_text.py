"""How one value looks on the wire, and what clients really send for it.

The gateway is a Java program: a double is written as `Double.toString` does (`0.0`, `1.2E-4`), and one that was never set as Java's largest.
Clients write Python's notation, leave unset values blank, and some send `nan` or `True` where a number belongs; those are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import isinf
from typing import Final

Scalar = str | int | Decimal | None
"""A field's value; a flag is the `bool` among the `int`s."""

UNSET_INT: Final = 2**31 - 1
UNSET_LONG: Final = 2**63 - 1
UNSET_DOUBLE: Final = Decimal("1.7976931348623157E+308")
_UNSET_FROM: Final = Decimal("1.7976931348623E+308")
_UNSET_TO: Final = Decimal("1.8E+308")  # the largest double as clients round it: older .NET to 15 digits, a Go client to 10
_SMALLEST_DOUBLE: Final = Decimal("4.9E-324")
_NUMBER_CHARACTERS_MAX: Final = 64
TEXTS_KEPT_MAX: Final = 4096
"""Numbers whose text is remembered: a market repeats its prices and sizes all day."""
_PLAIN_FROM_POINT: Final = -2  # Java writes 0.001 in full, and less than that with an exponent
_PLAIN_TO_POINT: Final = 7  # and 9999999.0 in full, but 1.0E7

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_ESCAPES: Final = re.compile(r"(?:\\u[0-9a-f]{4})+")
_INFINITE: Final = frozenset({"Infinite", "Infinity"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to read and write a value. `parse` raises ValueError with the gateway's words; `write` asserts the type.

    A kind that `may_be_absent` writes `absent` where a record says nothing.
    """

    parse: Callable[[str], Scalar]
    write: Callable[[Scalar], str]
    absent: Scalar = None
    may_be_absent: bool = True


def _refused(text: str) -> ValueError:
    return ValueError(f'java.lang.NumberFormatException: For input string: "{text[:_NUMBER_CHARACTERS_MAX]}"')


def _text(value: Scalar) -> str:
    assert isinstance(value, str)
    return value


def _escaped(value: Scalar) -> str:
    """ASCII as it is, but for the backslash; beyond it Java's escapes, in UTF-16 units."""
    return "".join(_letter_escaped(letter) for letter in _text(value))


def _letter_escaped(letter: str) -> str:
    if letter.isascii() and letter != "\\":
        return letter
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _unescaped(text: str) -> str:
    return _ESCAPES.sub(lambda found: bytes.fromhex(found[0].replace("\\u", "")).decode("utf-16-be"), text)


def _parsed_flag(text: str) -> bool:
    if text not in ("", "0", "1"):
        raise _refused(text)
    return text == "1"


def _flag(value: Scalar) -> str:
    assert isinstance(value, bool)
    return "1" if value else "0"


def _parser_of_whole(unset: int, *, optional: bool) -> Callable[[str], int | None]:
    """Whole numbers of the width whose largest value is `unset`; where they are optional, that value means unset."""

    def parse(text: str) -> int | None:
        if text == "":
            return None
        if not _WHOLE.fullmatch(text) or not -unset - 1 <= (number := int(text)) <= unset:
            raise _refused(text)
        return None if optional and number == unset else number

    return parse


def _parsed_number(text: str) -> Decimal | None:
    if text == "":
        return None
    if len(text) > _NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(text) or (size := abs(number := Decimal(text))) > _UNSET_TO:
        raise _refused(text)
    if size >= _UNSET_FROM:
        return None
    return number if size >= _SMALLEST_DOUBLE else Decimal(0)  # a double has nothing between the two


def _parsed_number_or_infinity(text: str) -> Decimal | None:
    return Decimal("Infinity") if text in _INFINITE else _parsed_number(text)


@lru_cache(maxsize=TEXTS_KEPT_MAX)
def java_double(value: Decimal) -> str:
    """The double nearest to `value` as Java prints it: the shortest digits that read back the same, at least one after the point."""
    double = float(value)
    if isinf(double):  # also what has no double: a price of 300 digits times a quantity
        return "Infinity" if value > 0 else "-Infinity"
    sign, digit_tuple, exponent = Decimal(repr(double)).as_tuple()
    assert isinstance(exponent, int), "NaN is no value"
    digits = "".join(map(str, digit_tuple)).rstrip("0")
    if not digits:
        return "0.0"
    point = len(digit_tuple) + exponent  # digits before the decimal point
    minus = "-" if sign else ""
    if not _PLAIN_FROM_POINT <= point <= _PLAIN_TO_POINT:
        return f"{minus}{digits[0]}.{digits[1:] or '0'}E{point - 1}"
    whole = digits[:point].ljust(point, "0") if point > 0 else "0"
    fraction = digits[point:] if point > 0 else "0" * -point + digits
    return f"{minus}{whole}.{fraction or '0'}"


@lru_cache(maxsize=TEXTS_KEPT_MAX)
def plain(value: Decimal) -> str:
    """A decimal without exponent and without zeros that say nothing: `100`, `0.02`."""
    return format(value.normalize(), "f") if value else "0"


def _writer_of_whole(unset: str) -> Callable[[Scalar], str]:
    def write(value: Scalar) -> str:
        if value is None:
            return unset
        assert isinstance(value, int)
        assert not isinstance(value, bool)
        return str(value)

    return write


def _writer_of_number(shape: Callable[[Decimal], str], unset: str) -> Callable[[Scalar], str]:
    def write(value: Scalar) -> str:
        if value is None:
            return unset
        assert isinstance(value, Decimal)
        return shape(value)

    return write


_JAVA_UNSET: Final = java_double(UNSET_DOUBLE)
_INT: Final = _parser_of_whole(UNSET_INT, optional=True)
_LONG: Final = _parser_of_whole(UNSET_LONG, optional=True)

KINDS: Final[dict[str, Kind]] = {
    "text": Kind(str, _text, absent=""),
    "escaped": Kind(_unescaped, _escaped, absent=""),
    "flag": Kind(_parsed_flag, _flag, absent=False),
    "int": Kind(_parser_of_whole(UNSET_INT, optional=False), _writer_of_whole(""), may_be_absent=False),
    "int?": Kind(_INT, _writer_of_whole("")),
    "int!": Kind(_INT, _writer_of_whole(str(UNSET_INT))),
    "long": Kind(_parser_of_whole(UNSET_LONG, optional=False), _writer_of_whole(""), may_be_absent=False),
    "long!": Kind(_LONG, _writer_of_whole(str(UNSET_LONG))),
    "decimal": Kind(_parsed_number, _writer_of_number(plain, ""), may_be_absent=False),
    "decimal?": Kind(_parsed_number, _writer_of_number(plain, "")),
    "double": Kind(_parsed_number, _writer_of_number(java_double, ""), may_be_absent=False),
    "double?": Kind(_parsed_number, _writer_of_number(java_double, "")),
    "double!": Kind(_parsed_number, _writer_of_number(java_double, _JAVA_UNSET)),
    "infinite?": Kind(_parsed_number_or_infinity, _writer_of_number(plain, "")),
}
"""The kinds of the notation. `infinite?` is the one number for which a client may say Infinite; `escaped` is a text that is ASCII on the wire."""

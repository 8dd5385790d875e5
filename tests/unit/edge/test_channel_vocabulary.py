"""Everything that travels survives its bytes, and bytes become nothing but what may travel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.desk.news import AccountSeen, News, Sent, Sweep, TimePassed
from robo_trader.edge.channel_vocabulary import Vocabulary
from robo_trader.errors import ProtocolError
from robo_trader.risk.halt import Halt
from robo_trader.values import Instant
from tests.support.channel_bench import CLASSES, Line, Note

st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False))
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
st.register_type_strategy(str, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))


@dataclass(frozen=True, slots=True)
class Lines:
    epoch: int
    lines: tuple[Line, ...]
    last: News | None = None
    share: float = 0.5
    table: tuple[tuple[str, int], ...] = ()
    seen: frozenset[str] = frozenset()


WORDS = Vocabulary(Lines, Line, Note, *CLASSES)
ANYTHING: st.SearchStrategy[Any] = st.sampled_from([Lines, Line, *CLASSES]).flatmap(st.from_type)


@given(ANYTHING)
def test_everything_that_travels_survives_its_bytes(message: object):
    payload = WORDS.encode(message)
    assert WORDS.decode(payload) == message
    assert WORDS.encode(WORDS.decode(bytearray(payload))) == payload


@pytest.mark.parametrize("kind", get_args(News), ids=lambda kind: kind.__name__)
def test_each_piece_of_news_in_a_line_comes_back_as_what_it_was(kind: type):
    @given(st.from_type(kind))
    def check(news: News) -> None:
        found = WORDS.decode(WORDS.encode(Line(7, news)))
        assert type(found.news) is kind
        assert found == Line(7, news)

    check()


def test_a_decimal_travels_as_text_and_keeps_its_digits():
    payload = WORDS.encode(AccountSeen(Decimal("168.4300"), None, None))
    assert b"168.4300" in payload
    assert str(WORDS.decode(payload).cash) == "168.4300"


def test_a_whole_number_may_stand_for_a_float_and_a_set_has_no_order():
    lines = Lines(1, (), None, 5, (), frozenset({"a", "b", "c", "dd"}))
    assert WORDS.decode(WORDS.encode(lines)) == lines


@given(st.binary(max_size=60) | ANYTHING.map(WORDS.encode).flatmap(lambda good: st.tuples(st.just(good), st.integers(0, len(good)))))
def test_garbage_is_one_kind_of_error(garbage: Any):
    if isinstance(garbage, tuple):
        good, at = garbage
        garbage = good[:at] + b"\xc1" + good[at + 1 :]
    with suppress(ProtocolError):
        WORDS.decode(garbage)


def test_deep_garbage_is_refused():
    with pytest.raises(ProtocolError):
        WORDS.decode(b"\x92\xa4Note" + b"\x91" * 100_000)


def test_a_field_whose_name_is_no_text_is_refused():
    assert WORDS.decode(b"\x92\xa4Note\x82\xa6number\x07\xa4text\xa0") == Note(7)
    with pytest.raises(ProtocolError, match="not a message"):
        WORDS.decode(b"\x92\xa4Note\x83\xa6number\x07\xa4text\xa0\xa1\xff\xc0")


class Fake:
    """Writes a message of another class's name and fields."""

    @staticmethod
    def note(**fields: object) -> bytes:
        fake = dataclass(frozen=True)(type("Note", (), {"__annotations__": {name: type(value) for name, value in fields.items()}}))
        return Vocabulary(fake).encode(fake(**fields))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"number": "7", "text": ""}, "number"),
        ({"number": True, "text": ""}, "number"),
        ({"number": 7.0, "text": ""}, "Expected `int`, got `float`"),
        ({"number": 7, "text": "", "colour": "red"}, "Note has no field 'colour'"),
        ({"text": ""}, "number"),
    ],
)
def test_a_message_of_another_shape_is_refused_by_name(fields: dict[str, object], named: str):
    with pytest.raises(ProtocolError, match=named):
        WORDS.decode(Fake.note(**fields))


def test_a_price_that_came_as_a_number_is_refused():
    broken = AccountSeen(168.43, None, None)  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match=r"AccountSeen\.cash"):
        WORDS.decode(WORDS.encode(broken))


def test_what_is_not_in_the_vocabulary_is_refused_by_name_on_both_sides():
    halts = Vocabulary(Halt)
    with pytest.raises(ProtocolError, match="Note is not in the vocabulary"):
        halts.encode(Note(1))
    with pytest.raises(ProtocolError, match="'Note' is not in the vocabulary"):
        halts.decode(WORDS.encode(Note(1)))
    with pytest.raises(ProtocolError, match=r"Note is not in the vocabulary of Line\.news"):
        WORDS.encode(Line(1, Note(1)))  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [2**70, object(), "\ud800", Decimal])
def test_a_value_without_a_form_on_the_wire_is_refused_before_it_is_sent(wrong: Any):
    with pytest.raises(ProtocolError, match="Sent cannot be sent"):
        WORDS.encode(Sent(wrong))


@dataclass(frozen=True, slots=True)
class Mixed:
    what: Sent | TimePassed | int


@dataclass(frozen=True, slots=True)
class Hidden:
    what: dict[str, Sent | TimePassed]


@pytest.mark.parametrize("classes", [(Mixed,), (Hidden,), (int,), (Note, type("Note", (Note,), {}))])
def test_what_could_not_be_read_back_is_refused_when_the_vocabulary_is_made(classes: tuple[type, ...]):
    with pytest.raises(TypeError):
        Vocabulary(*classes)


def test_a_sweep_of_thousands_survives():
    (one,) = {WORDS.decode(WORDS.encode(Sweep(1, Instant(5), None, (), None, (), None)))}
    assert one.completed == ()
    assert one.executions is None

"""Field tables: one layout reads and writes, and a message that does not fit it exactly is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from robo_trader.errors import ProtocolError
from robo_trader.simulated_gateway.fields import Either, Record, Repeat, When, at, field_names, read, spec, write

LAYOUT = (
    *spec("id:int name=None price:double! size:int?"),
    When(lambda record: record.get("name") == "group", spec("inner:flag")),
    Repeat("pairs", spec("tag value:decimal")),
    *spec("last"),
)


def test_a_message_is_read_in_the_order_of_its_table() -> None:
    assert read(LAYOUT, ("7", "plain", "1.5", "", "0", "end")) == {
        "id": 7,
        "name": "plain",
        "price": Decimal("1.5"),
        "size": None,
        "pairs": [],
        "last": "end",
    }


def test_a_conditional_group_is_read_only_if_what_stands_before_says_so() -> None:
    assert read(LAYOUT, ("7", "group", "", "", "1", "0", "")).flag("inner")
    with pytest.raises(ProtocolError, match="ends before last"):
        read(LAYOUT, ("7", "group", "", "", "0", ""))


def test_groups_are_read_as_many_times_as_their_count_says() -> None:
    record = read(LAYOUT, ("7", "", "", "", "2", "a", "1", "b", "2.5", ""))
    assert record.groups("pairs") == [{"tag": "a", "value": 1}, {"tag": "b", "value": Decimal("2.5")}]


def test_a_field_too_few_and_a_field_too_many_are_both_refused() -> None:
    with pytest.raises(ProtocolError, match="ends before last"):
        read(LAYOUT, ("7", "", "", "", "0"))
    with pytest.raises(ProtocolError, match="2 fields more"):
        read(LAYOUT, ("7", "", "", "", "0", "", "x", "y"))


@pytest.mark.parametrize("count", ["1", "999999999", "nan"])
def test_a_count_that_the_message_does_not_hold_is_refused(count: str) -> None:
    with pytest.raises(ProtocolError):
        read(LAYOUT, ("7", "", "", "", count, ""))


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ProtocolError, match="pairs"):
        read(LAYOUT, ("7", "", "", "", "-1", ""))


def test_a_refused_field_is_named() -> None:
    with pytest.raises(ProtocolError, match=r'"nan" \(price\)'):
        read(LAYOUT, ("7", "", "nan", "", "0", ""))


def test_what_a_record_does_not_say_is_written_as_its_default() -> None:
    assert write(LAYOUT, {"id": 7}) == ("7", "None", "1.7976931348623157E308", "", "0", "")


def test_a_value_that_must_be_given_cannot_be_left_out() -> None:
    with pytest.raises(KeyError, match="id"):
        write(LAYOUT, {})


def test_groups_are_written_after_their_count() -> None:
    pairs = [{"tag": "a", "value": Decimal(1)}]
    assert write(LAYOUT, {"id": 7, "name": "group", "inner": True, "pairs": pairs}) == (
        "7", "group", "1.7976931348623157E308", "", "1", "1", "a", "1", "",
    )  # fmt: skip


def test_only_names_of_fixed_position_are_listed() -> None:
    assert field_names(LAYOUT) == ["id", "name", "price", "size"]


VERSIONED = (
    *spec("gone:int=8@..163 id:int once=x@163..163"),
    When(lambda record: record.get("id") == 7, spec("inner:flag=1@158")),
    Repeat("pairs", spec("tag value:decimal=0@176")),
    Either((spec("count:int?@170 last"), spec("last"))),
    *spec("new:int=5@176"),
)


@pytest.mark.parametrize(
    ("version", "written"),
    [
        (157, ("8", "7", "1", "a", "end")),
        (158, ("8", "7", "1", "1", "a", "end")),
        (163, ("8", "7", "x", "1", "1", "a", "end")),
        (164, ("7", "1", "1", "a", "end")),
        (170, ("7", "1", "1", "a", "", "end")),
        (176, ("7", "1", "1", "a", "0", "", "end", "5")),
    ],
)
def test_a_field_is_there_in_its_versions_and_in_no_other(version: int, written: tuple[str, ...]) -> None:
    layout = at(version, VERSIONED)
    said = {"id": 7, "pairs": [{"tag": "a"}], "count": None, "last": "end"}
    assert write(layout, said) == written
    if version < 176:  # what may be one of two stands last
        assert write(layout, read(layout, written)) == written


WAYS = (*spec("id:int"), Either((spec("count:int? options"), spec("options"))))


@pytest.mark.parametrize("fields", [("7", "1", "a=b;"), ("7", "", ""), ("7", "a=b;"), ("7", "")])
def test_what_clients_write_in_two_ways_is_read_in_both_and_written_as_it_was(fields: tuple[str, ...]) -> None:
    record = read(WAYS, fields)
    assert record.text("options") == fields[-1]
    assert write(WAYS, record) == fields


@pytest.mark.parametrize(
    ("fields", "complaint"), [(("7",), "ends before count"), (("7", "1", "a", "b"), "1 fields more"), (("7", "x", "a"), "count")]
)
def test_what_is_neither_of_two_ways_is_refused(fields: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        read(WAYS, fields)


def test_of_two_ways_the_first_is_written_where_a_record_says_nothing() -> None:
    assert write(WAYS, {"id": 7}) == ("7", "", "")


def test_an_id_that_the_client_left_blank_is_refused_when_it_is_needed() -> None:
    with pytest.raises(ProtocolError, match="id is blank"):
        read(LAYOUT, ("", "", "", "", "0", "")).integer("id")


def test_an_accessor_of_the_wrong_type_is_our_bug() -> None:
    record = Record(name="x", id=1)
    for accessor in (record.flag, record.integer, record.number, record.groups):
        with pytest.raises(AssertionError):
            accessor("name")
    with pytest.raises(AssertionError):
        record.text("id")

"""Every event survives its text, and text that is not exactly an event is refused."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.desk.events import KINDS, BaselineTaken, Event, HaltRecorded, InstrumentAdopted
from robo_trader.edge import codec
from robo_trader.errors import StateUnreadable
from robo_trader.market.bar import Bar
from robo_trader.orders.events import Fill, OrderIdRaised
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import BookId, Instant, Instrument, Side, Symbol, Ticks

BOOK = BookId("moving_average_cross", Symbol("SPY"))
FILL = Fill("0001.01.01", "a1b2", BOOK, Side.BUY, 100, Decimal("168.4300"), Instant(1_381_152_600_000_000_001), "s1")
HALT = Halt("h1", HaltLevel.REDUCE_ONLY, HaltScope.SYMBOL, "SPY", "operator", None, "root", "maße, 停")


st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False))
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
st.register_type_strategy(str, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))

EVENTS: st.SearchStrategy[Event] = st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.from_type(KINDS[kind]))


@given(EVENTS)
def test_every_kind_of_event_survives_its_text(event: Event):
    kind, payload = codec.encode(event)
    assert codec.decode(kind, payload) == event
    assert codec.encode(codec.decode(kind, payload)) == (kind, payload)


def test_the_text_has_declared_order_decimals_as_text_and_integers_as_integers():
    kind, payload = codec.encode(FILL)
    assert kind == "Fill"
    assert payload == (
        '{"exec_id":"0001.01.01","intent":"a1b2","book":{"strategy":"moving_average_cross","symbol":"SPY"},"side":"BUY",'
        '"quantity":100,"price":"168.4300","at":1381152600000000001,"slice":"s1","perm_id":0}'
    )


def test_a_decimal_keeps_its_digits():
    payload = codec.encode(FILL)[1]
    assert str(codec.decode("Fill", payload).price) == "168.4300"  # type: ignore[union-attr]


def test_nested_values_survive():
    for event in (
        HaltRecorded(HALT),
        InstrumentAdopted(Instrument(Symbol("IBM"), 8314, Decimal("0.01"))),
        BaselineTaken(((Symbol("SPY"), -3), (Symbol("IBM"), 7)), ("e1",), (-3,)),
    ):
        assert codec.decode(*codec.encode(event)) == event


def test_a_field_that_was_added_later_takes_its_default():
    assert codec.decode("BaselineTaken", '{"positions":[["SPY",5]]}') == BaselineTaken(((Symbol("SPY"), 5),))
    assert codec.decode("Fill", codec.encode(FILL)[1].replace(',"perm_id":0', "")) == FILL


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("Mystery", "{}"),
        ("OrderIdRaised", '{"next_order_id":"7"}'),
        ("OrderIdRaised", '{"next_order_id":7.5}'),
        ("OrderIdRaised", '{"next_order_id":true}'),
        ("OrderIdRaised", '{"next_order_id":null}'),
        ("OrderIdRaised", '{"next_order_id":7,"colour":"red"}'),
        ("OrderIdRaised", "{}"),
        ("OrderIdRaised", "not json"),
        ("OrderIdRaised", ""),
        ("OrderIdRaised", "\udc80"),
        ("CommissionCharged", '{"exec_id":"e","commission":1.25,"realised":null}'),
        ("CommissionCharged", '{"exec_id":"e","commission":1,"realised":null}'),
        ("Rearmed", '{"book":{"strategy":"s","symbol":"SPY","venue":"X"},"bar_end":1}'),
    ],
)
def test_text_of_another_shape_is_unreadable(kind: str, payload: str):
    with pytest.raises(StateUnreadable):
        codec.decode(kind, payload)


@pytest.mark.parametrize("name", sorted(json.loads(codec.encode(FILL)[1]).keys() - {"perm_id"}))
def test_a_row_with_a_missing_field_is_unreadable(name: str):
    fields = json.loads(codec.encode(FILL)[1])
    del fields[name]
    with pytest.raises(StateUnreadable):
        codec.decode("Fill", json.dumps(fields))


def test_a_float_price_never_becomes_durable():
    broken = Fill("e", "i", BOOK, Side.BUY, 1, 168.43, Instant(1), "s")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="price"):
        codec.encode(broken)


def test_a_wrong_type_never_becomes_durable():
    with pytest.raises(TypeError):
        codec.encode(OrderIdRaised("7"))  # type: ignore[arg-type]


def test_what_is_not_a_journal_event_is_refused():
    with pytest.raises(TypeError, match="not a kind"):
        codec.encode(Bar(Symbol("SPY"), Instant(0), 60, Ticks(1), Ticks(1), Ticks(1), Ticks(1), 5))  # type: ignore[arg-type]


def test_other_dataclasses_survive_dump_and_load():
    bar = Bar(Symbol("SPY"), Instant(0), 60, Ticks(1), Ticks(4), Ticks(1), Ticks(2), 500, backfilled=True)
    assert codec.load(Bar, codec.dump(bar)) == bar

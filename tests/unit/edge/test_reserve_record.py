"""Every intent that the desk can form fits one place of the reserve, and comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.edge.fence_reserve import RECORD_BYTES_MAX
from robo_trader.edge.reserve_record import decode, encode
from robo_trader.errors import StateUnreadable
from robo_trader.orders.events import Intended
from robo_trader.orders.intent import order_ref
from robo_trader.orders.order import OrderType, Purpose
from robo_trader.values import BookId, Instant, Side, Symbol, Ticks
from tests.support.desk_bench import Bench

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-"
INSTANTS = st.integers(0, 2**63 - 1).map(Instant)
HEX = st.text("0123456789abcdef", min_size=16, max_size=16)
SLICES = st.builds("{}-{}".format, HEX, st.integers(0, 999_999))
CAUSES = st.one_of(INSTANTS.map(str), INSTANTS.map("stopped {}".format), st.just("none"), st.text(min_size=1, max_size=9), st.just("h" * 36))


@st.composite
def legal(draw: st.DrawFn) -> Intended:
    """An intent with values from the whole range that the desk, the configuration and the fence allow."""
    intent, slice_ = draw(HEX), draw(st.just("") | SLICES)
    system, epoch = draw(st.text(ALPHABET, min_size=1, max_size=12)), draw(st.integers(1, 2**64 - 1))
    return Intended(
        intent=intent,
        book=BookId(draw(st.text(ALPHABET, min_size=1, max_size=40)), Symbol(draw(st.text("ABYZ.09", min_size=1, max_size=12)))),
        purpose=draw(st.sampled_from(Purpose)),
        cause=draw(st.just(slice_) if slice_ else CAUSES) if draw(st.booleans()) else draw(CAUSES),
        slice=slice_,
        k=draw(st.integers(0, 2**32 - 1)),
        order_id=draw(st.integers(1, 2**31 - 1)),
        order_ref=order_ref(system, epoch, intent),
        side=draw(st.sampled_from(Side)),
        quantity=draw(st.integers(1, 1_000_000)),
        order_type=draw(st.sampled_from(OrderType)),
        price=draw(st.none() | st.integers(-(2**63), 2**63 - 1).map(Ticks)),
        oca_group=f"{slice_}.{draw(st.integers(0, 999_999))}" if slice_ else "",
        decision_bar_end=draw(INSTANTS),
        signal_bar_end=draw(INSTANTS),
        at=draw(INSTANTS),
    )


LONGEST = Intended(
    intent="f" * 16,
    book=BookId("s" * 40, Symbol("X" * 12)),
    purpose=Purpose.FLATTEN,
    cause="h" * 36,
    slice="f" * 16 + "-999999",
    k=2**32 - 1,
    order_id=2**31 - 1,
    order_ref=order_ref("x" * 12, 2**64 - 1, "f" * 16),
    side=Side.SELL,
    quantity=1_000_000,
    order_type=OrderType.STOP,
    price=Ticks(2**63 - 1),
    oca_group="f" * 16 + "-999999.999999",
    decision_bar_end=Instant(2**63 - 1),
    signal_bar_end=Instant(2**63 - 1),
    at=Instant(2**63 - 1),
)


@settings(max_examples=100, deadline=None)
@given(legal())
def test_every_legal_intent_fits_and_comes_back_whole(event: Intended):
    record = encode(event)
    assert record is not None
    assert len(record) <= RECORD_BYTES_MAX
    back = decode(record)
    assert back == event
    assert [type(getattr(back, name)) for name in get_type_hints(Intended)] == [type(getattr(event, name)) for name in get_type_hints(Intended)]
    assert encode(back) == record


def test_the_longest_legal_values_fit():
    record = encode(LONGEST)
    assert record is not None
    assert len(record) == 198 <= RECORD_BYTES_MAX
    assert decode(record) == LONGEST


def test_what_the_desk_itself_intends_fits():
    bench = Bench().connect()
    bench.enter()
    bench.signal(0)
    intended = [event for event in bench.journal if isinstance(event, Intended)]
    assert {event.purpose for event in intended} == {Purpose.ENTER, Purpose.PROTECT, Purpose.EXIT}
    for event in intended:
        record = encode(event)
        assert record is not None
        assert decode(record) == event


@pytest.mark.parametrize(
    "change",
    [
        {"book": BookId("s" * 300, Symbol("SPY"))},
        {"book": BookId("s" * 60, Symbol("SPY" * 10))},
        {"cause": ""},
        {"intent": "A" * 16},
        {"intent": "not hexadecimal"},
        {"order_ref": "rt:x:1:" + "0" * 16},
        {"order_ref": "rt:x:01:" + "f" * 16},
        {"order_ref": "someone else's"},
        {"order_type": "TRAIL"},
        {"quantity": -1},
        {"k": 2**32},
        {"at": Instant(2**63)},
        {"cause": "\ud800"},
    ],
    ids=str,
)
def test_what_would_not_come_back_whole_is_refused(change: dict[str, object]):
    assert encode(replace(LONGEST, **change)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("record", [b"", b"abc 7 rt:x:1:abc", bytes(200), b"\xff" * 200], ids=repr)
def test_bytes_that_are_no_intent_are_unreadable_and_come_with_a_remedy(record: bytes):
    with pytest.raises(StateUnreadable) as unreadable:
        decode(record)
    assert "doctor" in unreadable.value.remedy


@settings(max_examples=100, deadline=None)
@given(legal(), st.data())
def test_a_record_that_was_cut_or_grew_is_unreadable(event: Intended, data: st.DataObject):
    record = encode(event)
    assert record is not None
    for other in (record[: data.draw(st.integers(0, len(record) - 1))], record + b"\0", b"\2" + record[1:]):
        with pytest.raises(StateUnreadable):
            decode(other)


@pytest.mark.parametrize("change", [{"price": None}, {"cause": LONGEST.slice}], ids=str)
def test_a_second_way_to_write_the_same_intent_is_unreadable(change: dict[str, object]):
    record = encode(replace(LONGEST, **change))  # type: ignore[arg-type]
    assert record is not None
    if "price" in change:
        other = record[:22] + b"\1" + record[23:]  # no price, and yet a number for it
    else:
        other = record[:65] + bytes([len(LONGEST.slice)]) + record[66:132] + 2 * LONGEST.slice.encode() + record[155:]  # the cause spelt out
    with pytest.raises(StateUnreadable):
        decode(other)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=RECORD_BYTES_MAX), st.integers(0, 63))
def test_whatever_can_be_read_would_be_written_the_same(tail: bytes, code: int):
    record = bytes((1, code)) + tail
    try:
        event = decode(record)
    except StateUnreadable:
        return
    assert encode(event) == record

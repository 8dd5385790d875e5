"""Behaviour of `intent`, said in sentences."""

from __future__ import annotations

from robo_trader.orders.intent import IntentKey, intent_of, order_ref
from robo_trader.orders.order import Purpose
from robo_trader.values import BookId, Symbol

KEY = IntentKey(BookId("moving_average_cross", Symbol("SPY")), "1381153860000000000", Purpose.ENTER, "")


def test_the_same_wish_has_the_same_name_and_another_wish_another():
    assert KEY.numbered(0) == IntentKey(KEY.book, KEY.cause, KEY.purpose, KEY.slice).numbered(0)
    others = {KEY.numbered(k) for k in range(3)} | {IntentKey(KEY.book, KEY.cause, p, "").numbered(0) for p in Purpose}
    assert len(others) == 6


def test_a_reference_names_its_intent_whatever_the_epoch_and_fits_the_brokers_field():
    for epoch in (1, 99_999):
        made = order_ref("a" * 12, epoch, KEY.numbered(0))
        assert intent_of(made, "a" * 12) == KEY.numbered(0)
        assert len(made) <= 40


def test_other_peoples_references_are_not_ours():
    for reference in ("", "mine", "rt:other:1:abc", "rt:test:1", "xx:test:1:abc"):
        assert intent_of(reference, "test") is None

"""Behaviour of `book`, said in sentences."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.orders.book import Book, Orders, execution_base
from robo_trader.orders.events import Acknowledged, CancelAsked, Ended, Fill, Intended, OrderIdRaised, Resized
from robo_trader.orders.intent import IntentKey
from robo_trader.orders.order import Outcome, Purpose
from robo_trader.values import BookId, Instant, Side, Symbol

BOOK = BookId("s", Symbol("SPY"))


def intended(intent: str, purpose: Purpose, side: Side, quantity: int, slice_: str = "", order_id: int = 1) -> Intended:
    group = f"{slice_}.0" if slice_ else ""
    return Intended(intent, BOOK, purpose, "c", slice_, 0, order_id, "", side, quantity, "MKT", None, group, Instant(0), Instant(0), Instant(0))


def fill(exec_id: str, intent: str, side: Side, quantity: int, slice_: str) -> Fill:
    return Fill(exec_id, intent, BOOK, side, quantity, Decimal("10.5"), Instant(5), slice_)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_books_position_is_the_sum_of_its_fills_however_often_they_are_heard(parts: list[int], chance: random.Random):
    orders = Orders()
    orders.apply(intended("a", Purpose.ENTER, Side.BUY, sum(parts)))
    heard = [(f"e{i}.01", q) for i, q in enumerate(parts)]
    for exec_id, quantity in [*heard, *chance.sample(heard, len(heard))]:
        if not orders.knows_fill(exec_id):
            orders.apply(fill(exec_id, "a", Side.BUY, quantity, "a-0"))
    assert orders.book(BOOK).position == sum(parts)
    assert orders.by_intent["a"].stage == "filled"
    assert orders.fill_count == len(parts)


def test_an_overfill_becomes_a_holding_of_the_other_side():
    orders = Orders()
    orders.apply(intended("a", Purpose.ENTER, Side.BUY, 100))
    orders.apply(fill("1.01", "a", Side.BUY, 100, "a-0"))
    orders.apply(intended("x", Purpose.EXIT, Side.SELL, 100, "a-0", 2))
    orders.apply(fill("2.01", "x", Side.SELL, 130, "a-0"))
    assert orders.book(BOOK).position == -30
    assert orders.book(BOOK).slices["a-0"].price == Decimal("10.5")


def test_a_group_gets_a_new_number_once_all_of_it_has_ended():
    orders = Orders()
    orders.apply(intended("a", Purpose.ENTER, Side.BUY, 100))
    orders.apply(fill("1.01", "a", Side.BUY, 100, "a-0"))
    slice_ = orders.book(BOOK).slices["a-0"]
    orders.apply(intended("p", Purpose.PROTECT, Side.SELL, 100, "a-0", 2))
    orders.apply(intended("x", Purpose.EXIT, Side.SELL, 100, "a-0", 3))
    orders.apply(Ended("x", Outcome.CANCELLED, ""))
    assert slice_.group == "a-0.0"
    orders.apply(Ended("p", Outcome.CANCELLED, ""))
    assert slice_.group == "a-0.1"


def test_a_reduced_order_is_whole_at_its_smaller_size():
    orders = Orders()
    orders.apply(intended("a", Purpose.ENTER, Side.BUY, 100))
    orders.apply(Acknowledged("a", 9))
    orders.apply(Resized("a", 40))
    assert orders.by_intent["a"].remaining == 40
    orders.apply(fill("1.01", "a", Side.BUY, 40, "a-0"))
    assert orders.by_intent["a"].stage == "filled"


def test_order_ids_never_fall():
    orders = Orders()
    orders.apply(OrderIdRaised(50))
    orders.apply(OrderIdRaised(20))
    assert orders.next_order_id == 50


def test_the_same_intent_twice_is_a_bug():
    orders = Orders()
    orders.apply(intended("a", Purpose.ENTER, Side.BUY, 100))
    with pytest.raises(AssertionError):
        orders.apply(intended("a", Purpose.ENTER, Side.BUY, 100))


def test_the_base_of_an_execution_id_leaves_the_correction_out():
    assert execution_base("0000e0d5.12345678.01.02") == "0000e0d5.12345678.01"


def test_the_next_intent_of_a_key_is_numbered_above_every_one_on_record_though_some_left_no_row():
    orders = Orders()
    lone = replace(intended("x", Purpose.EXIT, Side.SELL, 100, "a-0", 2), k=3)
    orders.apply(lone)
    assert orders.count_of_key[IntentKey(BOOK, "c", Purpose.EXIT, "a-0")] == 4


@pytest.mark.parametrize("slice_known", [True, False])
def test_the_group_of_a_slice_is_the_newest_one_an_order_went_into_though_the_end_of_the_old_one_left_no_row(slice_known: bool):
    orders = Orders()
    orders.apply(intended("a", Purpose.ENTER, Side.BUY, 100))
    bought = fill("1.01", "a", Side.BUY, 100, "a-0")
    stop = replace(intended("q", Purpose.PROTECT, Side.SELL, 100, "a-0", 3), oca_group="a-0.1")
    for event in (bought, stop) if slice_known else (stop, bought):
        orders.apply(event)
    slice_ = orders.book(BOOK).slices["a-0"]
    assert slice_.group == "a-0.1"
    orders.apply(Ended("q", Outcome.CANCELLED, ""))
    assert slice_.group == "a-0.2"


def held(quantity: int = 100) -> tuple[Orders, Book]:
    orders = Orders()
    orders.apply(intended("a", Purpose.ENTER, Side.BUY, quantity))
    orders.apply(fill("1.01", "a", Side.BUY, quantity, "a-0"))
    orders.apply(intended("p", Purpose.PROTECT, Side.SELL, quantity, "a-0", 2))
    orders.apply(Acknowledged("p", 2))
    return orders, orders.book(BOOK)


def test_a_cancel_that_nobody_asked_for_is_a_setback_until_new_tries_are_granted():
    orders, book = held()
    orders.apply(Ended("p", Outcome.CANCELLED, ""))
    assert book.setbacks("a-0", Purpose.PROTECT) == [orders.by_intent["p"]]
    assert book.setbacks("a-0", Purpose.EXIT) == []
    book.grant_new_tries()
    assert book.setbacks("a-0", Purpose.PROTECT) == []


def test_a_cancel_that_was_asked_for_is_no_setback():
    orders, book = held()
    orders.apply(CancelAsked("p", "test"))
    orders.apply(Ended("p", Outcome.CANCELLED, ""))
    assert book.setbacks("a-0", Purpose.PROTECT) == []


def test_only_fills_since_it_joined_its_group_explain_a_members_end():
    orders, book = held()
    orders.apply(fill("2.01", "p", Side.SELL, 60, "a-0"))
    orders.apply(intended("x", Purpose.EXIT, Side.SELL, 40, "a-0", 3))
    orders.apply(Acknowledged("x", 3))
    orders.apply(Ended("x", Outcome.CANCELLED, ""))
    assert book.cancelled_unasked(orders.by_intent["x"])
    orders.apply(fill("2.02", "p", Side.SELL, 100, "a-0"))  # the stop's execution was larger than first said
    assert not book.cancelled_unasked(orders.by_intent["x"])

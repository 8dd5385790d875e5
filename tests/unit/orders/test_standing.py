"""Behaviour of `standing`, said in sentences."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from robo_trader.orders.cost_basis import Split
from robo_trader.orders.events import Intended
from robo_trader.orders.order import Purpose, Stage
from robo_trader.orders.standing import Order, Slice, execution_base, newer, restate
from robo_trader.values import BookId, Instant, Side, Symbol


def order(**changes: object) -> Order:
    book = BookId("s", Symbol("SPY"))
    intended = Intended("a", book, Purpose.ENTER, "c", "", 0, 1, "", Side.SELL, 100, "MKT", None, "", Instant(0), Instant(0), Instant(0))
    return Order(intended, **{"total": 100, **changes})  # type: ignore[arg-type]


def traded(shares: int, **changes: object) -> Order:
    return order(filled=shares, traded_by=Counter({0: shares}), **changes)


def test_what_remains_is_nothing_once_it_ended_and_never_less():
    assert traded(30).remaining == 70
    assert traded(130).remaining == 0
    assert traded(30, stage=Stage.CANCELLED).remaining == 0
    assert order().sign == -1


def test_two_orders_of_one_intent_may_fill_as_much_as_both_together():
    twice = order(perm_ids={1, 2}, filled=30, traded_by=Counter({1: 30}))
    assert twice.remaining == 70 + 100 and twice.open_perm_ids == {1, 2}
    twice.over.add(1)
    assert twice.remaining == 100 and twice.open_perm_ids == {2}
    twice.traded_by[2] = 100
    assert twice.left == 0 and twice.open_perm_ids == set()


def test_one_order_needs_no_telling_which_of_its_ids_traded():
    assert traded(30, perm_ids={1}).traded_of(1) == 30
    assert traded(30, perm_ids={1}).traded_of(99) == 30


def test_the_base_of_an_execution_id_leaves_the_correction_out():
    assert execution_base("0000e0d5.12345678.01.02") == "0000e0d5.12345678.01"


def test_versions_are_counted_as_one_counts():
    assert newer("a.10", "a.9") and newer("a.02", "a.01")
    assert not newer("a.9", "a.10") and not newer("a.01", "a.01")


def test_a_split_restates_each_slice_and_they_add_up():
    slices = {name: Slice(name, BookId("s", Symbol("SPY")), q, q, Decimal(q * 10)) for name, q in (("a", 33), ("b", 67))}
    restate(slices, Split(3, 2))
    assert sum(slice_.quantity for slice_ in slices.values()) == 150
    assert {name: round(slice_.price, 6) for name, slice_ in slices.items()} == {"a": Decimal("6.666667"), "b": Decimal("6.666667")}
    restate(slices, Split(1, 100))
    assert {name: slice_.quantity for name, slice_ in slices.items()} == {"b": 1}

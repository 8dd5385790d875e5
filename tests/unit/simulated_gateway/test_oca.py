"""What a fill of one member of a group does to the others."""

from __future__ import annotations

import json
from decimal import Decimal

from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.oca import Drop, Groups, Shrink, after_fill, closes_group
from tests.support.exchange_bench import ticket


def member(order_id: int, quantity: int = 100, *, filled: int = 0, oca_type: int = 2) -> BookOrder:
    order = BookOrder(ticket(order_id, quantity=quantity, group="g", oca_type=oca_type), order_id, order_id, phase=Phase.WORKING)
    if filled:
        order.book(filled, Decimal(10))
    return order


def test_type_1_cancels_the_others_at_the_first_partial_fill() -> None:
    other = member(2, oca_type=1)
    filler = member(1, filled=10, oca_type=1)
    assert closes_group(filler)
    assert after_fill(filler, 10, [other]) == [Drop(other)]


def test_type_2_takes_a_partial_fill_off_the_others() -> None:
    other = member(2)
    filler = member(1, filled=40)
    assert not closes_group(filler)
    assert after_fill(filler, 40, [other]) == [Shrink(other, 60)]


def test_a_member_with_nothing_left_is_cancelled() -> None:
    done_by_now = member(2, filled=60)
    assert after_fill(member(1, filled=40), 40, [done_by_now]) == [Drop(done_by_now)]


def test_a_complete_fill_cancels_the_others_and_closes_the_group() -> None:
    other = member(2, quantity=300)
    filler = member(1, filled=100)
    assert closes_group(filler)
    assert after_fill(filler, 100, [other]) == [Drop(other)]


def test_a_late_member_finds_what_the_largest_member_leaves() -> None:
    groups = Groups()
    assert groups.room("g", 100) == 100
    assert groups.join("g", 100) == 100
    groups.book(member(1, filled=60), 60)
    assert groups.join("g", 100) == 40
    assert groups.room("g", 30) == 30
    assert groups.room("g", 150) == 90


def test_nothing_joins_a_group_that_is_over() -> None:
    groups = Groups()
    groups.join("g", 100)
    groups.book(member(1, filled=10, oca_type=1), 10)
    assert groups.room("g", 100) == 0
    assert groups.room("other", 100) == 100


def test_restored_groups_give_the_same_answers() -> None:
    groups, twin = Groups(), Groups()
    groups.join("g", 100)
    groups.book(member(1, filled=60), 60)
    twin.restore(json.loads(json.dumps(groups.state())))
    assert twin.room("g", 100) == 40


def test_a_member_that_is_changed_does_not_get_back_what_others_have_filled() -> None:
    groups = Groups()
    groups.join("g", 100)
    filler, other = member(1, filled=30), member(2)
    assert groups.most(other, 150) == 150, "nobody has filled anything"
    groups.book(filler, 30)
    assert groups.most(other, 100) == 70
    assert groups.most(other, 40) == 40
    assert groups.most(filler, 150) == 150, "no other has filled anything"
    groups.grow("g", 150)
    groups.grow("g", 50)
    assert groups.most(other, 500) == 120

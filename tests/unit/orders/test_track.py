"""One symbol's entries: in order of their time whatever their arrival, folded once, and shared out to those who hold."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.orders.cost_basis import Split
from robo_trader.orders.track import CashEntry, Execution, SplitEntry, Track, shared_out
from robo_trader.values import BookId, Instant, Symbol

SPY = Symbol("SPY")
CROSS, OTHER = BookId("cross", SPY), BookId("other", SPY)


def bought(second: int, quantity: int, book: BookId | None = CROSS) -> Execution:
    return Execution(f"e.{second}.01", book, SPY, quantity, Decimal(10), (Instant(second), second), None)


def test_a_split_that_is_heard_late_stands_where_its_time_says() -> None:
    track = Track()
    for entry in (bought(1, 100), bought(3, 10), SplitEntry(Split(2, 1), (Instant(2), 9))):
        track.put(entry)
    assert track.standing().holders == {CROSS: 210}
    assert track.standing().average.position == 210
    assert track.standing_before(Instant(2)).average.position == 100
    assert track.standing_before(Instant(3)).average.position == 200


def test_an_entry_that_is_taken_back_was_never_there() -> None:
    track = Track()
    track.put(bought(1, 100))
    track.put(bought(2, 50))
    track.take_back(bought(1, 100))
    assert track.standing().holders == {CROSS: 50}


def test_cash_for_holding_is_income_and_no_profit() -> None:
    track = Track()
    track.put(bought(1, 100))
    track.put(CashEntry(Decimal("42.50"), (Instant(2), 2)))
    standing = track.standing()
    assert (standing.cash, standing.income, standing.average.realised) == (Decimal("-957.50"), Decimal("42.50"), 0)
    assert standing.cash + standing.average.cost == standing.average.realised + standing.income


@given(st.dictionaries(st.sampled_from([CROSS, OTHER, None]), st.integers(-60, 60)), st.integers(1, 9), st.integers(1, 9))
def test_what_holders_get_adds_up_and_nobody_is_a_share_off(holders: dict[BookId | None, int], new: int, old: int) -> None:
    split = Split(new, old)
    shared = shared_out(holders, split)
    assert sum(shared.values()) == split.whole(sum(holders.values()))
    assert all(abs(shared[holder] - Decimal(shares * new) / old) < 2 for holder, shares in holders.items())


@pytest.mark.parametrize(("cross", "other", "expected"), [(100, 50, (150, 75)), (33, 67, (50, 100)), (-10, 0, (-15, 0))])
def test_three_for_two_is_shared_in_proportion(cross: int, other: int, expected: tuple[int, int]) -> None:
    shared = shared_out({CROSS: cross, OTHER: other}, Split(3, 2))
    assert (shared[CROSS], shared[OTHER]) == expected

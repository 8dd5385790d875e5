"""The budget: so many restarts in any window, none more, and slow failures do not slip under it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.supervision.budget import Budget
from robo_trader.supervision.spec import NS_PER_SECOND, Intensity


def spend(budget: Budget, second: float, *, was_in_service: bool = True) -> int | None:
    return budget.spend(round(second * NS_PER_SECOND), was_in_service=was_in_service)


def test_restarts_are_numbered_until_there_is_none_left() -> None:
    budget = Budget(Intensity(2, 60))
    assert [spend(budget, second) for second in (0, 1, 2)] == [1, 2, None]


def test_the_far_edge_of_the_window_still_counts_and_one_nanosecond_later_does_not() -> None:
    budget = Budget(Intensity(1, 60))
    assert spend(budget, 0) == 1
    assert spend(budget, 60) is None
    assert budget.spend(60 * NS_PER_SECOND + 1, was_in_service=True) == 1


def test_restarts_spaced_wider_than_the_window_never_exhaust_it() -> None:
    budget = Budget(Intensity(1, 60))
    assert {spend(budget, 61 * n) for n in range(50)} == {1}


def test_an_intensity_of_nothing_allows_no_restart() -> None:
    assert spend(Budget(Intensity(0, 60)), 0) is None


def test_starts_that_fail_slowly_do_not_age_so_they_end() -> None:
    budget = Budget(Intensity(2, 60))
    assert [spend(budget, 100 * n, was_in_service=False) for n in range(3)] == [1, 2, None]


def test_a_refilled_budget_is_a_new_one() -> None:
    budget = Budget(Intensity(1, 60))
    spend(budget, 0)
    budget.refill()
    assert spend(budget, 1) == 1


@given(st.integers(0, 4), st.integers(1, 50), st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60))
def test_no_window_ever_holds_more_than_the_intensity(restarts_max: int, window: int, failures: list[tuple[int, bool]]) -> None:
    budget, second, granted = Budget(Intensity(restarts_max, window)), 0, []
    for pause, was_in_service in failures:
        second += pause
        if spend(budget, second, was_in_service=was_in_service) is not None:
            granted.append(second)
        assert sum(second - window <= at for at in granted) <= restarts_max

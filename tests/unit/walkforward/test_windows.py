"""Windows: the test lies after the train and the gap, tests follow each other, and what does not fit is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robo_trader.errors import ConfigurationError
from robo_trader.walkforward.windows import Shape, Window, rolling


def test_windows_by_hand() -> None:
    assert rolling(31, Shape(10, 2, 5), 3) == (Window(0, 3, 13, 15, 20), Window(1, 8, 18, 20, 25), Window(2, 13, 23, 25, 30))


@given(st.integers(20, 400), st.integers(2, 40), st.integers(0, 10), st.integers(2, 30), st.integers(0, 20))
def test_tests_are_one_stretch_of_unseen_time(bars: int, train: int, gap: int, test: int, warm_up: int) -> None:
    if bars < warm_up + train + gap + test:
        with pytest.raises(ConfigurationError):
            rolling(bars, Shape(train, gap, test), warm_up)
        return
    windows = rolling(bars, Shape(train, gap, test), warm_up)
    assert [window.number for window in windows] == list(range(len(windows)))
    for window in windows:
        assert window.train_first >= warm_up
        assert window.train_end - window.train_first == train
        assert window.test_first - window.train_end == gap
        assert window.test_end - window.test_first == test
    assert [later.test_first for later in windows[1:]] == [earlier.test_end for earlier in windows[:-1]]
    assert bars - test < windows[-1].test_end <= bars


@pytest.mark.parametrize(("train", "gap", "test"), [(1, 0, 5), (5, -1, 5), (5, 0, 1)])
def test_lengths_that_leave_nothing_are_refused_by_name(train: int, gap: int, test: int) -> None:
    with pytest.raises(ConfigurationError, match="--"):
        Shape(train, gap, test)

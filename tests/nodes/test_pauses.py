"""A loop that trades is not held up by what was there before it began, nor for long by a thread beside it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from actors.pauses import keep_short


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    gc.unfreeze()


def test_what_was_there_before_is_not_walked_again():
    kept = [[number] for number in range(1000)]
    keep_short()
    assert gc.get_freeze_count() > len(kept)
    assert not any(thing is kept for thing in gc.get_objects())


def test_a_thread_that_computes_gives_the_interpreter_back_sooner():
    before = sys.getswitchinterval()
    keep_short()
    assert sys.getswitchinterval() < before / 5

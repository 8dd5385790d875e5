"""An actor that calls itself: until it was heard, no longer, and never for nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

from actors.alarm import CALLS_MAX, Alarm

WAIT_SECONDS = 10


class Rings:
    """Counts calls; the one with the number `heard` arrives."""

    def __init__(self, heard: int) -> None:
        self.count, self._heard = 0, heard
        self.arrived = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        if self.count == self._heard:
            self.arrived.set()


def alarm(rings: Rings, give_up: Callable[[int], object]) -> Alarm:
    return Alarm(rings, give_up=give_up, every_seconds=0.01)


def test_calls_that_are_dropped_are_repeated_until_one_is_heard() -> None:
    rings, codes = Rings(heard=3), list[int]()
    made = alarm(rings, codes.append)
    assert rings.arrived.wait(WAIT_SECONDS)
    assert made.heard()
    for thread in threading.enumerate():
        if thread.name == "alarm":
            thread.join(WAIT_SECONDS)
    assert (rings.count >= 3, codes) == (True, [])


def test_of_two_calls_that_are_heard_the_first_counts() -> None:
    made = alarm(Rings(heard=1), lambda _: None)
    assert [made.heard(), made.heard()] == [True, False]


def test_an_actor_that_never_hears_itself_ends() -> None:
    rings, ended = Rings(heard=0), threading.Event()
    alarm(rings, lambda _: ended.set())
    assert ended.wait(WAIT_SECONDS)
    assert rings.count == CALLS_MAX

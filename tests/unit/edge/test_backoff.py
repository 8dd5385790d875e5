"""Pauses while waiting for a gateway."""

from itertools import islice
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge.backoff import PAUSE_SECONDS_MAX, pauses


@given(st.integers())
def test_every_pause_is_positive_and_bounded_for_any_seed(seed):
    assert all(0 < pause <= PAUSE_SECONDS_MAX for pause in islice(pauses(Random(seed)), 200))


def test_the_first_pause_is_about_a_second_and_they_double_up_to_the_limit():
    class NoJitter(Random):
        def random(self):
            return 0.0

    assert list(islice(pauses(NoJitter()), 7)) == [1, 2, 4, 8, 15, 15, 15]


def test_the_same_chance_gives_the_same_pauses():
    assert list(islice(pauses(Random(7)), 20)) == list(islice(pauses(Random(7)), 20))


def test_jitter_never_shortens_a_pause_by_more_than_a_quarter():
    assert all(pause >= full * 0.75 for pause, full in zip(pauses(Random(3)), [1, 2, 4, 8, 15, 15], strict=False))

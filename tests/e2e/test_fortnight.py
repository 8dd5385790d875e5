"""Two sessions of the fortnight, with the night between them: a restart, a split, a dividend that is paid, and positions held through it."""

from __future__ import annotations

import pytest

from tests.support.fortnight import SLICE, pass_stretches, told
from tests.support.running import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_books_are_equal_on_both_evenings_and_every_share_is_covered_through_the_night(product: Product):
    outcome = pass_stretches(product, SLICE)
    assert outcome.clean, told(outcome)
    assert [len(evening.positions) for evening in outcome.evenings] == [2, 2], "positions are held over night"
    assert (outcome.splits, len(outcome.faults)) == (1, 1)
    assert outcome.uncovered_seconds == 0

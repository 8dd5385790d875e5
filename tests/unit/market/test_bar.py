"""A bar knows where it ends."""

import dataclasses

import pytest

from robo_trader.market.bar import Bar
from robo_trader.values import Instant, Symbol, Ticks

BAR = Bar(Symbol("SPY"), Instant(60_000_000_000), 5, Ticks(1), Ticks(3), Ticks(1), Ticks(2), 100)


def test_a_bar_ends_where_the_next_begins() -> None:
    assert BAR.end == 65_000_000_000
    assert dataclasses.replace(BAR, start=BAR.end).start == BAR.end


def test_a_bar_cannot_be_changed_and_is_live_unless_said_otherwise() -> None:
    assert BAR.backfilled is False
    with pytest.raises(dataclasses.FrozenInstanceError):
        BAR.close = Ticks(9)  # type: ignore[misc]

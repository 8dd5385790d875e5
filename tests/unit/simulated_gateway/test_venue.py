"""What an exchange may be set to."""

from __future__ import annotations

from typing import Any

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.simulated_gateway.venue import PLAIN_VENUE, Halt, Venue
from robo_trader.values import Instant
from tests.support.exchange_bench import IBM, SPY

HALT = Halt(SPY, Instant(10), Instant(20))


def test_the_plain_venue_has_everything_off() -> None:
    assert Venue(latency_ns=0, queue=False, orders_meet=False, commissions="fixed", shares_to_borrow={}, locate_seconds={}, halts=()) == PLAIN_VENUE


@pytest.mark.parametrize(("symbol", "at", "halted"), [(SPY, 9, False), (SPY, 10, True), (SPY, 19, True), (SPY, 20, False), (IBM, 15, False)])
def test_a_halt_is_of_one_symbol_from_its_begin_until_before_its_end(symbol: Any, at: int, halted: bool) -> None:
    assert Venue(halts=(HALT,)).halted(symbol, Instant(at)) is halted


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"latency_ns": -1}, "latency_ns -1"),
        ({"commissions": "free"}, "'free'"),
        ({"shares_to_borrow": {SPY: -1}}, "shares_to_borrow of SPY"),
        ({"locate_seconds": {SPY: 0}}, "locate_seconds of SPY"),
        ({"halts": (Halt(SPY, Instant(5), Instant(5)),)}, "halt of SPY"),
    ],
)
def test_what_cannot_be_is_refused_by_name(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        Venue(**settings)

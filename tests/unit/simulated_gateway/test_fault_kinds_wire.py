"""The faults of connections: without a word more they concern everybody, and are over soon."""

from __future__ import annotations

import pytest

from robo_trader.simulated_gateway.connection import MESSAGES_PER_SECOND_MAX
from robo_trader.simulated_gateway.fault_kinds_wire import RATE_MAX, Clog, Garbage, Pacing, SplitFrames, StopReading


@pytest.mark.parametrize("kind", [SplitFrames, Clog, StopReading, Garbage])
def test_everybody_is_meant_unless_a_client_is_named(kind: type[Clog]) -> None:
    assert kind().client is None
    assert kind(client=7).client == 7


def test_a_pace_can_only_be_stricter_than_it_is_and_a_breach_cuts() -> None:
    assert RATE_MAX == MESSAGES_PER_SECOND_MAX
    assert Pacing() == Pacing(messages_per_second=50, breach="cut")

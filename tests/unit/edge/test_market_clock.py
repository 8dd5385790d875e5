"""The clock that only evidence moves."""

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge.market_clock import NEVER, MarketClock


def test_before_any_evidence_the_clock_says_never():
    assert MarketClock().now == NEVER


@given(st.lists(st.integers(0, 2**63), min_size=1))
def test_the_clock_is_the_latest_instant_seen_and_never_falls(instants):
    clock = MarketClock()
    seen = []
    for instant in instants:
        clock.observe(instant)
        seen.append(clock.now)
    assert seen == sorted(seen)
    assert clock.now == max(instants)

"""Behaviour of `settings`, said in sentences."""

from __future__ import annotations

from robo_trader.desk.settings import ACK_QUERY_NS, ACK_UNKNOWN_NS, RETRY_PAUSES_NS, SWEEPS_APART_NS


def test_the_waits_grow_in_the_order_in_which_they_are_used():
    assert ACK_QUERY_NS < SWEEPS_APART_NS < ACK_UNKNOWN_NS
    assert list(RETRY_PAUSES_NS) == sorted(RETRY_PAUSES_NS)

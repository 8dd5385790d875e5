"""Behaviour of `settings`, said in sentences."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.desk.settings import ACK_QUERY_NS, ACK_UNKNOWN_NS, RETRY_PAUSES_NS, SWEEPS_APART_NS, BookSettings, Execution


def test_the_waits_grow_in_the_order_in_which_they_are_used():
    assert ACK_QUERY_NS < SWEEPS_APART_NS < ACK_UNKNOWN_NS
    assert list(RETRY_PAUSES_NS) == sorted(RETRY_PAUSES_NS)


def test_a_book_enters_at_the_market_unless_told_otherwise():
    assert BookSettings(1, Decimal(1)).execution is Execution.MARKET
    assert [str(style) for style in Execution] == ["market", "marketable-limit", "limit"]

"""The broker's fee: per share, with a minimum, capped by value."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.commission import order_commission


@pytest.mark.parametrize(
    ("shares", "value", "fee"),
    [
        (100, "16700", "1.00"),
        (200, "33400", "1.00"),
        (1000, "167000", "5.000"),
        (1000, "250.00", "2.5000"),  # capped at 1 % of the value
        (1, "0.25", "0.0025"),  # the cap wins over the minimum
    ],
)
def test_the_fee_is_half_a_cent_a_share_at_least_a_dollar_at_most_one_percent(shares: int, value: str, fee: str) -> None:
    assert order_commission(shares, Decimal(value)) == Decimal(fee)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 100_000)), min_size=1, max_size=20))
def test_the_fee_of_a_growing_order_never_falls(fills: list[tuple[int, int]]) -> None:
    shares, value, charged = 0, Decimal(0), Decimal(0)
    for quantity, cents in fills:
        shares += quantity
        value += quantity * Decimal(cents) / 100
        owed = order_commission(shares, value)
        assert owed >= charged
        charged = owed

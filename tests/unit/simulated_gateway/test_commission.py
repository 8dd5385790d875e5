"""The broker's fee: per share, with a minimum, capped by value."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robo_trader.simulated_gateway.commission import PLANS, Charged, order_commission
from robo_trader.values import Side


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


def charged(**changes: object) -> tuple[Decimal, Decimal]:
    fill = Charged(Side.BUY, 1000, Decimal(20), 1000, Decimal(20_000), added=False)
    return PLANS["tiered"](replace(fill, **changes))  # type: ignore[arg-type]


def test_the_tiered_plan_has_a_lower_fee_and_passes_on_what_others_charge() -> None:
    assert charged() == (Decimal("3.50") * Decimal("1.000735"), Decimal("3.20"))
    assert charged(order_shares=10, order_value=Decimal(200))[0] == Decimal("0.35") * Decimal("1.000735")
    assert charged(added=True)[1] == Decimal("-1.80")
    assert charged(side=Side.SELL)[1] == Decimal("3.20") + Decimal("0.166") + Decimal("0.556")


def test_the_fixed_plan_passes_nothing_on() -> None:
    assert PLANS["fixed"](Charged(Side.SELL, 10, Decimal(20), 400, Decimal(8000), added=True)) == (Decimal("2.00"), Decimal(0))

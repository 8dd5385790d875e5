"""Limits: what cannot be a limit is refused where it is configured."""

from decimal import Decimal

import pytest

from robo_trader.errors import ConfigurationError
from robo_trader.risk.limits import Limits

NAMES = ["max_quantity", "max_notional", "max_position", "collar_percent", "quote_age_seconds_max", "entries_per_day_max"]


def test_nothing_is_configured_but_age_and_entries() -> None:
    limits = Limits()
    assert (limits.max_quantity, limits.max_notional, limits.max_position, limits.collar_percent, limits.sessions) == (None, None, None, None, ())
    assert (limits.quote_age_seconds_max, limits.entries_per_day_max) == (5, 60)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, Decimal("NaN"), Decimal("Infinity"), Decimal("-0.01"), float("nan")])
def test_zero_negative_and_nan_are_refused_by_name(name: str, value: Decimal) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is .*; give a number above zero"):
        Limits(**{name: value})


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_limit_is_a_limit(name: str) -> None:
    assert getattr(Limits(**{name: 1}), name) == 1

"""Which algorithms an order may have."""

from __future__ import annotations

import pytest

from robo_trader.simulated_gateway.algorithms import refused


@pytest.mark.parametrize(
    ("strategy", "kind", "code"),
    [
        ("", "STP", None),
        ("Adaptive", "LMT", None),
        ("Twap", "MKT", None),
        ("Adaptive", "STP", 442),
        ("DarkIce", "LMT", 442),
        ("adaptive", "LMT", 439),
        ("Feelings", "LMT", 439),
    ],
)
def test_some_are_carried_out_plainly_others_not_allowed_and_others_not_known(strategy: str, kind: str, code: int | None) -> None:
    refusal = refused(strategy, kind)
    assert (None if refusal is None else refusal[0]) == code

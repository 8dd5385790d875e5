"""The kinds of orders are told apart once and for all."""

from __future__ import annotations

from robo_trader.simulated_gateway.order_kinds import (
    AT_CLOSE,
    AT_ONCE,
    IMMEDIATE,
    LIMITS,
    OF_OTHER_VENUES,
    ORDER_TYPES,
    OUTSIDE_HOURS,
    STOPS,
    TIMES_IN_FORCE,
    TRAILING,
)


def test_every_order_type_works_at_once_or_waits_for_a_price_or_for_the_close() -> None:
    assert AT_ONCE | STOPS | AT_CLOSE == ORDER_TYPES
    assert not (AT_ONCE & STOPS or AT_ONCE & AT_CLOSE or STOPS & AT_CLOSE)
    assert not ORDER_TYPES & OF_OTHER_VENUES


def test_only_what_has_a_limit_works_outside_regular_hours() -> None:
    assert OUTSIDE_HOURS < LIMITS < ORDER_TYPES
    assert TRAILING < STOPS
    assert IMMEDIATE < TIMES_IN_FORCE

"""Which fields make no sense together, in the broker's numbers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from robo_trader.simulated_gateway.admission_fields import prices_of, wrong_fields
from robo_trader.simulated_gateway.contracts import Contracts
from robo_trader.values import Instant
from tests.support.exchange_bench import ticket

CONTRACT = Contracts().find("SPY")
GOOD = replace(ticket(1, limit="10.00"), account="DU1")
TRAIL = replace(GOOD, order_type="TRAIL", limit_price=None, trail_amount=Decimal("0.10"))


def code_of(some: Any) -> int | None:
    assert CONTRACT is not None
    found = wrong_fields(some, CONTRACT, "DU1")
    return None if found is None else found[0]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"order_type": "MKT", "limit_price": None, "time_in_force": "FOK"},
        {"order_type": "STP LMT", "stop_price": Decimal("9.99")},
        {"order_type": "MOC", "limit_price": None},
        {"order_type": "LOC"},
        {"time_in_force": "OPG"},
        {"time_in_force": "GTD", "good_till": Instant(1), "good_till_text": "20260302"},
        {"order_type": "TRAIL", "trail_amount": Decimal("0.10")},
        {"order_type": "TRAIL", "trail_percent": Decimal("1.234")},
        {"order_type": "TRAIL LIMIT", "limit_price": None, "trail_percent": Decimal(1), "limit_offset": Decimal(0)},
    ],
)
def test_every_kind_of_order_passes_with_what_it_needs(change: dict[str, Any]) -> None:
    assert code_of(replace(GOOD, **change)) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"order_type": "MIDPRICE"}, 387),
        ({"order_type": "PEG MID"}, 387),
        ({"order_type": "FEELINGS"}, 321),
        ({"order_type": "STP LMT"}, 321),
        ({"order_type": "STP LMT", "stop_price": Decimal("9.995")}, 110),
        ({"order_type": "STP LMT", "stop_price": Decimal(9), "limit_price": Decimal("9.995")}, 110),
        ({"order_type": "MOC", "time_in_force": "GTC"}, 113),
        ({"order_type": "LOC", "time_in_force": "OPG"}, 113),
        ({"order_type": "STP", "stop_price": Decimal(9), "time_in_force": "IOC"}, 111),
        ({"order_type": "STP", "stop_price": Decimal(9), "time_in_force": "OPG"}, 111),
        ({"order_type": "LOC", "limit_price": None}, 321),
        ({"time_in_force": "GTD"}, 321),
        ({"time_in_force": "GTD", "good_till_text": "soon"}, 343),
        ({"good_after_text": "soon"}, 343),
    ],
)
def test_what_is_missing_or_excluded_is_told_by_its_number(change: dict[str, Any], code: int) -> None:
    assert code_of(replace(GOOD, **change)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"trail_amount": None}, 321),
        ({"trail_percent": Decimal(1)}, 321),
        ({"trail_amount": Decimal(-1)}, 321),
        ({"trail_amount": None, "trail_percent": Decimal(100)}, 321),
        ({"stop_price": Decimal(-1)}, 321),
        ({"order_type": "TRAIL LIMIT"}, 321),
        ({"trail_amount": Decimal("0.105")}, 110),
        ({"stop_price": Decimal("9.995")}, 110),
    ],
)
def test_a_trailing_order_needs_one_distance_on_the_tick(change: dict[str, Any], code: int) -> None:
    assert code_of(replace(TRAIL, **change)) == code


def test_the_prices_of_an_order_are_those_its_type_uses() -> None:
    both = replace(GOOD, stop_price=Decimal(9))
    assert prices_of(both) == [Decimal("10.00")]
    assert prices_of(replace(both, order_type="STP LMT")) == [Decimal("10.00"), Decimal(9)]
    assert prices_of(replace(both, order_type="STP")) == [Decimal(9)]
    assert prices_of(replace(both, order_type="MKT")) == []

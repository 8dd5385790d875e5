"""Requests are frozen values: equal if they say the same, never changed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import get_args

import pytest

from robo_trader.simulated_gateway.requests import CancelOrder, OpenOrders, Request


def test_equal_requests_are_one_in_a_set() -> None:
    assert len({CancelOrder(5), CancelOrder(5), CancelOrder(6), OpenOrders(), OpenOrders()}) == 3


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        CancelOrder(5).order_id = 6  # type: ignore[misc]


@pytest.mark.parametrize("request_class", get_args(Request), ids=lambda request_class: request_class.__name__)
def test_every_request_is_a_frozen_value_without_a_dictionary(request_class: type) -> None:
    assert is_dataclass(request_class)
    assert request_class.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__dict__" not in dir(request_class)
    assert len({field.name for field in fields(request_class)}) == len(request_class.__slots__)  # type: ignore[attr-defined]

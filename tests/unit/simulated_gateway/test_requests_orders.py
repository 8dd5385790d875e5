"""An order's request is a frozen value whose further attributes have defaults of an ordinary order."""

from __future__ import annotations

from dataclasses import fields

from robo_trader.simulated_gateway import requests
from robo_trader.simulated_gateway.requests_orders import ContractSpec, PlaceOrder


def test_they_are_offered_among_the_other_requests() -> None:
    assert (requests.PlaceOrder, requests.ContractSpec) == (PlaceOrder, ContractSpec)


def test_what_an_ordinary_order_does_not_have_is_unset() -> None:
    defaults = {field.name: field.default for field in fields(PlaceOrder)}
    assert (defaults["extras"], defaults["good_till_date"], defaults["good_after_time"]) == ((), "", "")
    assert defaults["trail_stop_price"] is defaults["trailing_percent"] is defaults["limit_offset"] is None

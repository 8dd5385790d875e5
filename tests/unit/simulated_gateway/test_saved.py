"""Records survive being saved as JSON, to the last digit."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from robo_trader.simulated_gateway.book_order import BookOrder, Phase
from robo_trader.simulated_gateway.display import Display
from robo_trader.simulated_gateway.model import CommissionNote
from robo_trader.simulated_gateway.saved import encoded, loaded, saved
from tests.support.exchange_bench import quote, ticket


def test_an_order_comes_back_as_it_was() -> None:
    order = BookOrder(ticket(1, limit="10.10"), 1_000_001, 1, phase=Phase.WORKING, filled=40, value=Decimal("404.00"))
    assert loaded(json.loads(json.dumps(saved(order))), BookOrder) == order


def test_a_display_comes_back_with_what_is_left_of_it() -> None:
    display = Display()
    display.publish(quote("09:31:00", "10.00", "10.01", 300, 500))
    display.ask.left[0] = 17
    assert loaded(json.loads(json.dumps(saved(display))), Display) == display


def test_a_missing_profit_stays_missing() -> None:
    notes = [CommissionNote("a", 7, Decimal("1.00"), None), CommissionNote("b", 7, Decimal("1.00"), Decimal("-3.0000000000"))]
    assert loaded(json.loads(json.dumps(saved(notes))), list[CommissionNote]) == notes


def test_data_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected"):
        loaded({"exec_id": 3}, CommissionNote)


def test_as_json_it_is_what_the_standard_library_reads() -> None:
    state = {"now": 1, "agenda": [[5, Phase.WORKING, None]], "names": {"é\n": "1.00"}}
    assert json.loads(encoded(state)) == json.loads(json.dumps(state))

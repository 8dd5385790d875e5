"""The same instant in each of the forms that gateways write."""

from __future__ import annotations

import pytest

from robo_trader.simulated_gateway.dispatch_times import instant_of
from robo_trader.simulated_gateway.time_words import TimeForm, time_words
from tests.support.exchange_bench import at


@pytest.mark.parametrize(
    ("form", "words"),
    [("zone", "20131007 09:31:00 US/Eastern"), ("plain", "20131007  09:31:00"), ("utc", "20131007-13:31:00")],
)
def test_an_instant_is_written_as_the_gateway_is_set_to_and_read_back(form: str, words: str) -> None:
    assert time_words(at("09:31:00.9"), TimeForm(form)) == words
    assert instant_of(words) == at("09:31:00")

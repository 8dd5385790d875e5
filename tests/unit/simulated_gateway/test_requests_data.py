"""Requests of data are frozen values, like all others."""

from __future__ import annotations

from robo_trader.simulated_gateway import requests, requests_data
from robo_trader.simulated_gateway.fields import Record


def test_they_are_offered_under_the_name_of_all_requests() -> None:
    for name in ("Profit", "TickByTick", "HistoricalData", "Question", "MatchingSymbols"):
        assert getattr(requests, name) is getattr(requests_data, name)


def test_a_question_keeps_what_was_said() -> None:
    said = Record(ruleId=26)
    assert requests_data.Question(91, None, said) == requests_data.Question(91, None, Record(ruleId=26))

"""The words that pass between the gateway's parts are values: equal when they say the same, and never changed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from tests.support.exchange_bench import quote, ticket


def test_two_tickets_that_say_the_same_are_equal() -> None:
    assert ticket(1) == ticket(1)
    assert ticket(1) != ticket(2)


def test_a_word_once_said_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ticket(1).quantity = 5  # type: ignore[misc]


def test_a_quote_shows_only_its_best_unless_told_more() -> None:
    assert quote("09:31:00", "10.00", "10.01").ask_depth == ()

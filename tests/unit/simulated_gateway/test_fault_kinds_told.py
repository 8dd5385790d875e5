"""The faults of what is told: which messages they name, and that the names are the protocol's."""

from __future__ import annotations

from robo_trader.simulated_gateway.fault_kinds_told import MESSAGES, BadQuotes, DropCallbacks
from robo_trader.simulated_gateway.messages import SERVER

ELSEWHERE = {"71", "72", "99"}  # told by a gateway that serves positions by model, and ticks one by one


def test_each_message_belongs_to_one_kind_and_exists() -> None:
    ids = [message for messages in MESSAGES.values() for message in messages]
    assert len(ids) == len(set(ids))
    assert {message for message in ids if int(message) not in SERVER} <= ELSEWHERE


def test_the_greeting_and_what_makes_a_session_are_never_touched() -> None:
    assert not {"9", "15"} & {message for messages in MESSAGES.values() for message in messages}


def test_without_a_word_more_one_acknowledgement_is_lost_and_all_quotes_stop() -> None:
    assert DropCallbacks() == DropCallbacks(times=1, what="orders")
    assert BadQuotes() == BadQuotes(told="stale", symbol=None)

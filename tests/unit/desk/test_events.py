"""The journal's vocabulary: every event is one kind of row, by its class's name."""

import dataclasses
from typing import get_args

import pytest

from robo_trader.desk.events import KINDS, DeskEvent, Event
from robo_trader.orders.events import OrderEvent

FORMAT = {
    "SystemStarted": "system account epoch config_hash",
    "InstrumentAdopted": "instrument",
    "BaselineTaken": "positions executions shares",
    "Decided": "book stance target bar_end",
    "Rearmed": "book bar_end",
    "Refused": "book control detail bar_end order_shaped",
    "HaltRecorded": "halt",
    "HaltLifted": "halt_id at",
    "DriftSeen": "symbol broker ours external",
}


def test_each_kind_names_its_class_and_no_event_is_without_a_kind() -> None:
    assert set(KINDS.values()) == {*get_args(OrderEvent), *get_args(DeskEvent)} == set(get_args(Event))
    assert all(cls.__name__ == kind for kind, cls in KINDS.items())


@pytest.mark.parametrize("kind", FORMAT)
def test_fields_keep_their_names_and_only_gain_others_with_defaults(kind: str) -> None:
    fields = dataclasses.fields(KINDS[kind])
    known = FORMAT[kind].split()
    assert [field.name for field in fields[: len(known)]] == known
    assert all(field.default is not dataclasses.MISSING for field in fields[len(known) :])

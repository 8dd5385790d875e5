"""The order events are rows of a journal: frozen facts whose names and fields are a format."""

import dataclasses
from typing import get_args

import pytest

from robo_trader.orders import events

FORMAT = {
    "Intended": "intent book purpose cause slice k order_id order_ref side quantity order_type price oca_group decision_bar_end signal_bar_end at",
    "Acknowledged": "intent perm_id",
    "CancelAsked": "intent reason",
    "CancelFailed": "intent detail",
    "Resized": "intent remaining",
    "Ended": "intent outcome detail",
    "WentUnknown": "intent",
    "Fill": "exec_id intent book side quantity price at slice",
    "ExternalFill": "exec_id symbol side quantity price at order_ref",
    "CommissionCharged": "exec_id commission realised",
    "OrderIdRaised": "next_order_id",
}
CLASSES = get_args(events.OrderEvent)


def test_no_kind_of_row_is_lost_or_renamed() -> None:
    assert set(FORMAT) <= {cls.__name__ for cls in CLASSES}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_fields_keep_their_names_and_only_gain_others_with_defaults(cls: type) -> None:
    fields = dataclasses.fields(cls)
    known = FORMAT.get(cls.__name__, "").split()
    assert [field.name for field in fields[: len(known)]] == known
    assert all(field.default is not dataclasses.MISSING for field in fields[len(known) :]) or not known


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_event_cannot_be_changed_after_the_fact(cls: type) -> None:
    event = cls(**{field.name: None for field in dataclasses.fields(cls)})
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(event, dataclasses.fields(cls)[0].name, "other")

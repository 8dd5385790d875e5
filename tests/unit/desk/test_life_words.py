"""An order's life in words."""

from __future__ import annotations

from decimal import Decimal

from robo_trader.desk.events import Decided
from robo_trader.desk.life_words import life_step, readable, when
from robo_trader.orders.events import Acknowledged, CancelAsked, CancelFailed, CommissionCharged, Ended, Resized, TwinEnded, WentUnknown
from robo_trader.orders.order import Outcome
from tests.support.desk_bench import BOOK, OPEN


def test_every_event_of_an_order_has_a_line_and_others_have_none():
    told = [
        life_step(event)
        for event in (
            Acknowledged("i", 9),
            CancelAsked("i", "draining"),
            CancelFailed("i", "161"),
            Resized("i", 40),
            TwinEnded("i", 8, "cancelled"),
            WentUnknown("i"),
            CommissionCharged("e", Decimal(1), None),
            Ended("i", Outcome.REJECTED, "201 no"),
            Ended("i", Outcome.FILLED, ""),
        )
    ]
    assert told == [
        "the broker has it (permId 9)",
        "we asked for its cancel: draining",
        "the cancel failed: 161",
        "the broker changed it: 40 shares still work",
        "one of the broker's two orders for it ended (permId 8): cancelled",
        "no answer in time: its outcome is unknown",
        "commission 1 for execution e",
        "ended: rejected (201 no)",
        "ended: filled",
    ]
    assert life_step(Decided(BOOK, 1, 100, OPEN)) is None


def test_instants_are_read_as_times():
    assert when(OPEN) == "2013-10-07 13:30:00 UTC"
    assert when(0) == "never"
    assert readable(f"opens at {OPEN}") == "opens at 2013-10-07 13:30:00 UTC"
    assert readable("100 of 12345678901234567890") == "100 of 12345678901234567890"
